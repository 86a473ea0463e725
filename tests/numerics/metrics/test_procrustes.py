"""Procrustes scores against hand-worked values, SciPy, and their limits."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group

from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.procrustes import (
    residual_from_moments,
    rotation_gap,
)


def score(key, *pair, **params):
    return METRICS[key].score(*pair, **params)


KEYS = (
    "procrustes_angular",
    "procrustes_normalised",
    "procrustes_size_and_shape",
    "nuclear_similarity",
)


def test_by_hand():
    # Centred, x = e and y = e + f with |e|² = |f|² = 2: s = 2 / (sqrt 2 · 2) = 1 / sqrt 2.
    x = np.array([[1.0], [-1.0], [0.0], [0.0]])
    y = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    s = 1 / np.sqrt(2)
    expected = (np.pi / 4, np.sqrt(2 - 2 * s), np.sqrt(2 + 4 - 2 * 2), s)
    assert [score(key, x, y) for key in KEYS] == pytest.approx(expected)


@pytest.mark.parametrize("n", [50, 12])
def test_equals_the_residual_of_scipys_rotation(n):
    x, y = np.random.default_rng(0).normal(size=(2, n, 20)) * np.geomspace(3, 0.1, 20)
    x, y = x - x.mean(0), y - y.mean(0)
    rotation, _ = orthogonal_procrustes(y, x)
    left = np.linalg.norm(x - y @ rotation)
    assert score("procrustes_size_and_shape", x, y) == pytest.approx(left, rel=1e-10)
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    left = np.linalg.norm(x - y @ orthogonal_procrustes(y, x)[0])
    assert score("procrustes_normalised", x, y) == pytest.approx(left, rel=1e-10)
    angle = score("procrustes_angular", x, y)
    assert np.cos(angle) == pytest.approx(score("nuclear_similarity", x, y))
    assert 2 * np.sin(angle / 2) == pytest.approx(left)


@pytest.mark.parametrize(("p", "q"), [(7, 3), (3, 7)])
def test_a_narrower_side_counts_as_padded_with_zeros(p, q):
    x = np.random.default_rng(1).normal(size=(30, p))
    y = np.random.default_rng(2).normal(size=(30, q))
    wide = max(p, q)
    padded = [np.pad(a, ((0, 0), (0, wide - a.shape[1]))) for a in (x, y)]
    for key in KEYS:
        assert score(key, x, y) == pytest.approx(score(key, *padded), rel=1e-10)


def test_small_distances_keep_their_digits():
    # The chord to x + noise shrinks with the noise, far below sqrt(eps).
    rng = np.random.default_rng(3)
    x, noise = rng.normal(size=(2, 60, 8))
    chords = [score("procrustes_normalised", x, x + level * noise) for level in (1e-6, 1e-9)]
    assert chords[0] / chords[1] == pytest.approx(1000, rel=1e-3)
    rotated = x @ ortho_group.rvs(8, random_state=rng)
    assert score("procrustes_angular", x, rotated) < 1e-13


def test_unrelated_features_approach_a_right_angle_as_samples_grow():
    rng = np.random.default_rng(4)
    angles = [score("procrustes_angular", *rng.normal(size=(2, n, 5))) for n in (50, 5000)]
    assert angles[0] < angles[1] < np.pi / 2
    assert angles[1] > 1.45


def test_residual_from_moments_equals_the_gap_of_features():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(80, 6)), rng.normal(size=(80, 9))
    gap = residual_from_moments(x.T @ x, x.T @ y, y.T @ y)
    assert gap == pytest.approx(rotation_gap(x, y), rel=1e-12)
