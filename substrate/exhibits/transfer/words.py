"""What the Transfer page says of encoders: sentences, context, and tables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from substrate.analyses.transfer.all_domains import (
    PUBLISHED_TAU,
    DomainsResult,
)
from substrate.analyses.transfer.scores import (
    AGAINST,
    HYBRID,
    LINEAR,
    NEIGHBOURS,
    Agreement,
    TransferResult,
)
from substrate.numerics.nulls import Interval
from substrate.numerics.transfer import TRANSFER_SCORES
from substrate.wording import percent, signed

NAMES = {key: score.label for key, score in TRANSFER_SCORES.items()} | {
    HYBRID: "Hybrid", LINEAR: "Linear probe", NEIGHBOURS: "Nearest neighbours",
}  # fmt: skip
HYBRID_MEANS = "consensus keeps the best quarter of the encoders, LogME orders these"
PUBLISHED = (
    "Published: ordering encoders by size alone reaches a weighted τ of .91, LogME .57 "
    "(arXiv:2510.06448); the consensus is said to gain .15 "
    "in τ over LogME at equal compute, without absolute values "
    "(arXiv:2606.07882)."
)


PUBLISHED_MEAN = (
    f"Published: τ = \u2212{abs(PUBLISHED_TAU):.2f} between alignment and linear-probe accuracy "
    "over 11 encoders and 4 targets (arXiv:2606.07882)."
)


def with_range(interval: Interval, *, picked_from: int = 1) -> str:
    """Write an accuracy with its interval, where it has one.

    The best of several is given an interval that allows for having picked it.
    """
    if interval.low is None:
        return percent(interval.value)
    found = interval.picked_from(picked_from)
    pick = f", the best of {picked_from} picked" if picked_from > 1 else ""
    return (
        f"{percent(found.value)} (95 % interval {percent(found.low)} to "
        f"{percent(found.high)}{pick})"
    )


def tau(agreement: Agreement) -> str:
    """Write Kendall's tau with its interval, or that it has none."""
    if agreement.kendall is None:
        return "no value"
    found = agreement.kendall
    text = signed(found.value)
    if found.low is None:
        return text
    return f"{text} (95 % interval {signed(found.low)} to {signed(found.high)})"


def transfer_sentence(
    result: TransferResult, against: str, titles: Mapping[str, str], domain: str
) -> str:
    """Say which encoder reaches most, and how well the consensus and the size order them."""
    best = result.ordered(against)[0]
    place = f"Within the photographs of {domain}" if result.within else f"On {domain}"
    by = "a linear probe" if against == LINEAR else "its nearest neighbours"
    reached = with_range(best.reached(against), picked_from=len(result.rows))
    opening = f"{place}, {titles[best.encoder]} reaches most by {by}, {reached}"
    if len(result.rows) < 2:
        return f"{opening}; with one encoder there is nothing to order."
    return (
        f"{opening}; the label-free consensus orders the {len(result.rows)} encoders with "
        f"Kendall's τ = {tau(result.agreement('consensus', against))}, their size with "
        f"{tau(result.agreement('size', against))}."
    )


def transfer_context(result: TransferResult, against: str, titles: Mapping[str, str]) -> str:
    """Say what chance gives, which scores beat it, and what the numbers cannot show."""
    parts = [_chance(result, against), _hybrid(result, titles)]
    parts.append(_no_interval(result, against))
    if result.within:
        parts.append(
            "The classes come from too few photographs to hold whole ones out: separated strips "
            "of the same photographs are fitted and tested, so the accuracies have no interval "
            "and say how recognisable these photographs are, not these kinds."
        )
    if result.left_out:
        parts.append(f"{result.left_out[0].upper()}{result.left_out[1:]}.")
    return " ".join(part for part in parts if part)


def _chance(result: TransferResult, against: str) -> str:
    ranked = [a for a in result.agreements if a.against == against and a.kendall is not None]
    if not ranked:
        return ""
    widest = max(ranked, key=lambda a: len(a.encoders))
    if widest.kendall_chance is None:
        return ""
    low, high = widest.kendall_chance
    beyond = [a for a in ranked if a.kendall and a.kendall_chance
              and a.kendall.value > a.kendall_chance[1]]  # fmt: skip
    named = ", ".join(NAMES[a.score] for a in beyond)
    what = (
        f"beyond it lies {named}, of {len(ranked)} scores looked at" if beyond
        else "none of the scores lies beyond it"
    )  # fmt: skip
    return (
        f"Handing the encoders' accuracies round gives τ from {signed(low)} to {signed(high)} in "
        f"95 % of orders; {what}."
    )


def _no_interval(result: TransferResult, against: str) -> str:
    """Say why the rank correlation of the score that most encoders have has no interval."""
    found = [a for a in result.agreements if a.against == against and a.kendall is not None]
    widest = max(found, key=lambda a: len(a.encoders), default=None)
    return widest.kendall.reason if widest is not None and widest.kendall is not None else ""


