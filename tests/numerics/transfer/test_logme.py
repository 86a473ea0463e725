"""Maximum evidence against a slow optimiser of the normal density, and by hand."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from substrate.numerics.transfer.logme import logme
from tests.support.refusals import refused


def slow_evidence(f, y):
    """Maximise the log density itself over the ratio, on a fine grid and then locally."""

    def negative_of(shape):
        covariance = y @ np.linalg.solve(shape, y) / len(f) * shape
        gap = y @ np.linalg.solve(covariance, y)
        return 0.5 * (np.linalg.slogdet(2 * np.pi * covariance)[1] + gap)

    def negative(u):
        return negative_of(np.eye(len(f)) + f @ f.T * np.exp(-u))

    grid = np.linspace(-15, 25, 161)
    best = grid[np.argmin([negative(u) for u in grid])]
    found = minimize_scalar(
        negative, bounds=(best - 0.3, best + 0.3), method="bounded", options={"xatol": 1e-10}
    )
    limit = negative_of(f @ f.T) if f.shape[1] >= len(f) else np.inf
    return -min(found.fun, limit)


@pytest.mark.parametrize(("n", "d"), [(60, 8), (25, 40), (30, 30)])
def test_it_is_the_maximum_of_the_density(n, d):
    rng = np.random.default_rng(n)
    labels = rng.integers(0, 3, n)
    f = rng.normal(size=(n, d)) + 0.8 * rng.normal(size=(3, d))[labels]
    expected = np.mean([slow_evidence(f, (labels == c).astype(float)) for c in range(3)]) / n
    assert logme(f, labels) == pytest.approx(expected, abs=1e-10)


def test_by_hand():
    # One unit of ones, n = 4, two samples a class: with s = 4 / (t + 4) the misfit is 2 - s and the
    # volume -log(1 - s). 4 log(2 - s) - log(1 - s) is least at s = 2/3: misfit 4/3, volume log 3.
    expected = -0.5 * (np.log(2 * np.pi / 3) + 1) - np.log(3) / 8
    assert logme(np.ones((4, 1)), np.array([0, 0, 1, 1])) == pytest.approx(expected, abs=1e-12)


def test_rotations_and_scales_change_nothing():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, 80)
    f = rng.normal(size=(80, 12)) + rng.normal(size=(4, 12))[labels]
    turn = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    assert logme(1e3 * f @ turn, labels) == pytest.approx(logme(f, labels), abs=1e-10)
    assert logme(f.astype(np.float32), labels) == pytest.approx(logme(f, labels), abs=1e-5)


def test_both_sides_of_the_matrix_agree():
    # Units of zeros change nothing, but make d > n.
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 2, 40)
    f = rng.normal(size=(40, 10)) + labels[:, None]
    padded = np.hstack([f, np.zeros((40, 35))])
    assert logme(padded, labels) == pytest.approx(logme(f, labels), abs=1e-10)


def test_informative_features_score_higher_than_shuffled_ones():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 5, 200)
    f = rng.normal(size=(200, 20)) + 2 * rng.normal(size=(5, 20))[labels]
    assert logme(f, labels) > logme(f, rng.permutation(labels)) + 0.1


def test_unrelated_features_reach_the_evidence_of_no_relation():
    rng = np.random.default_rng(4)
    labels = np.repeat([0, 1], 50)
    f = rng.normal(size=(100, 1))
    f -= (
        f[labels == 0].mean() * (labels == 0)[:, None]
        + f[labels == 1].mean() * (labels == 1)[:, None]
    )
    none = -0.5 * (np.log(2 * np.pi * 0.5) + 1)
    assert logme(f, labels) == pytest.approx(none, abs=1e-10)


@pytest.mark.parametrize(
    ("f", "labels", "message"),
    [
        (np.ones((4, 2)), np.zeros(4), "there is no evidence"),
        (np.ones((4, 2)), np.zeros(5), r"\(4, 2\) and labels \(5,\)"),
        (np.full((4, 2), np.nan), np.arange(4), "NaN"),
        (np.zeros((4, 2)), np.arange(4), "all zero"),
        (np.eye(2)[[0, 0, 1, 1]], np.array([0, 0, 1, 1]), "no upper bound"),
    ],
)
def test_unsound_input_is_refused(f, labels, message):
    with refused(ValueError, message):
        logme(f, labels)
