"""Standardisation: fit statistics, constant features, whitening and its refusals."""

import numpy as np
import pytest
from scipy import stats

from substrate.numerics.whitening import (
    WHITENINGS,
    WhiteningError,
    living,
    normal_scores,
    standardisation,
    standardised,
)


@pytest.fixture
def x():
    rng = np.random.default_rng(1)
    return rng.normal(size=(60, 8)) @ rng.normal(size=(8, 8)) * np.geomspace(1, 30, 8) + 100.0


def test_z_scores_have_mean_zero_and_variance_one(x):
    (z,) = standardised([x])
    assert np.allclose(z.mean(axis=0), 0, atol=1e-12)
    assert np.allclose(z.var(axis=0), 1)


def test_centring_keeps_the_variance_of_each_feature(x):
    z = standardisation(x, "none").apply(x)
    assert np.allclose(z.mean(axis=0), 0, atol=1e-10)
    assert np.allclose(z.var(axis=0), x.var(axis=0))


def test_other_rows_are_read_with_the_statistics_of_the_fit_rows(x):
    learnt = standardisation(x[:40])
    expected = (x[40:] - x[:40].mean(axis=0)) / x[:40].std(axis=0)
    assert np.allclose(learnt.apply(x[40:]), expected)


def test_other_rows_reach_one_range_beyond_the_fit_rows(x):
    learnt = standardisation(x[:40])
    low, high = x[:40].min(axis=0), x[:40].max(axis=0)
    ends = np.array([2 * low - high, 2 * high - low])
    inside = learnt.apply(ends)
    assert np.allclose(inside, (ends - x[:40].mean(axis=0)) / x[:40].std(axis=0))
    beyond = learnt.apply(ends + np.array([[-1e6], [1e6]]))
    assert np.allclose(beyond, inside)
    assert np.allclose(learnt.apply(x[:40]).var(axis=0), 1)
    assert np.ptp(standardisation(x[:40], "none").apply(ends + np.array([[-1e6], [1e6]]))) > 1e6


@pytest.mark.parametrize("whitening", ["z-score", "winsorised", "rank", "truncated", "full"])
def test_no_share_of_the_median_deviation_is_a_cliff(x, whitening):
    """One held-out value, however large, lies no farther away than three ranges' width."""
    median = np.median(x[:40].std(axis=0))
    for share in (0.009, 0.011, 0.02, 0.1, 0.5):
        x[:, 3] = share * median * np.random.default_rng(2).normal(size=60)
        sizes = []
        for loud in (1.0, 30.0, 1000.0):
            x[50, 3] = loud * median
            sizes.append(np.abs(standardisation(x[:40], whitening).apply(x[50:51])).max())
        assert max(sizes) < 20


def test_constant_features_take_no_part_even_where_they_vary_later(x):
    x[:40, 3] = 7.0
    learnt = standardisation(x[:40])
    assert learnt.constant == 1
    assert not learnt.apply(x)[:, 3].any()


def test_a_unit_below_a_hundredth_of_the_median_deviation_takes_no_part(x):
    median = np.median(x.std(axis=0))
    for share, kept in ((0.009, False), (0.011, True)):
        x[:, 3] = (x[:, 2] - x[:, 2].mean()) / x[:, 2].std() * share * median
        learnt = standardisation(x)
        assert (learnt.near_dead, learnt.constant) == (0 if kept else 1, 0)
        assert learnt.left_out == (0 if kept else 1)
        assert bool(learnt.apply(x)[:, 3].any()) is kept
    assert standardisation(x, "none").left_out == 0
    assert standardisation(x, least=0.0).left_out == 0


def test_a_unit_needs_activity_in_three_photographs(x):
    groups = np.repeat(np.arange(15), 4)
    for active in (1, 2, 3):
        x[:, 3] = np.where(groups < active, np.abs(x[:, 2]), 0.0)
        learnt = standardisation(x, groups=groups)
        assert learnt.near_dead == (1 if active < 3 else 0)
    x[:, 3] = np.where(groups < 2, np.abs(x[:, 2]), 1e-9 * x[:, 1])  # not quite silent elsewhere
    assert standardisation(x, groups=groups).near_dead == 1


def test_a_unit_that_always_fires_is_active_where_it_departs_from_its_median(x):
    groups = np.repeat(np.arange(15), 4)
    x[:, 3] = np.where(groups < 2, 0.0, 50.0)
    assert standardisation(x, groups=groups).near_dead == 1
    x[:, 3] = np.where(groups < 3, 0.0, 50.0)
    assert standardisation(x, groups=groups).near_dead == 0


