"""The Subspace page's view of all pairs of encoders."""

from __future__ import annotations

from typing import Any

from substrate.analyses import panel_views as params
from substrate.analyses.encoders.pairs import ENCODER_PAIRS
from substrate.analyses.panel_choice import Switches
from substrate.exhibits.encoders import exhibits
from substrate.figures.encoders.pairs import LABELS
from substrate.figures.theme import Theme
from substrate.ui import controls
from substrate.ui.charts import show, show_beside, show_with_sentence, write_sentence
from substrate.ui.layout import scrolling
from substrate.ui.results import result
from substrate.ui.selection import Selection


def show_pairs(selection: Selection, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show all pairs of encoders, differences between paradigms, and a map."""
    run, choice = selection.run, switches.choice
    of_domain = params.encoder_pairs(run, choice, switches.domain)
    pairs = result(ENCODER_PAIRS, run, of_domain, what="all pairs of encoders")
    if pairs is None:
        return
    keys = [key for key in LABELS if key in pairs.similarities]
    labels = [LABELS[key] for key in keys]
    picked = selection.settle("subspace.similarity", labels)
    row = controls.row_of(selection)
    controls.choose_from(selection, "subspace.similarity", labels, row, width=300)
    matrix = exhibits.pairs(pairs, keys[labels.index(picked)], choice, theme)
    write_sentence(opening, matrix)
    with scrolling("subspace-pairs-matrix", matrix):
        show(matrix, run)
    both = (make(pairs, choice, theme) for make in (exhibits.comparisons, exhibits.encoder_map))
    show_beside(run, *both, place=show_with_sentence)
