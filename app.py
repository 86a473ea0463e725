"""Entry point: `streamlit run app.py`. Routes to the pages and does nothing else."""

import streamlit as st

from substrate.ui import declared
from substrate.ui.home.earlier import to_home
from substrate.ui.session import FAVICON, frame

PAGES = [
    st.Page(
        f"pages/{page.key}.py",
        title=page.key.capitalize(),
        icon=page.icon,
        default=page is declared.HOME,
        # The default page stands at the root, and would reserve its name for no page at all.
        url_path="root" if page is declared.HOME else None,
    )
    for page in declared.PAGES.values()
]
HOME_BY_NAME = st.Page(to_home, title="Home", url_path="home")

st.set_page_config(page_title="Substrate", page_icon=FAVICON, layout="wide")
frame()
pages = [*PAGES, HOME_BY_NAME]
st.navigation(pages, position="hidden").run()  # the links in the sidebar hold whole addresses
