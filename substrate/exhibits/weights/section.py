"""What a report shows of weights: the filters of the first two encoders, and of all layers."""

from __future__ import annotations

from substrate.analyses.spec import obtain
from substrate.analyses.weights.alignable import aligned_params
from substrate.analyses.weights.aligned import ALIGNED, Aligned
from substrate.analyses.weights.channels import CHANNELS, Channels, channels_params
from substrate.analyses.weights.choice import (
    default_layer,
    layers_of,
    most_learned,
    most_similar,
    nearest_pair,
    shown_layers,
)
from substrate.analyses.weights.crossed import is_crossed
from substrate.analyses.weights.eigenvectors import opened, strongest
from substrate.analyses.weights.kernels import KERNELS, KernelsParams
from substrate.analyses.weights.spatial import SPATIAL, Spatial, spatial_params
from substrate.exhibits.exhibit import Exhibit, Section, attempted
from substrate.exhibits.weights import aligned, channels, eigenvectors, exhibits
from substrate.exhibits.weights.words import QUESTION
from substrate.figures.theme import Theme
from substrate.runs import Run


def weights(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return the filters of the first two encoders that have any; with ``every``, all views."""
    try:
        result: Spatial = obtain(SPATIAL, run, spatial_params(run, run.panel, run.main_domain))
    except ValueError as error:  # what this program raises when something cannot be had
        said = Exhibit(key="weights-filters", title="Filters", sentence=str(error))
        return Section("weights", QUESTION, (said,))
    first, *others = shown_encoders(result)
    items = [exhibits.opening(result, exhibits.filters(result, first, run, theme), run)]
    items += [exhibits.filters(result, name, run, theme) for name in others]
    if every:
        second = (others or [first])[0]
        shown = shown_layers(result, first, second)
        pair = nearest_pair(result, first, second)
        items.append(exhibits.encoders(result, run, theme))
        items.append(exhibits.layer_matrix(result, shown, run, theme))
        if pair is not None:
            items.append(exhibits.two_layers(result, pair, run, theme))
        items.append(exhibits.one_filter(result, _first_later(result, first), run, theme))
        for name in (first, *others):
            items += [_raw(result, name, run, theme), exhibits.power(result, name, run, theme)]
        items += [one for name in run.first_two for one in _channels(name, run, theme)]
        items += _aligned(run, theme)
    return Section("weights", QUESTION, tuple(items))


def shown_encoders(result: Spatial, *wanted: str) -> list[str]:
    """Return the wanted encoders that have filters, else the first two that have."""
    having = list(dict.fromkeys(one.encoder for one in result.layers))
    return [name for name in wanted if name in having] or having[:2]


def _first_later(result: Spatial, encoder: str) -> tuple[int, int]:
    layer = default_layer(layers_of(result, encoder))
    return next(
        (i, 0)
        for i, one in enumerate(result.layers)
        if (one.encoder, one.layer) == (encoder, layer)
    )


def _channels(encoder: str, run: Run, theme: Theme) -> list[Exhibit]:
    """Return what is learned in an encoder's channels, and the spectrum of one layer."""
    try:
        result: Channels = obtain(CHANNELS, run, channels_params(run, encoder))
    except ValueError as error:  # what this program raises when something cannot be had
        return [
            Exhibit(key=f"weights-ranks-{encoder}", title="Learned channels", sentence=str(error))
        ]
    made = [channels.ranks(result, run, theme)]
    return [*made, channels.spectrum(result, most_learned(result), run, theme)]


def _aligned(run: Run, theme: Theme) -> list[Exhibit]:
    """Return the first two encoders through their alignment, where they were read side by side."""
    params = aligned_params(run, *run.first_two)
    if not params.second or not is_crossed(run, params):
        return []
    result: Aligned = obtain(ALIGNED, run, params)
    layer = most_similar(result)
    made = [
        aligned.curve(result, run, theme),
        aligned.errors(result, run, theme),
        aligned.panels(result, layer, run, theme),
    ]
    if picked := strongest(run, params, result, layer):
        cell = opened(run, params, layer, picked)
        made.append(eigenvectors.two(cell, params.domain, run, theme))
    return made


def _raw(result: Spatial, encoder: str, run: Run, theme: Theme) -> Exhibit:
    layer = default_layer(layers_of(result, encoder))
    params = KernelsParams(encoder, layer, result.domain)
    return attempted(
        f"weights-raw-{encoder}",
        "Raw filters",
        lambda: exhibits.raw_filters(obtain(KERNELS, run, params), run, theme),
    )
