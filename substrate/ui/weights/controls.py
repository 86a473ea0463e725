"""The Weights page's own controls, and how an address names filters and pairs of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from substrate.analyses.weights.aligned import Aligned
from substrate.analyses.weights.channels import Channels
from substrate.analyses.weights.choice import (
    default_layer,
    layers_of,
    most_learned,
    most_similar,
)
from substrate.analyses.weights.crossed import PICTURED
from substrate.analyses.weights.spatial import LayerFilters, Spatial
from substrate.ui import controls
from substrate.ui.selection import Selection

#: Letters of a text that names a filter or two layers.
LETTERS = 600


def is_name(text: str) -> bool:
    """Say whether a text may name a filter, or two layers."""
    return len(text) <= LETTERS and text.isprintable()


def choose(selection: Selection) -> str:
    """Place the choice of a view."""
    controls.views(selection, "weights.view")
    return str(selection["weights.view"])


def choose_layers(selection: Selection, result: Spatial, encoders: Sequence[str]) -> list[str]:
    """Place the choice of a layer of each encoder that is shown; return their layers."""
    own = {encoder: layers_of(result, encoder) for encoder in encoders}
    return _choose(
        selection,
        {name: [one.layer for one in layers] for name, layers in own.items()},
        {name: default_layer(layers) for name, layers in own.items()},
    )


def choose_channels(selection: Selection, channels: Sequence[Channels]) -> list[str]:
    """Place the choice of a layer of each encoder whose channels are shown; return them."""
    return _choose(
        selection,
        {one.encoder: [layer.layer for layer in one.layers] for one in channels},
        {one.encoder: most_learned(one) for one in channels},
    )


def choose_aligned(selection: Selection, result: Aligned) -> str:
    """Place the choice of the layer of A whose eigenvectors are compared; return it."""
    offered = {result.first: [one.names[0] for one in result.layers]}
    return _choose(selection, offered, {result.first: most_similar(result)})[0]


def _choose(
    selection: Selection, offered: Mapping[str, Sequence[str]], standard: Mapping[str, str]
) -> list[str]:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    chosen = []
    for name, encoder in zip(("weights.layer_a", "weights.layer_b"), offered, strict=False):
        if selection[name] not in offered[encoder]:
            selection.settle(name, [standard[encoder]])
        label = f"Layer of {selection.run.encoders[encoder].title}"
        controls.choose_from(selection, name, offered[encoder], row, width=260, label=label)
        chosen.append(str(selection[name]))
    return chosen


def written(one: LayerFilters) -> str:
    """Return how an address names a layer."""
    return f"{one.encoder}/{one.layer}"


def filter_of(text: str, result: Spatial) -> tuple[int, int] | None:
    """Return the number of a layer and the place of an eigenvector that a text names.

    ``vgg/features.4/2`` is the second eigenvector, by eigenvalue, of that layer.
    """
    name, _, rank = text.rpartition("/")
    layer = _numbered(name, result)
    if layer is None or not (rank.isascii() and rank.isdigit()) or len(rank) > 3:
        return None
    places = [int(r) for r in result.layers[layer].ranks]
    return (layer, places.index(int(rank) - 1)) if int(rank) - 1 in places else None


def named_filter(result: Spatial, layer: int, place: int) -> str:
    """Return how an address names an eigenvector."""
    one = result.layers[layer]
    return f"{written(one)}/{int(one.ranks[place]) + 1}"


def pair_of(text: str, result: Spatial) -> tuple[int, int] | None:
    """Return the numbers of two layers that a text names, ``vgg/features.4 resnet/conv1``."""
    parts = [_numbered(part, result) for part in text.split(" ")]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        return None
    return parts[0], parts[1]


def named_pair(result: Spatial, pair: tuple[int, int]) -> str:
    """Return how an address names two layers."""
    return " ".join(written(result.layers[i]) for i in pair)


def cell_of(text: str, result: Aligned) -> tuple[str, tuple[int, int]] | None:
    """Return the layer and both eigenvectors, from 0, that a text names.

    ``conv2/3/1`` are the third of A and the first of B in A's layer ``conv2``.
    """
    layer, *ranks = text.rsplit("/", 2)
    shape = next((one.aligned.shape for one in result.layers if one.names[0] == layer), (0, 0))
    if len(ranks) != 2 or not all(r.isascii() and r.isdigit() and len(r) < 4 for r in ranks):
        return None
    i, j = (int(rank) - 1 for rank in ranks)
    there = 0 <= i < min(shape[0], PICTURED) and 0 <= j < min(shape[1], PICTURED)
    return (layer, (i, j)) if there else None


def named_cell(layer: str, cell: tuple[int, int]) -> str:
    """Return how an address names two eigenvectors of a layer."""
    return f"{layer}/{cell[0] + 1}/{cell[1] + 1}"


def channel_of(text: str, channels: Mapping[str, Channels]) -> tuple[str, str, int] | None:
    """Return the encoder, its layer and the eigenvalue, from 0, that a text names.

    ``resnet/conv1/3`` is the third one of that layer.
    """
    name, _, rank = text.rpartition("/")
    encoder, _, layer = name.partition("/")
    if encoder not in channels or not (rank.isascii() and rank.isdigit()) or len(rank) > 4:
        return None
    count = next((len(one.values) for one in channels[encoder].layers if one.layer == layer), 0)
    return (encoder, layer, int(rank) - 1) if 0 < int(rank) <= count else None


def named_channel(encoder: str, layer: str, rank: int) -> str:
    """Return how an address names an eigenvector of a spectrum."""
    return f"{encoder}/{layer}/{rank + 1}"


def _numbered(name: str, result: Spatial) -> int | None:
    return next((i for i, one in enumerate(result.layers) if written(one) == name), None)
