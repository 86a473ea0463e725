"""Layers of all encoders while they are compared, and whose mean each is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from substrate.analyses.spec import AnalysisError
from substrate.analyses.weights.stored import StoredLayer, read_weights
from substrate.encoder_ref import EncoderRef
from substrate.numerics.weights.spatial import SpatialBasis, basis_of_blocks, mean_basis
from substrate.runs import Run

#: Draws of untrained twins.
TWINS = 10
#: Leading eigenvectors that are compared.
LEADING = 5


@dataclass(frozen=True, eq=False)
class FilterLayer:
    """A layer while it is compared: what is stored, its basis, and those of its twins."""

    encoder: str
    stored: StoredLayer
    first: bool
    basis: SpatialBasis
    twins: tuple[SpatialBasis, ...]


def read_all(
    run: Run, encoders: Sequence[str], domain: str
) -> tuple[list[FilterLayer], dict[str, str]]:
    """Read every layer with spatial patterns, and say why an encoder has none."""
    filters, without = [], {}
    for name in encoders:
        try:
            stored = read_weights(run, EncoderRef(name))
        except AnalysisError as error:
            without[name] = str(error)
            continue
        twins = _twin_bases(run, name, domain)
        own = [
            FilterLayer(
                name,
                layer,
                place == 0,
                basis_of_blocks(layer.sums, layer.counts),
                tuple(twin[place] for twin in twins),
            )
            for place, layer in enumerate(stored)
            if layer.spatial
        ]
        if not own:
            title = run.encoders[name].title
            without[name] = (
                f"{title} holds weights that are not finite."
                if not all(layer.finite for layer in stored)
                else f"{title} has no layer of square kernels of more than a pixel."
            )
        filters += own
    return filters, without


def _twin_bases(run: Run, name: str, domain: str) -> list[dict[int, SpatialBasis]]:
    """Return the bases of the layers of an encoder's untrained twins, by place."""
    out = []
    for seed in run.untrained_seeds(name, domain)[:TWINS]:
        layers = read_weights(run, EncoderRef(name, twin=seed))
        out.append(
            {
                place: basis_of_blocks(layer.sums, layer.counts)
                for place, layer in enumerate(layers)
                if layer.spatial
            }
        )
    return out


def pools_of(run: Run, layers: Sequence[FilterLayer]) -> tuple[str, dict[str, list[FilterLayer]]]:
    """Return whose mean basis layers are compared with, and for each encoder those layers.

    Encoders of one recipe are copies: they are left out together, unless there are no others. First
    layers see pixels and differ from all that follow.
    """
    names = list(dict.fromkeys(layer.encoder for layer in layers))
    following = [one for one in layers if not one.first and not one.basis.lacking(LEADING)]

    def pool(kept: dict[str, list[str]]) -> dict[str, list[FilterLayer]]:
        return {name: [one for one in following if one.encoder in kept[name]] for name in names}

    recipes = {name: run.recipe(name) for name in names}
    if len(set(recipes.values())) > 1:
        others = {name: [n for n in names if recipes[n] != recipes[name]] for name in names}
        return "the mean of the encoders of other recipes", pool(others)
    if len(names) > 1:
        return "the mean of the other encoders", pool(
            {name: [n for n in names if n != name] for name in names}
        )
    return "the mean of its other layers", pool({name: [name] for name in names})


def why_alone(layer: FilterLayer, layers: Sequence[FilterLayer]) -> str:
    """Say why there is no mean basis that a layer could be compared with."""
    kernels = f"kernels of {layer.basis.side} x {layer.basis.side}"
    others = [
        one
        for one in layers
        if one is not layer
        and one.basis.side == layer.basis.side
        and not one.basis.lacking(LEADING)
    ]
    if not others:
        return f"No other layer has {kernels} to compare with."
    if all(one.first for one in others):
        return (
            f"The other layers with {kernels} are first layers, which see pixels and are left out "
            "of the mean."
        )
    return f"The other layers with {kernels} are of the same recipe, which is left out of the mean."


def later(layers: Sequence[FilterLayer], side: int) -> list[FilterLayer]:
    """Return the layers of one kernel size that follow a first one; first ones where no others.

    Those whose kernels span too little are left out, unless all do.
    """
    sized = [layer for layer in layers if layer.basis.side == side]
    same = [layer for layer in sized if not layer.basis.lacking(LEADING)] or sized
    return [layer for layer in same if not layer.first] or same


def mean_of(layers: Sequence[FilterLayer], side: int) -> SpatialBasis:
    """Return the mean basis of all layers of one kernel size; of first layers where no others."""
    return mean_basis([one.basis for one in later(layers, side)])
