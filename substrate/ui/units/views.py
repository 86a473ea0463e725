"""The views of the Units page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses.units.one_to_one import OneToOne
from substrate.exhibits.units import exhibits
from substrate.exhibits.units.words import layer_names
from substrate.exhibits.verdict_html import html
from substrate.figures.theme import Theme
from substrate.figures.units.matrices import ZOOM
from substrate.ui import controls
from substrate.ui.charts import details, show, write_sentence
from substrate.ui.clicks import clicked, new_choice
from substrate.ui.literal import literal
from substrate.ui.selection import Selection
from substrate.ui.units.cards import show_pairs, show_unit
from substrate.ui.units.controls import matched, matching_params, unit_of, written
from substrate.wording import unbroken


def one_to_one(selection: Selection, place: Any, theme: Theme, opening: Any) -> None:
    """Show curves, matrices with a zoom, and the best and worst pairs."""
    run = selection.run
    result = matched(run, matching_params(selection, place))
    if result is None:
        return
    curve = exhibits.curves(result, run, theme)
    if curve.verdict is not None:
        opening.html(html(curve.verdict))
    opening.markdown(unbroken(literal(curve.sentence)))
    details(opening, curve.context)
    show(curve, run)
    show_pairs(selection, result, theme)
    show(exhibits.four(result, run, theme), run)
    _zoom(selection, result, theme)


def _zoom(selection: Selection, result: OneToOne, theme: Theme) -> None:
    """Show true cells of the matched order, from the place that is chosen."""
    last = max(max(result.between.shape) - ZOOM, 0)
    starts = [str(start + 1) for start in range(0, last + ZOOM // 2, ZOOM // 2)]
    start = selection.settle("units.zoom", starts)
    if len(starts) > 1:
        controls.choose_from(selection, "units.zoom", starts, width=220)
    show(exhibits.zoomed(result, selection.run, theme, int(start) - 1), selection.run)


def one_unit(selection: Selection, place: Any, theme: Theme, opening: Any) -> None:
    """Show one unit: its images, and the closest units of the other layer."""
    run = selection.run
    result = matched(run, matching_params(selection, place))
    if result is None:
        return
    pairs = result.pairs
    options = [
        *(written(0, int(unit)) for unit in result.living_first),
        *(written(1, int(unit)) for unit in result.living_second),
    ]
    best = written(0, int(pairs.first[0]))
    text = selection["units.unit"] if selection["units.unit"] in options else best
    if text != selection["units.unit"]:
        selection.put({"units.unit": text})
    controls.choose_from(selection, "units.unit", options, width=220)
    side, unit = unit_of(text) or (0, int(pairs.first[0]))
    shown = exhibits.one_unit(result, side, unit, run, theme)
    write_sentence(opening, shown)
    st.subheader(f"Unit {unit + 1} of {layer_names(result, run)[side]}")
    show_unit(selection, result, side, unit, theme)
    event = show(shown, run, select=("points",))
    picked = new_choice(shown.key, event, clicked)
    if picked:
        selection.put({"units.unit": written(*picked)}, again=True)
    details(st, exhibits.curves(result, run, theme).sentence)
