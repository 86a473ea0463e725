"""What did the experiments that take minutes find, and how are they made again?"""

import streamlit as st

from substrate.exhibits.experiments.exhibits import FIGURES
from substrate.exhibits.experiments.section import QUESTION
from substrate.ui import session
from substrate.ui.charts import show, show_with_sentence
from substrate.ui.experiments import results as view
from substrate.ui.opening import open_page

st.title(QUESTION)
selection = open_page("experiments")
store, theme = session.store(), session.theme()
experiment = view.choose(selection)
results = view.results(selection, experiment)
if results is not None:
    choice = view.choose_within(selection, experiment)
    first, *others = FIGURES[experiment.name](results, choice, theme)
    show_with_sentence(first)
    for exhibit in others:
        show(exhibit)
    view.card(results)
view.remake(selection, store, experiment, results)
