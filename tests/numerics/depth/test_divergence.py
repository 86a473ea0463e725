"""Where two networks part, which steps they share, and the cheapest path through all layers."""

from itertools import product

import numpy as np
import pytest

from substrate.numerics.depth.divergence import (
    comparable_stages,
    resolution,
    slopes,
    stage_distances,
    warped_path,
)
from substrate.numerics.depth.operations import change_cosines, gram_changes
from substrate.numerics.depth.steps import distances, moving
from substrate.numerics.intervals import group_jackknife
from substrate.numerics.metrics.imbalance import prepare, take_rows

LAYERS, BLOCK, DRAWS = 5, 3, 40
GROUPS = np.repeat(np.arange(20), 5)


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


def parting(first, second, groups):
    """Return the steps at which two networks are told to diverge, and the fastest of all."""
    sides = [[prepare(x, groups=groups) for x in one] for one in (first, second)]
    far = [distances(side) for side in sides]
    chosen = comparable_stages(*far)
    sides = [[side[i] for i in at] for side, at in zip(sides, chosen, strict=True)]
    depth, uneven = np.linspace(0, 1, len(chosen[0])), len(moving(far[0])) != len(moving(far[1]))

    def statistic(rows):
        first, second = ([take_rows(s, rows) for s in side] for side in sides)
        growth = np.diff(stage_distances(first, second))
        explained = resolution(first, second)[1:] if uneven else 0.0
        return np.array([growth / np.diff(depth), growth - explained])

    found = group_jackknife(statistic, groups, max_units=20)
    slope, excess = (found.at(i).interval(jointly=True) for i in range(2))
    return np.flatnonzero((slope.low > 0) & (excess.low > 0)), int(np.argmax(slope.value))


def test_a_planted_divergent_block_is_found_and_none_where_there_is_none():
    planted = [parting(*networks(seed, block=BLOCK), GROUPS) for seed in range(DRAWS)]
    found = [BLOCK - 1 in steps and fastest == BLOCK - 1 for steps, fastest in planted]
    assert np.mean(found) >= 0.95
    absent = [len(parting(*networks(seed, block=None), GROUPS)[0]) == 0 for seed in range(DRAWS)]
    assert np.mean(absent) >= 0.95


def residual(seed, *, count=13, swap=None):
    """Return the layers of a residual network; at layer ``swap`` its own content comes in."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(60, 12))
    own = np.random.default_rng([seed, 1]).normal(size=z.shape)
    layers = [z]
    for at in range(1, count):
        into, out = rng.normal(size=(2, 12, 12)) / np.sqrt(12)
        z = z + np.maximum(z @ into, 0) @ out
        z = 0.15 * z + z.std() * own if at == swap else z
        layers.append(z)
    return layers


def listed(layers, how, seed):
    """Return some of a network's layers: every 4th, any with both ends, or one many times."""
    if how == "every 4th":
        return layers[::4]
    if how == "one repeated":
        return [*layers[:5], *[layers[4]] * 6, *layers[5:]]
    inner = np.random.default_rng(seed).choice(np.arange(1, 12), 4, replace=False)
    return [layers[i] for i in (0, *np.sort(inner), 12)]


@pytest.mark.parametrize("how", ["every 4th", "one repeated", "any"])
def test_identical_networks_with_unequal_lists_of_layers_do_not_diverge(how):
    groups = np.arange(60)
    draws = 5 if how == "one repeated" else DRAWS  # the same stages: no draw can differ
    told = [
        len(parting(residual(seed), listed(residual(seed), how, seed), groups)[0])
        for seed in range(draws)
    ]
    assert np.mean(np.array(told) > 0) <= 0.05


def test_a_planted_divergent_block_is_found_in_a_shorter_list():
    groups = np.arange(60)
    found = [
        parting(residual(seed), residual(seed, swap=7)[::4], groups)[0].tolist() == [1]
        for seed in range(DRAWS)
    ]
    assert np.mean(found) >= 0.95


def test_stages_pass_over_layers_that_change_nothing_and_left_out_ones():
    states = [prepare(x) for x in residual(0)]
    far = distances(states)
    again = [*range(5), *[4] * 6, *range(5, 13)]
    first, second = comparable_stages(far, far[np.ix_(again, again)])
    assert first.tolist() == list(range(13)) and [again[i] for i in second] == list(range(13))
    some = comparable_stages(far, far[::4, ::4])
    assert some[0].tolist() == [0, 4, 8, 12] and some[1].tolist() == [0, 1, 2, 3]
    still = comparable_stages(np.zeros((3, 3)), far)
    assert [at.tolist() for at in still] == [[0, 2], [0, 12]]


def test_the_resolution_is_the_smaller_reach_of_a_stage_to_its_neighbours():
    first, second = ([prepare(x) for x in residual(seed)[::4]] for seed in (0, 1))
    steps = [np.diagonal(distances(side), 1) for side in (first, second)]
    expected = [min(max(s[i] for i in at) for s in steps) for at in ([0], [0, 1], [1, 2], [2])]
    assert resolution(first, second) == pytest.approx(expected)


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
