"""Planted units: features of photographs at positions, with a truth about who matches whom."""

import numpy as np

from substrate.numerics.units.blocks import PairedBlocks


def maps(rng, photographs=60, positions=16, p=12, own=0.5):
    """Units at positions, in part shared by all positions of a photograph: (n, positions, p)."""
    photograph = rng.normal(size=(photographs, 1, p))
    return own * photograph + rng.normal(size=(photographs, positions, p))


def blocks_of(a, b, count=20):
    """Put paired maps into blocks of photographs, in turn."""
    out = PairedBlocks(a.shape[2], b.shape[2], count)
    for image in range(len(a)):
        out.update(image % count, a[image], b[image], np.full(len(a[image]), image))
    return out
