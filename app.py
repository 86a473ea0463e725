"""Entry point: `streamlit run app.py`. Routes to the pages and does nothing else."""

import streamlit as st

from substrate.ui import declared
from substrate.ui.session import FAVICON, frame

PAGES = [
    st.Page(
        f"pages/{page.key}.py",
        title=page.key.capitalize(),
        icon=page.icon,
        default=page is declared.HOME,
    )
    for page in declared.PAGES.values()
]

st.set_page_config(page_title="Substrate", page_icon=FAVICON, layout="wide")
frame()
st.navigation(PAGES, position="hidden").run()  # the links in the sidebar hold whole addresses
