"""What the Weights page shows at first, and what its views are called."""

from __future__ import annotations

from collections.abc import Sequence

from substrate.analyses.weights.aligned import Aligned
from substrate.analyses.weights.channels import Channels
from substrate.analyses.weights.spatial import LayerFilters, Spatial

FILTERS, LAYERS, RAW, CHANNELS = "Filters", "All layers", "Raw filters", "Channels"
ALIGNMENT, BUNDLED = "Alignment", "Bundled networks"
VIEWS = (FILTERS, LAYERS, RAW, CHANNELS, ALIGNMENT, BUNDLED)
#: Layers that a matrix shows of all encoders; beyond, those of A and B alone.
MOST_LAYERS = 40


def layers_of(result: Spatial, encoder: str) -> list[LayerFilters]:
    """Return an encoder's layers of square kernels, in their order."""
    return [one for one in result.layers if one.encoder == encoder]


def default_layer(layers: Sequence[LayerFilters]) -> str:
    """Return the layer whose raw filters are shown first: the one after the first."""
    later = [one for one in layers if not one.first]
    return (later or layers)[0].layer


def most_learned(channels: Channels) -> str:
    """Return the layer with most learned eigenvalues, else the first with eigenvalues at all."""
    return max(channels.layers, key=lambda one: (len(one.learned), len(one.values) > 0)).layer


def most_similar(result: Aligned) -> str:
    """Return the layer of A of the highest S, else the one that aligns best after the first."""
    measured = [one for one in result.layers if not one.reason]
    if measured:
        return max(measured, key=lambda one: one.similarity).names[0]
    return min(result.layers[1:] or result.layers, key=lambda one: one.error).names[0]


def shown_layers(result: Spatial, first: str, second: str) -> list[int]:
    """Return the layers of the matrix by number: all, or those of A and B where they are many."""
    every = range(len(result.layers))
    if len(result.layers) <= MOST_LAYERS:
        return list(every)
    return [i for i in every if result.layers[i].encoder in (first, second)]


def nearest_pair(result: Spatial, first: str, second: str) -> tuple[int, int] | None:
    """Return the later layers of A and B that agree best, by number; None without any."""
    pairs = [
        (float(result.similarity[i, j]), i, j)
        for i, a in enumerate(result.layers)
        for j, b in enumerate(result.layers)
        if a.encoder == first and b.encoder == second and not a.first and not b.first
    ]
    finite = [pair for pair in pairs if pair[0] == pair[0]]
    return max(finite)[1:] if finite else None
