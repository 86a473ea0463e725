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
    PixelParams,
    SweepParams,
    WithoutParams,
    detector_params,
    most_components,
)
from substrate.exhibits.detector.words import (
    PUBLISHED_DETECTOR,
    SPLITS,
    confusion_table,
    detector_context,
    detector_sentence,
    detector_table,
    sweep_table,
    without_table,
)
from substrate.figures.detector import accuracy as figures
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.charts import show
from substrate.ui.detector.image import show_image
from substrate.ui.layout import say, side_by_side
from substrate.ui.results import result
from substrate.ui.selection import Selection

ALL = "all domains"


def show_detector(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show how well domains are told apart, and what an image of one's own is."""
    run = selection.run
    if len(run.domains) < 2:
        st.info("A detector tells domains apart: this run has one. Choose two on the Study page.")
        return
    params, split = _choose(selection), selection["transfer.split"]
    found: DetectorResult | None = result(DETECTOR, run, params, what="the detector")
    if found is None:
        return
    pixels = result(
        DETECTOR_PIXELS, run, PixelParams(params.domains, params.components, params.seed),
        what="the pixel baseline",
    )  # fmt: skip
    names, facts = domain_titles(run), trace(found)
    say(opening, detector_sentence(found, pixels), detector_context(found, names))
    opening.caption(PUBLISHED_DETECTOR)
    left, right = side_by_side(500, 430)
    with left:
        show(
            figures.accuracies(found, pixels, theme), key="transfer-detector-accuracies",
            table=detector_table(found, pixels), run=run, trace=facts,
            read="A random split puts tiles of one photograph on both sides, so that it is "
            "recognised and not its domain. A substrate no better than pixels knows no more "
            "than colour and light.",
        )  # fmt: skip
    with right:
        chosen = found.by_photograph if split == SPLITS[0] else found.naive
        show(
            figures.confusion(found, theme, names, split), key="transfer-detector-confusion",
            table=confusion_table(chosen), run=run, trace=facts | {"split": split},
            read="Numbers count images; the colours of a row add up to 1.",
        )  # fmt: skip
    show_image(selection, params, theme)
    _robustness(run, params, found, theme)


def _choose(selection: Selection) -> DetectorParams:
    default = detector_params(selection.run, encoders=selection["panel"])
    most = most_components(selection.run, default.encoders, default.domains)
    if selection["k"] > most:
        st.caption(f":material/info: The training parts allow {most} directions at most.")
    row = st.container(horizontal=True, vertical_alignment="bottom")
    controls.select(selection, "transfer.basis", row, width=200)
    controls.select(selection, "transfer.split", row, width=160)
    basis = selection["transfer.basis"]
    without = "" if basis == ALL else basis.removeprefix("without ")
    return replace(default, components=min(selection["k"], most), basis_without=without)


def _robustness(run: Run, params: DetectorParams, found: DetectorResult, theme: Theme) -> None:
    st.subheader("How many directions, and must the basis know the domain?")
    left, right = side_by_side(460, 470)
    names = domain_titles(run)
    with left:
        asked = SweepParams(params.encoders, params.domains, params.seed)
        swept = result(DETECTOR_SWEEP, run, asked, what="the sweep over K")
        if swept is not None:
            show(
                figures.sweep_curve(swept, theme), key="transfer-detector-sweep", run=run,
                table=sweep_table(swept), trace=trace(found),
                read="The solid line is what counts. The gap to the dashed one is what the "
                "random split flatters by.",
            )  # fmt: skip
    with right:
        key = WithoutParams(params.encoders, params.domains, params.components, params.seed)
        without = result(DETECTOR_WITHOUT, run, key, what="bases without a domain")
        full = result(DETECTOR, run, replace(params, basis_without=""), what="the detector")
        if without is not None and full is not None:
            show(
                figures.without_chart(without, full, theme, names), key="transfer-detector-without",
                table=without_table(without, full), run=run, trace=trace(found),
                read="The classifier is trained on every domain; only the directions were "
                "found without it. No interval where a domain has fewer than ten photographs.",
            )  # fmt: skip


def domain_titles(run: Run) -> dict[str, str]:
    """Return every domain's readable name."""
    return {name: record.title for name, record in run.domains.items()}


def trace(found: DetectorResult) -> dict[str, Any]:
    """Return what a chart's numbers rest on."""
    return {"n": found.counted, "K": found.components, "whitening": "z-score",
            "basis without": found.basis_without or "none", "seed": found.seed,
            "apart": ", ".join(found.apart) or "none", "facts": found.facts}  # fmt: skip
