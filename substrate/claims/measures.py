"""Every claim as a small function: from the quantities of its theme to a figure and its controls.

The keys are those of data/claims.yaml. Ratios are given as logarithms. A function asks for
quantities by name, and works on numbers and on arrays of replicates alike; what is missing is NaN
and carries through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from substrate.claims.verdict import TWINS, Contrast
from substrate.numerics.scales import CORRELATION, PLAIN, SHARE, Scale, difference

Quantities = Mapping[str, Any]
Measure = Callable[[Quantities], Contrast]

SHUFFLED, NO_LEAD = "encoders shuffled apart", "no lead"
RANDOM, PIXELS, HANDCRAFTED = "random bases", "pixels", "hand-crafted features"
LAW = "law of random bases, K / (K + PR)"
PHOTOGRAPHS = "shuffled photographs"
#: What an estimator gives where the truth is known.
PLANTED = "planted truth"
TURNED, TURNED_FEW = "axes turned at random", "three axes turned at random"
#: What the publication calls a high correlation with the image's energy.
ENERGY_BOUND = 0.6


def _panel(q: Quantities, name: str = "") -> Contrast:
    """Hold the panel against its untrained twins and its encoders shuffled apart."""
    start = f"{name} " if name else ""
    return Contrast(
        q[f"{start}trained"],
        {TWINS: q[f"{start}untrained"], SHUFFLED: q[f"{start}shuffled"]},
    )


def _four(q: Quantities) -> Contrast:
    """Add the publication's own controls, each tested apart."""
    measure = _panel(q)
    published = {RANDOM: q["random"], PIXELS: q["pixels"], HANDCRAFTED: q["handcrafted"]}
    return Contrast(measure.value, {**measure.controls, **published})


def _lead(q: Quantities, over: str) -> Contrast:
    """Hold the panel's lead over a control against the lead that untrained twins have."""
    return Contrast(q["trained"] - q[over], {TWINS: q["untrained"] - q[over], NO_LEAD: 0.0})


def _tail(q: Quantities) -> Contrast:
    """Hold it below untrained twins as well: it says something of random bases, not of training."""
    return Contrast(q["random tail"], {"the panel": q["trained"], TWINS: q["untrained"]})


def _at(q: Quantities, k: int) -> Contrast:
    value, twins, shuffled, law = (
        q[f"{name} at {k}"] for name in ("trained", "untrained", "shuffled", "law")
    )
    return Contrast(value, {TWINS: twins, SHUFFLED: shuffled, LAW: law})


def _rise(q: Quantities) -> Contrast:
    value, twins, law = (q[f"{n} at 16"] - q[f"{n} at 4"] for n in ("trained", "untrained", "law"))
    return Contrast(value, {TWINS: twins, LAW: law, "no rise": 0.0})


def _saturates(q: Quantities) -> Contrast:
    value, twins, law = (q[f"{n} at 64"] - q[f"{n} at 16"] for n in ("trained", "untrained", "law"))
    return Contrast(value, {"no further rise": 0.0}, {TWINS: twins, LAW: law})


def _natural(q: Quantities) -> Contrast:
    return Contrast(q["natural"], {TWINS: q["natural untrained"], NO_LEAD: 0.0})


def _ranks(q: Quantities, name: str) -> Contrast:
    return Contrast(
        q[f"{name} ranks"], {TWINS: q[f"{name} ranks untrained"], "no correlation": 0.0}
    )


def _grassmann(q: Quantities) -> Contrast:
    return Contrast(
        q["grassmann"], {TWINS: q["grassmann untrained"], SHUFFLED: q["grassmann shuffled"]}
    )


def _disparity(q: Quantities) -> Contrast:
    other = _grassmann(q)
    return Contrast(1 - other.value, {name: 1 - v for name, v in other.controls.items()})


def _half_range(q: Quantities) -> Contrast:
    return Contrast(
        q["trained"], {"no change": 0.0}, {TWINS: q["untrained"], SHUFFLED: q["shuffled"]}
    )


