"""What the leave-encoder-out correlations say, as sentences that can be read aloud."""

from __future__ import annotations

from collections.abc import Mapping

from substrate.analyses.shared.halves import sampled
from substrate.analyses.sharedness.by_recipe import WithoutRecipe, WithoutRecipes
from substrate.analyses.sharedness.count import SharedCounts
from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.untrained import UntrainedSharedness
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import (
    MIN_DRAWS,
    MIN_GROUPS,
)
from substrate.wording import (
    MINUS,
    between,
    bracketed,
    many,
    number,
    ordinal,
    shuffled,
    spread,
)

#: The difference without each recipe in turn, by the titles of its encoders.
_Without = Mapping[str, Estimate] | None


def interval(estimate: Estimate) -> str:
    """Return an interval in words, or the reason why there is none."""
    if estimate.low is None or estimate.high is None:
        return estimate.reason.removesuffix(".").replace(
            "No interval: ", "no interval, as there are "
        )
    return between(estimate.low, estimate.high)


def headline(
    result: Sharedness,
    untrained: UntrainedSharedness | None,
    without: WithoutRecipes | None = None,
    titles: Mapping[str, str] | None = None,
) -> str:
    """Return the page's opening sentence; ``titles`` are the encoders' readable names."""
    if result.size.within:
        return _within_these_photographs(result, untrained)
    where = (
        f"the other halves of these {result.size.nouns.group}s"
        if result.within
        else result.size.nouns.held_out
    )
    verdict = _verdict(result, untrained, _named(without, titles))
    bounds = "" if result.summary.low is None else f" ({interval(result.summary)})"
    return (
        f"On {result.size.title}, {verdict}: what one encoder sees along a shared direction "
        f"correlates {number(result.summary.value)}{bounds} with what the others see in {where}, "
        f"against {_against(result, untrained)}.{_no_chance(result)}"
    )


def _no_chance(result: Sharedness) -> str:
    """Say where the held-out half is too small for chance, though the domain is large enough."""
    return f" {result.no_chance}" if result.no_chance else ""


def _within_these_photographs(result: Sharedness, untrained: UntrainedSharedness | None) -> str:
    """Say what there is below ten photographs: values, and no comparison with chance."""
    twins = "" if untrained is None else f", {_in_untrained(untrained)}"
    places = "in their other parts" if result.within else "in those that were held out"
    groups = f"{result.size.nouns.group}s"
    return (
        f"On {result.size.title}, within these {groups}, what one of {_these(result)} sees "
        f"along a shared direction correlates {number(result.summary.value)} with what the others "
        f"see {places}{twins}, and {number(float(result.shuffled_summaries.mean()))} where "
        f"{_shuffling(result)}: {result.size.photographs} {groups} are too few for an "
        f"interval or a comparison with chance (at least {MIN_GROUPS} are needed)."
    )


def _these(result: Sharedness) -> str:
    return f"these {len(result.encoders)} encoders"


def _shuffling(result: Sharedness) -> str:
    """Say what was shuffled; `substrate.numerics.nulls.row_orders` decides."""
    words = result.held_out.shuffled
    return f"{words[0].lower()}{words[1:]}".replace(" shuffled", " are shuffled", 1)


def _named(without: WithoutRecipes | None, titles: Mapping[str, str] | None) -> _Without:
    """Return the panels without a recipe each, by the titles of its encoders."""
    if without is None:
        return None
    return {_encoders(row, titles or {}): row.difference for row in without.rows}


def _encoders(row: WithoutRecipe, titles: Mapping[str, str]) -> str:
    return " and ".join(bracketed(titles.get(name, name)) for name in row.encoders)


def _verdict(result: Sharedness, untrained: UntrainedSharedness | None, without: _Without) -> str:
    these = _these(result)
    if untrained is None:
        moved = shuffled(result.size.nouns, within=result.size.within)
        return f"{these} are compared with {moved} only"
    draws = f"{many(len(untrained.seeds), 'draw')} of their untrained twins"
    difference = untrained.difference
    if difference.low is None or difference.high is None:
        if untrained.over_photographs.low is not None:
            few = "is" if len(untrained.seeds) == 1 else "are"
            return f"{draws} {few} too few to set {these} against (at least {MIN_DRAWS} are needed)"
        return f"{these} and {draws} are compared without an interval"
    if difference.low > 0:
        return f"{these} agree more than {draws} do{_but_without(without, 1)}"
    if difference.high < 0:
        return f"{these} agree less than {draws} do{_but_without(without, -1)}"
    return f"{these} cannot be told from {draws}"


