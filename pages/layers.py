"""Where along the depth do encoders diverge?"""

import streamlit as st

from substrate.analyses.layers.choice import (
    ALL,
    EVEN,
    EVERY_LAYERS,
    SAME_STEPS,
    TWO,
    WAYS,
    WHAT_IS_KEPT,
)
from substrate.exhibits.layers import card_words, exhibits
from substrate.exhibits.layers import operations as same
from substrate.exhibits.layers import smoothness as even
from substrate.exhibits.layers.section import QUESTION
from substrate.ui import session
from substrate.ui.charts import show, show_with_sentence, write_sentence
from substrate.ui.layers import cards, every_layer, kept, ways
from substrate.ui.layers import controls as view
from substrate.ui.opening import given, open_page

st.title(QUESTION)
selection = open_page("layers")
run, theme = selection.run, session.theme(selection.run)
opening = st.container()
choice = given(view.choose(selection))


def two_encoders() -> None:
    """Show the curve along depth, all layer pairs, and the chosen one."""
    results = view.layers_result(run, choice)
    if results is None:
        return
    result, untrained, back = results
    curve = exhibits.along_depth(result, untrained, run, theme, back)
    write_sentence(opening, curve)
    show(curve, run)
    rows, columns = result.first.layers, result.second.layers
    last = len(rows) - 1, int(result.best[-1])
    cell = cards.cell_of(selection["layers.cell"], rows, columns) or last
    matrix = exhibits.all_layers(result, run, theme, scale=choice.scale, cell=cell)
    with cards.choose_cell(
        matrix,
        run,
        selection,
        field="layers.cell",
        rows=rows,
        columns=columns,
        table_key="layers-table",
    ):
        details = card_words.untrained_lines(untrained, cell) + card_words.side_lines(result, cell)
        heading = card_words.layers_heading(result, cell, run)
        cards.pair_card(result.scores, cell, heading, details)


def all_encoders() -> None:
    """Show every encoder against every other, and the chosen pair; or all of their layers."""
    if selection["layers.compared"] == EVERY_LAYERS:
        panel = run.with_panel(selection["panel"])
        order = selection["layers.order"]
        every_layer.show_grid(panel, choice.domain, choice.ends, order, theme, opening)
        return
    results = view.pairs_result(run.with_panel(selection["panel"]), choice)
    if results is None:
        return
    result, untrained = view.in_order(selection, results)
    names = result.encoders
    cell = cards.cell_of(selection["layers.pair"], names, names) or (0, min(1, len(names) - 1))
    matrix = exhibits.all_encoders(result, untrained, run, theme, scale=choice.scale, cell=cell)
    write_sentence(opening, matrix)
    with cards.choose_cell(
        matrix,
        run,
        selection,
        field="layers.pair",
        rows=names,
        columns=names,
        table_key="layers-pairs-table",
    ):
        details = card_words.untrained_lines(untrained, cell) if cell[0] != cell[1] else []
        heading = card_words.encoders_heading(result, cell, run)
        cards.pair_card(result.scores, cell, heading, details)
        cards.compare_along_depth(selection, *(names[place] for place in cell))


def smoothness() -> None:
    """Show how evenly encoders go from layer to layer, and every step."""
    result = view.smoothness_result(run.with_panel(selection["panel"]), choice.domain)
    if result is None:
        return
    chart = even.smoothness(result, run, theme, selection["layers.summary"])
    write_sentence(opening, chart)
    show(chart, run)
    show_with_sentence(even.steps(result, run, theme, (choice.first, choice.second)), run)


def operations() -> None:
    """Show which steps two encoders share, and where they part."""
    result = view.operations_result(run, choice)
    if result is None:
        return
    chart = same.divergence(result, run, theme)
    write_sentence(opening, chart)
    show(chart, run)
    show_with_sentence(same.operations(result, run, theme), run)


def trajectories() -> None:
    """Show every encoder's way from its first layer to its last, or one at every step."""
    ways.show_view(run.with_panel(selection["panel"]), choice, selection, theme, opening)


def what_is_kept() -> None:
    """Show what layers still tell of image statistics and labels, and their dimension."""
    kept.show_view(run, choice, selection, theme, opening)


VIEWS = {
    TWO: two_encoders,
    ALL: all_encoders,
    EVEN: smoothness,
    SAME_STEPS: operations,
    WAYS: trajectories,
    WHAT_IS_KEPT: what_is_kept,
}
VIEWS[choice.view]()
if choice.view in (TWO, ALL):
    st.caption(card_words.metric_note(choice.shown_metric))
