"""The view Alignment: a job that reads A and B side by side, and what it finds."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate import jobs
from substrate.analyses.spec import AnalysisError
from substrate.analyses.weights.alignable import FEWEST, aligned_params, require_alignable
from substrate.analyses.weights.aligned import ALIGNED, SHUFFLES, TWINS, Aligned
from substrate.analyses.weights.crossed import AlignedParams, is_crossed
from substrate.analyses.weights.eigenvectors import opened, strongest
from substrate.exhibits.weights import aligned as exhibits
from substrate.exhibits.weights import eigenvectors
from substrate.figures.theme import Theme
from substrate.gallery.archive import RESULTS_ONLY
from substrate.gallery.shown import is_shipped
from substrate.representation import RepresentationError
from substrate.runs import Run, RunError
from substrate.store import StoreError
from substrate.ui.charts import show, show_with_sentence, write_sentence
from substrate.ui.clicks import clicked, new_choice
from substrate.ui.literal import literal
from substrate.ui.results import already
from substrate.ui.results import result as obtained
from substrate.ui.selection import Selection
from substrate.ui.shared.job_panel import watch
from substrate.ui.weights.controls import cell_of, choose_aligned, named_cell


def alignment(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show S along depth, the errors of the alignment, and the panels of a layer."""
    run = selection.run
    params = aligned_params(run, selection["first"] or "", selection["second"] or "")
    result = _read(selection, params)
    if result is None:
        return
    curve = exhibits.curve(result, run, theme)
    write_sentence(opening, curve)
    show(curve, run)
    show_with_sentence(exhibits.errors(result, run, theme), run)
    layer = choose_aligned(selection, result)
    try:
        _cell(selection, result, params, layer, theme)
    except AnalysisError as error:  # what was read is damaged: it is read again by the next job
        st.info(literal(error), icon=":material/info:")


def _cell(
    selection: Selection, result: Aligned, params: AlignedParams, layer: str, theme: Theme
) -> None:
    """Show the panels of a layer, and the two eigenvectors of the cell that is open."""
    run = selection.run
    at = cell_of(selection["weights.eigenvectors"], result)
    selection.settle_text("weights.eigenvectors", there=at is not None)
    named = at is not None and at[0] == layer
    open_at = at[1] if at is not None and named else strongest(run, params, result, layer)
    panels = exhibits.panels(result, layer, run, theme, chosen=open_at)
    event = show_with_sentence(panels, run, select=("points",))
    if open_at is not None:
        cell = opened(run, params, layer, open_at)
        show_with_sentence(eigenvectors.two(cell, params.domain, run, theme), run)
    if picked := new_choice(panels.key, event, clicked):
        selection.put({"weights.eigenvectors": named_cell(layer, picked)}, again=True)


def _read(selection: Selection, params: AlignedParams) -> Aligned | None:
    """Return what two encoders give, or offer to read them, or say why that cannot be."""
    run = selection.run
    try:
        require_alignable(run, params)
        stored = already(ALIGNED, run, params)
        there = isinstance(stored, Aligned) or is_crossed(run, params)
    except (AnalysisError, RunError, RepresentationError, StoreError) as error:
        st.info(literal(error), icon=":material/info:")
        return None
    if there:
        aligned: Aligned | None = obtained(ALIGNED, run, params, what="channels of both networks")
        return aligned
    if is_shipped(run):
        st.info(f"{exhibits.NOT_READ} {RESULTS_ONLY}", icon=":material/info:")
        return None
    _offer(selection, params)
    return None


def _offer(selection: Selection, params: AlignedParams) -> None:
    """Offer to read the networks and say what it costs, or show the job that does."""
    run, job = selection.run, selection["weights.job"]
    status = jobs.read_status(run.store, job) if job else None
    if status is not None and status.live:
        watch(run.store, job, page="weights")
        return
    images = run.domains[params.domain].n
    st.info(
        f"{exhibits.NOT_READ} Both see {images} images twice, and half of them {SHUFFLES} times "
        f"more for the null; so do up to {TWINS} draws of their untrained twins. Networks of one "
        f"architecture can be aligned, on {FEWEST} photographs or more: convolutions, and as an "
        "extension the matrices of transformers.",
        icon=":material/info:",
    )
    if status is not None:
        watch(run.store, job, page="weights")
    if st.button("Align them", type="primary", icon=":material/play_arrow:", key="weights-read"):
        selection.put({"weights.job": _start(run, params)}, again=True)


def _start(run: Run, params: AlignedParams) -> str:
    titles = [run.encoders[name].title for name in (params.first, params.second)]
    options = [
        f"--{key}={value}"
        for key, value in (("run", run.run_id), ("first", params.first), ("second", params.second))
    ]
    return jobs.start_weights(run.store, f"Weights of {titles[0]} and {titles[1]}", options)
