"""When does the shared structure emerge?"""

import streamlit as st

from substrate.analyses.training import tables
from substrate.figures.training.alignment import (
    emergence_curve,
    layer_step_heatmap,
    rank_curve,
)
from substrate.figures.training.directions import (
    direction_movie,
    overlap_curve,
)
from substrate.ui import controls, session
from substrate.ui.charts import show
from substrate.ui.layout import side_by_side
from substrate.ui.opening import given, open_page
from substrate.ui.training import controls as view

st.title("When does the shared structure emerge?")
selection = open_page("training")
run, theme = selection.run, session.theme()
opening = st.container()
choice = given(view.choose(selection))


def alignment() -> None:
    """Show alignment beside accuracy, every layer, and effective rank."""
    found = view.training_result(run, choice)
    if found is None:
        return
    view.open_alignment(opening, run, found)
    names, facts, table = view.names(run, found), view.trace(found), tables.curve_table(found)
    show(
        emergence_curve(found, theme, names), key="training-curve", table=table, run=run,
        trace=facts,
        read="The solid line (left axis) is how close the layer is to the target, the dashed one "
        "(right axis) the accuracy. The dotted vertical line is where accuracy had made half of "
        "its gain: what the solid line had done by then is the share in the sentence above.",
    )  # fmt: skip
    left, right = side_by_side(560, 370)
    with left:
        event = show(
            layer_step_heatmap(found, theme, names), key="training-heatmap", run=run,
            table=tables.layer_table(found), trace=facts, select=("points",),
            read=f"The frame marks the chosen layer; {found.scores.crosses}. Click a row to choose "
            "another.",
        )  # fmt: skip
    with right:
        show(
            rank_curve(found, theme, names), key="training-rank", table=table, run=run,
            trace=facts,
            read="Effective rank counts directions by the entropy of their variances; the "
            "participation ratio weighs large variances more.",
        )  # fmt: skip
    view.choose_layer(selection, event, found.layers)


def directions() -> None:
    """Show the directions of every step against the final ones."""
    found = view.directions_result(run, choice)
    if found is None:
        return
    view.open_directions(opening, run, found)
    name = view.titles(run)[found.encoder]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        step = view.pick_step(selection, found)
    with right:
        controls.segmented(selection, "training.scale")
    show(
        direction_movie(found, theme, name, scale=selection["training.scale"], step=step),
        key="training-movie", table=tables.cosine_table(found), run=run, trace=view.trace(found),
        read="Press play or drag the slider. A dot marks cells beyond what random directions "
        "give; a cross at the edge marks a direction that is not stable enough to be read "
        "alone: then only the overlap of the whole span counts.",
    )  # fmt: skip
    show(
        overlap_curve(found, theme, name), key="training-overlap",
        table=tables.overlap_table(found), run=run, trace=view.trace(found),
        read="1 where the spans are the same, whatever their directions inside.",
    )  # fmt: skip


if view.extracted(run, choice):
    if choice.view == view.DIRECTIONS:
        directions()
    else:
        alignment()
