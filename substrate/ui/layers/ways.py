"""The view of ways through representations: over depth, over a training, or as a map."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses.layers.choice import AT_ONCE, OVER_TRAINING, LayersChoice
from substrate.analyses.layers.every_layer import cost, every_layer_params
from substrate.analyses.layers.layer_map import LAYER_MAP, layer_map_params
from substrate.analyses.layers.training_ways import TRAINING_WAYS, training_ways_params
from substrate.analyses.layers.trajectories import TRAJECTORIES, trajectories_params
from substrate.exhibits.checkpoint_words import NO_TRAJECTORY
from substrate.exhibits.layers.layer_map import layer_map
from substrate.exhibits.layers.training_ways import training_ways
from substrate.exhibits.layers.trajectories import trajectories
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.charts import show, write_sentence
from substrate.ui.layers import cards
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.ui.shared.checkpoints import extracted


def show_view(
    run: Run, choice: LayersChoice, selection: Selection, theme: Theme, opening: Any
) -> None:
    """Show the ways as they were chosen to be drawn."""
    row = controls.row_of(selection)
    controls.select(selection, "layers.drawn", row, width=215)
    if selection["layers.drawn"] == OVER_TRAINING:
        _over_training(run, choice.domain, selection, theme, opening, row)
    elif selection["layers.drawn"] == AT_ONCE:
        controls.select(selection, "layers.metric", row, width=215)
        controls.select(selection, "layers.colours", row, width=145)
        _at_once(run, choice.domain, selection, theme, opening)
    else:
        controls.select(selection, "layers.colours", row, width=145)
        _over_depth(run, choice, selection, theme, opening)


def _at_once(run: Run, domain: str, selection: Selection, theme: Theme, opening: Any) -> None:
    params = layer_map_params(run, domain, selection["layers.metric"])
    of_grid = every_layer_params(run, domain, selection["layers.metric"])
    placed = result(
        LAYER_MAP, run, params, what="all layers at once", expected=cost(run, of_grid).seconds
    )
    if placed is None:
        return
    chart = layer_map(placed, run, theme, selection["layers.colours"])
    write_sentence(opening, chart)
    show(chart, run)


def _over_depth(
    run: Run, choice: LayersChoice, selection: Selection, theme: Theme, opening: Any
) -> None:
    params = trajectories_params(run, choice.domain)
    ways = result(TRAJECTORIES, run, params, what="ways through representations")
    if ways is None:
        return
    front, by = (choice.first, choice.second), selection["layers.colours"]
    chart = trajectories(ways, run, theme, front, by)
    write_sentence(opening, chart)
    cards.choose_encoder(chart, run, selection, ways.encoders)


def _over_training(
    run: Run, domain: str, selection: Selection, theme: Theme, opening: Any, row: Any
) -> None:
    if not selection["layers.training"]:
        st.info(NO_TRAJECTORY, icon=":material/info:")
        return
    controls.select(selection, "layers.training", row, width=215)
    encoder = selection["layers.training"]
    if not extracted(run, encoder, domain):
        return
    params = training_ways_params(run, encoder, domain)
    ways = result(TRAINING_WAYS, run, params, what=f"the training of {encoder}")
    if ways is None:
        return
    steps = [str(step) for step in ways.steps]
    step = selection.settle("layers.step", steps)
    controls.slider(selection, "layers.step", steps, row)
    chart = training_ways(ways, run, theme, steps.index(step))
    write_sentence(opening, chart)
    show(chart, run)
