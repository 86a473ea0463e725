"""Samples of large layers from their band: the same laws as of those drawn weight by weight."""

import time

import numpy as np
import pytest

from substrate.numerics.weights import samples
from substrate.numerics.weights.noise import edge
from substrate.numerics.weights.samples import banded_sample, resample
from substrate.numerics.weights.similarity import reference
from substrate.numerics.weights.spectrum import leading_vectors, weight_spectrum

TRUTH = 12 * np.exp(-np.arange(4) / 3)


@pytest.mark.parametrize(("n", "d"), [(96, 96), (40, 160), (160, 40)])
def test_the_band_has_the_laws_of_weights_drawn_one_by_one(n, d, monkeypatch):
    """Means of S and of the rank within three standard errors, deviations within a quarter."""
    draws = 150
    plain = reference(TRUTH, n, d, seed=0, draws=draws)
    monkeypatch.setattr(samples, "MOST_DRAWN", 0)
    band = reference(TRUTH, n, d, seed=1, draws=draws)
    for one, other in ((plain.similarities, band.similarities), (plain.ranks, band.ranks)):
        error = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / draws)
        assert abs(one.mean() - other.mean()) < 3 * error
        assert other.std() == pytest.approx(one.std(), rel=0.25)


@pytest.mark.parametrize(("n", "d"), [(96, 60), (60, 96)])
def test_a_banded_sample_has_orthonormal_axes_and_shrunk_values(n, d):
    rng = np.random.default_rng(0)
    found = banded_sample(TRUTH, n, d, rng)
    kept = len(found.learned)
    assert found.vectors.shape == (d, kept) and kept >= 2
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(kept), atol=1e-9)
    assert (np.diff(found.learned) <= 0).all() and (found.learned >= np.sqrt(d / n)).all()


def test_inputs_outside_the_planted_axes_are_turned_anew_in_every_sample():
    rng = np.random.default_rng(0)
    one, other = (banded_sample(TRUTH, 80, 400, rng).vectors[:, 0] for _ in range(2))
    shared = float(one[4:] @ other[4:]) / np.linalg.norm(one[4:]) / np.linalg.norm(other[4:])
    assert abs(shared) < 4 / np.sqrt(396)
    assert np.abs(one[300:]).max() > 0


def test_many_learned_eigenvalues_are_found_as_few_are():
    rng = np.random.default_rng(0)
    truth = np.linspace(40, 30, 30)
    found = banded_sample(truth, 200, 100, rng)
    assert len(found.learned) == 30 and found.learned.mean() == pytest.approx(35, rel=0.1)
    assert found.learned.min() > edge(0.5)


def test_a_square_layer_of_4096_is_simulated_in_seconds():
    begun = time.process_time()
    found = reference(12 * np.exp(-np.arange(6) / 3), 4096, 4096, seed=0, draws=4)
    assert time.process_time() - begun < 20
    assert found.similarities.mean() == pytest.approx(0.91, abs=0.04)
    assert found.ranks.mean() == pytest.approx(found.rank, abs=0.15)


def test_few_eigenvectors_of_a_large_layer_are_those_of_all():
    """Neurons over inputs and inputs over neurons, and where weights have fewer dimensions."""
    rng = np.random.default_rng(0)
    w = rng.standard_normal((540, 700)) + np.outer(rng.standard_normal(540), np.arange(700)) / 200
    for one in (w, w.T):
        few, every = leading_vectors(one, 3), leading_vectors(one, 540)[:, :3]
        np.testing.assert_allclose(few, every, atol=1e-8)
        assert weight_spectrum(one).vectors.shape[1] >= 1
    flat = np.outer(rng.standard_normal(540), rng.standard_normal(700))
    axes = leading_vectors(flat, 4)
    np.testing.assert_allclose(axes.T @ axes, np.eye(4), atol=1e-9)
    assert abs(axes[:, 0] @ flat[0]) == pytest.approx(np.linalg.norm(flat[0]))


def test_layers_that_are_not_large_are_drawn_weight_by_weight():
    one, other = (resample(TRUTH, 60, 50, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one.vectors, other.vectors)
    assert not np.array_equal(
        one.learned, banded_sample(TRUTH, 60, 50, np.random.default_rng(3)).learned
    )
