"""The law of Marchenko and Pastur, and the noise that is told from eigenvalues."""

import numpy as np
import pytest

from substrate.numerics.weights.noise import (
    NoiseError,
    edge,
    median,
    noise_of,
    share_below,
)


def eigenvalues(n, d, rng, spikes=(), deviation=1.0):
    w = rng.standard_normal((n, d))
    w[:, : len(spikes)] *= np.sqrt(1 + np.asarray(spikes))
    return spectrum(deviation * w)


def spectrum(w):
    products = w @ w.T if len(w) < w.shape[1] else w.T @ w
    return np.linalg.eigvalsh(products) / len(w)


@pytest.mark.parametrize(("n", "d"), [(2000, 200), (800, 800), (300, 1500)])
def test_the_law_is_that_of_large_noise(n, d):
    values = np.sort(eigenvalues(n, d, np.random.default_rng(0)))
    expected = share_below(values, d / n)
    steps = (np.arange(len(values)) + 0.5) / len(values)
    assert np.abs(expected - steps).max() < 0.01
    assert median(d / n) == pytest.approx(np.median(values), rel=0.02)
    assert values.max() == pytest.approx(edge(d / n), rel=0.03)


def test_few_inputs_have_eigenvalues_of_one():
    assert median(1e-6) == pytest.approx(1.0, abs=1e-4)
    assert edge(1.0) == 4.0 and edge(0.25) == 2.25


def test_both_sides_of_a_matrix_have_one_law():
    """W'W / n and WW' / d have the same eigenvalues up to d / n."""
    x = np.linspace(0.05, 8, 50)
    assert share_below(x, 4.0) == pytest.approx(share_below(x / 4, 0.25))


@pytest.mark.parametrize("deviation", [1e-3, 1.0, 20.0])
@pytest.mark.parametrize(("n", "d"), [(256, 320), (96, 960), (512, 64)])
def test_the_variance_of_noise_is_found_among_spikes(n, d, deviation):
    spikes = 60 * np.exp(-np.arange(12) / 4)
    found = [
        noise_of(eigenvalues(n, d, np.random.default_rng(seed), spikes, deviation), n, d)
        for seed in range(5)
    ]
    assert np.mean([one.variance for one in found]) == pytest.approx(deviation**2, rel=0.02)
    assert all(one.described and abs(one.above - 12) <= 3 for one in found)


def test_noise_alone_has_seldom_more_than_one_eigenvalue_above_the_edge():
    above = [
        noise_of(eigenvalues(64, 128, np.random.default_rng(s)), 64, 128).above for s in range(100)
    ]
    assert max(above) <= 2 and np.mean(np.array(above) > 0) < 0.3


def test_weights_that_decayed_unevenly_are_not_described_by_one_variance():
    rng = np.random.default_rng(0)
    w = rng.standard_normal((256, 320)) * np.geomspace(0.05, 1, 320)
    assert not noise_of(spectrum(w), 256, 320).described
    half = rng.standard_normal((256, 320)) * np.r_[np.full(160, 0.3), np.ones(160)]
    assert not noise_of(spectrum(half), 256, 320).described


def test_too_few_eigenvalues_and_none_are_refused():
    with pytest.raises(NoiseError, match="7 of 7 eigenvalues are left"):
        noise_of(np.ones(7), 7, 7)
    with pytest.raises(NoiseError, match="zero"):
        noise_of(np.r_[np.zeros(20), 1.0], 42, 21)
