"""Every value that an address may hold: what pages share, and what each page has of its own.

This table is the interface that docs/address.md describes. A shared field is carried from page to
page and stands in the bar; a page's own field is named after it, in the session as in the address.
"""

from __future__ import annotations

from substrate.ui.declared.claims import CLAIMS, EXPERIMENT, THEORY
from substrate.ui.declared.directions import DIRECTION, DIRECTIONS, LENS, SUBSPACE, WALL
from substrate.ui.declared.pairs import LAYERS, MAPS, UNITS, WEIGHTS
from substrate.ui.declared.shared import SHARED
from substrate.ui.declared.study import HOME, STUDY
from substrate.ui.declared.training import METRICS, TRAINING, TRANSFER
from substrate.ui.fields import (
    Field,
)
from substrate.ui.selection import Page

#: Every page by its key: the name of its file and of its address (the Home page is at "/").
PAGES: dict[str, Page] = {
    page.key: page
    for page in (
        HOME,
        STUDY,
        SUBSPACE,
        WALL,
        DIRECTION,
        LENS,
        DIRECTIONS,
        UNITS,
        WEIGHTS,
        LAYERS,
        MAPS,
        TRAINING,
        TRANSFER,
        CLAIMS,
        EXPERIMENT,
        THEORY,
        METRICS,
    )
}


def fields_of(page: Page) -> tuple[Field, ...]:
    """Return the fields that a page's address holds."""
    return (*SHARED, *page.fields) if page.shows_run else page.fields
