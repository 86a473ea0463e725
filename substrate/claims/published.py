"""What the publication says that its own figures do not bear out, worked out from those figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from substrate.analyses.shared.samples import pairs
from substrate.analyses.subspace import published as figures

SOURCE = figures.SOURCE
#: The encoders that are listed, apart from the two controls.
DISCRIMINATIVE = (
    "ResNet-50",
    "ResNet-101",
    "ConvNeXt-Base",
    "ViT-B/16",
    "ViT-L/16",
    "EfficientNet-B0",
    "DINOv2 ViT-B/14",
    "Swin-T",
    "MobileViT-V2-175",
    "MaxViT-Base",
    "RegNetY-032",
    "BEiTv2-Base",
)
MASKED = ("ViT-B/16-MAE", "ConvNeXtV2-FCMAE")
PERMUTATIONS, RAW_CKA, TAU = 200, 0.865, 0.045
FAMILY_RATIOS = (7.3, 7.5, 6.9)
GRASSMANN, DISPARITY = 0.659, 0.341
COMPONENTS, SAMPLES = 16, 1000


@dataclass(frozen=True)
class Inconsistency:
    """One point: what is stated, and what follows from the publication's own figures."""

    topic: str
    stated: str
    implied: str


@dataclass(frozen=True)
class Ambiguity:
    """One point that the publication leaves open, and where this program offers the choice."""

    key: str
    question: str
    answer: str
    page: str
    address: dict[str, str]


def median_of_domains(count: int) -> float:
    """Return the median of the published matrix over the first domains."""
    matrix = figures.matrix()[:count, :count]
    return float(np.median(matrix[pairs(count)]))


def inconsistencies() -> tuple[Inconsistency, ...]:
    """Work every point out from the published figures."""
    return (*_matrix(), *_calibration(), *_others(), *_citations())


def _three(value: float) -> str:
    return f"{value:.3f}"


def _matrix() -> tuple[Inconsistency, ...]:
    matrix, names = figures.matrix(), figures.DOMAINS
    four = matrix[:4, :4][pairs(4)]
    first, second = (index[int(np.argmax(four))] for index in pairs(4))
    low_first, low_second = (index[int(np.argmin(four))] for index in pairs(4))
    means = (matrix.sum(axis=1) - 1) / (len(matrix) - 1)
    lonely = int(np.argmin(means))
    return (
        Inconsistency(
            "Closest pair of four domains",
            "satellite and medical CT, 0.759",
            f"{names[first]} and {names[second]}, {_three(four.max())}",
        ),
        Inconsistency(
            "All six pairs exceed 0.50",
            "in the text",
            f"{np.count_nonzero(four > 0.5)} of {len(four)} do; {names[low_first]} and "
            f"{names[low_second]} is {_three(four.min())}",
        ),
        Inconsistency(
            "Most isolated of eight domains",
            f"infrared, mean {_three(means[names.index('infrared')])}",
            f"{names[lonely]}, mean {_three(means[lonely])}",
        ),
        Inconsistency(
            "Medians of the matrices",
            "0.679 over four domains",
            f"{median_of_domains(4):.4f} over four and {median_of_domains(8):.4f} over eight: "
            "these agree",
        ),
        Inconsistency(
            "Spread when one encoder is left out",
            "± 0.027, read as an error",
            _leave_out(),
        ),
        Inconsistency(
            "Random bases",
            f"median {_three(figures.CONTROLS['random'])} with K = {COMPONENTS}",
            f"K / (K + PR) needs a participation ratio of {_participation():.0f} of at most "
            f"{SAMPLES - 1}: neither z-scored features, whose spectra are steep, nor full "
            "whitening, which has no leading directions at n ≤ d, gives it",
        ),
    )


def _leave_out() -> str:
    """Set the half-range beside the jackknife error that the same figures give."""
    values = np.array([v for k, v in figures.LEAVE_OUT.items() if k != "whole panel"])
    m = len(values)
    error = np.sqrt((m - 1) / m * np.square(values - values.mean()).sum())
    return (
        f"{_three(np.ptp(values) / 2)} is half of the range of {m} values; the jackknife error "
        f"over encoders is {_three(float(error))}"
    )


