"""What the experiment on weights says, in sentences with their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from substrate.analyses.experiments.weights import (
    CLASSES,
    INITIALISATION,
    KIND,
    LABELS,
    RANDOM_LABELS,
    UP_TO,
    WeightPoint,
    WeightsRepeat,
    WeightsSummary,
    beside,
    first_beyond,
    half_way,
    measured_points,
)
from substrate.exhibits.weights.aligned import at_half
from substrate.numerics.intervals import next_draw
from substrate.numerics.weights.noise import leading_share
from substrate.wording import listed, many, number, percent, span, with_interval

NOT_RUN = (
    "The bundled networks have not been measured here: `python -m substrate experiment weights`, "
    "one to two hours of one core."
)
NOT_HERE = (
    "Not among the pairs: other sets of images (no bundled network was trained on CIFAR-100 or "
    "ImageNet) and a series of widths (one factorised network alone is wider). Spatial filters "
    "cannot be compared between sets of classes: those networks have frozen ones."
)
#: Seeds below which a finding is not tested.
SEEDS = 5
#: Relations whose networks start from one initialisation.
ONE_START = (LABELS,)
#: Layers, where a finding is about all of them.
EVERY = 10**6
#: The publication's four findings, each with the relation that bears on it and its last layer.
FINDINGS = (
    ("Another initialisation gives the same channels (the highest S)", INITIALISATION, EVERY),
    ("Other classes give the same channels over many layers", CLASSES, EVERY),
    ("True and random labels are only weakly alike (S about .2)", LABELS, EVERY),
    (f"Two draws of random labels are alike up to layer {UP_TO}", RANDOM_LABELS, UP_TO),
)


def not_yet(pairs: Sequence[Sequence[str]], summary: WeightsSummary) -> str:
    """Say which pairs (in what they differ, both networks) the results lack; empty where none."""
    done = {one.networks for one in summary.pairs}
    left = [relation for relation, *networks in pairs if tuple(networks) not in done]
    if not left:
        return ""
    counts = [f"{many(left.count(one), 'pair')} of {one}" for one in dict.fromkeys(left)]
    return (
        f"Not measured yet: {listed(counts)}. `python -m substrate experiment weights --resume` "
        "measures them; the view Alignment shows each on a study's images."
    )


def pair_sentence(pairs: Sequence[WeightsRepeat], last: int = EVERY) -> str:
    """Say what S pairs have up to a layer, beside null and ceiling, and where it is told."""
    points_of = [point for pair in pairs for point in measured_points(pair) if point.x <= last]
    layers = sum(point.x <= last for pair in pairs for point in pair.points)
    counted = f"{len(points_of)} of {many(layers, 'layer')} of {many(len(pairs), 'pair')}"
    if not points_of:
        return (
            f"S can be told in {counted}: in one of the two networks nothing learned stands out of "
            "noise, or too faintly."
        )
    values = [float(point.value.value or 0.0) for point in points_of]
    parts = [
        f"aligned to shuffled images {_of(points_of, 'permuted')}",
        f"two samples of one covariance {_of(points_of, 'planted')}",
    ]
    said = ""
    if any(point.beside.get("unaligned") for point in points_of):
        parts.insert(0, f"without alignment {_of(points_of, 'unaligned')}")
        if any(pair.relation in ONE_START for pair in pairs):
            said = (
                " Both networks of these pairs start from one initialisation: what they are alike "
                "in without alignment may have been there before training."
            )
    return (
        f"S can be told in {counted}; its mean is {number(float(np.mean(values)))} "
        f"({span(values, 'layer')}; {', '.join(parts)}).{said}"
    )


def beyond_shuffled(pairs: Sequence[WeightsRepeat]) -> tuple[float, bool]:
    """Return by how much the mean S exceeds that of shuffled alignments, and whether that is told.

    It is where the mean of all layers lies beyond where that of a further shuffle would (95 %,
    Student), or beyond all shuffles where they are too few to tell.
    """
    rows = [
        point for pair in pairs for point in measured_points(pair) if point.beside.get("permuted")
    ]
    if not rows:
        return float("nan"), False
    mean = float(np.mean([point.value.value for point in rows]))
    shuffles = min(len(point.beside["permuted"]) for point in rows)
    draws = np.mean([point.beside["permuted"][:shuffles] for point in rows], axis=0)
    bounds = next_draw(draws)
    return mean - float(draws.mean()), mean > (bounds[1] if bounds else float(draws.max()))


def halves_sentence(pairs: Sequence[WeightsRepeat]) -> str:
    """Say what S is at half of the images, and against itself."""
    rows = [point for pair in pairs for point in measured_points(pair)]
    halves = [point for point in rows if point.beside.get("halved")]
    if not halves:
        return ""
    changes = [float(point.value.value or 0.0) - beside(point, "halved") for point in halves]
    own = [point.beside["identical"][0] for point in halves if point.beside.get("identical")]
    said = at_half(_of(halves, "halved"), changes)
    if not own:
        return said
    spread = span(own, "layer")
    return f"{said} Weights against themselves, whose noise is the same too, have {spread}."


def _of(rows: Sequence[WeightPoint], name: str) -> str:
    values = [value for row in rows if np.isfinite(value := beside(row, name))]
    return number(float(np.mean(values))) if values else "not simulated"


def ranks_sentence(pairs: Sequence[WeightsRepeat]) -> str:
    """Say what effective ranks the told layers have, beside those of planted samples."""
    points = [
        point
        for pair in pairs
        for point in measured_points(pair)
        if point.beside.get("planted ranks")
    ]
    if not points:
        return ""
    ranks = [rank for point in points for rank in point.beside["ranks"]]
    planted = [rank for point in points for rank in point.beside["planted ranks"]]
    return (
        f"Effective ranks there are {number(min(ranks), 1)} to {number(max(ranks), 1)}, in the "
        f"mean {number(float(np.mean(ranks)), 1)}; their estimator gives "
        f"{number(float(np.nanmean(planted)), 1)} for planted samples of these covariances."
    )


def errors_sentence(pairs: Sequence[WeightsRepeat]) -> str:
    """Say in how many layers alignments beat those fitted to shuffled images."""
    rows = [p for pair in pairs for p in pair.points if p.x > 1 or pair.relation == KIND]
    if not rows:
        return ""
    left = sum(len(pair.points) for pair in pairs) - len(rows)
    same = (
        f" First layers ({left}), which see the image or frozen filters of it in any two networks "
        "of one architecture, are left out."
        if left
        else ""
    )
    chance = sum(1 / (len(p.beside["error permuted"]) + 1) for p in rows)
    better = sum(p.beside["error"][0] < min(p.beside["error permuted"]) for p in rows)
    return (
        f"In {better} of {many(len(rows), 'layer')} the alignment is better on images that it was "
        f"not fitted to than all that were fitted to shuffled ones (by chance in "
        f"{number(chance, 0)}); its error is below 1, that of a map to zero, in "
        f"{sum(p.beside['error'][0] < 1 for p in rows)}.{same} Two untrained networks pass this in "
        "all layers: it is no sign of learning."
    )


def findings(summary: WeightsSummary) -> Iterator[str]:
    """Yield a line on each finding of the publication, with the numbers of the bundled networks."""
    for said, relation, last in FINDINGS:
        pairs = [one for one in summary.pairs if one.relation == relation]
        if pairs:
            short = f"cannot be tested here ({many(len(pairs), 'pair')}, {SEEDS} seeds needed)"
            yield f"{said}: {short}. {pair_sentence(pairs, last)}"


def preset_sentence(curve: WeightsRepeat) -> str:
    """Say what accuracy each kind of filters reaches, and how far two seeds are apart."""
    first, *others = curve.points
    values = "; ".join(f"{p.label} {_accuracy(p)}" for p in curve.points)
    apart = [p for p in others if "seed" in p.label]
    text = f"With frozen filters: {values}."
    if apart and first.value.value is not None and apart[0].value.value is not None:
        lead = number(100 * abs(apart[0].value.value - first.value.value), 1)
        text += (
            f" Two seeds of the same filters are {lead} points apart; of the others there is one "
            "seed each."
        )
    return text


def _accuracy(point: WeightPoint) -> str:
    return with_interval(point.value.value, point.value.low, point.value.high, percent)


def by_network(curves: Sequence[WeightsRepeat]) -> list[dict[str, WeightsRepeat]]:
    """Return the curves of each network by the kind of directions that are kept."""
    return [
        {one.name: one for one in curves if one.networks == networks}
        for networks in dict.fromkeys(one.networks for one in curves)
    ]


def rank_sentence(networks: Sequence[dict[str, WeightsRepeat]]) -> str:
    """Say at how many directions networks keep nine tenths of what they have above guessing."""
    parts = []
    for curves in networks:
        first = next(iter(curves.values()))
        needed = [
            f"{_needed(curves[kind])} {said}"
            for kind, said in (("leading", "first eigenvectors"), ("random", "random directions"))
            if kind in curves
        ]
        accuracy = percent(float(first.points[-1].value.value or 0.0))
        parts.append(f"{first.title} ({accuracy}) {' and '.join(needed)}")
    tried = max((_tried(one) for curves in networks for one in curves.values()), key=len)
    return (
        f"Of the ranks tried ({', '.join(tried)}), the first to keep nine tenths of the accuracy "
        f"above guessing: {'; '.join(parts)}."
    )


def _tried(curve: WeightsRepeat) -> list[str]:
    return [point.label for point in curve.points if point.label != "all"]


#: Neurons and inputs of a layer of the factorised networks and of the plain ones.
SIZES = ((96, 960), (864, 96))


def rank_of_noise(count: int) -> str:
    """Say how much of white weights their first eigenvectors hold, and as many random directions.

    Projected on the first r, any weights keep more of themselves than on r random directions.
    """
    parts = [
        f"of {neurons:,} neurons over {inputs:,} inputs "
        f"{percent(leading_share(count, neurons, inputs))} (random {percent(count / inputs)})"
        for neurons, inputs in SIZES
    ]
    return (
        "That fewer eigenvectors than random directions are needed follows in part from size "
        f"alone: the first {count} hold, of the square of white weights, {listed(parts)}."
    )


def fewest(networks: Sequence[dict[str, WeightsRepeat]]) -> tuple[list[str], int]:
    """Return the networks that need fewest first eigenvectors, and how many."""
    needed = [_enough(curves["leading"]) for curves in networks]
    counts = [
        (int(point.x), curves["leading"].title)
        for point, curves in zip(needed, networks, strict=True)
        if point.label != "all"
    ]
    count = min((needed for needed, _ in counts), default=0)
    return [title for needed, title in counts if needed == count], count


def _enough(curve: WeightsRepeat, chance: float = 0.1) -> WeightPoint:
    """Return the first point that keeps nine tenths of the accuracy above guessing."""
    whole = float(curve.points[-1].value.value or 0.0)
    level = chance + 0.9 * (whole - chance)
    return next(p for p in curve.points if p.value.value is not None and p.value.value >= level)


def _needed(curve: WeightsRepeat) -> str:
    return _enough(curve).label


def redrawn_sentence(curves: Sequence[WeightsRepeat]) -> str:
    """Say what accuracy survives in each network, from either covariance."""
    kinds = {"fitted": "from its covariance", "isotropic": "from a white one"}
    parts = []
    for title in dict.fromkeys(curve.title for curve in curves):
        own = [curve for curve in curves if curve.title == title]
        drawn = ", ".join(f"{kinds[c.name]} {_accuracy(c.points[-1])}" for c in own)
        parts.append(f"{title} {_accuracy(own[0].points[0])} as trained, {drawn}")
    return f"Accuracy with neurons drawn anew: {'; '.join(parts)}."


def kept_by_covariance(network: Mapping[str, WeightsRepeat]) -> bool:
    """Say whether all draws from a network's covariance keep more accuracy than all white ones."""
    if not {"fitted", "isotropic"} <= set(network):
        return False
    fitted, white = (_draws(network[kind].points[-1]) for kind in ("fitted", "isotropic"))
    return min(fitted) > max(white)


