"""The matrix of all layers of all encoders, which is computed when it is asked for."""

from __future__ import annotations

from typing import Any

from substrate.analyses.layers.every_layer import (
    EVERY_LAYER,
    clustered,
    cost,
    every_layer_params,
)
from substrate.analyses.shared.order import LISTED
from substrate.exhibits.layers.every_layer import (
    NOT_COMPUTED,
    every_layer,
    families,
    press,
)
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui.charts import show, show_with_sentence, write_sentence
from substrate.ui.results import offered


def show_grid(run: Run, domain: str, metric: str, order: str, theme: Theme, opening: Any) -> None:
    """Show all layers of the panel against each other, and families, or offer to compute that."""
    params = every_layer_params(run, domain, metric)
    grid = offered(
        EVERY_LAYER,
        run,
        params,
        what="all layers of all encoders",
        missing=NOT_COMPUTED,
        seconds=lambda: cost(run, params).seconds,
        offer=lambda: press(cost(run, params)),
    )
    if grid is not None:
        exhibit = every_layer(grid if order == LISTED else clustered(grid), run, theme)
        write_sentence(opening, exhibit)
        show(exhibit, run)
        show_with_sentence(families(grid, run, theme), run)
