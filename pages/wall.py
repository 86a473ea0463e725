"""Which directions are shared, encoder by encoder?"""

import streamlit as st

from substrate.exhibits.exhibit import titles
from substrate.exhibits.sharedness import wall as exhibits
from substrate.exhibits.wall_page import QUESTION
from substrate.ui import session
from substrate.ui.charts import show, write_sentence
from substrate.ui.opening import open_page
from substrate.ui.pickers import new_selection
from substrate.ui.samples import thumbnails_of
from substrate.ui.shared.panel import direction_links, open_direction
from substrate.ui.wall.results import wall_or_stop

st.title(QUESTION)
selection = open_page("wall")
run, theme = selection.run, session.theme(selection.run)
opening = st.container()
result = wall_or_stop(selection)
exhibit = exhibits.wall(result, thumbnails_of(run, selection["domain"]), titles(run), theme)
write_sentence(opening, exhibit)
direction_links(selection, map(int, result.order))
clicked = [p["customdata"] for p in (new_selection(exhibit.key) or {}).get("points", [])]
show(exhibit, run, select=("points",))
if clicked and clicked[0]:
    open_direction(selection, int(clicked[0][0]), str(clicked[0][1]))
