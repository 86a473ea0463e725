"""The bar under every page's title: what pages share, as far as the present view reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from substrate.analyses.panel_choice import default_choice
from substrate.analyses.sharedness.copies import COPIES, copies_sentence
from substrate.analyses.spec import stored
from substrate.figures.cells import text_width
from substrate.gallery.shown import is_shipped
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.fields import Field
from substrate.ui.literal import literal
from substrate.ui.panel_presets import place_presets
from substrate.ui.selection import Selection

#: Fields from which the bar takes two rows.
MANY = 8
#: Characters of a run's name in its box, beside the beginning of its id.
SHORT = 12
#: What a box of choices has beside their text, and its width at most; pixels.
FRAME, WIDEST = 46, 230
#: What the bar shows, in this order, and how wide it is.
_WIDTHS = {
    "run": 196,
    "panel": 0,
    "domain": 168,
    "k": 104,
    "whitening": 114,
    "first": 150,
    "first_layer": 124,
    "second": 150,
    "second_layer": 124,
}


def bar(selection: Selection, shared: Sequence[Field], runs: Sequence[Run]) -> None:
    """Place the shared fields that the page reads in its present view."""
    unused = selection.page.unused(selection)
    read = {field.name for field in shared if selection.page.key in field.pages}
    names = [name for name in _WIDTHS if name in read and name not in unused]
    with st.container(key="selection-bar"):
        for row in _rows(names):
            with st.container(horizontal=True, vertical_alignment="bottom"):
                for name in row:
                    _control(selection, name, runs)
    say_replaced(selection)


def say_replaced(selection: Selection) -> None:
    """Say which values of the address could not be had, and stand at their default."""
    if selection.replaced:
        st.caption(selection.gone(selection.replaced))


def _rows(names: list[str]) -> list[list[str]]:
    """Return the fields row by row: a pair with its layers has its own where they are many."""
    if len(names) < MANY:
        return [names]
    pair = [name for name in names if name.startswith(("first", "second"))]
    return [[name for name in names if name not in pair], pair]


def _control(selection: Selection, name: str, runs: Sequence[Run]) -> None:
    if name == "run":
        _run(selection, runs)
    elif name == "panel":
        _panel(selection)
    elif name == "k":
        controls.whole(selection, name, width=_WIDTHS[name])
    else:
        titles = [selection.written(name, option) for option in selection.options(name)]
        controls.select(selection, name, width=box_width(_WIDTHS[name], titles))


def box_width(least: int, titles: Sequence[str]) -> int:
    """Return the width of a box of choices, in pixels: what its longest needs, within bounds."""
    longest = max(map(text_width, titles), default=0.0)
    return int(np.clip(FRAME + longest, least, WIDEST))


def _run(selection: Selection, runs: Sequence[Run]) -> None:
    by_id = {run.run_id: run for run in (*runs, selection.run)}

    def shown(run_id: str) -> str:
        name = str(by_id[run_id].study["name"])
        if is_shipped(by_id[run_id]):
            return f"Shipped run · {run_id[:6]}"
        short = name if len(name) <= SHORT else f"{name[: SHORT - 1].rstrip()}…"
        return f"{short} · {run_id[:6]}"  # the box is narrow, and cuts what comes last

    controls.choose_from(selection, "run", list(by_id), width=_WIDTHS["run"], shown=shown)


def _panel(selection: Selection) -> None:
    chosen, run = selection["panel"], selection.run
    label = f"Panel: {len(chosen)} of {len(run.encoders)}"
    with st.popover(label, icon=":material/groups:", width="content"):
        place_presets(selection)
        controls.several(selection, "panel")
        st.caption(
            "The encoders that are compared as one panel. By default one of each recipe, and none "
            "that learnt random labels: copies agree whatever they learnt."
        )
        st.caption(_members(run, chosen))


def _members(run: Run, panel: Any) -> str:
    """Say who is in the panel, and why others are not."""
    titles = {name: record.title for name, record in run.encoders.items()}
    said = f"Panel: {literal(', '.join(titles[name] for name in panel)) or 'nobody'}."
    if copies := _copies(run, tuple(panel)):
        said = f"{said} {literal(copies)}"
    apart = [name for name in run.encoders if name not in panel]
    if not apart:
        return said
    reasons = [
        titles[name] + (f" ({run.left_out[name]})" if name in run.left_out else "")
        for name in apart
    ]
    return f"{said} Left out: {literal(', '.join(reasons))}."


def _copies(run: Run, panel: tuple[str, ...]) -> str:
    """Name the panel's undeclared copies, where these have been looked for already."""
    choice = default_choice(run.with_panel(panel)) if len(panel) > 1 else None
    copies = None if choice is None else stored(COPIES, run, choice.copies())
    titles = {name: record.title for name, record in run.encoders.items()}
    return "" if copies is None else copies_sentence(copies, titles)
