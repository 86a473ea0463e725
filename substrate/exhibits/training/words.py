"""What a training's trajectory says, in sentences, beside what was published."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.grid_calibration import changes
from substrate.analyses.training.alignment import TrainingResult
from substrate.analyses.training.directions import TrainingDirectionsResult
from substrate.analyses.training.target import (
    FINAL_SELF,
    SUBSTRATE,
)
from substrate.numerics.intervals import mean_of_draws
from substrate.wording import (
    between,
    many,
    number,
    percent,
    spread,
    where,
    with_interval,
)

PUBLISHED = (
    "Published: a ResNet-50 trained from scratch had a linear CKA with the panel's substrate of "
    "0.14 at initialisation and 0.58 at epoch 5 of 50, and stayed between 0.50 and 0.58 from then "
    "on, while validation accuracy was 46 % at epoch 5 and 76 % at the end (Radwan 2026, "
    "arXiv:2606.07882): it emerges early while accuracy keeps climbing."
)
DIRECTIONS_CONTEXT = (
    "Raw cosines are allowed here because all steps of one training share their coordinates. A "
    "step's directions come from one half of the samples and the final ones from the other, so "
    "that even the last step is not 1: what it reaches is the most that these samples can show."
)


def target_phrase(result: TrainingResult, titles: dict[str, str]) -> str:
    """Name the target so that it can be read aloud."""
    if result.target == SUBSTRATE:
        return f"the substrate of the {len(result.members)} other encoders"
    if result.target == FINAL_SELF:
        return "its own final features"
    return f"the final features of {titles.get(result.target, result.target)}"


def training_sentence(result: TrainingResult, titles: dict[str, str], domain: str) -> str:
    """Say how far the alignment had come when accuracy had made half of its gain."""
    name = titles.get(result.encoder, result.encoder)
    target = target_phrase(result, titles)
    share, gain = result.scores.summaries
    if result.half.step is None or result.half.accuracy is None:
        return (
            f"How {name} approaches {target} cannot be compared with accuracy: {result.half.reason}"
        )
    scores = result.scores
    place = where(domain, scores.photographs, within=scores.within, group=scores.nouns.group)
    opening = (
        f"{place}, when {name} had made half of its gain in accuracy "
        f"({percent(result.half.accuracy)}, about step {result.half.step:,.0f}), its "
        f"{result.layer} layer "
    )
    if share.value is None or not changes(gain):
        change = "unknown" if gain.value is None else with_interval(gain.value, gain.low, gain.high)
        return (
            f"{opening}cannot be said to have come closer to {target}: over the whole training the "
            f"change is {change}."
        )
    made = with_interval(share.value, share.low, share.high, percent)
    return f"{opening}had made {made} of its way to {target}."


def twins_on_average(values: Float[np.ndarray, " m"]) -> str:
    """Say what draws of untrained twins give: their mean with its 95 % interval (t), and range.

    Below five draws the mean has no interval.
    """
    mean, drawn = mean_of_draws(values), many(len(values), "draw")
    if mean.low is None or mean.high is None:
        return f"Untrained twins ({drawn}, too few for an interval) give {spread(values)}."
    return (
        f"Untrained twins give {number(mean.value)} on average ({between(mean.low, mean.high)} "
        f"over {drawn}, single ones {spread(values)})."
    )


def training_context(result: TrainingResult) -> str:
    """Say from where to where it went, what untrained twins give, and how it compares."""
    scores = result.scores
    along = scores.values[:, 0]
    parts = [
        f"{scores.label} went from {number(along[0])} at step {result.steps[0]:,} to "
        f"{number(along[-1])} at step {result.steps[-1]:,}."
    ]
    finite = result.untrained[np.isfinite(result.untrained)]
    if finite.size:
        parts.append(twins_on_average(finite))
    if scores.tau_any is not None and not scores.within:
        parts.append(
            f"With {scores.shuffled} the closest of all steps stays below "
            f"{number(scores.tau_any)} in 95 % of cases."
        )
    elif scores.within and np.isfinite(scores.null_mean[-1, 0]):
        parts.append(
            f"With {scores.shuffled} the last step gives "
            f"{number(float(scores.null_mean[-1, 0]))} on average; {scores.photographs} "
            f"{scores.nouns.group}s are too few for a comparison with chance."
        )
    parts.append(_pace(result))
    return " ".join(part for part in parts if part)


def _pace(result: TrainingResult) -> str:
    """Compare with an alignment that keeps pace with accuracy, which would be half way."""
    share, gain = result.scores.summaries
    if share.value is None or not changes(gain):
        return ""
    if share.low is None or share.high is None:
        return f"{share.reason} Half way, 50 %, would be in step with accuracy."
    published = result.target == SUBSTRATE
    if share.low > 0.5:
        return "Alignment ran ahead of accuracy here" + (
            ", the direction that was published for another encoder and panel."
            if published
            else "."
        )
    if share.high < 0.5:
        against = (
            ", opposite to what was published for another encoder and panel." if published else "."
        )
        return f"Alignment lagged behind accuracy here{against}"
    return "Whether alignment ran ahead of accuracy cannot be told: the interval holds 50 %."


def half_way(steps: np.ndarray) -> int | None:
    """Return the place of the step that is nearest to half of the training.

    Checkpoints lie closer at its beginning: the middle one of them is early. None without a step
    between a quarter and three quarters.
    """
    half = steps[-1] / 2
    nearest = int(np.abs(steps - half).argmin())
    return nearest if abs(steps[nearest] - half) <= half / 2 else None


def directions_sentence(result: TrainingDirectionsResult, name: str, domain: str) -> str:
    """Say how much of the final span of directions there is at the start and half way."""
    steps, overlap = result.steps, result.overlap
    middle = half_way(steps)
    at_middle = (
        ""
        if middle is None
        else f" and {number(overlap[middle])} half way, at step {steps[middle]:,}"
    )
    place = where(domain, result.photographs, within=result.within, group=result.nouns.group)
    return (
        f"{place}, the leading {result.cosines.shape[1]} directions of {name} ({result.layer}) "
        f"overlap with its final ones by {number(overlap[0])} at step {steps[0]:,}"
        f"{at_middle}; random directions overlap by "
        f"{number(result.chance)}, and the end itself by {number(overlap[-1])}."
    )


def dots(result: TrainingDirectionsResult) -> str:
    """Say what a dot marks, or why there is none."""
    if result.level is None:
        return "No dots: nothing is compared with chance"
    return "A dot marks cells beyond what random directions give"
