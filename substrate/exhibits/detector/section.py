"""What a report lists of the domain detector: the default figures, or every view."""

from __future__ import annotations

from functools import partial

from substrate.analyses.detector.accuracy import (
    DETECTOR,
    DETECTOR_PIXELS,
    DETECTOR_SWEEP,
    DETECTOR_WITHOUT,
    DetectorResult,
    DetectorSweepParams,
    PixelParams,
    PixelResult,
    WithoutParams,
    detector_params,
)
from substrate.analyses.spec import obtain
from substrate.exhibits.detector import exhibits
from substrate.exhibits.exhibit import Exhibit, Section, attempted, domain_titles
from substrate.figures.theme import Theme
from substrate.runs import Run

QUESTION = "Which domain is an image from?"


def detector(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return the detector's accuracies and confusions on all domains.

    With ``every`` follow the number of directions and bases made without a domain. What is said of
    one image stays with the page.
    """
    makers = {} if len(run.domains) < 2 else _DEFAULT | (_FURTHER if every else {})
    shown = (
        attempted(key, exhibits.TITLES[key], partial(make, run, theme))
        for key, make in makers.items()
    )
    return Section("detector", QUESTION, tuple(shown))


def _result(run: Run) -> DetectorResult:
    result: DetectorResult = obtain(DETECTOR, run, detector_params(run))
    return result


def _pixels(run: Run) -> PixelResult | None:
    """Return the pixel baseline, where the run has pictures."""
    params = detector_params(run)
    if not run.pictured(*params.domains):
        return None
    pixels = PixelParams(params.domains, params.components, params.seed)
    result: PixelResult = obtain(DETECTOR_PIXELS, run, pixels)
    return result


def _accuracies(run: Run, theme: Theme) -> Exhibit:
    return exhibits.accuracies(_result(run), _pixels(run), theme, domain_titles(run))


def _confusion(run: Run, theme: Theme) -> Exhibit:
    return exhibits.confusion(_result(run), theme, domain_titles(run))


def _sweep(run: Run, theme: Theme) -> Exhibit:
    params = detector_params(run)
    swept = DetectorSweepParams(params.encoders, params.domains, params.seed)
    return exhibits.sweep(obtain(DETECTOR_SWEEP, run, swept), theme)


def _without(run: Run, theme: Theme) -> Exhibit:
    params = detector_params(run)
    left_out = WithoutParams(params.encoders, params.domains, params.components, params.seed)
    result = obtain(DETECTOR_WITHOUT, run, left_out)
    return exhibits.without(result, _result(run), theme, domain_titles(run))


_DEFAULT = {
    "transfer-detector-accuracies": _accuracies,
    "transfer-detector-confusion": _confusion,
}
_FURTHER = {"transfer-detector-sweep": _sweep, "transfer-detector-without": _without}
