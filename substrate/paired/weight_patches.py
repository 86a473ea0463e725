"""What two networks see where the leading eigenvectors of their layers respond most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image

from substrate.analyses.weights.crossed import PATCHES, PICTURED, SIDE, Patches
from substrate.domains.spec import Domain
from substrate.encoders.fields import receptive_field
from substrate.encoders.spec import Encoder, Layer
from substrate.extraction import framed
from substrate.numerics.units.extremes import End, Extremes
from substrate.numerics.weights.spectrum import leading_vectors
from substrate.paired.passes import PairedPass, Place, grid_of
from substrate.paired.pictures import ENDS, patch
from substrate.paired.weight_layers import paired_layers, reading

#: A patch is at least this share of the image's side: one pixel alone shows nothing.
LEAST = 8


def strongest_patches(
    first: Encoder,
    second: Encoder,
    domain: Domain,
    *,
    progress: Callable[[int], None] = lambda _images: None,
) -> list[tuple[Patches, Patches]]:
    """Return for every layer of both networks the patches at either end of its eigenvectors.

    The response of an eigenvector u to a position is u'x, where x goes into the layer there.
    ``progress`` is called with the number of images done.
    """
    every, pairs = np.arange(len(domain.groups)), paired_layers(first, second)
    sides = reading(first, [a for a, _ in pairs]), reading(second, [b for _, b in pairs])
    places = [Place(one.read, other.read) for one, other in pairs]
    paired = PairedPass(*sides, list(dict.fromkeys(places)), domain, [every], progress=progress)
    axes = [
        [torch.from_numpy(leading_vectors(one.weights, PICTURED)).float() for one in pair]
        for pair in pairs
    ]
    extremes_of: list[list[dict[End, Extremes]]] = [
        [{end: Extremes(one.shape[1], end, PATCHES) for end in ENDS} for one in both]
        for both in axes
    ]
    columns = [[0, 0] for _ in pairs]
    for batch in paired.batches(every, every):
        for index, place in enumerate(places):
            for side, maps in enumerate(batch.of(place)):
                columns[index][side] = grid_of(maps)[1]
                responses = (maps.flatten(1, 2) @ axes[index][side]).numpy()
                for extremes in extremes_of[index][side].values():
                    extremes.update(responses, batch.rows[side])
    out = []
    for index, pair in enumerate(pairs):
        both = [
            _cut(
                extremes_of[index][side],
                sides[side],
                pair[side].layer,
                columns[index][side],
                domain,
            )
            for side in range(2)
        ]
        out.append((both[0], both[1]))
    return out


def _cut(
    ends: dict[End, Extremes], encoder: Encoder, layer: Layer, columns: int, domain: Domain
) -> Patches:
    """Cut the patches of one layer's eigenvectors out of the images as the network sees them."""
    how = encoder.preprocessing
    frames: dict[int, Image.Image] = {}
    size = framed(domain.read(0), how).size[0]
    field = receptive_field(encoder.network, size, layer)
    field = replace(field, side=max(field.side, size // LEAST))
    count = ends["highest"].units
    pictures = np.full((count, 2, PATCHES, SIDE, SIDE, 3), 128, dtype=np.uint8)
    rows = np.full((count, 2, PATCHES), -1)
    for place, end in enumerate(ENDS):
        rows[:, place] = ends[end].images.T
        positions = ends[end].positions.T
        for unit, kept in zip(*np.nonzero(rows[:, place] >= 0), strict=True):
            row = int(rows[unit, place, kept])
            if row not in frames:
                frames[row] = framed(domain.read(row), how)
            picture: UInt8[np.ndarray, "s s 3"] = patch(
                frames[row], field, int(positions[unit, kept]), columns, side=SIDE
            )
            pictures[unit, place, kept] = picture
    return Patches(pictures, rows)
