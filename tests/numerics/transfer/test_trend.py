"""Rank correlation of agreement with size: by hand, exact orders, partial, coverage."""

import numpy as np
import pytest
from scipy import stats

from substrate.numerics.transfer.trend import (
    DRAWN,
    TrendError,
    order_test,
    others_mean,
    partial_spearman,
    spearman,
    trend,
)


def test_the_mean_over_other_recipes_by_hand():
    s = np.array([[1, 0.2, 0.4], [0.4, 1, 0.8], [0.4, 0.6, 1]])
    np.testing.assert_allclose(others_mean(s, np.array(["a", "b", "c"])), [0.35, 0.5, 0.55])
    np.testing.assert_allclose(others_mean(s, np.array(["a", "b", "b"])), [0.35, 0.3, 0.4])
    s[0, 1] = np.nan
    np.testing.assert_allclose(others_mean(s, np.array(["a", "b", "c"])), [0.4, 0.7, 0.55])


def test_spearman_is_scipys_and_four_by_hand():
    assert spearman(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])) == pytest.approx(0.8)
    x, y = np.random.default_rng(0).integers(0, 5, (2, 20)).astype(float)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)


def test_partial_is_the_correlation_of_what_is_left_of_ranks():
    rng = np.random.default_rng(1)
    g = rng.normal(size=30)
    x, y = g + rng.normal(size=30), g + rng.normal(size=30)
    rx, ry, rg = (stats.rankdata(v) for v in (x, y, g))
    left = [r - np.polyval(np.polyfit(rg, r, 1), rg) for r in (rx, ry)]
    assert partial_spearman(x, y, g) == pytest.approx(np.corrcoef(left)[0, 1])
    assert partial_spearman(x, y, g) < spearman(x, y)


def test_all_orders_of_five_are_counted():
    x = np.arange(5.0)
    assert order_test(x, x, seed=0).p == pytest.approx(2 / 120)
    found = order_test(x, np.array([0.0, 1, 2, 4, 3]), seed=0)
    assert (found.p, found.orders, found.exact) == (pytest.approx(10 / 120), 120, True)
    assert order_test(x[:4], x[:4], seed=0) is None


def test_many_encoders_are_shuffled_at_random_and_agree_with_the_table():
    x = np.arange(12.0)
    y = np.random.default_rng(3).permutation(12).astype(float)
    found = order_test(x, y, seed=0)
    assert not found.exact and found.orders == DRAWN
    assert found.p == pytest.approx(stats.spearmanr(x, y).pvalue, abs=0.02)


def world(rng, e, r):
    """Agreement of pairs is the sum of what each follows; that has correlation r with x."""
    x, other = rng.normal(size=(2, e))
    q = r * x + np.sqrt(1 - r * r) * other
    s = q[:, None] + q[None] + 0.3 * rng.normal(size=(e, e))
    return x, (s + s.T) / 2


@pytest.mark.parametrize("r", [0.0, 0.6])
def test_intervals_over_encoders_cover(r):
    """400 draws at 8, 12, 17 and 39 encoders held 95 to 99 %, plain and partial."""
    rng = np.random.default_rng(0)
    truth = 6 / np.pi * np.arcsin(r / 2)
    hits = 0
    for _ in range(60):
        x, s = world(rng, 12, r)
        found = trend(s, x, [str(i) for i in range(12)])
        hits += found.low <= truth <= found.high
    assert hits >= 54


def test_copies_are_left_out_together_and_do_not_agree_with_each_other():
    rng = np.random.default_rng(0)
    x, s = world(rng, 16, 0.5)
    found = trend(s, x, [str(i // 2) for i in range(16)])
    assert (found.unit, found.n_units) == ("recipes", 8) and found.low is not None
    few = trend(s, x, [str(i // 4) for i in range(16)])
    assert few.low is None and "4 recipes" in few.reason


def test_a_perfect_order_has_no_interval_of_length_zero():
    x = np.arange(9.0)
    s = x[:, None] + x[None]
    found = trend(s, x, [str(i) for i in range(9)])
    assert found.value == pytest.approx(1.0) and found.low is None
    assert "the same whichever is left out" in found.reason


def test_what_cannot_be_ordered_says_why():
    x, s = world(np.random.default_rng(0), 6, 0.5)
    names = [str(i) for i in range(6)]
    with pytest.raises(TrendError, match="2 encoders have a value"):
        trend(s, np.where(np.arange(6) < 2, x, np.nan), names)
    with pytest.raises(TrendError, match="same value"):
        trend(s, np.ones(6), names)
    with pytest.raises(TrendError, match="orders the encoders in the same way"):
        trend(s, x, names, 2 * x)
    with pytest.raises(TrendError, match="3 encoders have all three values"):
        trend(s, x, names, np.where(np.arange(6) < 3, x, np.nan))
