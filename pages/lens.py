"""How do encoders see one image: where does it lie, and next to which others?"""

import streamlit as st

from substrate.exhibits.exhibit import titles
from substrate.exhibits.lens import exhibits
from substrate.exhibits.lens.section import QUESTION
from substrate.ui import session
from substrate.ui.charts import show, write_sentence
from substrate.ui.layout import wrapping_columns
from substrate.ui.lens.card import show_card
from substrate.ui.lens.choose import choose
from substrate.ui.lens.near import show_neighbours
from substrate.ui.lens.scores import position_of
from substrate.ui.opening import open_page
from substrate.ui.pickers import new_selection
from substrate.ui.shared.panel import direction_links, open_direction, sharedness_or_stop

st.title(QUESTION)
selection = open_page("lens")
run, theme = selection.run, session.theme(selection.run)
opening = st.container()
shared = sharedness_or_stop(selection)
shown = choose(selection, shared)
left, right = wrapping_columns("lens-row", [2, 3])
with left:
    show_card(selection, shown, theme, held_out=bool((shared.rows == shown.row).any()))
with right:
    place = position_of(selection, shared, shown)
    if place is not None:
        exhibit = exhibits.scores(place, shown.name, titles(run), theme)
        write_sentence(opening, exhibit)
        clicked = [p["customdata"] for p in (new_selection(exhibit.key) or {}).get("points", [])]
        show(exhibit, run, select=("points",))
        direction_links(selection, [place.lead, *(d for d in range(place.k) if d != place.lead)])
        if clicked and clicked[0]:
            line, direction = (int(value) for value in clicked[0])
            open_direction(selection, direction, "" if line == 0 else place.encoders[line - 1])
show_neighbours(selection, shown, theme)
