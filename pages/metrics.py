"""What does each metric say of the same pair, and what is each metric?"""

import streamlit as st

from substrate.analyses.metrics.all_metrics import METRICS_PAIR
from substrate.figures.metrics.all_metrics import calibrated_chart
from substrate.ui import session
from substrate.ui.charts import show
from substrate.ui.metrics import controls as view
from substrate.ui.opening import open_page
from substrate.ui.results import result

st.title("What does each metric say?")
selection = open_page("metrics")
run, theme = selection.run, session.theme()
opening = st.container()
choice = view.choose(selection)
found = None
if choice is not None:
    found = result(METRICS_PAIR, run, choice.params, what="all metrics of this pair")
if choice is not None and found is not None:
    opening.markdown(view.sentence(found))
    show(
        calibrated_chart(found, theme, choice.title), key="metrics-pair", table=view.table(found),
        run=run, trace=vars(choice.params),
        read="Each dot is one metric, calibrated by its own null: (value - mean null) / "
        "(identity - mean null), never clipped. The grey bar ends at the 95 % level of the null; "
        "whiskers are delete-group jackknife intervals, left out below ten photographs.",
    )  # fmt: skip
    st.subheader("Every number")
    view.show_table(found)
st.subheader("What each metric is")
st.caption("Definition, invariances (tested both ways), behaviour at n < p, and when it misleads.")
view.show_metadata()
