"""What did the experiments that take minutes find, and how are they made again?"""

import streamlit as st

from substrate.ui import session
from substrate.ui.experiments import results as view
from substrate.ui.opening import open_page

st.title("What do the experiments find?")
selection = open_page("experiments")
store, theme = session.store(), session.theme()
experiment = view.choose(selection)
found = view.results(experiment)
if found is not None:
    view.SHOW[experiment.name](selection, found, theme)
    view.card(found)
view.remake(selection, store, experiment, found)
