"""What did the experiments that take minutes find, and how are they made again?"""

import streamlit as st

from substrate.ui import experiments_view as view
from substrate.ui import session

st.title("What do the experiments find?")
store, theme = session.store(), session.theme()
experiment = view.choose()
found = view.results(experiment)
if found is not None:
    view.SHOW[experiment.name](found, theme)
    view.card(found)
view.remake(store, experiment, found)
