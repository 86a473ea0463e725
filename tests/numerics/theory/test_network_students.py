"""Networks whose training sets differ in their noise: gradients, limits, tasks and noise."""

import numpy as np
import pytest

from substrate.numerics.theory import network_students
from substrate.numerics.theory.linear_students import TheoryError
from substrate.numerics.theory.network_students import (
    CLASSIFICATION,
    LABELS,
    PIXELS,
    REGRESSION,
    NetworkSetting,
    simulate_networks,
)

SMALL = {"inputs": 3, "hidden": 4, "outputs": 2, "steps": 60}


def test_the_gradient_is_that_of_finite_differences():
    at = NetworkSetting(samples=6, snr=1.0, **SMALL)
    rng = np.random.default_rng(0)
    w = [np.stack([one, one]).astype(np.float64) for one in network_students._drawn(at, rng, 2)]
    w[1] += 0.1
    x, y = rng.standard_normal((2, 2, 6, 3)), rng.standard_normal((2, 2, 6, 2))

    def loss(weights):
        said = network_students._forward(weights, x)[1]
        return np.square(said - y).sum() / 6

    for i, gradient in enumerate(network_students._gradient(w, x, y)):
        for place in np.ndindex(w[i].shape):
            moved = [one.copy() for one in w]
            moved[i][place] += 1e-6
            assert (loss(moved) - loss(w)) / 1e-6 == pytest.approx(
                gradient[place], rel=1e-3, abs=1e-4
            )


@pytest.mark.parametrize("task", [REGRESSION, CLASSIFICATION])
@pytest.mark.parametrize("noise", [LABELS, PIXELS])
def test_students_without_noise_are_one_and_with_noise_they_are_not(task, noise):
    clean, noisy = (
        simulate_networks(
            NetworkSetting(samples=30, snr=snr, task=task, noise=noise, **SMALL), draws=3
        )
        for snr in (1e12, 0.5)
    )
    assert clean.cosines.min() > 0.999 > 0.95 > noisy.cosines.mean()
    assert clean.outputs.shape == (3, 2, 200, 2)
    assert noisy.errors.shape == (3,) and (noisy.errors > 0).all()


def test_many_samples_teach_more_and_make_students_alike():
    few, many = (
        simulate_networks(
            NetworkSetting(samples=n, snr=2.0, inputs=4, hidden=8, outputs=2, steps=400), draws=6
        )
        for n in (12, 600)
    )
    assert many.cosines.mean() > few.cosines.mean() + 0.2
    assert many.errors.mean() < 0.3 < few.errors.mean()
    assert few.fit < 0.2 < many.fit


def test_a_seed_gives_the_same_again_and_the_threshold_counts_weights():
    at = NetworkSetting(samples=10, snr=1.0, **SMALL)
    first, again, other = (simulate_networks(at, draws=2, seed=s).cosines for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    assert at.weights == 4 * 4 + 5 * 2 and at.threshold == 13
    assert NetworkSetting(samples=1, snr=1.0).threshold == 53


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"samples": 0}, "samples is 0"), ({"snr": 0.0}, "ratio is 0"), ({"task": "x"}, "no x")],
)
def test_what_cannot_be_trained_is_refused(wrong, message):
    with pytest.raises(TheoryError, match=message):
        NetworkSetting(**({"samples": 5, "snr": 1.0} | wrong))
    with pytest.raises(TheoryError, match="0 training sets"):
        simulate_networks(NetworkSetting(samples=5, snr=1.0, **SMALL), draws=0)