def _participation() -> float:
    value = figures.CONTROLS["random"]
    return COMPONENTS * (1 - value) / value


def _calibration() -> tuple[Inconsistency, ...]:
    calibrated = (RAW_CKA - TAU) / (1 - TAU)
    listed = len(DISCRIMINATIVE) + len(MASKED)
    half = np.ptp(FAMILY_RATIOS) / 2
    return (
        Inconsistency(
            "How many encoders",
            "13, of four paradigms, CLIP among them",
            f"{len(DISCRIMINATIVE)} + {len(MASKED)} = {listed} are listed, and CLIP is not",
        ),
        Inconsistency(
            "Calibration changes nothing",
            f"raw {_three(RAW_CKA)} = calibrated {_three(RAW_CKA)} with τ ≈ {_three(TAU)}",
            f"(s − τ) / (1 − τ) is {_three(calibrated)}",
        ),
        Inconsistency(
            "p < 1e-44",
            f"for the difference, with {PERMUTATIONS} permutations",
            f"these cannot go below 1/{PERMUTATIONS + 1} = {_three(1 / (PERMUTATIONS + 1))}; it "
            "must be a parametric test that is not described",
        ),
        Inconsistency(
            "The ratio of 7.4",
            "between two paradigms",
            f"{len(MASKED)} masked encoders form "
            f"{len(MASKED) * (len(MASKED) - 1) // 2} pair: its denominator is one number",
        ),
        Inconsistency(
            "The ratio without a family",
            f"{min(FAMILY_RATIOS)} to {max(FAMILY_RATIOS)}, “± 0.045”",
            f"the half-range is {half:.2f}",
        ),
    )


def _others() -> tuple[Inconsistency, ...]:
    return (
        Inconsistency(
            "Procrustes disparity",
            f"{_three(DISPARITY)}, vs. the Grassmann similarity {_three(GRASSMANN)}",
            f"1 − {_three(GRASSMANN)} = {_three(1 - GRASSMANN)}: the residual of a projection, "
            "not of a rotation, and the same figure twice; their rank correlations with "
            "Procrustes-CKA (0.97 and 0.95) would have to be equal",
        ),
        Inconsistency(
            "Before training",
            "random features are near 0",
            "the reported curve starts at 0.14",
        ),
        Inconsistency(
            "Gain from distillation",
            "+3.3 points after 100 epochs",
            "+0.64 points with 100 % of the labels, without an explanation of the difference",
        ),
    )


def _citations() -> tuple[Inconsistency, ...]:
    return (
        Inconsistency(
            "Citation: calibration",
            "“Pang et al.” for arXiv:2602.14486",
            "by Groeger, Wen and Brbić; they find that global similarity mostly vanishes after "
            "calibration and local similarity stays, the opposite of what is attributed to them",
        ),
        Inconsistency(
            "Citation: universal dimensions",
            "Conwell et al.",
            "“Universal dimensions of visual representation” is by Chen and Bonner (2025)",
        ),
        Inconsistency(
            "Citation: SITE-2025",
            "a benchmark on which LogME is beaten",
            "arXiv:2510.06448 is a critique: a static ranking by size reaches 0.91 there and "
            "LogME 0.57, so beating LogME says little; the size ranking is a control here",
        ),
    )


AMBIGUITIES = (
    Ambiguity(
        "Whitening",
        "Is “per-component whitening” a z-score of each feature or full whitening?",
        "z-score by default; none, truncated and (with five samples per feature) full as switches",
        "subspace",
        {"whitening": "truncated"},
    ),
    Ambiguity(
        "Statistics",
        "With whose mean and variance is one domain's data projected on another's basis?",
        "each domain's own",
        "subspace",
        {},
    ),
    Ambiguity(
        "Pooling",
        "Class token or mean over tokens?",
        "the class token where there is one; `pooling: mean` in the study changes it",
        "study",
        {},
    ),
    Ambiguity(
        "Detector's basis",
        "Is it one basis of all domains, made with the tested ones?",
        "one pooled basis of the training part; a basis without one domain is shown as well",
        "transfer",
        {},
    ),
    Ambiguity(
        "Estimate",
        "Biased or debiased CKA?",
        "biased by default, as published; debiased as a switch",
        "subspace",
        {"estimate": "debiased"},
    ),
)
