"""Where two networks part, which steps they share, and the cheapest path through all layers."""

from itertools import product

import numpy as np
import pytest

from substrate.numerics.depth.divergence import (
    divergent,
    equal_depth_distances,
    slopes,
    warped_path,
)
from substrate.numerics.depth.operations import change_cosines, gram_changes
from substrate.numerics.intervals import group_jackknife
from substrate.numerics.metrics.imbalance import prepare, take_rows

LAYERS, BLOCK, DRAWS = 5, 3, 40
GROUPS = np.repeat(np.arange(20), 5)
DEPTH = np.linspace(0, 1, LAYERS)


def networks(seed, *, block):
    """Two networks that see the same drifting latents; from ``block`` on one sees its own."""
    rng = np.random.default_rng(seed)
    shared = np.cumsum(0.5 * rng.normal(size=(LAYERS, len(GROUPS), 6)), axis=0)
    own = np.cumsum(0.5 * rng.normal(size=(LAYERS, len(GROUPS), 6)), axis=0)
    shared, own = (x + rng.normal(size=x.shape[1:]) for x in (shared, own))
    second = np.array(
        [own[i] if block is not None and i >= block else shared[i] for i in range(LAYERS)]
    )

    def seen(latents):
        mixing = rng.normal(size=(6, 12))
        return latents @ mixing + 0.8 * rng.normal(size=(LAYERS, len(GROUPS), 12))

    return seen(shared), seen(second)


def parting(seed, *, block):
    """Return the steps at which two networks part for sure, and the fastest of all."""
    sides = [[prepare(x, groups=GROUPS) for x in one] for one in networks(seed, block=block)]
    equal = np.arange(LAYERS)

    def statistic(rows):
        first, second = ([take_rows(s, rows) for s in side] for side in sides)
        return slopes(equal_depth_distances(first, second, equal), DEPTH)

    found = group_jackknife(statistic, GROUPS, max_units=20).interval(jointly=True)
    return divergent(found.low), int(np.argmax(found.value))


def test_a_planted_divergent_block_is_found_and_none_where_there_is_none():
    planted = [parting(seed, block=BLOCK) for seed in range(DRAWS)]
    found = [BLOCK - 1 in steps and fastest == BLOCK - 1 for steps, fastest in planted]
    assert np.mean(found) >= 0.95
    absent = [len(parting(seed, block=None)[0]) == 0 for seed in range(DRAWS)]
    assert np.mean(absent) >= 0.95


def test_slopes_are_changes_per_unit_of_depth():
    values = np.array([0.1, 0.3, 0.2])
    assert slopes(values, np.array([0.0, 0.5, 0.75])) == pytest.approx([0.4, -0.4])
    assert np.isnan(slopes(values, np.array([0.0, 0.5, 0.5]))[1])


def by_trial(costs):
    """Return the least sum of costs over all paths that never go backwards."""
    rows, columns = costs.shape
    best = {(0, 0): costs[0, 0]}
    for i, j in product(range(rows), range(columns)):
        if (i, j) != (0, 0):
            before = [best[p] for p in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if p in best]
            best[i, j] = costs[i, j] + min(before)
    return best[rows - 1, columns - 1]


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (6, 2), (5, 5)])
def test_the_warped_path_is_the_cheapest_of_all(shape):
    costs = np.random.default_rng(3).uniform(size=shape)
    path = warped_path(costs)
    assert costs[tuple(path.T)].sum() == pytest.approx(by_trial(costs))
    assert path[0].tolist() == [0, 0] and path[-1].tolist() == [shape[0] - 1, shape[1] - 1]
    assert set(map(tuple, np.diff(path, axis=0).tolist())) <= {(0, 1), (1, 0), (1, 1)}


def test_a_network_with_repeated_layers_is_followed_without_cost():
    way = np.array([0.0, 1.0, 2.0, 3.0])
    slow = way[[0, 0, 1, 2, 2, 2, 3]]
    path = warped_path(np.abs(np.subtract.outer(way, slow)))
    assert path.tolist() == [[0, 0], [0, 1], [1, 2], [2, 3], [2, 4], [2, 5], [3, 6]]


def steps(n=30, seed=0, count=4):
    rng = np.random.default_rng(seed)
    return list(np.cumsum(rng.normal(size=(count, n, 8)), axis=0))


def test_turned_scaled_and_shifted_layers_take_the_same_steps():
    layers = steps()
    rng = np.random.default_rng(1)
    turned = [
        3.0 * (i + 1) * x @ np.linalg.qr(rng.normal(size=(8, 8)))[0] + 5.0
        for i, x in enumerate(layers)
    ]
    cosines = change_cosines(gram_changes(layers), gram_changes(turned))
    assert np.diagonal(cosines) == pytest.approx(np.ones(3))
    assert (np.abs(cosines) <= 1 + 1e-12).all()


def test_unrelated_networks_take_unrelated_steps_and_a_copied_layer_is_no_step():
    layers, other = steps(120), steps(120, seed=5)
    cosines = change_cosines(gram_changes(layers), gram_changes(other))
    assert np.abs(cosines).max() < 0.1
    copied = [layers[0], layers[0], layers[1]]
    found = change_cosines(gram_changes(copied), gram_changes(layers))
    assert np.isnan(found[0]).all() and found[1, 0] == pytest.approx(1.0)


def test_another_order_is_that_of_the_features_and_one_photograph_has_no_part():
    layers, other = steps(), steps(seed=2)
    rows = np.random.default_rng(0).permutation(30)
    moved = change_cosines(gram_changes(layers), gram_changes(other), rows)
    anew = change_cosines(gram_changes(layers), gram_changes([x[rows] for x in other]))
    assert moved == pytest.approx(anew)
    groups = np.repeat(np.arange(10), 3)
    changes = gram_changes(layers, groups)
    assert np.abs(changes[:, groups[:, None] == groups]).max() == 0.0
