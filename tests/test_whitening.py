"""Standardisation: fit statistics, constant features, whitening and its refusals."""

import numpy as np
import pytest

from substrate.whitening import WHITENINGS, WhiteningError, standardisation, standardised


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


def test_constant_features_take_no_part_even_where_they_vary_later(x):
    x[:40, 3] = 7.0
    learnt = standardisation(x[:40])
    assert learnt.constant == 1
    assert not learnt.apply(x)[:, 3].any()


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
