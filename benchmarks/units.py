"""The cases of units at positions: two layers read side by side and matched."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks import floors
from benchmarks.harness import FLOOR, OURS, Case
from substrate.domains import packaged
from substrate.encoders import ENCODER_SOURCES
from substrate.numerics.units.blocks import PairedBlocks
from substrate.numerics.units.matching import match
from substrate.paired.passes import PairedPass, Place

#: The same match from the correlations between the layers alone.
PEER = "numpy and scipy, between alone"


def _floor(rows: np.ndarray) -> dict[str, Callable[[], Any]]:
    """Return the bare product of both layers' rows, each pair of units once."""
    forms = floors.sums_of_products(rows, 1)
    return {f"{FLOOR}, {form}": run for form, run in forms.items()}


def units_matched() -> Case:
    """Units of two wide layers matched one to one, from images of one position."""
    rng = np.random.default_rng(0)
    width, images = 4096, 5000
    a = rng.normal(size=(images, width)).astype(np.float32)
    b = (a[:, rng.permutation(width)] + rng.normal(size=a.shape)).astype(np.float32)

    def ours() -> float:
        blocks = PairedBlocks(width, width, 1)
        for start in range(0, images, 500):
            rows = np.arange(start, start + 500)
            blocks.update(0, a[rows], b[rows], rows)
        return match(blocks.covariance()).mean

    def scipys() -> float:
        x, y = ((side - side.mean(0)) / side.std(0) for side in (a, b))
        c = x.astype(np.float64).T @ y / images
        i, j = linear_sum_assignment(c, maximize=True)
        return float(c[i, j].mean())

    both = np.hstack([a, b]).astype(np.float64)
    return Case(
        "units_matched",
        "units matched one to one, 4,096 x 4,096, 5,000 images of one position",
        {OURS: ours, PEER: scipys, **_floor(both)},
        [("under a minute", lambda s: s[OURS] < 60)],
        agree={PEER: 1e-5},
    )


def units_read() -> Case:
    """Two bundled networks read side by side, every position a sample."""
    first, second = (
        ENCODER_SOURCES["bundled"].load({"name": name, "layers": "all"})
        for name in ("vgg", "resnet")
    )
    domain = packaged.load("digit", tile=32, limit=512, seed=0)
    place = Place(first.layers[0].name, second.layers[0].name)
    rows = np.array_split(np.arange(len(domain)), 20)

    def ours() -> float:
        whole = PairedPass(first, second, [place], domain, rows).whole()[place]
        return match(whole.covariance()).mean

    samples = np.random.default_rng(0).normal(size=(512 * 256, 64))
    return Case(
        "units_read",
        "two bundled networks over 512 images side by side, all 256 positions, matched",
        {OURS: ours, **_floor(samples)},
        [("in seconds: under 10", lambda s: s[OURS] < 10)],
    )
