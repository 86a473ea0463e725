"""Shared neighbours of many encoders: the metric's values, dense counts, and bounded memory."""

import tracemalloc

import numpy as np
import pytest

from substrate.analyses.encoders import neighbourhoods
from substrate.analyses.encoders.neighbourhoods import (
    neighbour_overlap,
    neighbours_of,
    shared_counts,
)
from substrate.numerics.metrics import METRICS
from substrate.numerics.nulls import (
    group_permutations,
    threshold,
)

GROUPS = np.repeat(np.arange(15), np.r_[1:9, 2:9])


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(len(GROUPS), 5))
    return [np.hstack([shared, rng.normal(size=(len(GROUPS), 1 + e))]) for e in range(11)]


def dense(neighbours, orders):
    """The same counts from one indicator per encoder and pair of samples."""
    n = len(neighbours[0])
    near = np.zeros((len(neighbours), n, n))
    for table, found in zip(near, neighbours, strict=True):
        np.put_along_axis(table, found, 1.0, axis=1)
    return np.array(
        [np.einsum("aij,bij->ab", near, near[:, order[:, None], order]) for order in orders]
    )


@pytest.mark.parametrize("cells", [50_000_000, 700], ids=["one table", "many tables"])
def test_counts_are_those_of_dense_indicators(features, cells, monkeypatch):
    """Eleven encoders fill more than a byte; unequal groups stand in with repeated rows."""
    monkeypatch.setattr(neighbourhoods, "CELLS", cells)
    neighbours = neighbours_of(features, GROUPS, (4,))[4]
    rng = np.random.default_rng(1)
    orders = np.vstack([rng.permutation(len(GROUPS))[None], group_permutations(GROUPS, 3, seed=2)])
    assert any(len(set(order)) < len(GROUPS) for order in orders)
    np.testing.assert_array_equal(shared_counts(neighbours, orders), dense(neighbours, orders))


def test_values_null_and_level_are_those_of_the_metric(features):
    metric, groups = METRICS["mutual_knn"], np.repeat(np.arange(14), 5)
    kept = [x[:70] for x in features[:3]]
    orders = group_permutations(groups, 19, seed=3)
    found = neighbour_overlap(neighbours_of(kept, groups, (5,))[5], orders)
    states = [metric.prepare(x, k=5, groups=groups) for x in kept]
    np.testing.assert_allclose(found.values, metric.compare_all(states, states))
    null = np.array(
        [
            [[metric.compare(a, metric.take_rows(b, order)) for b in states] for a in states]
            for order in orders
        ]
    )
    apart = ~np.eye(3, dtype=bool)
    largest = [found.values[apart].max(), *(one[apart].max() for one in null)]
    assert found.tau == pytest.approx(threshold(np.array(largest)))
    mean = (null.mean(axis=0) + null.mean(axis=0).T) / 2
    np.testing.assert_allclose(found.calibrated, (found.values - mean) / (1 - mean))
    assert found.permutations == 19


def test_one_search_serves_every_k(features):
    together = neighbours_of(features, GROUPS, (3, 9, 80))
    assert set(together) == {3, 9}
    for k in (3, 9):
        alone = neighbours_of(features, GROUPS, (k,))[k]
        for one, other in zip(together[k], alone, strict=True):
            np.testing.assert_array_equal(one, other)


def test_memory_grows_with_the_neighbours_not_with_the_pairs_of_samples():
    """4,000 samples and 10 encoders: an indicator of every pair would take 640 MB."""
    rng = np.random.default_rng(4)
    features = [rng.normal(size=(4000, 16)).astype(np.float32) for _ in range(10)]
    groups = np.repeat(np.arange(1000), 4)
    tracemalloc.start()
    found = neighbours_of(features, groups, (10, 30))
    overlap = neighbour_overlap(found[10], group_permutations(groups, 3, seed=0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert overlap.values.shape == (10, 10)
    assert peak < 250e6


def test_a_dear_null_gets_the_fewest_permutations_with_an_exact_level():
    assert neighbourhoods.affordable(1000, 30, 10) == 199
    assert neighbourhoods.affordable(20_000, 100, 20) == 39
    for count in (199, 39):
        beyond = count + 1 - np.ceil(0.95 * (count + 1))
        assert beyond / (count + 1) == pytest.approx(0.05)
