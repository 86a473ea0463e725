"""The Training page's controls and results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from substrate.analyses.training.alignment import TRAINING, TrainingResult
from substrate.analyses.training.choice import (
    ALIGNMENT,
    DIRECTIONS,
    TrainingChoice,
    alignment_params,
    spans_params,
)
from substrate.analyses.training.directions import TRAINING_DIRECTIONS, TrainingDirectionsResult
from substrate.exhibits.checkpoint_words import NO_TRAJECTORY
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.clicks import clicked, new_choice
from substrate.ui.results import result
from substrate.ui.selection import Selection


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read: directions are held against their end."""
    return ("panel",) if values["training.view"] == DIRECTIONS else ()


def place_view(selection: Selection) -> str:
    """Place the choice of the view and return it."""
    controls.views(selection, "training.view")
    return str(selection["training.view"])


def choose(selection: Selection) -> TrainingChoice | None:
    """Place the page's own controls, or say why there is nothing to choose."""
    if not selection["training.encoder"]:
        st.info(NO_TRAJECTORY)
        return None
    row = controls.row_of(selection)
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
