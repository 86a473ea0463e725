"""When does the shared structure emerge?"""

import streamlit as st

from substrate.analyses.training.choice import DIRECTIONS, GROWTH_VIEW
from substrate.exhibits.training import exhibits
from substrate.exhibits.training.section import QUESTION
from substrate.ui import controls, session
from substrate.ui.charts import show, write_sentence
from substrate.ui.layout import side_by_side
from substrate.ui.opening import given, open_page
from substrate.ui.shared.checkpoints import extracted
from substrate.ui.training import controls as view
from substrate.ui.training.growth import show_growth

st.title(QUESTION)
selection = open_page("training")
run, theme = selection.run, session.theme(selection.run)
opening = st.container()
if view.place_view(selection) == GROWTH_VIEW:
    show_growth(selection, theme, opening)
    st.stop()
choice = given(view.choose(selection))


def alignment() -> None:
    """Show alignment beside accuracy, every layer, and effective rank."""
    result = view.training_result(run, choice)
    if result is None:
        return
    curve = exhibits.alignment_and_accuracy(result, run, theme)
    write_sentence(opening, curve)
    show(curve, run)
    layers = exhibits.every_layer(result, run, theme)
    ranks = exhibits.ranks(result, run, theme)
    left, right = side_by_side("training-layers", layers, ranks)
    with left:
        event = show(layers, run, select=("points",))
    with right:
        show(ranks, run)
    view.choose_layer(selection, event, result.layers)


def directions() -> None:
    """Show the directions of every step against the final ones."""
    result = view.directions_result(run, choice)
    if result is None:
        return
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        step = view.pick_step(selection, result.steps.tolist())
    with right:
        controls.segmented(selection, "training.scale")
    scale = selection["training.scale"]
    movie = exhibits.directions_by_step(result, run, theme, scale=scale, step=step)
    write_sentence(opening, movie)
    show(movie, run)
    show(exhibits.span_by_step(result, run, theme), run)


if extracted(run, choice.encoder, choice.domain):
    if choice.view == DIRECTIONS:
        directions()
    else:
        alignment()
