"""Every layer of several encoders in one list, as planes and matrices of all layers take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.layers.living import living_layers
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
    run: Run,
    encoders: Sequence[str | EncoderRef],
    domain: str,
    rows: Int[np.ndarray, " n"],
    *,
    living: bool = False,
) -> LayersSideBySide:
    """Return the layers of encoders or their twins, one encoder after the other, on some rows.

    With ``living`` layers whose units are all constant are left out: they are at an angle of pi / 2
    from all others, which says nothing of where they are.
    """
    refs = [EncoderRef(ref) if isinstance(ref, str) else ref for ref in encoders]
    kept = [living_layers(run, ref, domain, rows) if living else None for ref in refs]
    every = [
        (owner, ref, layer)
        for owner, ref in enumerate(refs)
        for layer in run.encoders[ref.name].feature_layers
        if (names := kept[owner]) is None or layer.name in names
    ]
    return LayersSideBySide(
        np.array([owner for owner, _, _ in every]),
        tuple(layer.name for _, _, layer in every),
        np.array([layer.depth for _, _, layer in every]),
        [run.representation(ref, domain, layer.name).features[rows] for _, ref, layer in every],
    )
