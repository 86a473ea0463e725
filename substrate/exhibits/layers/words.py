"""What the layer grids say, in sentences."""

from __future__ import annotations

import numpy as np

from substrate.analyses.layers.all_encoders import (
    PairsResult,
    UntrainedPairsResult,
)
from substrate.analyses.layers.two_encoders import (
    LayersResult,
    UntrainedResult,
)
from substrate.analyses.shared.grid_scores import Scores
from substrate.exhibits.layers.depths import not_told
from substrate.numerics.estimates import Estimate
from substrate.wording import between, listed, many, number, spread, where, with_interval

#: How information imbalance takes samples that are equally far.
TIES = "equally far ones share their ranks and their weight"


def _picked(scores: Scores, i: int, j: int) -> str:
    """Write the closest or furthest pair, with the interval that allows for having looked."""
    return with_interval(scores.values[i, j], scores.low_any[i, j], scores.high_any[i, j])


def extremes(result: LayersResult) -> tuple[int, int] | None:
    """Return the layers of the first encoder that are closest and furthest at equal depth."""
    scores = result.scores
    along = scores.values[np.arange(len(result.equal)), result.equal]
    finite = np.flatnonzero(np.isfinite(along))
    if not finite.size:
        return None
    sign = 1.0 if scores.closer == "higher" else -1.0
    return int(finite[np.argmax(sign * along[finite])]), int(
        finite[np.argmin(sign * along[finite])]
    )


def layers_sentence(result: LayersResult, first: str, second: str, domain: str) -> str:
    """Say where two encoders are closest at equal depth, and where furthest apart."""
    scores, depth, equal = result.scores, result.first.depth, result.equal
    ends = extremes(result)
    if ends is None:
        return f"{scores.label} has no value for any layer pair of {first} and {second}."
    near, far = ends
    place = where(domain, scores.photographs, within=scores.within, group=scores.nouns.group)
    if near == far and np.isfinite(scores.values[np.arange(len(equal)), equal]).sum() == 1:
        return (
            f"{place}, {first} and {second} are compared at one depth alone, with {scores.label} "
            f"{_picked(scores, near, int(equal[near]))}."
        )
    values = [_picked(scores, at, int(equal[at])) for at in ends]
    if values[0] == values[1]:
        return (
            f"{place}, {first} and {second} are as close at every depth to two decimals, with "
            f"{scores.label} {values[0]}."
        )
    return (
        f"{place}, {first} and {second} are closest at relative depth {number(depth[near])}, "
        f"with {scores.label} {values[0]}, and furthest apart at "
        f"{number(depth[far])}, with {values[1]}."
    )


def layers_context(
    result: LayersResult,
    untrained: UntrainedResult | None,
    back: LayersResult | None = None,
    names: tuple[str, str] = ("", ""),
) -> str:
    """Say what the other direction, chance and twins give, and whether depths correspond."""
    scores = result.scores
    parts = [
        _other_direction(result, back, names),
        not_told(result, *(extremes(result) or (0, 0))),
        _still(result, names),
        _untrained_there(result, untrained),
        beside_chance(scores),
        _order(scores.summaries[1]),
        gap_sentence(result, untrained),
    ]
    return " ".join(part for part in parts if part)


def _other_direction(
    result: LayersResult, back: LayersResult | None, names: tuple[str, str]
) -> str:
    """Say what the same two pairs of layers give from the second encoder to the first."""
    ends = extremes(result)
    if back is None or ends is None:
        return ""
    there = [(int(result.equal[i]), i) for i in dict.fromkeys(ends)]
    if not all(np.isfinite(back.scores.values[at]) for at in there):
        return ""
    values = " and ".join(_picked(back.scores, *at) for at in there)
    first, second = names
    return f"That is from {first} to {second}; from {second} to {first} it is {values} there."


def _still(result: LayersResult, names: tuple[str, str]) -> str:
    """Name the layers that change nothing and so have no share of the depth."""
    still = [
        f"{side.layers[i]} of {title or side.encoder}"
        for side, title in zip((result.first, result.second), names, strict=True)
        for i in np.flatnonzero(~side.moves)
    ]
    still = list(dict.fromkeys(still))
    if not still:
        return ""
    verb = "changes next to nothing and has"
    if len(still) > 1:
        verb = "change next to nothing and have"
    return f"{listed(still)} {verb} no share of the relative depth."


def _untrained_there(result: LayersResult, untrained: UntrainedResult | None) -> str:
    ends = extremes(result)
    if untrained is None or ends is None:
        return ""
    there = [untrained.values[:, i, result.equal[i]] for i in ends]
    if not np.isfinite(there).all():
        return ""
    near, far = (spread(values) for values in there)
    return f"Untrained twins ({many(len(untrained.seeds), 'seed')}) give {near} and {far} there."


def band(scores: Scores) -> str:
    """Say what the grey band of the curve is, where there is one."""
    if not np.isfinite(scores.null_low).any():
        return ""
    return f" The grey band is what {scores.shuffled} give."


