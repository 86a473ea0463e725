"""The Layers page's own controls, and the results for what they choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from substrate.analyses.layers.all_encoders import (
    LAYERS_PAIRS,
    LAYERS_PAIRS_UNTRAINED,
    PairsResult,
    UntrainedPairsResult,
    common_seeds,
)
from substrate.analyses.layers.choice import (
    ALL,
    EVEN,
    EVERY_LAYERS,
    SAME_STEPS,
    WAYS,
    WHAT_IS_KEPT,
    LayersChoice,
    all_params,
    two_params,
)
from substrate.analyses.layers.operations import OPERATIONS, Operations, operations_params
from substrate.analyses.layers.smoothness import SMOOTHNESS, Smoothness, smoothness_params
from substrate.analyses.layers.two_encoders import (
    DEPTH_METRIC,
    LAYERS,
    LAYERS_UNTRAINED,
    LayersResult,
    UntrainedResult,
    shared_seeds,
)
from substrate.analyses.shared.order import LISTED, reordered, similarity_order
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.wording import ONE_ENCODER


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read."""
    return ("first", "second") if values["layers.view"] == ALL else ()


def choose(selection: Selection) -> LayersChoice | None:
    """Place the page's own controls; say so where the run lacks what the view compares."""
    controls.views(selection, "layers.view")
    if not selection["second"]:
        st.info(ONE_ENCODER, icon=":material/info:")
        return None
    if selection["layers.view"] in (EVEN, SAME_STEPS, WAYS, WHAT_IS_KEPT):
        return _without_metric(selection)
    row = controls.row_of(selection)
    every = selection["layers.view"] == ALL
    controls.select(selection, "layers.ends" if every else "layers.metric", row, width=215)
    if not every and selection["layers.metric"] == DEPTH_METRIC:
        controls.select(selection, "layers.neighbours", row, width=145)
    whole = every and selection["layers.compared"] == EVERY_LAYERS
    if not whole:
        controls.select(selection, "layers.scale", row, width=145)
    if every:
        controls.select(selection, "layers.order", row, width=145)
    if every:
        controls.select(selection, "layers.compared", row, width=145)
    view, first, second, domain, metric, scale = (
        selection[name]
        for name in ("layers.view", "first", "second", "domain", "layers.metric", "layers.scale")
    )
    k, ends = int(selection["layers.neighbours"]), selection["layers.ends"]
    return LayersChoice(view, first, second, domain, metric, scale, k, ends)


def _without_metric(selection: Selection) -> LayersChoice:
    """Place the control of a view that has a measure of its own."""
    own = {EVEN: "layers.summary", WHAT_IS_KEPT: "layers.kept"}
    if selection["layers.view"] in own:
        row = controls.row_of(selection)
        controls.select(selection, own[selection["layers.view"]], row, width=215)
    first, second, domain = (selection[name] for name in ("first", "second", "domain"))
    return LayersChoice(selection["layers.view"], first, second, domain)


def layers_result(
    run: Run, choice: LayersChoice
) -> tuple[LayersResult, UntrainedResult | None, LayersResult | None] | None:
    """Return the grid of two encoders, of their untrained twins, and in the other direction."""
    params = two_params(run, choice)
    grid = result(LAYERS, run, params, what=f"{choice.first} against {choice.second}")
    if grid is None:
        return None
    back, twins = None, None
    if params.other_way is not None:
        what = f"{choice.second} against {choice.first}"
        back = result(LAYERS, run, params.other_way, what=what)
    if shared_seeds(run, params):
        twins = result(LAYERS_UNTRAINED, run, params, what="their untrained twins")
    return grid, twins, back


def pairs_result(
    run: Run, choice: LayersChoice
) -> tuple[PairsResult, UntrainedPairsResult | None] | None:
    """Return the matrix of all encoders and that of their untrained twins, where there are any."""
    params = all_params(run, choice)
    matrix = result(LAYERS_PAIRS, run, params, what="all pairs of encoders")
    if matrix is None:
        return None
    if not common_seeds(run, params.encoders, choice.domain):
        return matrix, None
    return matrix, result(LAYERS_PAIRS_UNTRAINED, run, params, what="their untrained twins")


def in_order(
    selection: Selection, results: tuple[PairsResult, UntrainedPairsResult | None]
) -> tuple[PairsResult, UntrainedPairsResult | None]:
    """Return both matrices with the encoders in the chosen order."""
    matrix, twins = results
    if selection["layers.order"] == LISTED:
        return results
    order = similarity_order(matrix.scores.calibrated)
    return reordered(matrix, order), None if twins is None else reordered(twins, order)


def smoothness_result(run: Run, domain: str) -> Smoothness | None:
    """Return how evenly the run's panel goes from layer to layer."""
    smoothness: Smoothness | None = result(
        SMOOTHNESS, run, smoothness_params(run, domain), what="steps along the depth"
    )
    return smoothness


def operations_result(run: Run, choice: LayersChoice) -> Operations | None:
    """Return the steps of two encoders beside each other."""
    params = operations_params(run, choice.first, choice.second, choice.domain)
    operations: Operations | None = result(
        OPERATIONS, run, params, what=f"steps of {choice.first} and {choice.second}"
    )
    return operations