def _but_without(without: _Without, sign: int) -> str:
    """Name the recipes without which the verdict is lost."""
    if without is None:
        return ""
    lost = [
        name
        for name, difference in without.items()
        if difference.low is None
        or difference.high is None
        or sign * (difference.low if sign > 0 else difference.high) <= 0
    ]
    if not lost:
        return ", and so without any one of them"
    return f", but not for sure without {' or without '.join(lost)}"


def _against(result: Sharedness, untrained: UntrainedSharedness | None) -> str:
    shuffled = f"{number(float(result.shuffled_summaries.mean()))} when {_shuffling(result)}"
    if untrained is None:
        return f"{shuffled} (untrained twins have not been run)"
    return f"{_in_untrained(untrained)} and {shuffled}"


def _in_untrained(untrained: UntrainedSharedness) -> str:
    count = len(untrained.seeds)
    panels = "an untrained panel" if count == 1 else f"{count} untrained panels"
    return f"{spread(untrained.summaries.tolist())} in {panels}"


def context(
    result: Sharedness,
    untrained: UntrainedSharedness | None,
    counts: SharedCounts | None = None,
    without: WithoutRecipes | None = None,
    titles: Mapping[str, str] | None = None,
) -> str:
    """Return what stands beside the opening sentence: how it was measured, and how far it goes."""
    parts = [
        f"Mean over {len(result.encoders)} encoders and K = {result.k} directions, weighted by the "
        f"variance along each, and over {result.splits} splits of {samples_of_mean(result)} in "
        "halves (one to find the directions, one to test them)"
    ]
    if untrained is not None and not result.size.within:
        parts += _beside_untrained(untrained)
    if counts is not None and counts.counted:
        parts.append(count_sentence(counts))
    if without is not None and not result.size.within:
        parts.append(_recipes(without, titles or {}))
    return "; ".join(parts) + "."


def samples_of_mean(result: Sharedness) -> str:
    """Say which samples the mean rests on: so many at random where a domain has more."""
    drawn = sampled(result.size.n, result.seed)
    return f"{drawn} of {result.size.caption}" if drawn else result.size.caption


def _beside_untrained(untrained: UntrainedSharedness) -> list[str]:
    difference, panels = untrained.difference, len(untrained.seeds) + 1
    resampled = f", over {difference.unit} and draws of twins"
    over = resampled if difference.low is not None else ""
    return [
        f"trained {MINUS} untrained {number(difference.value)} ({interval(difference)}{over})",
        f"the trained panel comes {ordinal(untrained.rank)} of {panels}",
        "untrained panels are weighted like the trained one, and weighted by their own variance, "
        f"mostly along two directions, give {spread(untrained.own_weights.tolist())}",
    ]


def count_sentence(counts: SharedCounts) -> str:
    """Say how many directions stand out one after another, in trained and untrained panels."""
    count, searched = counts.trained.count, counts.trained.searched
    text = f"at least {count} of {searched} directions are shared"
    if not count:
        text = f"none of {searched} directions is found to be shared"
    if not counts.seeds:
        return text
    low, high = int(counts.untrained.min()), int(counts.untrained.max())
    reach = str(low) if low == high else f"{low} to {high}"
    beside = f"at least {reach}" if low else f"{reach} found" if high else "none found"
    return f"{text}, {beside} in {many(len(counts.seeds), 'untrained panel')}"


def _recipes(without: WithoutRecipes, titles: Mapping[str, str]) -> str:
    low, high = without.lowest, without.highest
    text = (
        f"without one recipe at a time the difference runs from {number(low.difference.value)} "
        f"(without {_encoders(low, titles)}) to {number(high.difference.value)} (without "
        f"{_encoders(high, titles)})"
    )
    if without.over_recipes.low is None:
        return text
    return f"{text}, over recipes as a sample {interval(without.over_recipes)}"


def bands(result: Sharedness) -> str:
    """Say what the band and the lines are; below ten held-out photographs none is exceeded."""
    if result.held_out.within:
        return (
            f"The grey band is what panels with {result.held_out.shuffled.lower()} give and the "
            f"dotted lines are untrained networks: too few {result.size.nouns.group}s to say that "
            "dots exceed them."
        )
    return (
        "Above the grey band: more than shuffling gives. Above the dotted lines: more than "
        "untrained networks share."
    )
