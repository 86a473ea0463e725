"""Every claim as a small function: from the quantities of its theme to a figure and its controls.

The keys are those of data/claims.yaml. Ratios are given as logarithms. A function asks for
quantities by name; what is missing is NaN and carries through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from substrate.claims.verdict import Contrast

Quantities = Mapping[str, float]
Measure = Callable[[Quantities], Contrast]

TWINS, SHUFFLED, NO_LEAD = "untrained twins", "shuffled between encoders", "no lead"
LAW = "law of random bases, K / (K + PR)"
#: What the publication calls low: no correlation of directions 2 to 16 reaches it.
LOW_LEVEL_BOUND = 0.25
#: Domains that the claim about eight of them needs.
EIGHT = 8


def _beside_both(q: Quantities, name: str) -> Contrast:
    """Hold the panel against its untrained twins and its encoders shuffled."""
    start = "" if name == "trained" else f"{name} "
    value = q["trained"] if name == "trained" else q[name]
    return Contrast(value, {TWINS: q[f"{start}untrained"], SHUFFLED: q[f"{start}shuffled"]})


def _shared(q: Quantities) -> Contrast:
    return _beside_both(q, "trained")


def _eight(q: Quantities) -> Contrast:
    found = _beside_both(q, "trained")
    enough = q["domains"] >= EIGHT
    return found if enough else Contrast(float("nan"), found.controls)


def _disparity(q: Quantities) -> Contrast:
    other = _beside_both(q, "grassmann")
    return Contrast(1 - other.value, {name: 1 - v for name, v in other.controls.items()})


def _lead(q: Quantities, over: str) -> Contrast:
    """Hold the panel's lead over a control against the lead that untrained twins have."""
    return Contrast(q["trained"] - q[over], {TWINS: q["untrained"] - q[over], NO_LEAD: 0.0})


def _rise(q: Quantities, low: int, high: int) -> Contrast:
    value, twins, law = (
        q[f"{name} at {high}"] - q[f"{name} at {low}"] for name in ("trained", "untrained", "law")
    )
    return Contrast(value, {TWINS: twins, LAW: law})


def _natural(q: Quantities) -> Contrast:
    return Contrast(q["natural"], {TWINS: q["natural untrained"], NO_LEAD: 0.0})


def _ranks(q: Quantities) -> Contrast:
    return Contrast(q["ranks"], {TWINS: q["ranks untrained"], "no correlation": 0.0})


def _first(q: Quantities) -> Contrast:
    return Contrast(
        q["first trained"],
        {TWINS: q["first untrained"], "shuffled photographs": q["first shuffled"]},
    )


def _others(q: Quantities) -> Contrast:
    return Contrast(
        q["others trained"],
        {TWINS: q["others untrained"], "the published bound .25": LOW_LEVEL_BOUND},
    )


def _discriminative(q: Quantities) -> Contrast:
    return Contrast(
        q["discriminative cka"],
        {TWINS: q["discriminative cka untrained"], "chance (0 after calibration)": 0.0},
    )


def _reconstructive(q: Quantities) -> Contrast:
    """Let untrained twins enter as the difference between kinds that architectures alone make."""
    good = q["discriminative cka"]
    by_architecture = q["discriminative cka untrained"] - q["reconstructive cka untrained"]
    return Contrast(
        q["reconstructive cka"], {"discriminative pairs": good, TWINS: good - by_architecture}
    )


def _difference(q: Quantities) -> Contrast:
    value, twins = (
        q[f"discriminative cka{t}"] - q[f"reconstructive cka{t}"] for t in ("", " untrained")
    )
    return Contrast(value, {TWINS: twins, NO_LEAD: 0.0})


def _ratio(q: Quantities, where: str) -> Contrast:
    value, twins = (
        log_ratio(q[f"discriminative {where}{t}"], q[f"reconstructive {where}{t}"])
        for t in ("", " untrained")
    )
    return Contrast(value, {TWINS: twins, "ratio of 1": 0.0})


def log_ratio(first: float, second: float) -> float:
    """Return the logarithm of a ratio; NaN where one of the two is not above zero."""
    return float(np.log(first / second)) if first > 0 and second > 0 else float("nan")


def _start(q: Quantities) -> Contrast:
    return Contrast(q["start"], {"shuffled photographs": q["start shuffled"]})


def _early(q: Quantities) -> Contrast:
    return Contrast(
        q["early"], {TWINS: q["untrained"], "shuffled photographs": q["early shuffled"]}
    )


def _ahead(q: Quantities) -> Contrast:
    """Ask too what share of the gain shuffled photographs would have made."""
    gain = q["end"] - q["start"]
    share = (q["early"] - q["start"]) / gain if gain else float("nan")
    by_chance = (q["early shuffled"] - q["start shuffled"]) / gain if gain else float("nan")
    accuracy = q["accuracy share"]
    return Contrast(
        share - accuracy,
        {"in step with accuracy": 0.0, "shuffled photographs": by_chance - accuracy},
    )


