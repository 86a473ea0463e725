"""The views of the Theory page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses.claims.images_needed import needed as planned
from substrate.analyses.theory.features import FEATURES, features_params
from substrate.exhibits.theory import exhibits, run_exhibits, words
from substrate.figures.theme import Theme
from substrate.ui.charts import show, write_sentence
from substrate.ui.results import already, result
from substrate.ui.selection import Selection
from substrate.ui.shared.labelled import explain_unlabelled, labelled_domain
from substrate.ui.theory import controls


def students(selection: Selection, theme: Theme, opening: Any, *, of_map: bool) -> None:
    """Show students along the number of samples, or the map of both ratios."""
    file = controls.simulated()
    choice = controls.students(selection)
    make = exhibits.map_of_both if of_map else exhibits.alignment_and_error
    exhibit = make(file, choice, theme)
    write_sentence(opening, exhibit)
    show(exhibit)
    if choice.by_formula:
        st.markdown(words.reading_at(choice))


def features(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show pairs of heads on the features of encoder A."""
    run, domain = selection.run, labelled_domain(selection)
    if not domain:
        return
    params = features_params(run, str(selection["first"]), domain)
    heads = result(FEATURES, run, params, what="heads on these features")
    if heads is not None:
        exhibit = run_exhibits.heads(heads, params, theme)
        write_sentence(opening, exhibit)
        show(exhibit, run)
    explain_unlabelled(selection)


def needed(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show interval and power of the headline figures at other sizes of the study."""
    run = selection.run
    headlines, missing = planned(run, already)
    exhibit = run_exhibits.photographs(headlines, missing, theme)
    if headlines:
        write_sentence(opening, exhibit)
    show(exhibit, run)
    for one in headlines:
        if one.encoders:
            show(run_exhibits.encoders(one, theme), run)
