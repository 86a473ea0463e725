"""How much alignment does noise alone explain?"""

import streamlit as st

from substrate.analyses.theory.choice import CURVES, FEATURES, MAP, NEEDED
from substrate.exhibits.theory.words import QUESTION
from substrate.ui import session
from substrate.ui.opening import open_page
from substrate.ui.theory import controls, views

st.title(QUESTION)
selection = open_page("theory")
theme = session.theme(selection.run)
opening = st.container()
view = controls.choose(selection)
if view in (CURVES, MAP):
    views.students(selection, theme, opening, of_map=view == MAP)
elif view == FEATURES:
    views.features(selection, theme, opening)
elif view == NEEDED:
    views.needed(selection, theme, opening)
