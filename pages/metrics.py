"""What does each metric say of the same pair, and what is each metric?"""

import streamlit as st

from substrate.analyses.metrics.all_metrics import METRICS_PAIR
from substrate.exhibits.metrics import exhibits
from substrate.ui import session
from substrate.ui.charts import show, write_sentence
from substrate.ui.metrics import controls
from substrate.ui.opening import open_page
from substrate.ui.results import result

st.title(exhibits.QUESTION)
selection = open_page("metrics")
run, theme = selection.run, session.theme(selection.run)
opening = st.container()
params = controls.choose(selection)
scores = None
if params is not None:
    scores = result(METRICS_PAIR, run, params, what="all metrics of this pair")
if params is not None and scores is not None:
    pair = exhibits.pair(scores, params, theme)
    write_sentence(opening, pair)
    show(pair, run)
    controls.show_numbers(exhibits.numbers(scores, params))
controls.show_definitions(exhibits.definitions())