def neighbours(result: LayersResult) -> str:
    """Say how many neighbours are looked up and what becomes of ties, where there are any."""
    if not result.k:
        return ""
    sample = result.scores.nouns.sample
    looked_up = (
        f"Each {sample}'s nearest one in the first layer is looked up in the other: its rank there "
        if result.k == 1
        else f"Each {sample}'s {result.k} nearest ones in the first layer are looked up in the "
        "other: their mean rank there "
    )
    return (
        f" {looked_up}is what is drawn (k = {result.k}), near 0 where the first layer tells the "
        f"second one's neighbours and about 1 where it tells nothing; {TIES}."
    )


def beside_chance(scores: Scores, *, mirrored: bool = False) -> str:
    """Say what shuffled images give, and how many pairs lie beyond it.

    ``mirrored`` counts each two encoders once, though either cell of the matrix shows them.
    """
    judged = np.isfinite(scores.null_mean)
    judged = np.triu(judged, 1) if mirrored else judged
    if scores.within and judged.any():
        middle, group = number(float(np.median(scores.null_mean[judged]))), scores.nouns.group
        return (
            f"Within these {group}s, pairs with {scores.nouns.sample}s shuffled inside each of "
            f"them give {middle} in the middle; {scores.photographs} {group}s are too few for a "
            "comparison with chance."
        )
    if scores.tau_any is None:
        return scores.null_reason
    sign = 1.0 if scores.closer == "higher" else -1.0
    passed = int(np.count_nonzero(judged & (sign * scores.values > sign * scores.tau_any)))
    count = int(np.count_nonzero(judged))
    reach = "at most" if scores.closer == "higher" else "at least"
    return (
        f"With {scores.shuffled}, the closest of all {count} pairs has {reach} "
        f"{number(scores.tau_any)} in 95 % of cases; {passed} of {count} pairs "
        f"{'is' if passed == 1 else 'are'} closer than that."
    )


def _order(rank: Estimate) -> str:
    if rank.value is None:
        return (
            "Whether layers match in the order of their depth cannot be said: too few layers, or "
            "the same closest partner for all of them."
        )
    text = (
        "The depth of a layer and that of its closest partner correlate by "
        f"{with_interval(rank.value, rank.low, rank.high)} (Spearman)."
    )
    return text if rank.low is not None else f"{text} {rank.reason}"


def gap_sentence(result: LayersResult, untrained: UntrainedResult | None) -> str:
    """Say how much closer layers of equal depth are than all other pairs."""
    gap = result.scores.summaries[0]
    if gap.value is None:
        return "There are no layers at other depths to compare equal depth with."
    text = (
        "Layers at equal depth are "
        f"{number(abs(gap.value))} {'closer' if gap.value > 0 else 'further apart'} than all other "
        "pairs, on average"
    )
    if gap.low is not None and gap.high is not None:
        text += f" ({between(gap.low, gap.high)})"
    if untrained is not None and np.isfinite(untrained.gaps).any():
        low, high = np.nanmin(untrained.gaps), np.nanmax(untrained.gaps)
        twins = f"{len(untrained.seeds)} untrained twin pair" + "s" * (len(untrained.seeds) > 1)
        text += f"; for {twins} the gap is {number(low)} to {number(high)}"
    return text + "."


def closest_and_furthest(scores: Scores) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the closest and the furthest two encoders."""
    upper = np.triu(np.ones(scores.values.shape, dtype=bool), 1) & np.isfinite(scores.values)
    if not upper.any():
        return None
    sign = 1.0 if scores.closer == "higher" else -1.0
    ranked = np.where(upper, sign * scores.values, np.nan)
    near, far = (
        np.unravel_index(pick(ranked), ranked.shape) for pick in (np.nanargmax, np.nanargmin)
    )
    return (int(near[0]), int(near[1])), (int(far[0]), int(far[1]))


def pairs_sentence(result: PairsResult, domain: str, titles: dict[str, str]) -> str:
    """Say which two encoders end up closest and which furthest apart."""
    scores, extremes = result.scores, closest_and_furthest(result.scores)
    if extremes is None:
        return f"There are no two encoders that {scores.label} can compare on {domain}."
    near, far = extremes
    near_pair, far_pair = (
        " and ".join(titles.get(result.encoders[k], result.encoders[k]) for k in pair)
        for pair in extremes
    )
    place = where(domain, scores.photographs, within=scores.within, group=scores.nouns.group)
    values = [_picked(scores, *pair) for pair in extremes]
    if near != far and values[0] == values[1]:
        return (
            f"{place}, all pairs end up as close to two decimals, with {scores.label} {values[0]}."
        )
    text = f"{place}, {near_pair} end up closest, with {scores.label} {values[0]}"
    if near != far:
        text += f"; furthest apart are {far_pair}, with {values[1]}"
    return f"{text}."


def pairs_context(result: PairsResult, untrained: UntrainedPairsResult | None) -> str:
    """Say what untrained twins of those two pairs give, and chance."""
    extremes = closest_and_furthest(result.scores)
    if untrained is None or extremes is None:
        return beside_chance(result.scores, mirrored=True)
    there = [untrained.values[:, i, j] for i, j in extremes]
    if not np.isfinite(there).all():
        return beside_chance(result.scores, mirrored=True)
    near, far = (spread(values) for values in there)
    both = near if extremes[0] == extremes[1] else f"{near} and {far}"
    return (
        f"Their untrained twins ({many(len(untrained.seeds), 'seed')}) give {both}. "
        f"{beside_chance(result.scores, mirrored=True)}"
    )
