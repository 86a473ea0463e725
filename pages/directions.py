"""Which directions do encoders share, and what do they look like?"""

import streamlit as st

from substrate.analyses.directions.choice import aligned
from substrate.exhibits.directions.section import QUESTION
from substrate.ui import session
from substrate.ui.directions import controls, maps, panel
from substrate.ui.directions.cards import pinned_card, sides_of
from substrate.ui.directions.drawer import drawer
from substrate.ui.directions.partners import show_strip
from substrate.ui.opening import open_page
from substrate.ui.samples import require_samples

st.title(QUESTION)
selection = open_page("directions")
run, theme = selection.run, session.theme(selection.run)
opening = st.container()
choice = controls.choose(selection)
if choice is None:
    st.stop()
require_samples(run, choice.domains)
comparison = controls.comparison(run, choice)
cell = None
if comparison is not None:
    cell = panel.panel(selection, choice, comparison, theme, opening)
    comparison = aligned(comparison, cell)
    sides = sides_of(run, comparison, cell)
    show_strip(selection, sides[0], theme)
    places = maps.places(selection, sides)
    pinned_card(selection, choice, theme)
drawer(selection, choice, comparison, cell, theme)
if comparison is not None:
    # last, as the worker may have to load an encoder first
    maps.show_maps(run, places, theme)