def _hybrid(result: TransferResult, titles: Mapping[str, str]) -> str:
    if not result.kept or len(result.rows) < 2:
        return ""
    *most, last = [f"“{titles[encoder]}”" for encoder in result.kept]
    named = f"{', '.join(most)} and {last}" if most else last
    return f"The hybrid asks LogME about {named} only."


def domains_sentence(result: DomainsResult, against: str) -> str:
    """Say how consensus, LogME and size order the encoders over all domains."""
    means = dict(zip(result.scores, result.means[against], strict=True))
    parts = [f"{NAMES[key]} {_mean_tau(means[key])}" for key in ("consensus", "logme", "size")]
    known = next((mean for mean in means.values() if mean is not None), None)
    reason = f" {known.reason}" if known is not None and known.low is None else ""
    return (
        f"Averaged over {len(result.domains)} labelled domains, Kendall's τ with the accuracy of "
        f"the {against} is: {', '.join(parts)}.{reason}"
    )


def _mean_tau(mean: Interval | None) -> str:
    if mean is None:
        return "no value"
    if mean.low is None:
        return signed(mean.value)
    return f"{signed(mean.value)} ({signed(mean.low)} to {signed(mean.high)})"


def score_table(result: TransferResult, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return one row per encoder: accuracies, then every score; what is missing is empty."""
    rows = []
    for row in result.ordered(LINEAR):
        line: dict[str, object] = {"encoder": titles[row.encoder]}
        for name, found in ((LINEAR, row.linear), (NEIGHBOURS, row.neighbours)):
            line |= {NAMES[name]: found.value, f"{NAMES[name]}, low": found.low,
                     f"{NAMES[name]}, high": found.high}  # fmt: skip
        line |= {NAMES[key]: row.scores.get(key) for key in TRANSFER_SCORES}
        rows.append(line)
    return pd.DataFrame(rows)


def missing_lines(result: TransferResult, titles: Mapping[str, str]) -> list[str]:
    """Return one line per reason why scores are missing, and for which encoders."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in result.rows:
        for key, why in row.missing.items():
            reasons.setdefault((NAMES[key], why), []).append(titles[row.encoder])
    return [f"**{name}**, {', '.join(who)}: {why}" for (name, why), who in reasons.items()]


def agreement_table(result: TransferResult) -> pd.DataFrame:
    """Return one row per score and accuracy: rank correlations, intervals, chance."""
    rows = []
    for a in result.agreements:
        line: dict[str, object] = {"score": NAMES[a.score], "against": a.against,
                                   "encoders": len(a.encoders)}  # fmt: skip
        for name, found, chance in (
            ("Kendall", a.kendall, a.kendall_chance),
            ("weighted", a.weighted, a.weighted_chance),
        ):
            low, high = chance or (None, None)
            line |= {
                f"{name} τ": found and found.value, f"{name} low": found and found.low,
                f"{name} high": found and found.high, f"{name} chance low": low,
                f"{name} chance high": high,
            }  # fmt: skip
        rows.append(line | {"why not": a.reason or (a.kendall.reason if a.kendall else "")})
    return pd.DataFrame(rows)


def seconds_table(result: TransferResult) -> pd.DataFrame:
    """Return one row per score: seconds for each encoder, least, median and most."""
    rows = []
    for key in (*TRANSFER_SCORES, *AGAINST):
        taken = [row.seconds[key] for row in result.rows if key in row.seconds]
        if taken:
            rows.append(_seconds(NAMES[key], taken))
    hybrid = _hybrid_seconds(result)
    if hybrid is not None:
        rows.append(_seconds(NAMES[HYBRID], [hybrid]))
    return pd.DataFrame(rows)


def _hybrid_seconds(result: TransferResult) -> float | None:
    """Return the hybrid's seconds for each encoder: consensus for all, LogME for those kept."""
    first = [row.seconds["consensus"] for row in result.rows if "consensus" in row.seconds]
    if not result.kept or not first:
        return None
    then = [row.seconds["logme"] for row in result.rows if row.encoder in result.kept]
    return (sum(first) + sum(then)) / len(first)


def _seconds(name: str, taken: list[float]) -> dict[str, object]:
    return {"score": name, "encoders": len(taken), "least": min(taken),
            "median": float(np.median(taken)), "most": max(taken)}  # fmt: skip


def points(result: TransferResult, score: str, against: str) -> pd.DataFrame:
    """Return the encoders that have a score, with what they reach."""
    rows = []
    for row in result.rows:
        if score in row.scores:
            found = row.reached(against)
            numbers = {"accuracy": found.value, "low": found.low, "high": found.high}
            rows.append({"encoder": row.encoder, "score": row.scores[score], **numbers})
    return pd.DataFrame(rows, columns=["encoder", "score", "accuracy", "low", "high"])
