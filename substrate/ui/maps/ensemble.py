"""The Maps page's view of an ensemble, which is computed when it is asked for."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses.maps.consensus import (
    MAPS_CONSENSUS,
    ConsensusParams,
    ConsensusResult,
    consensus_params,
)
from substrate.exhibits.exhibit import titles
from substrate.exhibits.maps import consensus as exhibits
from substrate.exhibits.maps import consensus_words as words
from substrate.figures.theme import Theme
from substrate.ui.charts import show, show_with_sentence, write_sentence
from substrate.ui.controls import TWO_AT_LEAST
from substrate.ui.results import offered
from substrate.ui.selection import Selection
from substrate.ui.shared.labelled import explain_unlabelled, labelled_domain


def show_ensemble(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show what the panel classifies together on a labelled domain, or offer to compute it."""
    run = selection.run
    domain = labelled_domain(selection)
    if domain:
        params = consensus_params(run, selection["panel"], domain, selection["k"])
        ensemble = _known(selection, params)
        if ensemble is not None:
            first, *further = exhibits.of_ensemble(ensemble, titles(run), theme)
            write_sentence(opening, first)
            show(first, run)
            for exhibit in further:
                show_with_sentence(exhibit, run)
    explain_unlabelled(selection)


def _known(selection: Selection, params: ConsensusParams) -> ConsensusResult | None:
    run = selection.run
    if len(params.encoders) < 2:
        st.info(f"An ensemble needs two encoders; {TWO_AT_LEAST}")
        return None
    consensus: ConsensusResult | None = offered(
        MAPS_CONSENSUS,
        run,
        params,
        what="what the ensemble classifies",
        missing=words.NOT_COMPUTED,
        seconds=lambda: words.seconds(params),
        offer=lambda: words.press(params, run.domains[params.domain].caption),
    )
    return consensus
