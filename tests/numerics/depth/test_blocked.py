"""Imbalances of all layers, some rows at a time: the same numbers as from all ranks at once."""

import tracemalloc

import numpy as np
import pytest

from substrate.numerics.depth.blocked import blocked_imbalances
from substrate.numerics.depth.steps import imbalances
from substrate.numerics.metrics.imbalance import prepare


def drifting(n, count=4, width=8, seed=0):
    rng = np.random.default_rng(seed)
    return list(np.cumsum(rng.normal(size=(count, n, width)), axis=0))


@pytest.mark.parametrize("block", [7, 500])
@pytest.mark.parametrize("groups", [None, np.repeat(np.arange(30), 4)])
def test_they_are_those_of_all_ranks(block, groups):
    layers = drifting(120)
    layers.append(np.hstack([layers[0], layers[1][:, :3]]))
    whole = imbalances([prepare(x, groups=groups) for x in layers])
    assert blocked_imbalances(layers, groups, block=block) == pytest.approx(whole, abs=1e-12)


def test_copies_of_samples_are_ranked_as_elsewhere():
    layers = drifting(60)
    for x in layers:
        x[30:40] = x[20:30]
    layers[1] = np.random.default_rng(1).integers(0, 3, size=(60, 2)).astype(float)
    whole = imbalances([prepare(x) for x in layers])
    assert blocked_imbalances(layers, block=16) == pytest.approx(whole, abs=1e-12)


def test_no_matrix_of_all_samples_is_held():
    layers = drifting(3000, count=3)
    tracemalloc.start()
    try:
        blocked_imbalances(layers, block=100)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 3000 * 3000 * 8 / 4
