"""Alignment of inputs: recovered, judged on other samples, and carried over to the weights."""

import numpy as np
import pytest

from substrate.numerics.weights.alignment import (
    alignment_error,
    crossing,
    input_sums,
    joint_sum,
    seen_inputs,
    turned_inputs,
)
from substrate.numerics.weights.similarity import Learned, comparison
from substrate.numerics.weights.spectrum import leading_vectors, neurons, weight_spectrum

TRUE = 60 * np.exp(-np.arange(20) / 5)


def haar(d, rng):
    return np.linalg.qr(rng.standard_normal((d, d)))[0]


def test_sums_are_uncentred_and_add_up():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((50, 3)) + 2, rng.standard_normal((50, 4)) - 1
    found = input_sums(x[:20], y[:20]) + input_sums(x[20:], y[20:])
    np.testing.assert_allclose(found.own, x.T @ x)
    np.testing.assert_allclose(found.joint, x.T @ y)
    np.testing.assert_allclose(found.joint, joint_sum(x, y))
    assert found.total == pytest.approx((y**2).sum())


def test_a_rotation_is_found_again_and_its_error_is_by_hand():
    rng = np.random.default_rng(1)
    x, axes = rng.standard_normal((400, 12)) * np.geomspace(1, 0.1, 12), haar(12, rng)
    test = input_sums(x[200:], x[200:] @ axes)
    turned = turned_inputs(joint_sum(x[:200], x[:200] @ axes))
    np.testing.assert_allclose(turned, axes, atol=1e-8)
    assert alignment_error(turned, test) == pytest.approx(0, abs=1e-12)
    other = haar(12, rng)
    y = x[200:] @ axes
    by_hand = ((x[200:] @ other - y) ** 2).sum() / (y**2).sum()
    assert alignment_error(other, test) == pytest.approx(by_hand)


def learned(w):
    spectrum = weight_spectrum(w, variance=1.0)
    return Learned(spectrum.learned, *w.shape), spectrum.vectors


def test_permuted_channels_change_nothing_and_the_permutation_is_found():
    """A network whose hidden channels are permuted, and the weights that read them with it."""
    rng = np.random.default_rng(2)
    d, n = 80, 64
    w = rng.standard_normal((n, d))
    w[:, :20] *= np.sqrt(1 + TRUE)
    x = rng.standard_normal((600, d)) * np.geomspace(1, 0.2, d)
    order = rng.permutation(d)
    turned = turned_inputs(joint_sum(x[:300], x[:300, order]))
    assert (np.abs(turned).argmax(axis=0) == order).all()
    nulls = [turned_inputs(joint_sum(x[rng.permutation(300)], x[:300, order])) for _ in range(3)]
    (one, axes), (other, moved) = (learned(v) for v in (w, w[:, order]))
    found = crossing(
        axes, moved, turned, input_sums(x[300:], x[300:, order]), nulls, turned, (w, w[:, order])
    )
    assert found.error == pytest.approx(0, abs=1e-10) and found.error_permuted.min() > 0.3
    np.testing.assert_allclose(np.abs(found.aligned), np.eye(len(one.values)), atol=1e-6)
    compared = comparison(one, other, draws=4)
    itself = comparison(one, one, draws=4).through(np.eye(len(one.values)))
    reached = compared.through(found.aligned)
    assert reached.value == pytest.approx(itself.value, abs=1e-6)
    assert reached.cosine == pytest.approx(1.0)
    assert compared.through(found.plain).value < 0.4
    assert max(compared.through(null).value for null in found.permuted) < 0.5


def test_a_rotation_of_what_a_layer_sees_leaves_nothing_without_its_alignment():
    values = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        w = rng.standard_normal((256, 320))
        w[:, :20] *= np.sqrt(1 + TRUE)
        (one, axes), (other, moved) = (learned(v) for v in (w, w @ haar(320, rng)))
        values.append(comparison(one, other, seed=seed, draws=4).through(axes.T @ moved).value)
    assert np.mean(values) == pytest.approx(0.0, abs=0.05)