def _draws(point: WeightPoint) -> tuple[float, ...]:
    """Return the accuracy of every draw, or of the only one."""
    return point.beside.get("draws") or (float(point.value.value or 0.0),)


def training_sentence(curves: Sequence[WeightsRepeat]) -> str:
    """Say of each training from which step on its filters agree, and when half of it was done."""
    parts = []
    for curve in curves:
        points = measured_points(curve)
        values = [float(point.value.value or 0.0) for point in points]
        start, end = points[0], points[-1]
        said = (
            f"{curve.title} from {number(values[0])} (random bases "
            f"{number(beside(start, 'random'))}) to {number(values[-1])} "
            f"({number(beside(end, 'random'))})"
        )
        since = first_beyond(curve)
        if since is None:
            parts.append(f"{said}, not beyond their 95 % level at the end")
            continue
        accuracies = [beside(point, "accuracy") for point in points]
        parts.append(
            f"{said}, beyond their 95 % level from step {since.x:,.0f} on and half way at step "
            f"{points[half_way(values)].x:,.0f}, accuracy at step "
            f"{points[half_way(accuracies)].x:,.0f} of {end.x:,.0f}"
        )
    return f"Agreement of the first five with the filters of other networks: {'; '.join(parts)}."


#: What is known of both networks apart, and how its columns are named.
_OF_BOTH = {
    "orders": ("order A, B", "order B, A"),
    "ranks": ("rank A", "rank B"),
    "inputs seen": ("inputs carried", "inputs"),
    "identical": ("against itself", "against itself, as carried"),
    "planted ranks": ("rank of planted A", "rank of planted B"),
}


def _columns(point: WeightPoint) -> Iterator[tuple[str, float]]:
    """Yield what a point is read beside: both networks apart, of draws the mean."""
    for name, values in point.beside.items():
        if name in _OF_BOTH and len(values) == 2:
            yield from zip(_OF_BOTH[name], values, strict=True)
        else:
            yield name, beside(point, name)


def table(curves: Sequence[WeightsRepeat]) -> pd.DataFrame:
    """Return a row per point of some curves."""
    return pd.DataFrame(
        [
            {
                "curve": curve.name,
                "networks": curve.title,
                "point": point.label,
                "x": point.x,
                "value": point.value.value,
                "low": point.value.low,
                "high": point.value.high,
                **dict(_columns(point)),
                "tested": curve.tested,
                "reason": point.value.reason,
            }
            for curve in curves
            for point in curve.points
        ]
    )
