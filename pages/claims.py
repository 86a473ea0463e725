"""Which published claims replicate?"""

import streamlit as st

from substrate.exhibits.claims import exhibits
from substrate.exhibits.claims.section import QUESTION
from substrate.ui import session
from substrate.ui.charts import show, write_sentence
from substrate.ui.claims import ledger as view
from substrate.ui.claims.card import show_card
from substrate.ui.claims.rules import show_inconsistencies, show_rules
from substrate.ui.opening import open_page

st.title(QUESTION)
selection = open_page("claims")
run, theme = selection.run.with_panel(selection["panel"]), session.theme(selection.run)
opening = st.container()
choice = view.choose(selection)
whole, claims = view.build(run)
kept = view.filtered(whole, choice)
exhibit = exhibits.ledger(kept, claims, theme, whole=whole)
write_sentence(opening, exhibit)


def ledger() -> None:
    """Show published beside measured, every row, and the one that is selected."""
    view.offer(run, whole)
    row = view.pick_row(selection, kept, claims)
    if row is not None:
        show_card(selection, row, claims)
    show(exhibit, run)


if choice.view == view.INCONSISTENT:
    show_inconsistencies()
elif choice.view == view.RULES:
    show_rules(claims)
else:
    ledger()
