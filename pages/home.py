"""What do vision encoders share, and what only looks shared?"""

import streamlit as st

from substrate.ui import session
from substrate.ui.findings import show_run
from substrate.ui.home.earlier import to_study
from substrate.ui.opening import open_page

to_study()
st.title("What do vision encoders share?")
st.markdown(
    "Substrate compares what vision encoders make of the same images, and holds every figure "
    "against what untrained networks, shuffled images and raw pixels give."
)
selection = open_page("home")
show_run(selection, session.store(), page="home")
