"""Alignment of inputs: recovered, judged on other samples, and carried over to the weights."""

import numpy as np
import pytest

from substrate.numerics.moments import Moments
from substrate.numerics.weights.alignment import (
    aligned_layer,
    alignment_error,
    input_moments,
    turned_inputs,
)
from substrate.numerics.weights.spectrum import neurons, weight_spectrum

TRUE = 60 * np.exp(-np.arange(20) / 5)


def haar(d, rng):
    return np.linalg.qr(rng.standard_normal((d, d)))[0]


def moments(x, y):
    out = Moments({"a": x.shape[1], "b": y.shape[1]})
    out.update({"a": x, "b": y})
    return input_moments(out)


def test_moments_are_uncentred_mean_products():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((50, 3)) + 2, rng.standard_normal((50, 4)) - 1
    found = moments(x, y)
    np.testing.assert_allclose(found.aa, x.T @ x / 50)
    np.testing.assert_allclose(found.ab, x.T @ y / 50)
    np.testing.assert_allclose(found.bb, y.T @ y / 50)


def test_a_rotation_is_found_again_and_its_error_is_by_hand():
    rng = np.random.default_rng(1)
    x, axes = rng.standard_normal((400, 12)) * np.geomspace(1, 0.1, 12), haar(12, rng)
    fit, test = moments(x[:200], x[:200] @ axes), moments(x[200:], x[200:] @ axes)
    turned = turned_inputs(fit)
    np.testing.assert_allclose(turned, axes, atol=1e-8)
    assert alignment_error(turned, test) == pytest.approx(0, abs=1e-12)
    other = haar(12, rng)
    y = x[200:] @ axes
    by_hand = ((x[200:] @ other - y) ** 2).sum() / (y**2).sum()
    assert alignment_error(other, test) == pytest.approx(by_hand)


def test_permuted_channels_change_nothing_and_the_permutation_is_found():
    """A network whose hidden channels are permuted, and the weights that read them with it."""
    rng = np.random.default_rng(2)
    d, n = 80, 64
    w = rng.standard_normal((n, d))
    w[:, :20] *= np.sqrt(1 + TRUE)
    x = rng.standard_normal((600, d)) * np.geomspace(1, 0.2, d)
    order = rng.permutation(d)
    halves = [(x[:300], x[:300, order]), (x[300:], x[300:, order])]
    fit, test = (moments(*half) for half in halves)
    nulls = [moments(x[:300][rng.permutation(300)], x[:300, order]) for _ in range(3)]
    first, second = (weight_spectrum(v, variance=1.0) for v in (w, w[:, order]))
    found = aligned_layer(first, second, fit, test, nulls, seed=0, draws=4)
    assert found.error == pytest.approx(0, abs=1e-10) and found.error_permuted.min() > 0.3
    assert (np.abs(turned_inputs(fit)).argmax(axis=0) == order).all()
    itself = aligned_layer(
        first, first, moments(x[:300], x[:300]), moments(x[300:], x[300:]), [], seed=0, draws=4
    )
    assert found.similarity.value == pytest.approx(itself.similarity.value, abs=1e-6)
    assert found.similarity.cosine == pytest.approx(1.0)
    assert found.unaligned < 0.4 and found.permuted.max() < 0.5


def test_kernels_are_rows_of_channels():
    kernels = np.arange(2 * 3 * 2 * 2.0).reshape(2, 3, 2, 2)
    assert neurons(kernels).shape == (8, 3)
    np.testing.assert_array_equal(neurons(kernels)[3], kernels[0, :, 1, 1])
    np.testing.assert_array_equal(neurons(kernels[:, :, 0, 0]), kernels[:, :, 0, 0])
