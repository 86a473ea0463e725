"""The Subspace page's view of where directions go."""

from __future__ import annotations

from typing import Any

from substrate.analyses import panel_views as params
from substrate.analyses.encoders.flow import FLOW
from substrate.analyses.panel_choice import Switches
from substrate.exhibits.encoders import exhibits
from substrate.exhibits.exhibit import titles
from substrate.figures.theme import Theme
from substrate.ui import controls
from substrate.ui.charts import show, write_sentence
from substrate.ui.results import result
from substrate.ui.selection import Selection

ACROSS = "across encoders"


def show_flow(selection: Selection, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show how directions continue from encoder to encoder or from layer to layer."""
    run, choice = selection.run, switches.choice
    controls.select(selection, "subspace.follow", controls.row_of(selection), width=300)
    picked = selection["subspace.follow"]
    layers_of = picked if picked in choice.encoders else ""
    of_domain = params.flow(choice, switches.domain, layers_of)
    flow = result(FLOW, run, of_domain, what="where directions go")
    if flow is None:
        return
    exhibit = exhibits.flow(flow, choice, theme, titles=titles(run))
    write_sentence(opening, exhibit)
    show(exhibit, run)
