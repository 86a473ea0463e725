"""The view of what layers keep: its results and its figure."""

from __future__ import annotations

from typing import Any

from substrate.analyses.layers.choice import LayersChoice
from substrate.analyses.layers.kept import (
    KEPT,
    KEPT_UNTRAINED,
    kept_params,
    kept_seeds,
)
from substrate.exhibits.layers.kept import kept
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui.charts import show, write_sentence
from substrate.ui.results import result
from substrate.ui.selection import Selection


def show_view(
    run: Run, choice: LayersChoice, selection: Selection, theme: Theme, opening: Any
) -> None:
    """Show one quantity along depth for the panel, A and B in front."""
    front = (choice.first, choice.second)
    params = kept_params(run.with_panel(selection["panel"]), choice.domain, *front)
    measured = result(KEPT, run, params, what="what layers keep")
    if measured is None:
        return
    twins = None
    if kept_seeds(run, params):
        twins = result(KEPT_UNTRAINED, run, params, what="what untrained twins keep")
    exhibit = kept(measured, twins, run, theme, selection["layers.kept"], front)
    if exhibit.figure is not None:
        write_sentence(opening, exhibit)
    show(exhibit, run)