def _first(q: Quantities) -> Contrast:
    return Contrast(
        q["first trained"],
        {
            TWINS: q["first untrained"],
            PHOTOGRAPHS: q["first shuffled"],
            "the published bound .6": ENERGY_BOUND,
        },
    )


def _others(q: Quantities) -> Contrast:
    """Hold them below the published bound, which is missing where shuffled photographs reach it."""
    return Contrast(
        q["others trained"],
        {"the published bound .25": q["low-level bound"], TWINS: q["others untrained"]},
        {PHOTOGRAPHS: q["others shuffled"]},
    )


def _discriminative(q: Quantities, scale: str) -> Contrast:
    return Contrast(
        q[f"discriminative {scale}"],
        {
            TWINS: q[f"discriminative {scale} untrained"],
            "chance (0 after calibration)": 0.0,
            "reconstructive pairs": q[f"reconstructive {scale}"],
        },
    )


def _reconstructive(q: Quantities, scale: str) -> Contrast:
    """Let untrained twins enter as the difference between kinds that architectures alone make."""
    good = q[f"discriminative {scale}"]
    by_architecture = (
        q[f"discriminative {scale} untrained"] - q[f"reconstructive {scale} untrained"]
    )
    return Contrast(
        q[f"reconstructive {scale}"],
        {"discriminative pairs": good, TWINS: good - by_architecture},
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


def _without(q: Quantities, family: str) -> Contrast:
    """Hold the ratio without a family against the ratio of the whole panel."""
    value, whole = (
        log_ratio(q[f"discriminative {where}"], q[f"reconstructive {where}"])
        for where in (f"no {family}", "cka")
    )
    return Contrast(value, {"the whole panel": whole})


def log_ratio(first: Any, second: Any) -> Any:
    """Return the logarithm of a ratio; NaN where one of the two is not above zero."""
    positive = (np.asarray(first) > 0) & (np.asarray(second) > 0)
    one, other = np.where(positive, first, np.nan), np.where(positive, second, np.nan)
    return (np.log(one) - np.log(other))[()]


def _start(q: Quantities) -> Contrast:
    return Contrast(q["start"], {PHOTOGRAPHS: q["start shuffled"]})


def _early(q: Quantities) -> Contrast:
    return Contrast(q["early"], {TWINS: q["untrained"], PHOTOGRAPHS: q["early shuffled"]})


def _share(part: Any, gain: Any) -> Any:
    return part / np.where(np.asarray(gain) == 0, np.nan, gain)


def _ahead(q: Quantities) -> Contrast:
    """Ask too what share of the gain shuffled photographs would have made."""
    gain = q["end"] - q["start"]
    share = _share(q["early"] - q["start"], gain)
    by_chance = _share(q["early shuffled"] - q["start shuffled"], gain)
    accuracy = q["accuracy share"]
    return Contrast(
        share - accuracy,
        {"in step with accuracy": 0.0, PHOTOGRAPHS: by_chance - accuracy},
    )


def _plateau(q: Quantities) -> Contrast:
    return Contrast(
        q["end"] - q["early"], {"no change": 0.0}, {"the gain until then": q["early"] - q["start"]}
    )


def _over_logme(q: Quantities, score: str) -> Contrast:
    controls = {NO_LEAD: 0.0, "size ranking": q["size"] - q["logme"]}
    if score == "consensus":
        controls[TWINS] = q["untrained"] - q["logme"]
    return Contrast(q[score] - q["logme"], controls)


def _size(q: Quantities) -> Contrast:
    return Contrast(q["size"], {"LogME": q["logme"], "no correlation": 0.0})


def _seconds(q: Quantities) -> Contrast:
    return Contrast(q["seconds"], {"ratio of 1": 0.0})


def _blind(q: Quantities) -> Contrast:
    return Contrast(q["consensus"], {"no correlation": 0.0}, {TWINS: q["untrained"]})


def _detector(q: Quantities, naive: str) -> Contrast:
    return Contrast(
        q[f"{naive}trained"],
        {TWINS: q[f"{naive}untrained"], PIXELS: q[f"{naive}pixels"], "chance": q["chance"]},
    )


def _low_shot(q: Quantities, shot: int) -> tuple[Any, Any]:
    value, twins = (
        q[f"substrate{twin} {shot}"] - q[f"full{twin} {shot}"] for twin in ("", " untrained")
    )
    return value, twins


def _few_labels(q: Quantities, shot: int) -> Contrast:
    value, twins = _low_shot(q, shot)
    return Contrast(value, {NO_LEAD: 0.0, TWINS: twins})


def _enough_labels(q: Quantities, shot: int) -> Contrast:
    value, twins = _low_shot(q, shot)
    return Contrast(value, {NO_LEAD: 0.0}, {TWINS: twins})


def _distilled(q: Quantities, share: str, arm: str = "label_free") -> Contrast:
    plain = q[f"cross_entropy {share}"]
    return Contrast(
        q[f"{arm} {share}"] - plain,
        {
            "no gain": 0.0,
            TWINS: q[f"untrained {share}"] - plain,
            "scores of other images": q[f"shuffled {share}"] - plain,
        },
    )


def _teacher(q: Quantities, arm: str, teacher: str) -> Contrast:
    return Contrast(
        q[f"{arm} all"] - q[f"{teacher} all"],
        {NO_LEAD: 0.0},
        {TWINS: q["untrained all"] - q[f"{teacher} all"]},
    )


def _matched_units(q: Quantities) -> Contrast:
    turned, shuffled = q["matched turned"], q["matched shuffled"]
    return Contrast(
        q["matched"], {TWINS: q["matched untrained"], TURNED: turned, PHOTOGRAPHS: shuffled}
    )


def _special_units(q: Quantities) -> Contrast:
    """Hold what units are above turned axes by against what untrained ones are above theirs."""
    lead = q["matched"] - q["matched turned"]
    return Contrast(lead, {TWINS: q["lead untrained"], NO_LEAD: 0.0})


def _fall_of_units(q: Quantities) -> Contrast:
    twins = q["matched untrained"] - q["matched last untrained"]
    return Contrast(q["matched"] - q["matched last"], {TWINS: twins, "no fall": 0.0})


def _few_units(q: Quantities) -> Contrast:
    turned, shuffled = q["few turned"], q["few shuffled"]
    return Contrast(
        q["few"], {TWINS: q["few untrained"], TURNED_FEW: turned, PHOTOGRAPHS: shuffled}
    )


def _clusters_of_units(q: Quantities) -> Contrast:
    return Contrast(q["clusters"], {TWINS: q["clusters untrained"], NO_LEAD: 0.0})


def _subspace_of_units(q: Quantities) -> Contrast:
    controls = {TWINS: q["subspace untrained"], PHOTOGRAPHS: q["subspace shuffled"]}
    return Contrast(q["subspace"], controls)


def _spectra_of_units(q: Quantities) -> Contrast:
    own = q["spectra own untrained"]
    controls = {TWINS: q["spectra untrained"], "an encoder and its own twin": own}
    return Contrast(q["spectra"], controls)


def _modality(q: Quantities) -> Contrast:
    return Contrast(q["panel"], {PHOTOGRAPHS: q["null"]}, {TWINS: q["untrained"]})


def _stitched(q: Quantities) -> Contrast:
    return Contrast(q["stitched"], {TWINS: q["untrained"]})


def _stitched_loss(q: Quantities) -> Contrast:
    """Show beside it how far an untrained lower part lies from the upper network as it was."""
    return Contrast(q["loss"], {"no loss": 0.0}, {TWINS: q["untrained"] - q["original"]})


def _weights(q: Quantities, relation: str) -> Contrast:
    """Hold S against alignments to photographs that do not belong together."""
    return Contrast(
        q[relation], {PHOTOGRAPHS: q[f"{relation} shuffled"]}, {PLANTED: q[f"{relation} planted"]}
    )


def _weights_of_labels(q: Quantities) -> Contrast:
    return Contrast(
        q["labels"],
        {"another initialisation": q["initialisation"]},
        {PHOTOGRAPHS: q["labels shuffled"], PLANTED: q["labels planted"]},
    )


def _weights_of_random_labels(q: Quantities) -> Contrast:
    return Contrast(
        q["random labels early"],
        {"true and random labels": q["labels early"]},
        {PHOTOGRAPHS: q["random labels early shuffled"]},
    )


def _dip(q: Quantities) -> Contrast:
    controls = {
        "a quarter of the samples": q["quarter"],
        "four times the samples": q["fourfold"],
    }
    return Contrast(q["threshold"], controls)


def _apart(q: Quantities, error: str = "") -> Contrast:
    return Contrast(q[f"few{error}"], {"five times the samples": q[f"past{error}"]})


def _same_depth(q: Quantities) -> Contrast:
    return Contrast(q["depth"], {TWINS: q["depth untrained"], "no correlation": 0.0})


def _of_kinds(q: Quantities, value: str, other: str, control: str) -> Contrast:
    """Hold one kind of encoders against another, and against what their twins differ by."""
    by_architecture = q[f"{value} untrained"] - q[f"{other} untrained"]
    return Contrast(q[value], {control: q[other], TWINS: q[other] + by_architecture})


def _leaking(q: Quantities, share: str) -> Contrast:
    return _distilled(q, share, "substrate")


_SHARES = {"1": "0.01", "10": "0.1", "50": "0.5", "100": "1"}

MEASURES: dict[str, Measure] = {
    "shared_across_architectures": _panel,
    "pcka_four": _four,
    "pcka_eight": partial(_panel, name="eight"),
    "pcka_smallest_pair": partial(_panel, name="smallest"),
    "pcka_largest_pair": partial(_panel, name="largest"),
    "pcka_over_random": partial(_lead, over="random"),
    "pcka_over_pixels": partial(_lead, over="pixels"),
    "pcka_over_handcrafted": partial(_lead, over="handcrafted"),
    "random_basis_tail": _tail,
    **{f"pcka_k{k}": partial(_at, k=k) for k in (8, 12, 24, 32)},
    "pcka_rises_with_k": _rise,
    "pcka_saturates": _saturates,
    "pcka_leave_one_out": _half_range,
    "natural_isolated": _natural,
    "grassmann": _grassmann,
    "disparity": _disparity,
    "grassmann_ranks": partial(_ranks, name="grassmann"),
    "disparity_ranks": partial(_ranks, name="rotation"),
    "first_direction_energy": _first,
    "other_directions_not_low_level": _others,
    "discriminative_cka": partial(_discriminative, scale="clipped"),
    "discriminative_cka_unclipped": partial(_discriminative, scale="cka"),
    "reconstructive_cka": partial(_reconstructive, scale="clipped"),
    "reconstructive_cka_unclipped": partial(_reconstructive, scale="cka"),
    "paradigm_difference": _difference,
    "paradigm_ratio": partial(_ratio, where="cka"),
    "paradigm_ratio_knn10": partial(_ratio, where="knn10"),
    "paradigm_ratio_knn30": partial(_ratio, where="knn30"),
    "paradigm_ratio_knn100": partial(_ratio, where="knn100"),
    "paradigm_ratio_other_domains": partial(_ratio, where="other domains"),
    "paradigm_ratio_no_resnet": partial(_without, family="ResNet"),
    "paradigm_ratio_no_convnext": partial(_without, family="ConvNeXt"),
    "paradigm_ratio_no_vit": partial(_without, family="ViT"),
    "emergence_start": _start,
    "emergence_early": _early,
    "emergence_ahead_of_accuracy": _ahead,
    "emergence_plateau": _plateau,
    "consensus_over_logme": partial(_over_logme, score="consensus"),
    "consensus_time": _seconds,
    "hybrid_over_logme": partial(_over_logme, score="hybrid"),
    "size_over_logme": _size,
    "alignment_blind_to_transfer": _blind,
    "detector_naive": partial(_detector, naive="naive "),
    "detector_photographs": partial(_detector, naive=""),
    "low_shot_50": partial(_few_labels, shot=50),
    "low_shot_200": partial(_enough_labels, shot=200),
    "low_shot_500": partial(_few_labels, shot=500),
    **{f"distill_{name}": partial(_distilled, share=share) for name, share in _SHARES.items()},
    **{f"distill_{name}_leak": partial(_leaking, share=share) for name, share in _SHARES.items()},
    "distill_100_epochs": partial(_distilled, share="1 after 100 epochs"),
    "distill_200_epochs": partial(_distilled, share="1 after 200 epochs"),
    "distill_teacher": partial(_teacher, arm="label_free", teacher="within"),
    "distill_teacher_across": partial(_teacher, arm="label_free", teacher="across"),
    "distill_teacher_leak": partial(_teacher, arm="substrate", teacher="within"),
    "cross_modal": _modality,
    "stitched_over_untrained": _stitched,
    "stitched_without_loss": _stitched_loss,
    "weights_initialisation": partial(_weights, relation="initialisation"),
    "weights_classes": partial(_weights, relation="classes"),
    "weights_labels": _weights_of_labels,
    "weights_random_labels": _weights_of_random_labels,
    "students_dip": _dip,
    "students_signal": lambda q: Contrast(q["much signal"], {"more noise": q["little signal"]}),
    "students_apart": _apart,
    "students_apart_error": partial(_apart, error=" error"),
    "steps_same_depth": _same_depth,
    "steps_low_level": partial(
        _of_kinds,
        value="low-level classifiers",
        other="low-level others",
        control="encoders trained without labels",
    ),
    "steps_smooth": partial(
        _of_kinds,
        value="variation transformers",
        other="variation convolutional",
        control="convolutional networks",
    ),
    "units_matched": _matched_units,
    "units_special": _special_units,
    "units_fall": _fall_of_units,
    "units_few": _few_units,
    "units_clusters": _clusters_of_units,
    "units_subspace": _subspace_of_units,
    "units_spectra": _spectra_of_units,
}

#: The ranges of the figures, on whose scale their intervals are symmetric. Differences of two
#: shares lie in a correlation's range; calibrated and debiased similarities may be negative.
SCALES: dict[str, Scale] = {
    **{
        key: CORRELATION
        for key in (
            "shared_across_architectures",
            "pcka_over_random",
            "pcka_over_pixels",
            "pcka_over_handcrafted",
            "pcka_rises_with_k",
            "pcka_saturates",
            "natural_isolated",
            "grassmann_ranks",
            "disparity_ranks",
            "discriminative_cka_unclipped",
            "reconstructive_cka_unclipped",
            "emergence_start",
            "emergence_early",
            "emergence_plateau",
            "size_over_logme",
            "alignment_blind_to_transfer",
            "cross_modal",
            "units_matched",
            "units_clusters",
            "units_subspace",
            "students_dip",
            "students_signal",
            "students_apart",
            "steps_same_depth",
        )
    },
    **{
        key: SHARE
        for key in (
            "pcka_four",
            "pcka_eight",
            "pcka_smallest_pair",
            "pcka_largest_pair",
            "pcka_leave_one_out",
            "random_basis_tail",
            *(f"pcka_k{k}" for k in (8, 12, 24, 32)),
            "grassmann",
            "disparity",
            "first_direction_energy",
            "other_directions_not_low_level",
            "discriminative_cka",
            "reconstructive_cka",
            "detector_naive",
            "detector_photographs",
            "stitched_over_untrained",
        )
    },
    **{
        key: difference(SHARE)
        for key in MEASURES
        if key.startswith(("low_shot_", "distill_"))
        or key in ("paradigm_difference", "stitched_without_loss")
    },
    **{
        key: difference(CORRELATION)
        for key in ("consensus_over_logme", "hybrid_over_logme", "units_special", "units_fall")
    },
    **{
        key: PLAIN
        for key in MEASURES
        if key.startswith(("paradigm_ratio", "weights_"))
        or key
        in (
            "consensus_time",
            "emergence_ahead_of_accuracy",
            "units_few",
            "units_spectra",
            "students_apart_error",
            "steps_low_level",
            "steps_smooth",
        )
    },
}


def lead_scale(key: str) -> Scale:
    """Return the range of how far a claim's figure lies above a control."""
    lead = difference(SCALES[key])
    return difference(lead) if key.startswith("reconstructive_cka") else lead
