"""Which directions do encoders share, and what do they look like?"""

import streamlit as st

from substrate.exhibits.directions.section import QUESTION
from substrate.ui import session
from substrate.ui.directions import controls, panel
from substrate.ui.directions.cards import cards_of_cell
from substrate.ui.directions.points import points_section
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
    cards_of_cell(selection, choice, comparison, cell, theme)
panel.subspaces_and_spectra(run, choice, theme)
if comparison is not None and cell is not None:
    # last, as a plane by UMAP takes a while the first time
    points_section(selection, choice, comparison, cell, theme)
