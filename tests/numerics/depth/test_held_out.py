"""Held-out ridge finds what is planted, nothing in noise, and never sees a photograph twice."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from substrate.numerics.depth.held_out import DEAR, PENALTIES, held_out_ridge, r_squared
from substrate.numerics.transfer.support.folds import group_folds


def found(x, y, groups, together=None, seed=0):
    fold = group_folds(np.zeros(len(x)), groups, 5, seed=seed)
    columns = together or [range(y.shape[1])]
    return held_out_ridge(x, y, groups, fold, columns)


def score(x, y, groups, **options):
    one = found(x, y, groups, **options)
    return r_squared(one.errors, one.spreads)


def test_a_planted_share_of_the_variance_is_predicted():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 8))
    signal = x @ rng.normal(size=(8, 2)) / np.sqrt(8)
    signal /= signal.std(axis=0)
    y = np.sqrt([0.8, 0.3]) * signal + np.sqrt([0.2, 0.7]) * rng.normal(size=(2000, 2))
    assert score(x, y, np.arange(2000)) == pytest.approx([0.8, 0.3], abs=0.05)
    assert score(x, signal, np.arange(2000)).min() > 0.999


def test_noise_is_not_predicted_and_photographs_do_not_leak():
    """Every photograph has a shade of its own in features and target: nothing else links them."""
    rng = np.random.default_rng(1)
    leaking, apart = [], []
    for _ in range(20):
        groups = np.repeat(np.arange(12), 5)
        x = rng.normal(size=(12, 30))[groups] + 0.1 * rng.normal(size=(60, 30))
        y = rng.normal(size=(12, 1))[groups] + 0.1 * rng.normal(size=(60, 1))
        apart.append(score(x, y, groups)[0])
        leaking.append(score(x, y, np.arange(60))[0])
    assert np.mean(apart) <= 0.0
    assert np.mean(leaking) > 0.8


def test_a_photograph_on_both_sides_is_refused():
    x = np.random.default_rng(2).normal(size=(20, 3))
    groups = np.repeat(np.arange(10), 2)
    with pytest.raises(ValueError, match="two folds"):
        held_out_ridge(x, x[:, :1], groups, np.arange(20) % 5, [[0]])


@pytest.mark.parametrize("width", [6, 90])
def test_the_closed_form_is_that_of_scikit_learn(width):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, width)) * np.linspace(1, 3, width)
    y = x[:, :1] + 2 * rng.normal(size=(60, 1))
    groups, fold = np.arange(60), np.arange(60) % 5
    ours = held_out_ridge(x, y, groups, fold, [[0]]).predicted
    for held in range(5):
        train = fold != held
        mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
        z = np.clip((x - mean) / deviation, -4, 4)
        largest = np.linalg.norm(z[train] - z[train].mean(axis=0), 2) ** 2
        errors = []
        for penalty in PENALTIES:
            hat = np.linalg.inv(z[train].T @ z[train] + penalty * largest * np.eye(width))
            hat = z[train] @ hat @ z[train].T
            left = y[train] - y[train].mean() - hat @ (y[train] - y[train].mean())
            freedom = train.sum() - 1 - DEAR * np.trace(hat)
            errors.append(np.sum(left**2) / freedom**2 if freedom > 0 else np.inf)
        best = PENALTIES[int(np.argmin(errors))] * largest
        theirs = RidgeCV([best]).fit(z[train], y[train]).predict(z[~train])
        np.testing.assert_allclose(ours[~train].ravel(), np.ravel(theirs), atol=1e-4)


def test_units_of_measurement_and_constant_columns_change_nothing():
    rng = np.random.default_rng(4)
    x, groups = rng.normal(size=(80, 10)), np.arange(80)
    y = x[:, :2] + rng.normal(size=(80, 2))
    known = score(x, y, groups)
    scaled = score(np.hstack([1e3 * x + 5, np.ones((80, 1))]), y * [1e-3, 1e3] + 4, groups)
    np.testing.assert_allclose(scaled, known, atol=1e-6)


def test_columns_that_stand_together_share_a_penalty_and_others_do_not():
    rng = np.random.default_rng(5)
    x, groups = rng.normal(size=(60, 40)), np.arange(60)
    y = np.column_stack([x @ rng.normal(size=40), rng.normal(size=60)])
    alone, joined = (score(x, y, groups, together=t) for t in ([[0], [1]], [[0, 1]]))
    assert alone[0] > 0.25 and alone[1] > -0.2
    assert joined[1] < alone[1] or joined[0] < alone[0]


def test_as_many_features_as_samples_are_no_place_where_fits_fail():
    """48 samples to fit on, tiles of 12 photographs: plain GCV falls to .09, .81 on average."""
    rng, groups = np.random.default_rng(6), np.repeat(np.arange(15), 4)
    found = []
    for _ in range(60):
        latent = rng.normal(size=(15, 6))[groups] + 0.3 * rng.normal(size=(60, 6))
        for width in (32, 40, 48):
            x = latent @ rng.normal(size=(6, width)) + 0.5 * rng.normal(size=(60, width))
            found.append(score(x, latent[:, :1] + 0.3 * rng.normal(size=(60, 1)), groups)[0])
    assert min(found[2::3]) > 0.3
    assert np.mean(found[2::3]) > 0.85


def test_a_column_without_spread_counts_as_nothing():
    errors, spreads = np.array([[1.0, 0.0]]), np.array([[2.0, 0.0]])
    np.testing.assert_array_equal(r_squared(errors, spreads), [0.5, 0.0])
