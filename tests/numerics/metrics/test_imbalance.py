"""Information imbalance where samples are equally far, and where photographs shift their tiles."""

import numpy as np
import pytest

from substrate.numerics.metrics.imbalance import (
    compare,
    permuted,
    permuted_all,
    prepare,
    take_rows,
)
from substrate.numerics.nulls import group_permutations


def coarse(n=48, seed=0, values=3):
    """Samples on a few points: most neighbours are equally far."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, values, size=(n, 2)).astype(float), rng.normal(size=(n, 3))


def by_hand(x, y, k):
    """Average ranks of scipy, and every choice of k among equally far neighbours alike."""
    from scipy.stats import rankdata

    n, total = len(x), 0.0
    for i in range(n):
        others = np.delete(np.arange(n), i)
        d, ranks = (np.linalg.norm(a[others] - a[i], axis=1).round(9) for a in (x, y))
        ranks = rankdata(ranks)
        last = np.sort(d)[k - 1]
        near, edge = d < last, d == last
        total += ranks[near].sum() + (k - near.sum()) * ranks[edge].mean()
    return 2 * total / (n * k) / n


@pytest.mark.parametrize("k", [1, 4])
def test_equally_far_samples_share_their_ranks_and_their_place_among_the_neighbours(k):
    x, y = coarse()
    for a, b in ((x, y), (y, x), (x, x)):
        assert compare(prepare(a, k=k), prepare(b, k=k)) == pytest.approx(by_hand(a, b, k))


def test_the_order_of_the_samples_does_not_decide_between_equally_far_ones():
    x, y = coarse()
    own = compare(prepare(x), prepare(y))
    for seed in range(5):
        rows = np.random.default_rng(seed).permutation(len(x))
        assert compare(prepare(x[rows]), prepare(y[rows])) == pytest.approx(own)


@pytest.mark.parametrize("k", [1, 4])
@pytest.mark.parametrize("values", [3, 10_000])
def test_some_rows_are_ranked_as_if_they_were_alone(k, values):
    x, y = coarse(values=values)
    groups = np.repeat(np.arange(16), 3)
    rows = np.flatnonzero(~np.isin(groups, [2, 11]))
    taken = [take_rows(prepare(a, k=k, groups=groups), rows) for a in (x, y)]
    anew = [prepare(a[rows], k=k, groups=groups[rows]) for a in (x, y)]
    for one, other in zip(taken, anew, strict=True):
        np.testing.assert_array_equal(one.ranks, other.ranks)
    assert compare(*taken) == pytest.approx(compare(*anew))
    assert compare(*taken[::-1]) == pytest.approx(compare(*anew[::-1]))


def test_shuffled_equals_prepared_anew_where_samples_are_equally_far():
    x, y = coarse()
    orders = np.array([np.random.default_rng(s).permutation(len(x)) for s in range(4)])
    expected = [compare(prepare(x), prepare(y[rows])) for rows in orders]
    assert permuted(prepare(x), prepare(y), orders) == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("values", [3, 10_000])
def test_several_spaces_against_orders_that_repeat_rows_are_those_rows_ranked_anew(k, values):
    """Photographs of unequal sizes stand in for one another, some of their tiles twice."""
    x, y = coarse(values=values)
    groups = np.repeat(np.arange(9), [3, 8, 5, 4, 6, 7, 5, 6, 4])
    orders = group_permutations(groups, 6, seed=1)
    assert any(len(np.unique(rows)) < len(rows) for rows in orders)
    a, b = (prepare(one, k=k, groups=groups) for one in (x, y))
    found = permuted_all([a, b], b, orders)
    anew = [[compare(one, take_rows(b, rows)) for one in (a, b)] for rows in orders]
    np.testing.assert_allclose(found, anew, rtol=1e-12)


def test_planted_offsets_of_photographs_change_nothing_where_their_tiles_are_no_neighbours():
    """Offsets along units of their own, alike for all other photographs, keep every rank."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 4)
    own = 50.0 * np.eye(20)[groups]
    x = rng.normal(size=(80, 5))
    y = x + 0.7 * rng.normal(size=(80, 5))
    plain = [prepare(a, groups=groups) for a in (x, y)]
    shifted = [prepare(np.hstack([a, own]), groups=groups) for a in (x, y)]
    assert compare(*shifted) == pytest.approx(compare(*plain))
    assert compare(*shifted[::-1]) == pytest.approx(compare(*plain[::-1]))
    ungrouped = [prepare(np.hstack([a, own])) for a in (x, y)]
    assert compare(*ungrouped) < 0.3 * compare(*plain)


@pytest.mark.parametrize(
    ("k", "there", "back"),
    [(1, 0.5677777777777778, 0.7422222222222222), (5, 0.5876666666666667, 0.6671111111111111)],
)
def test_it_agrees_with_dadapy(k, there, back):
    """Numbers of DADApy 0.3.4, `MetricComparisons.return_inf_imb_two_selected_coords`, maxk=59.

    It needs NumPy 1, so it cannot be installed beside this program.
    """
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4))
    y = np.c_[x[:, :2] + 0.3 * rng.normal(size=(60, 2)), rng.normal(size=(60, 1))]
    a, b = prepare(x, k=k), prepare(y, k=k)
    assert compare(a, b) == pytest.approx(there, abs=1e-12)
    assert compare(b, a) == pytest.approx(back, abs=1e-12)
