"""Which directions are shared, encoder by encoder?"""

import contextlib

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.exhibits.exhibit import titles
from substrate.exhibits.sharedness import wall as exhibits
from substrate.exhibits.wall_page import QUESTION
from substrate.ui import session
from substrate.ui.charts import show, write_sentence
from substrate.ui.opening import open_page
from substrate.ui.pickers import new_selection
from substrate.ui.samples import thumbnails_of
from substrate.ui.wall.results import wall_or_stop

st.title(QUESTION)
selection = open_page("wall")
run, theme = selection.run, session.theme(selection.run)
opening = st.container()
result = wall_or_stop(selection)
exhibit = exhibits.wall(result, thumbnails_of(run, selection["domain"]), titles(run), theme)
write_sentence(opening, exhibit)
with st.popover("Open a direction", icon=":material/open_in_new:"):
    for direction in result.order:
        with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
            address = selection.link("direction", {"direction.number": str(direction + 1)})
            st.page_link(
                "pages/direction.py", label=f"Direction {direction + 1}", query_params=address
            )
clicked = [p["customdata"] for p in (new_selection(exhibit.key) or {}).get("points", [])]
show(exhibit, run, select=("points",))
if clicked and clicked[0]:
    number, by = int(clicked[0][0]) + 1, str(clicked[0][1])
    address = selection.link("direction", {"direction.number": str(number), "direction.by": by})
    with contextlib.suppress(StreamlitAPIException):
        st.switch_page("pages/direction.py", query_params=address)
