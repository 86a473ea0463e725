"""What holds of what was published?"""

import streamlit as st

from substrate.figures.claims.forest import forest
from substrate.ui import session
from substrate.ui.charts import show
from substrate.ui.claims import ledger as view
from substrate.ui.opening import open_page

st.title("What holds of what was published?")
selection = open_page("claims")
run, theme = selection.run.with_panel(selection["panel"]), session.theme()
opening = st.container()
choice = view.choose(selection)
found, claims = view.build(run)
view.open_page(opening, found)


def ledger() -> None:
    """Show published beside measured, every row, and the one that is selected."""
    view.offer(run, found)
    kept = view.filtered(found, choice)
    row = view.pick_row(selection, kept, claims)
    if row is not None:
        view.card(selection, row, claims)
    show(
        forest(kept, theme), key="claims", table=view.full_table(kept, claims), run=run,
        trace={"preregistered": f"data/claims.yaml, sha256 {found.digest}"},
        read="The upright stroke is the published figure and the band the tolerance around it, or "
        "around no difference; the coloured mark is measured, with its interval. A claim holds "
        "where the figure is on the expected side of every control (thin crosses), each tested "
        "apart, not where it merely meets the stroke.",
    )  # fmt: skip


if choice.view == view.INCONSISTENT:
    view.inconsistencies()
elif choice.view == view.RULES:
    view.rules(claims)
else:
    ledger()
