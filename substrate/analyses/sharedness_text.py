"""What the leave-encoder-out correlations say, as sentences that can be read aloud."""

from __future__ import annotations

from collections.abc import Sequence

from substrate.analyses.sharedness import Sharedness
from substrate.analyses.sharedness_halves import Estimate
from substrate.analyses.sharedness_untrained import UntrainedSharedness


def number(value: float) -> str:
    """Return a correlation with two decimals and a true minus sign; never minus zero."""
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def spread(values: Sequence[float]) -> str:
    """Return one value, or the lowest and the highest."""
    low, high = number(min(values)), number(max(values))
    return low if low == high else f"{low} to {high}"


def interval(estimate: Estimate) -> str:
    """Return an interval in words, or the reason why there is none."""
    if estimate.low is None or estimate.high is None:
        return estimate.reason.removesuffix(".").replace(
            "No interval: ", "no interval, as there are "
        )
    return f"95 % interval {number(estimate.low)} to {number(estimate.high)}"


def headline(found: Sharedness, untrained: UntrainedSharedness | None) -> str:
    """Return the page's opening sentence."""
    where = "the other halves of these photographs" if found.within else "held-out photographs"
    bounds = "" if found.summary.low is None else f" ({interval(found.summary)})"
    return (
        f"On {found.size.title}, {_verdict(found, untrained)}: what one encoder sees along a "
        f"shared direction correlates {number(found.summary.value)}{bounds} with what the others "
        f"see in {where}, against {_against(found, untrained)}."
    )


def _verdict(found: Sharedness, untrained: UntrainedSharedness | None) -> str:
    if found.summary.low is None:
        count = found.photographs_test
        return f"too few photographs ({count}, and at least 10 are needed) allow an interval"
    if untrained is None:
        return "trained encoders stand beside shuffled images only"
    difference = untrained.difference
    if difference.low is not None and difference.low > 0:
        return "trained encoders agree more than their untrained twins do"
    if difference.high is not None and difference.high < 0:
        return "trained encoders agree less than their untrained twins do"
    return "trained encoders cannot be told from their untrained twins"


def _against(found: Sharedness, untrained: UntrainedSharedness | None) -> str:
    shuffled = f"{number(float(found.shuffled_summaries.mean()))} when images are shuffled"
    if untrained is None:
        return f"{shuffled} between encoders (untrained twins have not been run)"
    count = len(untrained.seeds)
    panels = "an untrained panel" if count == 1 else f"{count} untrained panels"
    return f"{spread(untrained.summaries.tolist())} in {panels} and {shuffled} between encoders"


def context(found: Sharedness, untrained: UntrainedSharedness | None) -> str:
    """Return what stands beside the opening sentence: how it was measured, and how far it goes."""
    parts = [
        f"Mean over {len(found.encoders)} encoders of the median over K = {found.k} directions, "
        f"found on {found.n_fit} and tested on {found.n_test} of {found.size.caption}",
        f"{found.above_chance} of {found.k} directions lie above the level that the best direction "
        "of a shuffled panel stays below in 95 % of draws",
    ]
    if untrained is not None:
        difference = untrained.difference
        parts.append(f"trained less untrained {number(difference.value)} ({interval(difference)})")
    return "; ".join(parts) + "."


def facts(found: Sharedness, untrained: UntrainedSharedness | None) -> str:
    """Return what the chart rests on, in one line."""
    seeds = "none" if untrained is None else ", ".join(map(str, untrained.seeds))
    interval_of = "95 % over photographs" if found.summary.low is not None else "none"
    return (
        f"{found.n_test} held-out of {found.size.caption} · K = {found.k} · {found.whitening} · "
        f"{len(found.shuffled)} shuffles · untrained seeds {seeds} · seed {found.seed} · "
        f"interval {interval_of}"
    )
