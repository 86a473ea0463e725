"""Kinds of units: planted distributions fall where they should, and intervals hold the share."""

import numpy as np
import pytest

from substrate.numerics.units.polarised import half_sampled, noise_of, polarisation

N = 200


def planted(kind, rng, n=N, d=200):
    """Return units of one distribution, of variance one."""
    normal = rng.standard_normal((n, d))
    x = {
        "gaussian": normal,
        "never negative": np.abs(normal),
        "skewed gently": rng.gamma(4, size=(n, d)),
        "heavy tails": rng.laplace(size=(n, d)),
        "on for 70 %": normal * (rng.random((n, d)) < 0.7),
        "rectified": np.maximum(normal, 0),
        "on for 30 %": normal * (rng.random((n, d)) < 0.3),
        "on for 10 %": normal * (rng.random((n, d)) < 0.1),
        "two modes": normal + 8 * (rng.random((n, d)) < 0.5),
    }[kind]
    return x / x.std(axis=0).mean()


def shares(x, seed=0):
    return polarisation(x, noise_of(*x.shape, seed=seed)).shares


@pytest.mark.parametrize("n", [50, 100, 200, 500])
@pytest.mark.parametrize(
    "kind", ["gaussian", "never negative", "skewed gently", "heavy tails", "on for 70 %"]
)
def test_units_that_speak_of_every_image_are_seldom_mixed(kind, n):
    passive, mixed, active = shares(planted(kind, np.random.default_rng(0), n))
    assert passive == 0 and mixed <= 0.03 and active >= 0.97


@pytest.mark.parametrize("n", [50, 100, 200, 500])
@pytest.mark.parametrize("kind", ["rectified", "on for 30 %", "on for 10 %", "two modes"])
def test_units_that_rest_or_switch_are_mixed(kind, n):
    _, mixed, active = shares(planted(kind, np.random.default_rng(1), n))
    assert mixed >= 0.95 and active <= 0.04


def test_dead_units_are_passive_whatever_their_distribution():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((N, 100))
    x[:, :20] *= 0.05  # a four-hundredth of the others' variance
    x[:, 20:30] = 3.0
    x[:, 30:40] = 0.05 * planted("on for 10 %", rng, d=10)
    found = polarisation(x, noise_of(*x.shape, seed=0))
    assert (found.kinds[:40] == 0).all() and (found.kinds[40:] == 2).all()
    assert found.variance.mean() == pytest.approx(1.0)
    np.testing.assert_allclose(found.shares, [0.4, 0.0, 0.6])


def test_the_scale_of_a_layer_does_not_matter_and_a_constant_layer_is_passive():
    x = planted("rectified", np.random.default_rng(3))
    whole, scaled = (
        polarisation(a * x + b, noise_of(*x.shape, seed=0)) for a, b in ((1, 0), (50, 7))
    )
    np.testing.assert_allclose(whole.support, scaled.support, rtol=1e-9)
    constant = polarisation(np.full((N, 3), 2.0), noise_of(N, 3, seed=0))
    np.testing.assert_array_equal(constant.shares, [1.0, 0.0, 0.0])


@pytest.mark.parametrize(("m", "per"), [(100, 1), (14, 20)])
def test_intervals_from_halves_cover_the_share_of_mixed_units(m, per):
    """40 draws of a layer whose units are on for 10 to 100 % of the images."""
    groups, d = np.repeat(np.arange(m), per), 60
    noise = noise_of(len(groups), d, seed=0)
    on = np.random.default_rng(5).uniform(0.1, 1, d)

    def drawn(seed):
        rng = np.random.default_rng(seed)
        common = rng.standard_normal((m, 1))[groups]
        slab = 0.6 * common + 0.8 * rng.standard_normal((len(groups), d))
        return slab * (rng.random((len(groups), d)) < on) / np.sqrt(on)

    def share(x):
        return lambda kept: polarisation(x[kept], noise[:, kept]).shares

    everything = np.arange(len(groups))
    expected = np.mean([share(drawn(1000 + s))(everything)[1] for s in range(40)])
    covered = 0
    for seed in range(40):
        one = half_sampled(share(drawn(seed)), groups, unit="photographs", seed=0)
        assert one.low[1] < one.value[1] < one.high[1]
        covered += one.low[1] <= expected <= one.high[1]
    assert covered >= 35


def test_few_groups_have_a_share_and_no_interval():
    x = planted("gaussian", np.random.default_rng(6), n=90)
    found = half_sampled(
        lambda kept: shares(x[kept]), np.repeat(np.arange(9), 10), unit="photographs", seed=0
    )
    assert found.low is None and found.value[2] > 0.9
    assert found.reason == "No interval: 9 photographs, and at least 10 are needed."
