"""The views of the Units page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses.units import choice
from substrate.analyses.units.choice import PENALTY_NAMES, places_by_layer
from substrate.analyses.units.depth import DepthParams
from substrate.analyses.units.one_to_one import OneToOne
from substrate.exhibits.units import depth, exhibits, few, information, many, several, spectra
from substrate.exhibits.units.words import layer_names
from substrate.figures.theme import Theme
from substrate.figures.units.matrices import ZOOM
from substrate.ui import controls
from substrate.ui.charts import details, show, show_with_sentence, write_sentence
from substrate.ui.clicks import clicked, new_choice
from substrate.ui.literal import literal
from substrate.ui.selection import Selection
from substrate.ui.units.cards import show_clusters, show_pairs, show_sums, show_unit
from substrate.ui.units.controls import (
    clustered,
    informed,
    matched,
    matching_params,
    penalty,
    unit_of,
    written,
)
from substrate.ui.units.controls import depth as depth_result
from substrate.ui.units.controls import few as few_result
from substrate.ui.units.controls import filters as filters_result
from substrate.ui.units.controls import several as several_result
from substrate.ui.units.controls import spectra as spectra_result
from substrate.ui.units.reading import is_there, measured, read_along, read_copies
from substrate.wording import unbroken


def one_to_one(selection: Selection, place: Any, theme: Theme, opening: Any) -> None:
    """Show curves, matrices with a zoom, and the best and worst pairs."""
    run = selection.run
    result = matched(run, matching_params(selection, place))
    if result is None:
        return
    curve = exhibits.curves(result, run, theme)
    write_sentence(opening, curve)
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


def by_information(selection: Selection, place: Any, theme: Theme, opening: Any) -> None:
    """Show units matched by mutual information, and their correlations."""
    run = selection.run
    if not measured(selection, place):
        return
    result = informed(run, place)
    if result is None:
        return
    curves = information.curves(result, run, theme)
    write_sentence(opening, curves)
    show(curves, run)
    show_with_sentence(information.beside(result, run, theme), run)


def few_to_one(selection: Selection, place: Any, theme: Theme, opening: Any) -> None:
    """Show R² against the number of units, the units that take part, weights, and layers."""
    run = selection.run
    result = few_result(run, place)
    if result is None:
        return
    controls.slider(selection, "units.penalty", PENALTY_NAMES)
    level = penalty(selection)
    path = few.path(result, run, theme, level)
    write_sentence(opening, path)
    show(path, run)
    show_sums(selection, result, theme, level)
    show_with_sentence(few.weights(result, run, theme), run)
    _losses(selection, place)


def _losses(selection: Selection, place: Any) -> None:
    """Show the losses of the pairs of layers that are there, with the published on request."""
    run = selection.run
    controls.toggle(selection, "units.published")
    results = {
        f"{one.first_layer} → {one.second_layer}": losses
        for one in dict.fromkeys([place, *places_by_layer(run, place)])
        if is_there(run, one) and (losses := few_result(run, one)) is not None
    }
    exhibit = few.layers_table(results, published=selection["units.published"])
    st.markdown(unbroken(literal(exhibit.sentence)))
    st.caption(" ".join(text for text in (exhibit.read, literal(exhibit.context)) if text))
    st.dataframe(exhibit.shown, hide_index=True, width="stretch")


def many_to_many(selection: Selection, place: Any, theme: Theme, opening: Any) -> None:
    """Show the angles inside clusters, the clusters with pictures, and the ordered matrices."""
    run = selection.run
    result = clustered(selection, run, place)
    if result is None:
        return
    angles = many.angles(result, run, theme)
    write_sentence(opening, angles)
    show(angles, run)
    show_clusters(selection, result, theme)
    show_with_sentence(many.matrices(result, run, theme), run)


def along_depth(selection: Selection, place: Any, theme: Theme, opening: Any) -> None:
    """Show where encoders agree unit by unit, and where as subspaces alone."""
    run = selection.run
    if not read_along(selection, place):
        return
    params = DepthParams(place.first, place.second, place.domain, place.seed)
    result = depth_result(run, params)
    if result is None:
        return
    chart = depth.along(result, run, theme)
    write_sentence(opening, chart)
    show(chart, run)


def mean_activations(selection: Selection, place: Any, theme: Theme, opening: Any) -> None:
    """Show the sorted mean activations of all encoders of the panel."""
    result = spectra_result(selection.run, place)
    if result is None:
        return
    chart = spectra.spectra(result, selection.run, theme)
    write_sentence(opening, chart)
    show(chart, selection.run)
    if place.first_layer != selection.run.encoders[place.first].layers[0].name:
        return
    filters = filters_result(selection.run, place)
    if isinstance(filters, str):
        st.caption(literal(filters))
    else:
        show_with_sentence(spectra.filters(filters, selection.run, theme), selection.run)


def several_encoders(selection: Selection, place: Any, theme: Theme, opening: Any) -> None:
    """Show all pairs of the encoders of A's architecture."""
    run = selection.run
    params = read_copies(selection, place)
    result = None if params is None else several_result(run, params)
    if result is None:
        return
    chart = several.pairs(result, run, theme)
    write_sentence(opening, chart)
    show(chart, run)
    show_with_sentence(several.matrices(result, run, theme), run)


def one_unit(selection: Selection, place: Any, theme: Theme, opening: Any) -> None:
    """Show one unit: its images, and the closest units of the other layer."""
    run = selection.run
    result = matched(run, matching_params(selection, place))
    if result is None:
        return
    pairs = result.pairs
    best = written(0, int(pairs.first[0]))
    options = [
        *(written(0, int(unit)) for unit in result.living_first),
        *(written(1, int(unit)) for unit in result.living_second),
    ]
    text = selection.settle_text(
        "units.unit", there=selection["units.unit"] in options, default=best
    )
    controls.choose_from(selection, "units.unit", options, width=220)
    side, unit = unit_of(text) or (0, int(pairs.first[0]))
    shown = exhibits.one_unit(result, side, unit, run, theme)
    write_sentence(opening, shown)
    st.header(f"Unit {unit + 1} of {layer_names(result, run)[side]}")
    show_unit(selection, result, side, unit, theme)
    event = show(shown, run, select=("points",))
    picked = new_choice(shown.key, event, clicked)
    if picked:
        selection.put({"units.unit": written(*picked)}, again=True)
    details(st, exhibits.curves(result, run, theme).sentence)


#: What shows each view.
VIEWS = {
    choice.ONE_TO_ONE: one_to_one,
    choice.INFORMATION: by_information,
    choice.FEW_TO_ONE: few_to_one,
    choice.MANY_TO_MANY: many_to_many,
    choice.DEPTH: along_depth,
    choice.SPECTRA: mean_activations,
    choice.SEVERAL: several_encoders,
    choice.ONE_UNIT: one_unit,
}
