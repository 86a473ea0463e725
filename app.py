"""Entry point: `streamlit run app.py`. Routes to the pages and does nothing else."""

import streamlit as st

from substrate.ui.session import frame

PAGES = [
    st.Page("pages/study.py", title="Study", icon=":material/science:", default=True),
    st.Page("pages/subspace.py", title="Subspace", icon=":material/hub:"),
    st.Page("pages/directions.py", title="Directions", icon=":material/explore:"),
    st.Page("pages/layers.py", title="Layers", icon=":material/stacks:"),
    st.Page("pages/training.py", title="Training", icon=":material/trending_up:"),
    st.Page("pages/transfer.py", title="Transfer", icon=":material/move_up:"),
    st.Page("pages/claims.py", title="Claims", icon=":material/fact_check:"),
    st.Page("pages/experiments.py", title="Experiments", icon=":material/labs:"),
    st.Page("pages/metrics.py", title="Metrics", icon=":material/straighten:"),
]

st.set_page_config(page_title="Substrate", page_icon=":material/hub:", layout="wide")
frame()
st.navigation(PAGES).run()