def _plateau(q: Quantities) -> Contrast:
    return Contrast(
        q["end"] - q["early"], {"no change": 0.0, "the gain until then": q["early"] - q["start"]}
    )


def _over_logme(q: Quantities, score: str) -> Contrast:
    controls = {NO_LEAD: 0.0, "size ranking": q["size"] - q["logme"]}
    if score == "consensus":
        controls[TWINS] = q["untrained"] - q["logme"]
    return Contrast(q[score] - q["logme"], controls)


def _seconds(q: Quantities) -> Contrast:
    return Contrast(q["seconds"], {"ratio of 1": 0.0})


def _blind(q: Quantities) -> Contrast:
    return Contrast(q["consensus"], {"no correlation": 0.0, TWINS: q["untrained"]})


def _detector(q: Quantities, naive: str) -> Contrast:
    return Contrast(
        q[f"{naive}trained"],
        {TWINS: q[f"{naive}untrained"], "pixels": q[f"{naive}pixels"], "chance": q["chance"]},
    )


def _low_shot(q: Quantities, shot: int) -> Contrast:
    value, twins = (
        q[f"substrate{twin} {shot}"] - q[f"full{twin} {shot}"] for twin in ("", " untrained")
    )
    return Contrast(value, {NO_LEAD: 0.0, TWINS: twins})


def _distilled(q: Quantities, share: str) -> Contrast:
    plain = q[f"cross_entropy {share}"]
    return Contrast(
        q[f"substrate {share}"] - plain,
        {
            "no gain": 0.0,
            TWINS: q[f"untrained {share}"] - plain,
            "scores of other images": q[f"shuffled {share}"] - plain,
        },
    )


def _teacher(q: Quantities) -> Contrast:
    return Contrast(
        q["substrate all"] - q["within all"],
        {NO_LEAD: 0.0, TWINS: q["untrained all"] - q["within all"]},
    )


def _modality(q: Quantities) -> Contrast:
    return Contrast(q["panel"], {TWINS: q["untrained"], "shuffled photographs": q["null"]})


MEASURES: dict[str, Measure] = {
    "shared_across_architectures": _shared,
    "pcka_four": _shared,
    "pcka_eight": _eight,
    "pcka_over_random": partial(_lead, over="random"),
    "pcka_over_pixels": partial(_lead, over="pixels"),
    "pcka_over_handcrafted": partial(_lead, over="handcrafted"),
    "pcka_rises_with_k": partial(_rise, low=4, high=16),
    "pcka_saturates": partial(_rise, low=16, high=64),
    "pcka_leave_one_out": _shared,
    "natural_isolated": _natural,
    "grassmann": partial(_beside_both, name="grassmann"),
    "disparity": _disparity,
    "grassmann_ranks": _ranks,
    "first_direction_energy": _first,
    "other_directions_not_low_level": _others,
    "discriminative_cka": _discriminative,
    "reconstructive_cka": _reconstructive,
    "paradigm_difference": _difference,
    "paradigm_ratio": partial(_ratio, where="cka"),
    "paradigm_ratio_knn10": partial(_ratio, where="knn10"),
    "paradigm_ratio_knn30": partial(_ratio, where="knn30"),
    "paradigm_ratio_knn100": partial(_ratio, where="knn100"),
    "paradigm_ratio_other_domains": partial(_ratio, where="other domains"),
    "paradigm_ratio_no_resnet": partial(_ratio, where="no ResNet"),
    "paradigm_ratio_no_convnext": partial(_ratio, where="no ConvNeXt"),
    "paradigm_ratio_no_vit": partial(_ratio, where="no ViT"),
    "emergence_start": _start,
    "emergence_early": _early,
    "emergence_ahead_of_accuracy": _ahead,
    "emergence_plateau": _plateau,
    "consensus_over_logme": partial(_over_logme, score="consensus"),
    "consensus_time": _seconds,
    "hybrid_over_logme": partial(_over_logme, score="hybrid"),
    "alignment_blind_to_transfer": _blind,
    "detector_naive": partial(_detector, naive="naive "),
    "detector_photographs": partial(_detector, naive=""),
    "low_shot_50": partial(_low_shot, shot=50),
    "low_shot_200": partial(_low_shot, shot=200),
    "low_shot_500": partial(_low_shot, shot=500),
    "distill_1": partial(_distilled, share="0.01"),
    "distill_10": partial(_distilled, share="0.1"),
    "distill_50": partial(_distilled, share="0.5"),
    "distill_100": partial(_distilled, share="1"),
    "distill_teacher": _teacher,
    "cross_modal": _modality,
}