def test_a_narrow_network_is_turned_into_the_inputs_of_a_wide_one():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((500, 8))
    frame = haar(20, rng)[:8]
    turned = turned_inputs(joint_sum(x[:250], x[:250] @ frame))
    np.testing.assert_allclose(turned, frame, atol=1e-8)
    test = input_sums(x[250:], x[250:] @ frame)
    assert alignment_error(turned, test) == pytest.approx(0, abs=1e-10)
    found = crossing(
        np.eye(8)[:, :3], frame.T[:, :3], turned, test, [], turned, (np.eye(8), np.eye(20))
    )
    np.testing.assert_allclose(found.aligned, np.eye(3), atol=1e-8)
    assert found.plain.size == 0 and found.permuted.shape == (0, 3, 3)


def test_leading_vectors_are_those_of_the_covariance():
    rng = np.random.default_rng(5)
    for shape in ((40, 12), (9, 30)):
        w = rng.standard_normal(shape) * np.geomspace(3, 1, shape[1])
        axes = leading_vectors(w, 4)
        values = np.linalg.eigvalsh(w.T @ w)[::-1][:4]
        np.testing.assert_allclose(axes.T @ (w.T @ w) @ axes, np.diag(values), atol=1e-8)
    assert leading_vectors(rng.standard_normal((9, 30)), 99).shape == (30, 9)


def test_kernels_are_rows_of_channels():
    kernels = np.arange(2 * 3 * 2 * 2.0).reshape(2, 3, 2, 2)
    assert neurons(kernels).shape == (8, 3)
    np.testing.assert_array_equal(neurons(kernels)[3], kernels[0, :, 1, 1])
    np.testing.assert_array_equal(neurons(kernels[:, :, 0, 0]), kernels[:, :, 0, 0])


def few_samples(d, samples, *, decay=1e-2):
    """Return inputs in single precision, as networks give them, of fewer samples than inputs."""
    rng = np.random.default_rng(6)
    spread = np.geomspace(1, decay, d)
    return (rng.standard_normal((samples, d)) * spread @ haar(d, rng)).astype(np.float32), rng


def test_few_samples_of_permuted_inputs_are_aligned_as_those_of_the_same_ones():
    """What the samples do not show is rounding: it is no direction in either order of channels."""
    x, rng = few_samples(120, 70)
    order = rng.permutation(120)
    same, moved = (turned_inputs(joint_sum(x, y)) for y in (x, x[:, order]))
    assert seen_inputs(same) == seen_inputs(moved) == 70
    np.testing.assert_allclose(moved, same[:, order], atol=1e-6)


def test_inputs_that_hardly_deviate_are_rounding_and_others_are_not():
    x, rng = few_samples(40, 400, decay=1e-5)
    assert seen_inputs(turned_inputs(joint_sum(x, x))) == 40
    x, rng = few_samples(40, 400, decay=1e-9)
    found = seen_inputs(turned_inputs(joint_sum(x, x + 1e-7 * rng.standard_normal(x.shape))))
    assert 24 <= found <= 30  # deviations of a millionth: two thirds of the way


def test_weights_beside_themselves_say_what_few_samples_lose():
    """A copy through 40 of 80 directions; in full it is itself."""
    x, rng = few_samples(80, 40, decay=0.3)
    w = rng.standard_normal((64, 80))
    w[:, :20] *= np.sqrt(1 + TRUE)
    one, axes = learned(w)
    turned = turned_inputs(joint_sum(x, x))
    found = crossing(axes, axes, turned, input_sums(x, x), [], turned, (w, w))
    assert found.seen == 40
    compared = comparison(one, one, draws=4)
    full, carried = (
        compared.itself(0).through(cosines) for cosines in (np.eye(len(one.values)), found.own[0])
    )
    assert full.cosine == pytest.approx(1.0) and full.value > 1 > carried.value + 0.2
    assert carried.cosine == pytest.approx(compared.through(found.aligned).cosine, abs=1e-9)
    np.testing.assert_allclose(found.own[0], found.own[1], atol=1e-9)
    half = turned_inputs(joint_sum(x[:20], x[:20]))
    halved = crossing(axes, axes, turned, input_sums(x, x), [], half, (w, w)).halved
    np.testing.assert_allclose(halved, axes.T @ half @ axes)
    assert compared.through(halved).value < carried.value - 0.1
