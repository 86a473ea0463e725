"""What a training's trajectory says, in sentences, beside what was published."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.grid_calibration import Statement, changes
from substrate.analyses.training.alignment import TrainingResult
from substrate.analyses.training.directions import TrainingDirectionsResult
from substrate.analyses.training.target import (
    FINAL_SELF,
    SUBSTRATE,
)
from substrate.numerics.intervals import mean_of_draws
from substrate.wording import (
    number,
    percent,
    where,
)

PUBLISHED = (
    "Published: a ResNet-50 trained from scratch had a linear CKA with the panel's substrate of "
    ".14 at initialisation and .58 at epoch 5 of 50, and stayed between .50 and .58 from then on, "
    "while validation accuracy was 46 % at epoch 5 and 76 % at the end (Radwan 2026, "
    "arXiv:2606.07882): it emerges early while accuracy keeps climbing."
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
        return f"How {name} approaches {target} cannot be set beside accuracy: {result.half.reason}"
    place = where(domain, result.scores.photographs, within=result.scores.within)
    opening = (
        f"{place}, when {name} had made half of its gain in accuracy "
        f"({percent(result.half.accuracy)}, about step {result.half.step:,.0f}), its "
        f"{result.layer} layer "
    )
    if share.value is None or not changes(gain):
        return (
            f"{opening}cannot be said to have come closer to {target}: over the whole training the "
            f"change is {_interval(gain)}."
        )
    return f"{opening}had made {_share(share)} of its way to {target}."


def _share(share: Statement) -> str:
    assert share.value is not None
    if share.low is None or share.high is None:
        return percent(share.value)
    return f"{percent(share.value)} (95 % interval {percent(share.low)} to {percent(share.high)})"


def _interval(gain: Statement) -> str:
    if gain.value is None:
        return "unknown"
    if gain.low is None or gain.high is None:
        return number(gain.value)
    return f"{number(gain.value)} (95 % interval {number(gain.low)} to {number(gain.high)})"


def twins_on_average(values: Float[np.ndarray, " m"]) -> str:
    """Say what draws of untrained twins give: their mean with its 95 % interval (t), and range.

    Below five draws the mean has no interval.
    """
    low, high = number(float(values.min())), number(float(values.max()))
    drawn = "1 draw" if len(values) == 1 else f"{len(values)} draws"
    mean = mean_of_draws(values)
    if mean.low is None:
        reach = low if low == high else f"{low} to {high}"
        return f"Untrained twins ({drawn}, too few for an interval) give {reach}."
    return (
        f"Untrained twins give {number(mean.value)} on average (95 % interval {number(mean.low)} "
        f"to {number(mean.high)} over {drawn}, single ones {low} to {high})."
    )


def training_context(result: TrainingResult) -> str:
    """Say from where to where it went, what untrained twins give, and how it compares."""
    scores = result.scores
    along = scores.values[:, 0]
    parts = [
        f"{scores.label} went from {number(along[0])} at step {result.steps[0]:,} to "
        f"{number(along[-1])} at step {result.steps[-1]:,}."
    ]
    known = result.untrained[np.isfinite(result.untrained)]
    if known.size:
        parts.append(twins_on_average(known))
    if scores.tau_any is not None and not scores.within:
        parts.append(
            "With shuffled photographs the closest of all steps stays below "
            f"{number(scores.tau_any)} in 95 % of cases."
        )
    elif scores.within and np.isfinite(scores.null_mean[-1, 0]):
        parts.append(
            f"With tiles shuffled inside each photograph the last step gives "
            f"{number(float(scores.null_mean[-1, 0]))} on average; {scores.photographs} "
            "photographs are too few for a comparison with chance."
        )
    parts.append(_pace(result))
    return " ".join(parts)


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


def directions_sentence(found: TrainingDirectionsResult, name: str, domain: str) -> str:
    """Say how much of the final span of directions there is at the start and half way."""
    middle, end = len(found.steps) // 2, len(found.steps) - 1
    place = where(domain, found.photographs, within=found.unit != "photograph")
    return (
        f"{place}, the leading {found.cosines.shape[1]} directions of {name} ({found.layer}) "
        f"overlap with its final ones by {number(found.overlap[0])} at step {found.steps[0]:,} and "
        f"{number(found.overlap[middle])} at step {found.steps[middle]:,}; random directions "
        f"overlap by {number(found.chance)}, and the end itself by {number(found.overlap[end])}."
    )


DIRECTIONS_CONTEXT = (
    "Raw cosines are allowed here because all steps of one training share their coordinates. A "
    "step's directions come from one half of the samples and the final ones from the other, so "
    "that even the last step is not 1: what it reaches is the most that these samples can show."
)
