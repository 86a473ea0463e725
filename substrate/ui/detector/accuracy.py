"""The Transfer page's view of the domain detector: its accuracy, its controls, its limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from substrate.analyses.detector.accuracy import (
    DETECTOR,
    DETECTOR_PIXELS,
    DETECTOR_SWEEP,
    DETECTOR_WITHOUT,
    DetectorParams,
    DetectorResult,
    DetectorSweepParams,
    PixelParams,
    WithoutParams,
    detector_params,
    most_components,
)
from substrate.exhibits.detector import exhibits, words
from substrate.exhibits.exhibit import domain_titles
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.charts import show_beside, show_with_sentence, write_sentence
from substrate.ui.detector.image import show_image
from substrate.ui.layout import side_by_side
from substrate.ui.results import result
from substrate.ui.selection import Selection

ALL = "all domains"


def show_detector(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show how well domains are told apart, and what an image of one's own is."""
    run = selection.run
    if len(run.domains) < 2:
        st.info(words.ONE_DOMAIN)
        return
    params = _params(selection)
    detector: DetectorResult | None = result(DETECTOR, run, params, what="the detector")
    if detector is not None:
        _accuracies(selection, params, detector, theme, opening)
        show_image(selection, params, theme)
        _robustness(run, params, theme)


def _params(selection: Selection) -> DetectorParams:
    """Place the view's switches and return what they choose."""
    default = detector_params(selection.run, encoders=selection["panel"])
    most = most_components(selection.run, default.encoders, default.domains)
    if selection["k"] > most:
        st.caption(f":material/info: {words.at_most(most)}")
    row = controls.row_of(selection)
    controls.select(selection, "transfer.basis", row, width=200)
    controls.select(selection, "transfer.split", row, width=160)
    basis = selection["transfer.basis"]
    without = "" if basis == ALL else basis.removeprefix("without ")
    return replace(default, components=min(selection["k"], most), basis_without=without)


def _accuracies(
    selection: Selection,
    params: DetectorParams,
    detector: DetectorResult,
    theme: Theme,
    opening: Any,
) -> None:
    run, titles = selection.run, domain_titles(selection.run)
    baseline = PixelParams(params.domains, params.components, params.seed)
    pixels = result(DETECTOR_PIXELS, run, baseline, what="the pixel baseline")
    accuracies = exhibits.accuracies(detector, pixels, theme, titles)
    write_sentence(opening, accuracies)
    split = selection["transfer.split"]
    show_beside(run, accuracies, exhibits.confusion(detector, theme, titles, split))


def _robustness(run: Run, params: DetectorParams, theme: Theme) -> None:
    st.subheader(words.ROBUSTNESS)
    left, right = side_by_side("detector-robustness", 420, 420)
    with left:
        swept = DetectorSweepParams(params.encoders, params.domains, params.seed)
        sweep = result(DETECTOR_SWEEP, run, swept, what="the sweep over K")
        if sweep is not None:
            show_with_sentence(exhibits.sweep(sweep, theme), run)
    with right:
        left_out = WithoutParams(params.encoders, params.domains, params.components, params.seed)
        without = result(DETECTOR_WITHOUT, run, left_out, what="bases without a domain")
        full = result(DETECTOR, run, replace(params, basis_without=""), what="the detector")
        if without is not None and full is not None:
            show_with_sentence(exhibits.without(without, full, theme, domain_titles(run)), run)
