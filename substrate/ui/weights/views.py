"""The views of the Weights page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses.spec import AnalysisError
from substrate.analyses.weights.channels import Channels
from substrate.analyses.weights.choice import FILTERS, LAYERS, RAW, nearest_pair, shown_layers
from substrate.analyses.weights.eigenvectors import of_spectrum
from substrate.analyses.weights.kernels import KernelsParams
from substrate.analyses.weights.spatial import Spatial
from substrate.exhibits.weights import channels as channel_exhibits
from substrate.exhibits.weights import eigenvectors as eigenvector_exhibits
from substrate.exhibits.weights import exhibits
from substrate.exhibits.weights.section import shown_encoders
from substrate.figures.theme import Theme
from substrate.ui.charts import show, show_beside, show_with_sentence, write_sentence
from substrate.ui.clicks import clicked, new_choice
from substrate.ui.layout import scrolling, side_by_side
from substrate.ui.literal import literal
from substrate.ui.selection import Selection
from substrate.ui.weights import controls, reading
from substrate.wording import unbroken


def filters(selection: Selection, result: Spatial, theme: Theme, opening: Any) -> None:
    """Show the filters of A and B side by side; a click opens one."""
    run = selection.run
    names = shown_encoders(result, selection["first"], selection["second"])
    at = _card(selection, result, theme)
    made = [exhibits.filters(result, name, run, theme, chosen=at) for name in names]
    write_sentence(opening, exhibits.opening(result, made[0], run))
    for place, exhibit in zip(side_by_side("weights-grids", *made), made, strict=True):
        with place:
            event = show(exhibit, run, select=("points",))
            _open(selection, result, exhibit.key, event)
    every = exhibits.encoders(result, run, theme)
    _open(selection, result, every.key, show_with_sentence(every, run, select=("points",)))


def _card(selection: Selection, result: Spatial, theme: Theme) -> tuple[int, int] | None:
    """Show the filter that is open, if one is; return its layer and place."""
    at = controls.filter_of(selection["weights.filter"], result)
    selection.settle_text("weights.filter", there=at is not None)
    if at is not None:
        card = exhibits.one_filter(result, at, selection.run, theme)
        event = show_with_sentence(card, selection.run, select=("points",))
        _open(selection, result, card.key, event)
    return at


def _open(selection: Selection, result: Spatial, key: str, event: Any) -> None:
    """Open the filter that is newly clicked."""
    picked = new_choice(key, event, clicked)
    if picked:
        selection.put(
            {"weights.filter": controls.named_filter(result, *picked)},
            again=True,
        )


def layers(selection: Selection, result: Spatial, theme: Theme, opening: Any) -> None:
    """Show every two layers' agreement, and the filters of the pair that is chosen."""
    run = selection.run
    names = shown_encoders(result, selection["first"], selection["second"])
    first, second = names[0], names[-1]
    pair = controls.pair_of(selection["weights.pair"], result)
    selection.settle_text("weights.pair", there=pair is not None)
    pair = pair or nearest_pair(result, first, second)
    matrix = exhibits.layer_matrix(
        result, shown_layers(result, first, second), run, theme, chosen=pair
    )
    write_sentence(opening, matrix)
    if pair is not None:
        two = exhibits.two_layers(result, pair, run, theme)
        shown = show_with_sentence(two, run, select=("points",))
        _open(selection, result, two.key, shown)
        _card(selection, result, theme)
    with scrolling("weights-matrix", matrix):
        event = show(matrix, run, select=("points",))
    picked = new_choice(matrix.key, event, clicked)
    if picked:
        selection.put({"weights.pair": controls.named_pair(result, picked)}, again=True)


def raw(selection: Selection, result: Spatial, theme: Theme, opening: Any) -> None:
    """Show raw filters of a layer of A and of B, and the power of all their layers' filters."""
    run = selection.run
    names = shown_encoders(result, selection["first"], selection["second"])
    chosen = controls.choose_layers(selection, result, names)
    kernels = [
        reading.kernels(run, KernelsParams(name, layer, result.domain))
        for name, layer in zip(names, chosen, strict=True)
    ]
    shown = [exhibits.raw_filters(one, run, theme) for one in kernels if one is not None]
    curves = [exhibits.power(result, name, run, theme) for name in names]
    write_sentence(opening, curves[0])
    show_beside(run, *curves)
    if shown:
        st.markdown(" ".join(one.sentence for one in shown))
        show_beside(run, *shown)


def channels(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show what stands out of the noise of the channels of A and B, and a layer's spectrum."""
    run = selection.run
    names = list(dict.fromkeys(n for n in (selection["first"], selection["second"]) if n))
    results = [one for name in names if (one := reading.channels(run, name)) is not None]
    if not results:
        return
    made = [channel_exhibits.ranks(one, run, theme) for one in results]
    write_sentence(opening, made[0])
    show_beside(run, *made)
    for further in made[1:]:
        write_sentence(st.container(), further)
    for one in results:
        if line := channel_exhibits.untestable(one, run.encoders[one.encoder].title):
            st.markdown(unbroken(literal(line)))
    layers = dict(
        zip(
            [one.encoder for one in results],
            controls.choose_channels(selection, results),
            strict=True,
        )
    )
    at = controls.channel_of(selection["weights.eigenvector"], {o.encoder: o for o in results})
    selection.settle_text("weights.eigenvector", there=at is not None)
    open_at = at if at is not None and layers[at[0]] == at[1] else None
    spectra = [
        channel_exhibits.spectrum(
            one,
            layers[one.encoder],
            run,
            theme,
            chosen=open_at[2] if open_at is not None and open_at[0] == one.encoder else None,
        )
        for one in results
    ]
    for exhibit in spectra:
        if exhibit.figure is not None:
            st.markdown(unbroken(literal(exhibit.sentence)))
            st.caption(unbroken(literal(exhibit.context)))
    columns = side_by_side("weights-spectra", *spectra)
    for place, exhibit, one in zip(columns, spectra, results, strict=True):
        with place:
            event = show(exhibit, run, select=("points",))
        if picked := new_choice(exhibit.key, event, clicked):
            named = controls.named_channel(one.encoder, layers[one.encoder], picked[0])
            selection.put({"weights.eigenvector": named}, again=True)
    if open_at is not None:
        _opened_channel(
            selection, next(o for o in results if o.encoder == open_at[0]), open_at, theme
        )


def _opened_channel(
    selection: Selection, channels: Channels, at: tuple[str, str, int], theme: Theme
) -> None:
    """Show the eigenvector of a spectrum that is open, with pictures where they were kept."""
    run = selection.run
    domain = run.main_domain
    try:
        card = eigenvector_exhibits.one(
            of_spectrum(run, channels, at[1], at[2], domain), domain, run, theme
        )
    except AnalysisError as error:  # what was read is damaged: it is read again by the next job
        st.info(literal(error), icon=":material/info:")
        return
    st.markdown(unbroken(literal(card.sentence)))
    st.caption(unbroken(literal(card.context)))
    if card.figure is not None:
        show(card, run)


#: What shows each view of spatial filters.
VIEWS = {FILTERS: filters, LAYERS: layers, RAW: raw}
