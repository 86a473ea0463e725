"""Sparse prediction: planted mixtures, nothing planted, and scikit-learn's own rows."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso, LinearRegression

from substrate.numerics.units.blocks import UnitsError, parts
from substrate.numerics.units.sparse import PENALTIES, sparse_paths
from tests.numerics.units.planted import blocks_of, maps


def mixtures(rng, a, q, k=3, ratio=4.0):
    """Units that are mixtures of k units of A, with noise of a ratio of variances."""
    support = np.array([rng.choice(a.shape[2], k, replace=False) for _ in range(q)])
    signs = rng.choice([-1.0, 1.0], size=(q, k))
    scale = a.std(axis=(0, 1))
    signal = np.stack([(a[..., s] / scale[s]) @ w for s, w in zip(support, signs, strict=True)], -1)
    noise = maps(rng, *a.shape[:2], q)
    return signal + noise * signal.std(axis=(0, 1)) / noise.std(axis=(0, 1)) / ratio**0.5, support


def f1(weights, support):
    found = set(np.flatnonzero(weights))
    return 2 * len(found & set(support)) / (len(found) + len(support))


def test_mixtures_of_three_units_are_found():
    rng = np.random.default_rng(0)
    a = maps(rng, 160, 9, 40)
    b, support = mixtures(rng, a, 30)
    paths = sparse_paths(blocks_of(a, b))
    scores = [f1(w, s) for w, s in zip(paths.chosen_weights, support, strict=True)]
    assert np.mean(scores) > 0.9
    assert np.median(paths.chosen_count) == 3
    np.testing.assert_allclose(paths.chosen_r2, 0.8, atol=0.06)  # 4 / (4 + 1)


def test_of_independent_networks_nothing_is_predicted():
    empty, r2 = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        paths = sparse_paths(blocks_of(maps(rng, 80, 4, 16), maps(rng, 80, 4, 10)))
        empty += (paths.chosen_count == 0).tolist()
        r2 += paths.chosen_r2.tolist()
    assert np.mean(empty) >= 0.95 and abs(np.mean(r2)) < 0.01


def test_the_paths_are_those_of_the_rows():
    rng = np.random.default_rng(1)
    a = maps(rng, 80, 6, 15)
    b, _ = mixtures(rng, a, 4)
    blocks = blocks_of(a, b)
    fit, _, judge = parts(20, (2, 1, 1))
    paths = sparse_paths(blocks, np.array([0.3, 0.1, 0.02]))

    def rows(x, part):
        return x[np.isin(np.arange(80) % 20, part)].reshape(-1, x.shape[2])

    x, y = rows(a, fit), rows(b, fit)
    mean, scale = (
        [side.mean(axis=0) for side in (x, y)],
        [side.std(axis=0, ddof=1) for side in (x, y)],
    )
    n = len(x)
    z = [(side - m) / s for side, m, s in zip((x, y), mean, scale, strict=True)]
    held = [(rows(side, judge) - m) / s for side, m, s in zip((a, b), mean, scale, strict=True)]
    for level, penalty in enumerate((0.3, 0.1, 0.02)):
        for unit in range(4):
            # Covariances divide by n - 1, Lasso by n.
            model = Lasso(penalty * (n - 1) / n, fit_intercept=False, tol=1e-9, max_iter=50_000)
            model.fit(z[0], z[1][:, unit])
            r2 = 1 - np.mean((held[1][:, unit] - model.predict(held[0])) ** 2) / np.mean(
                held[1][:, unit] ** 2
            )
            assert paths.shrunken_r2[level, unit] == pytest.approx(r2, abs=2e-4)
            inside = np.flatnonzero(model.coef_)
            assert paths.count[level, unit] == len(inside)
            refit = LinearRegression().fit(z[0][:, inside], z[1][:, unit])
            np.testing.assert_allclose(paths.weights[level, unit, inside], refit.coef_, atol=1e-8)


def test_the_strongest_penalty_leaves_nothing_and_half_the_variance_as_loss():
    rng = np.random.default_rng(2)
    a = maps(rng, 80, 6, 15)
    b, _ = mixtures(rng, a, 4)
    paths = sparse_paths(blocks_of(a, b))
    assert PENALTIES[0] == 1.0 and not paths.weights[0].any()
    assert paths.half_unexplained[0] == pytest.approx(0.5)
    assert paths.half_unexplained.min() == pytest.approx(0.1, abs=0.03)
    assert (np.diff(paths.count, axis=0) >= -2).all()  # longer sets for weaker penalties


def test_a_copy_needs_one_unit_and_leaves_nothing():
    rng = np.random.default_rng(3)
    a = maps(rng, 80, 6, 15)
    order = rng.permutation(15)
    paths = sparse_paths(blocks_of(a, -2.0 * a[..., order] + 5.0))
    assert (paths.chosen_count == 1).all()
    np.testing.assert_allclose(paths.chosen_r2, 1.0, atol=1e-9)
    assert np.abs(paths.chosen_weights).argmax(axis=1).tolist() == order.tolist()
    np.testing.assert_allclose(paths.chosen_weights.sum(axis=1), -1.0, atol=1e-6)


def test_dead_and_doubled_units():
    rng = np.random.default_rng(4)
    a = maps(rng, 80, 6, 10)
    a[..., 2], a[..., 3] = 4.0, a[..., 1]  # one dead, one twice there
    b = np.concatenate([a[..., [1]] + 0.1 * maps(rng, 80, 6, 1), np.zeros((80, 6, 1))], axis=2)
    paths = sparse_paths(blocks_of(a, b))
    assert 2 not in paths.a and paths.b.tolist() == [0]
    assert np.isfinite(paths.r2).all() and paths.chosen_r2[0] > 0.95
    assert set(paths.a[np.flatnonzero(paths.chosen_weights[0])]) <= {1, 3}


def test_too_few_blocks_are_one_sentence():
    rng = np.random.default_rng(5)
    with pytest.raises(UnitsError, match="7 blocks of photographs, and at least 8 are needed"):
        sparse_paths(blocks_of(maps(rng), maps(rng), count=7))
    with pytest.raises(UnitsError, match="All units of one side are constant"):
        sparse_paths(blocks_of(maps(rng), np.zeros((60, 16, 2))))
