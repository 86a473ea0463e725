"""Have they learned the same filters?"""

import streamlit as st

from substrate.analyses.weights.choice import ALIGNMENT, BUNDLED, CHANNELS
from substrate.exhibits.weights.words import QUESTION
from substrate.ui import session
from substrate.ui.opening import open_page
from substrate.ui.weights import controls, views
from substrate.ui.weights.alignment import alignment
from substrate.ui.weights.bundled import bundled
from substrate.ui.weights.reading import spatial

st.title(QUESTION)
selection = open_page("weights")
theme = session.theme(selection.run)
opening = st.container()
view = controls.choose(selection)
if view == CHANNELS:
    views.channels(selection, theme, opening)
elif view == ALIGNMENT:
    alignment(selection, theme, opening)
elif view == BUNDLED:
    bundled(selection, theme, opening)
elif (result := spatial(selection)) is not None:
    views.VIEWS[view](selection, result, theme, opening)