def test_without_groups_three_samples_count_and_of_few_half_are_enough():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 4))
    for active in (2, 3):
        x[:, 3] = np.where(np.arange(20) < active, 2.0, 0.0)
        assert living(x)[3] == (active == 3)
    x[:, 3] = np.where(np.arange(20) < 10, 2.0, 0.0)
    one_photograph, two = np.zeros(20), np.arange(20) // 10
    assert living(x, groups=one_photograph)[3] and living(x, groups=two)[3]
    x[:, 3] = np.where(np.arange(20) < 2, 2.0, 0.0)
    assert not living(x, groups=one_photograph)[3]
    few = rng.normal(size=(3, 2))
    assert living(few).all()


def test_a_held_out_sample_cannot_be_thousands_of_deviations_away(x):
    """The fault: almost constant on the fit rows, and large on one other."""
    x[:, 3] = 1e-5 * np.random.default_rng(2).normal(size=60)
    x[50, 3] = 2.0
    assert np.abs((x[50, 3] - x[:40, 3].mean()) / x[:40, 3].std()) > 1e4
    assert np.abs(standardisation(x[:40]).apply(x[40:])).max() < 20


def test_scores_that_nothing_is_left_for_are_refused():
    x = np.zeros((40, 2))
    x[3] = 1.0
    with pytest.raises(WhiteningError, match="None of the 2 features varies in enough"):
        standardisation(x)


def test_winsorised_scores_are_those_of_clipped_values(x):
    x[0, 2] += 1e4
    learnt = standardisation(x[:40], "winsorised")
    low, high = np.quantile(x[:40], (0.05, 0.95), axis=0)
    clipped = np.clip(x, low, high)
    expected = (clipped - clipped[:40].mean(axis=0)) / clipped[:40].std(axis=0)
    assert np.allclose(learnt.apply(x), expected)
    assert np.abs(learnt.apply(x)).max() < 5


def test_scores_of_ranks_are_van_der_waerdens_and_ignore_monotone_changes(x):
    expected = stats.norm.ppf(stats.rankdata(x, axis=0) / 61)
    assert np.allclose(normal_scores(x, np.sort(x, axis=0)), expected)
    z = standardisation(x, "rank").apply(x)
    assert np.allclose(z, expected / expected.std(axis=0))
    changed = standardisation(np.exp(x / 40), "rank").apply(np.exp(x / 40))
    assert np.allclose(changed, z)


def test_ties_and_new_values_lie_between_ranks():
    ordered = np.array([[0.0], [0.0], [0.0], [1.0], [2.0]])
    found = normal_scores(np.array([[0.0], [0.5], [2.0], [9.0]]), ordered)[:, 0]
    assert np.allclose(found, stats.norm.ppf(np.array([2.0, 3.5, 5.0, 5.5]) / 6))


@pytest.mark.parametrize("whitening", WHITENINGS)
def test_an_offset_and_float32_change_nothing(x, whitening):
    plain = standardisation(x, whitening).apply(x)
    moved = (x + 1e4).astype(np.float32)
    assert np.allclose(standardisation(moved, whitening).apply(moved), plain, atol=2e-2)


def test_full_whitening_makes_the_covariance_the_identity(x):
    z = standardisation(x, "full").apply(x)
    assert np.allclose(np.cov(z, rowvar=False), np.eye(8), atol=1e-8)


def test_truncated_whitening_keeps_a_fifth_of_the_samples_at_equal_variance(x):
    rows = x[:22]
    z = standardisation(rows, "truncated").apply(rows)
    values = np.linalg.eigvalsh(np.cov(z, rowvar=False))[::-1]
    assert np.allclose(values[:4], 1)
    assert np.allclose(values[4:], 0, atol=1e-10)


def test_truncated_whitening_agrees_on_both_sides():
    x = np.random.default_rng(2).normal(size=(30, 29))
    wide = np.hstack([x, x])  # the same Gram matrix up to a factor, from the other side
    z, doubled = standardised([x, wide], "truncated")
    assert np.allclose(np.abs(z @ z.T), np.abs(doubled @ doubled.T), atol=1e-8)


def test_full_whitening_is_refused_with_the_reason_below_five_samples_per_feature(x):
    with pytest.raises(WhiteningError, match=r"8 features on 39 samples.*Choose truncated"):
        standardisation(x[:39], "full")
    standardisation(x[:40], "full")


def test_features_without_variance_and_too_few_samples_are_refused(x):
    with pytest.raises(WhiteningError, match="All 3 features are constant"):
        standardisation(np.ones((6, 3)))
    with pytest.raises(WhiteningError, match="4 samples are too few"):
        standardisation(x[:4], "truncated")
