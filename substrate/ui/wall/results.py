"""What both pages of shared directions rest on, by the selection."""

from __future__ import annotations

from substrate.analyses.sharedness.untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.sharedness.wall import Wall, wall_of
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.ui.shared.panel import choice_of, sharedness_or_stop


def wall_or_stop(selection: Selection) -> Wall:
    """Return the wall of the selection, or end the page with the reason why there is none."""
    shared, choice = sharedness_or_stop(selection), choice_of(selection)
    untrained = None
    if choice.seeds:
        params = choice.untrained_sharedness(selection["domain"])
        untrained = result(
            UNTRAINED_SHAREDNESS, selection.run, params, what="what untrained panels share"
        )
    return wall_of(shared, untrained)
