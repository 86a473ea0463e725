"""Shares of kinds of units with their intervals, and trained less untrained."""

import numpy as np
import pytest

from substrate.analyses.experiments.polarisation import PolarisedLayer, summarise
from tests.support.experiment_files import polarisation_file


def features(seed, *, dead=0.0, rectified=0.0, n=120, d=80):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    x[:, : int(rectified * d)] = np.maximum(x[:, : int(rectified * d)], 0)
    if dead:
        x[:, -int(dead * d) :] *= 1e-3
    return x


def test_planted_shares_have_intervals_within_bounds():
    layer = PolarisedLayer(np.arange(120), "photographs", features(0, dead=0.25, rectified=0.5))
    passive, mixed, active = layer.shares(layer.trained)
    assert (passive.value, mixed.value, active.value) == (0.25, 0.5, 0.25)
    for one in (passive, mixed, active):
        assert 0 <= one.low <= one.value <= one.high <= 1 and one.high - one.low < 0.1
    assert all(one.value is None for one in layer.beyond())


def test_what_training_adds_lies_beyond_draws_of_twins():
    twins = [features(seed, dead=0.25 + 0.05 * (seed % 2)) for seed in range(1, 6)]
    layer = PolarisedLayer(np.arange(120), "photographs", features(0, rectified=0.5), twins)
    np.testing.assert_allclose(layer.draws()[:, 0], [0.3, 0.25, 0.3, 0.25, 0.3])
    passive, mixed, _ = layer.beyond()
    assert passive.value == pytest.approx(-0.28) and passive.high < -0.15
    assert mixed.value == pytest.approx(0.5, abs=0.02) and mixed.low > 0.4


def test_a_further_draw_of_twins_is_seldom_told_from_the_others():
    told = 0
    for world in range(12):
        draws = np.random.default_rng(world).uniform(0.1, 0.4, 6)
        layers = [features(100 * world + i, dead=share) for i, share in enumerate(draws)]
        layer = PolarisedLayer(np.arange(120), "photographs", layers[0], layers[1:])
        passive = layer.beyond()[0]
        told += not passive.low <= 0 <= passive.high
    assert told <= 2


def test_without_a_choice_the_domain_of_most_photographs_is_summed_up():
    found = summarise(polarisation_file())
    assert (found.domain, found.domains, len(found.followed)) == ("rich", ("rich", "few"), 2)
    assert [row.encoder for row in found.last] == ["vae", "resnet", "vgg"]
    assert found.own.layer == "penultimate" and "30 photographs" in found.facts
