"""The view of agreement over size and skill: its controls, its result and its figures."""

from __future__ import annotations

from typing import Any

from substrate.analyses.training.growth import GROWTH, growth_params
from substrate.exhibits.training import growth
from substrate.figures.theme import Theme
from substrate.ui import controls
from substrate.ui.charts import show, show_with_sentence, write_sentence
from substrate.ui.results import result
from substrate.ui.selection import Selection


def show_growth(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show the panel's agreement over one measure, and every rank correlation."""
    run = selection.run
    row = controls.row_of(selection)
    controls.segmented(selection, "training.by", row)
    controls.select(selection, "training.metric", row, width=190)
    controls.toggle(selection, "training.published", row)
    params = growth_params(
        run.with_panel(selection["panel"]), selection["domain"], selection["training.metric"]
    )
    grown = result(GROWTH, run, params, what="agreement over size and skill")
    if grown is None:
        return
    published = selection["training.published"]
    first = growth.scatter(grown, run, theme, selection["training.by"], published=published)
    write_sentence(opening, first)
    show(first, run)
    second = growth.correlations(grown, theme, published=published)
    show_with_sentence(second, run)
