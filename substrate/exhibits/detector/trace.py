"""What the detector's numbers rest on."""

from __future__ import annotations

from typing import Any

from substrate.analyses.detector.accuracy import DetectorResult, SweepResult, WithoutResult
from substrate.analyses.detector.image import DetectionResult

WHITENING = "z-score"


def detector_trace(result: DetectorResult) -> dict[str, Any]:
    """Return what the accuracies rest on."""
    return {
        "n": result.counted,
        "K": result.components,
        "whitening": WHITENING,
        "basis without": result.basis_without or "none",
        "seed": result.seed,
        "apart": ", ".join(result.apart) or "none",
        "facts": result.facts,
    }


def sweep_trace(result: SweepResult) -> dict[str, Any]:
    """Return what the sweep rests on; its basis is made of all domains."""
    return {
        "n": result.counted,
        "K": ", ".join(map(str, result.components)),
        "units": result.units.text,
        "whitening": WHITENING,
        "basis without": "none",
        "seed": result.seed,
    }


def without_trace(result: WithoutResult) -> dict[str, Any]:
    """Return what the bases without a domain rest on."""
    return {
        "n": result.counted,
        "K": result.components,
        "units": result.units.text,
        "whitening": WHITENING,
        "basis without": "each domain in turn",
        "seed": result.seed,
    }


def detection_trace(result: DetectionResult) -> dict[str, Any]:
    """Return what is said of an image rests on."""
    return {
        "facts": result.facts,
        "distance": result.distance,
        "threshold": result.threshold,
        "distance in light, colours and spectrum": result.unlike,
        "its threshold": result.unlike_most,
        "distance to pictures of noise": result.from_noise,
    }
