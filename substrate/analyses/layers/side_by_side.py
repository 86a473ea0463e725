"""Every layer of several encoders in one list, as planes and matrices of all layers take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.encoder_ref import EncoderRef
from substrate.runs import Run


@dataclass(frozen=True, eq=False)
class LayersSideBySide:
    """Names, relative depths and features of layers; ``owner`` numbers each layer's encoder."""

    owner: Int[np.ndarray, " l"]
    names: tuple[str, ...]
    depth: Float[np.ndarray, " l"]
    features: list[Float[np.ndarray, "n _"]]


def layers_side_by_side(
    run: Run, encoders: Sequence[str | EncoderRef], domain: str, rows: Int[np.ndarray, " n"]
) -> LayersSideBySide:
    """Return the layers of encoders or their twins, one encoder after the other, on some rows."""
    every = [
        (owner, ref, layer)
        for owner, ref in enumerate(encoders)
        for layer in run.encoders[ref if isinstance(ref, str) else ref.name].feature_layers
    ]
    return LayersSideBySide(
        np.array([owner for owner, _, _ in every]),
        tuple(layer.name for _, _, layer in every),
        np.array([layer.depth for _, _, layer in every]),
        [run.representation(ref, domain, layer.name).features[rows] for _, ref, layer in every],
    )
