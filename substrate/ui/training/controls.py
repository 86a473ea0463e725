"""The Training page's controls and results, and the request for steps that are not extracted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

import streamlit as st

from substrate import worker
from substrate.analyses.training.alignment import TRAINING, TrainingResult
from substrate.analyses.training.choice import (
    ALIGNMENT,
    DIRECTIONS,
    TrainingChoice,
    alignment_params,
    spans_params,
)
from substrate.analyses.training.directions import TRAINING_DIRECTIONS, TrainingDirectionsResult
from substrate.analyses.training.trajectory import is_extracted
from substrate.exhibits.training.words import (
    NO_TRAJECTORY,
    STILL_EXTRACTING,
    WORKER_STOPPED,
    not_extracted,
)
from substrate.gallery.archive import RESULTS_ONLY
from substrate.gallery.shown import is_shipped
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.clicks import clicked, new_choice
from substrate.ui.literal import literal
from substrate.ui.results import PATIENCE_S, result
from substrate.ui.selection import Selection
from substrate.ui.session import resident


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read: directions are held against their end."""
    return ("panel",) if values["training.view"] == DIRECTIONS else ()


def place_view(selection: Selection) -> str:
    """Place the choice of the view and return it."""
    controls.segmented(selection, "training.view", labelled=False)
    return str(selection["training.view"])


def choose(selection: Selection) -> TrainingChoice | None:
    """Place the page's own controls, or say why there is nothing to choose."""
    if not selection["training.encoder"]:
        st.info(NO_TRAJECTORY)
        return None
    row = st.container(horizontal=True, vertical_alignment="bottom")
    controls.select(selection, "training.encoder", row, width=175)
    controls.select(selection, "training.layer", row, width=175)
    if selection["training.view"] == ALIGNMENT:
        controls.select(selection, "training.target", row, width=190)
        controls.select(selection, "training.metric", row, width=190)
    names = ("view", "encoder", "layer", "target", "metric")
    own = {name: selection[f"training.{name}"] for name in names}
    return TrainingChoice(domain=selection["domain"], panel=tuple(selection["panel"]), **own)


def choose_layer(selection: Selection, event: Any, layers: Sequence[str]) -> None:
    """Choose the layer whose row was clicked on the heatmap."""
    cell = new_choice("training-heatmap", event, clicked)
    if cell and cell[0] < len(layers) and layers[cell[0]] != selection["training.layer"]:
        selection.put({"training.layer": layers[cell[0]]}, again=True)


def extracted(run: Run, choice: TrainingChoice) -> bool:
    """Say whether the checkpoints are there; offer to extract them where they are not."""
    if is_extracted(run, choice.encoder, choice.domain):
        return True
    said = not_extracted(run, choice.encoder, choice.domain)
    if is_shipped(run):
        st.info(f"{said} {RESULTS_ONLY}")
        return False
    st.info(said)
    if st.button("Extract them now", type="primary", icon=":material/play_arrow:"):
        _extract(run, choice)
    return False


def _extract(run: Run, choice: TrainingChoice) -> None:
    question = f"trajectory {run.run_id} {choice.encoder} {choice.domain}"
    asked = str(run.store.root), run.run_id, choice.encoder, choice.domain
    try:
        with st.spinner("Extracting the checkpoints…", show_time=True):
            request = resident().ask(question, worker.extract_trajectory, *asked)
            request.result(timeout=PATIENCE_S)
    except ValueError as error:
        st.warning(literal(error))
    except FutureTimeoutError:
        st.info(STILL_EXTRACTING)
    except BrokenExecutor:
        resident().recycle()
        st.warning(WORKER_STOPPED)
    else:
        st.rerun()


def training_result(run: Run, choice: TrainingChoice) -> TrainingResult | None:
    """Return the chosen training's alignment by step."""
    params = alignment_params(run, choice)
    return result(TRAINING, run, params, what=f"the training of {choice.encoder}")


def directions_result(run: Run, choice: TrainingChoice) -> TrainingDirectionsResult | None:
    """Return the chosen training's directions by step."""
    params = spans_params(run, choice)
    return result(TRAINING_DIRECTIONS, run, params, what=f"the directions of {choice.encoder}")


def pick_step(selection: Selection, steps: Sequence[int]) -> int:
    """Place the choice of the step that the animation starts at; return its index."""
    options = [str(step) for step in steps]
    picked = selection.settle("training.step", options[::-1])
    controls.slider(selection, "training.step", options)
    return options.index(picked)
