"""How well does one encoder predict another?"""

from dataclasses import replace

import streamlit as st

from substrate.analyses.maps.choice import ALL, ENSEMBLE, TWO
from substrate.analyses.maps.matrix import MAPS_MATRIX, matrix_params
from substrate.analyses.maps.pair import MAPS, maps_params
from substrate.exhibits.exhibit import titles
from substrate.exhibits.maps import exhibits
from substrate.ui import session
from substrate.ui.charts import show, show_with_sentence, write_sentence
from substrate.ui.clicks import clicked, new_choice
from substrate.ui.maps import controls
from substrate.ui.maps.ensemble import show_ensemble
from substrate.ui.opening import given, open_page
from substrate.ui.results import result

st.title(exhibits.QUESTION)
selection = open_page("maps")
run, theme = selection.run, session.theme(selection.run)
opening = st.container()
view = given(controls.choose(selection))


def two_encoders() -> None:
    """Show what the two encoders predict of each other, and whether the same image is found."""
    pair = selection["first"], selection["second"]
    layers = selection["first_layer"], selection["second_layer"]
    params = replace(maps_params(run, pair, selection["domain"], layers), components=selection["k"])
    maps = result(MAPS, run, params, what=f"maps between {pair[0]} and {pair[1]}")
    if maps is not None:
        freedom, *further = exhibits.of_pair(maps, titles(run), theme)
        write_sentence(opening, freedom)
        show(freedom, run)
        for exhibit in further:
            show_with_sentence(exhibit, run)


def all_encoders() -> None:
    """Show who predicts whom, and open the pair of a cell that is clicked."""
    params = matrix_params(run, selection["panel"], selection["domain"])
    matrix = result(MAPS_MATRIX, run, params, what="maps between all encoders")
    if matrix is not None:
        matrix = controls.in_order(selection, matrix)
        exhibit = exhibits.matrix(matrix, titles(run), theme)
        write_sentence(opening, exhibit)
        cell = new_choice(exhibit.key, show(exhibit, run, select=("points",)), clicked)
        if cell and cell[0] != cell[1]:
            first, second = (matrix.encoders[place] for place in cell)
            selection.put({"maps.view": TWO, "first": first, "second": second}, again=True)


if view == ALL:
    all_encoders()
elif view == ENSEMBLE:
    show_ensemble(selection, theme, opening)
else:
    two_encoders()
