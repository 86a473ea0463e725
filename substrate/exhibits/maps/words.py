"""What maps between encoders say, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from substrate.analyses.maps.choice import FAMILY_TITLES
from substrate.analyses.maps.matrix import MapsMatrix
from substrate.analyses.maps.pair import Classes, Maps, Prediction, Step
from substrate.analyses.maps.prepared import TOPS
from substrate.numerics.estimates import Estimate
from substrate.wording import many, number, percent, signed, with_interval


def freedom_sentence(result: Maps, titles: Mapping[str, str]) -> str:
    """Say what affine maps predict both ways, and which freedom that takes."""
    parts = []
    for p in affine(result):
        r2 = with_interval(p.r2.value, p.r2.low, p.r2.high)
        text = f"{titles[p.source]} predicts {r2} of the variance of {titles[p.target]}"
        if len(p.twins):
            text += f", its untrained twins {number(float(p.twins.mean()))}"
        parts.append(text)
    return f"On unseen images of {result.size.title}, {'; '.join(parts)}. {needed(result, titles)}"


def affine(result: Maps) -> list[Prediction]:
    """Return what the affine maps predict, both ways."""
    return [p for p in result.predictions if p.family == "affine"]


def needed(result: Maps, titles: Mapping[str, str]) -> str:
    """Say which steps of freedom predict more, one direction after the other."""
    half = len(result.steps) // 2
    return " ".join(_steps(steps, titles) for steps in (result.steps[:half], result.steps[half:]))


def _steps(steps: tuple[Step, ...], titles: Mapping[str, str]) -> str:
    way = f"{titles[steps[0].source]} → {titles[steps[0].target]}"
    said = []
    for step in steps:
        gain = step.gain
        value = with_interval(gain.value, gain.low, gain.high, signed)
        verb = "adds" if gain.low is not None and gain.low > 0 else "changes R² by"
        said.append(f"{_family(step.richer)} {verb} {value} over {_family(step.poorer)}")
    return f"{way}: {', '.join(said)}."


def _family(family: str) -> str:
    names = {"permutation": "matched units", "orthogonal": "a rotation", "affine": "an affine map"}
    return names.get(family, FAMILY_TITLES[family].lower())


def retrieval_sentence(result: Maps, titles: Mapping[str, str]) -> str:
    """Say how often rotations find the same image, both ways, and by chance."""
    parts = []
    for p in result.predictions:
        if p.family == "orthogonal":
            first = with_interval(p.found[0].value, p.found[0].low, p.found[0].high, percent)
            parts.append(f"from {titles[p.source]} to {titles[p.target]} for {first}")
    said = f"After a rotation the nearest held-out image is the same one {', '.join(parts)}"
    if result.reason:
        return f"{said}, within these {result.size.nouns.groups}."
    return f"{said}; by guessing for {percent(result.predictions[0].chance[0], 1)}."


def reading(result: Maps) -> str:
    """Say how the figure of predictions is read."""
    groups = result.size.nouns.groups
    return (
        f"Maps are fitted on half of the {groups} and judged on the other half, from the least "
        "freedom to the most: matched units renames the source's units, a rotation turns them, "
        "an affine map weighs them freely (ridge, its penalty chosen by folds of the fitted half); "
        f"K shared directions lets {result.k} numbers per image across. Every map has one scale "
        f"of its own. Whiskers leave out blocks of {groups} from either half and fit again. The "
        "tick is what maps fitted to permuted images reach, the bar what the source's untrained "
        "twins predict. The cross is the split-half ceiling: maps of two halves of the fitted "
        f"{groups} agree no better than that. A target predicted from itself by an affine map "
        f"fitted to as many images: R² {number(result.itself[0])} and {number(result.itself[1])}."
    )


def retrieval_reading(result: Maps) -> str:
    """Say how the figure of retrieval is read."""
    return (
        "Each held-out image is carried over by the map, and all held-out images of the target are "
        f"ranked by cosine: is the same image first, or among the first {TOPS[-1]}? Other images "
        f"of the same {result.size.nouns.group} are no candidates. Retrieval asks whether images "
        "are told apart, R² how much of the variance is predicted: a map may be good at one alone."
    )


def units_sentence(result: Maps, titles: Mapping[str, str]) -> str:
    """Say how well the middle unit is predicted, and which share not at all, both ways."""
    parts = []
    for side, values in enumerate(result.by_unit):
        finite = values[np.isfinite(values)]
        source, target = result.encoders[side], result.encoders[1 - side]
        said = f"from {titles[source]} the middle unit of {titles[target]} has R² "
        said += number(float(np.median(finite)))
        if not result.reason:
            said += f", {percent(float((finite <= 0).mean()))} are not predicted at all"
        parts.append(said)
    within = f" within these {result.size.nouns.groups}" if result.reason else ""
    return f"By affine maps {'; '.join(parts)}{within}."


def units_reading() -> str:
    """Say how the figure of units is read."""
    return (
        "Each curve lists the units of one encoder from the best predicted to the worst: R² on "
        "held-out images of the affine map from the other one. Below 0 the map does worse than "
        "the unit's mean. Units that do not vary on these images are left out. The whole curves "
        "rest on one fit; intervals stand with R² over all units above."
    )


def classes_sentence(classes: Classes, result: Maps, titles: Mapping[str, str]) -> str:
    """Say at which equal error rate pairs of one class are told, before and after mapping."""
    first = result.encoders[0]
    rotation, affine_map = (result.of(first, family).error for family in ("orthogonal", "affine"))
    texts = [_error(classes.unmapped), *(_error(e) for e in (rotation, affine_map) if e)]
    alone = " and ".join(
        f"{percent(e.value)} ({titles[name]})"
        for e, name in zip(classes.alone, result.encoders, strict=True)
    )
    return (
        "Whether two images, one of either encoder, are of one class is told at an equal error of "
        f"{texts[0]} before mapping, {texts[1]} after a rotation, {texts[2]} after an affine map; "
        f"within one encoder at {alone}. Guessing: 50 %."
    )


def _error(estimate: Estimate) -> str:
    return with_interval(estimate.value, estimate.low, estimate.high, percent)


def classes_reading(result: Maps) -> str:
    """Say how the curves of verification are read."""
    return (
        "Every held-out image of the first encoder, carried over by the map, is compared with "
        f"every image of the second by cosine; pairs of one {result.size.nouns.group} are left "
        "out. As the threshold falls, more pairs of one class pass, and more of two: a curve "
        "nearer the upper left corner tells classes better. The equal error rate is where it "
        f"crosses the falling line. Before mapping, the {result.k} leading principal scores of "
        "either encoder are compared as they are. No label was used to fit a map."
    )


def matrix_sentence(result: MapsMatrix, titles: Mapping[str, str]) -> str:
    """Say who predicts whom best, and in how many cells training adds to it."""
    cells = np.where(np.eye(len(result.values), dtype=bool), -np.inf, result.values)
    i, j = np.unravel_index(int(np.argmax(cells)), cells.shape)
    names = [titles[result.encoders[k]] for k in (int(i), int(j))]
    value = with_interval(
        float(result.values[i, j]), float(result.low[i, j]), float(result.high[i, j])
    )
    lowest, highest = (number(float(end(result.off_diagonal))) for end in (np.min, np.max))
    text = (
        f"On unseen images of {result.size.title}, R² of affine maps runs from {lowest} to "
        f"{highest}; {names[0]} predicts {names[1]} best, {value}"
    )
    if tested(result):
        clear, total = beyond_untrained(result), len(result.off_diagonal)
        text += (
            f". In {clear} of {total} cells the source predicts more than its untrained twins do "
            "(95 % over all cells at once, draws of twins included)"
        )
    elif result.draws and not result.reason:
        text += f". {many(result.draws, 'draw')} of untrained twins allow no test against them"
    return f"{text}.{ceilings(result, titles)}"


def tested(result: MapsMatrix) -> bool:
    """Say whether cells can be told from untrained twins: their draws are enough for intervals."""
    return bool(np.isfinite(result.gain_low).any())


def beyond_untrained(result: MapsMatrix) -> int:
    """Count the cells that lie above the source's untrained twins, all of them tested at once."""
    return int(np.count_nonzero(result.gain_low > 0))


def ceilings(result: MapsMatrix, titles: Mapping[str, str]) -> str:
    """Say what second seeds predict of their own recipe, where the run has any."""
    if not result.siblings:
        return ""
    scores = ", ".join(f"{titles[s.target]} {number(s.r2)}" for s in result.siblings)
    return f" From another seed of the same recipe: {scores}."


def matrix_reading(result: MapsMatrix) -> str:
    """Say how the matrix is read."""
    return (
        "Each cell: how much of the variance of the encoder above (column) an affine map from the "
        "encoder at the left (row) predicts on images that it was not fitted to. The matrix is not "
        "symmetric: an encoder of many dimensions predicts one of few better than the other way "
        "round. The diagonal is each encoder predicted from itself by such a map, which is what so "
        f"many images allow. Click a cell for the pair. {many(result.draws, 'draw')} of untrained "
        "twins stand in the source's place; a diamond marks what is more than they predict, over "
        "all cells at once."
    )
