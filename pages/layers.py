"""Where along the depth do two encoders part ways?"""

import streamlit as st

from substrate.exhibits.exhibit import titles
from substrate.figures.layers.all_encoders import pairs_heatmap
from substrate.figures.layers.two_encoders import (
    depth_curve,
    layer_heatmap,
)
from substrate.ui import session
from substrate.ui.charts import show
from substrate.ui.clicks import clicked, new_choice
from substrate.ui.layers import cards
from substrate.ui.layers import controls as view
from substrate.ui.layout import say, side_by_side
from substrate.ui.opening import given, open_page

st.title("Where along the depth do encoders part ways?")
selection = open_page("layers")
run, theme = selection.run, session.theme()
opening = st.container()
choice = given(view.choose(selection))


def two_encoders() -> None:
    """Show the curve along depth, all layer pairs, and the chosen one."""
    results = view.layers_result(run, choice)
    if results is None:
        return
    found, untrained = results
    names = view.title(run, choice.first), view.title(run, choice.second)
    say(opening, *view.two_sentences(run, found, untrained))
    rows, columns = found.first.layers, found.second.layers
    cell = cards.cell_of(selection["layers.cell"], rows, columns) or (
        len(rows) - 1,
        int(found.best[-1]),
    )
    facts = view.trace(found.scores, first=choice.first, second=choice.second, domain=choice.domain)
    table = view.two_table(found)
    show(
        depth_curve(found, untrained, theme, names), key="layers-curve", table=table, run=run,
        trace=facts,
        read="The solid line compares layers at the same share of the depth; the dashed one shows "
        "each layer's closest partner, picked by its value, which flatters. The grey band is what "
        "shuffled images give.",
    )  # fmt: skip
    left, right = side_by_side(600, 340)
    with left:
        event = show(
            layer_heatmap(found, theme, names, scale=choice.scale, chosen=cell),
            key="layers-heatmap", table=table, run=run, trace=facts, select=("points",),
            read="A dot marks the closest layer of each row, a square layers at equal depth, grey "
            f"no value; {found.scores.crosses}. Click a cell for its numbers.",
        )  # fmt: skip
    with right:
        card = st.container()
        with st.expander("Choose a pair from a table"):
            row = cards.table_choice(table, rows, columns, "layers-table")
    picked = new_choice("layers-heatmap", event, clicked) or row
    if picked:
        cards.remember(selection, "layers.cell", rows, columns, picked)
    with card:
        a, b = cell
        cards.pair_card(
            found.scores, cell, f"{names[0]} {rows[a]} – {names[1]} {columns[b]}",
            [*cards.untrained_line(untrained, cell), *cards.layer_details(found, cell)],
        )  # fmt: skip


def all_encoders() -> None:
    """Show every encoder against every other, and the chosen pair."""
    results = view.pairs_result(run, choice)
    if results is None:
        return
    found, untrained = results
    say(opening, *view.all_sentences(run, found, untrained))
    names, table = found.encoders, view.all_table(found)
    cell = cards.cell_of(selection["layers.pair"], names, names) or (0, min(1, len(names) - 1))
    left, right = side_by_side(600, 340)
    with left:
        event = show(
            pairs_heatmap(found, theme, titles(run), scale=choice.scale, chosen=cell),
            key="layers-pairs-heatmap", table=table, run=run, select=("points",),
            trace=view.trace(found.scores, domain=choice.domain, layer=found.layer),
            read="Each cell compares the last features of two encoders; "
            f"{found.scores.crosses}. Click a cell for its numbers.",
        )  # fmt: skip
    with right:
        card = st.container()
        with st.expander("Choose a pair from a table"):
            row = cards.table_choice(table, names, names, "layers-pairs-table")
    picked = new_choice("layers-pairs-heatmap", event, clicked) or row
    if picked:
        cards.remember(selection, "layers.pair", names, names, picked)
    with card:
        a, b = (names[k] for k in cell)
        cards.pair_card(
            found.scores, cell, f"{view.title(run, a)} – {view.title(run, b)}",
            cards.untrained_line(untrained, cell) if a != b else (),
        )  # fmt: skip
        cards.compare_along_depth(selection, a, b)


if choice.view == view.ALL:
    all_encoders()
else:
    two_encoders()
cards.explain(choice.metric)
