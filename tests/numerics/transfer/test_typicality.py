"""Noise is none of the samples, even where the limit on the distance to these is wide."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.numerics.imagestats import battery
from substrate.numerics.transfer.typicality import (
    NEARER,
    fit_typicality,
    is_noise,
    noise_pictures,
)

SIDE = 32


def photograph(rng, slope, spread, light, colour):
    """Return 12 tiles whose amplitude falls as 1 / frequency**slope, with a sensor's noise."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
    falls = np.where(frequency > 0, np.maximum(frequency, 1e-9) ** -slope, 0)
    tiles = []
    for _ in range(12):
        grey = np.fft.ifft2(np.fft.fft2(rng.standard_normal((SIDE, SIDE))) * falls).real
        grey = light + spread * grey / grey.std() + 0.004 * rng.standard_normal((SIDE, SIDE))
        tiles.append(np.clip(255 * grey[:, :, None] * colour, 0, 255).astype(np.uint8))
    return tiles


@pytest.fixture(scope="module")
def looks():
    """Seven photographs as unlike each other as a sky, a face and a lawn."""
    rng = np.random.default_rng(0)
    kinds = [(2.0, 0.2), (1.5, 0.3), (1.0, 0.1), (1.2, 0.02), (2.2, 0.005), (0.7, 0.2), (1.8, 0.01)]
    photographs = [
        photograph(rng, slope, spread, rng.uniform(0.2, 0.8), rng.uniform(0.3, 1, 3))
        for slope, spread in kinds
    ]
    statistics = battery([tile for tiles in photographs for tile in tiles])[1]
    groups = np.repeat(np.arange(len(kinds)), 12)
    return statistics, fit_typicality(statistics, np.zeros(len(groups), int), groups, support=0.995)


@pytest.mark.parametrize("side", [32, 96])
@pytest.mark.parametrize("spread", [0.08, 0.25])
@pytest.mark.parametrize("law", ["uniform", "gaussian", "grey"])
def test_noise_within_the_limit_is_outside(looks, law, spread, side):
    rng = np.random.default_rng(5)
    shape = (side, side, 1 if law == "grey" else 3)
    unit = (
        np.sqrt(3) * rng.uniform(-1, 1, shape) if law == "uniform" else rng.standard_normal(shape)
    )
    picture = np.clip(255 * (0.5 + spread * unit), 0, 255).astype(np.uint8)
    found = battery([np.broadcast_to(picture, (side, side, 3))])[1][0]
    fitted = replace(looks[1], thresholds=np.array([100.0]))  # the limit alone lets it pass
    assert fitted.from_noise(found) < NEARER * fitted.distance(found)
    assert fitted.outside(found, 0)


def test_samples_of_other_photographs_are_not_noise(looks):
    statistics, _ = looks
    groups = np.repeat(np.arange(7), 12)
    called = []
    for group in range(7):
        left = groups != group
        fitted = fit_typicality(
            statistics[left], np.zeros(left.sum(), int), groups[left], support=0.995
        )
        rows = statistics[~left]
        called += [is_noise(fitted.from_noise(row), fitted.distance(row)) for row in rows]
    assert np.mean(called) < 0.02


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 0, 0), (128, 128, 128)])
def test_a_flat_picture_is_further_than_the_limit(looks, colour):
    _, fitted = looks
    flat = np.full((SIDE, SIDE, 3), colour, np.uint8)
    assert fitted.outside(battery([flat])[1][0], 0)


def test_pictures_of_noise_are_the_same_each_time_and_of_both_laws():
    pictures = noise_pictures()
    assert len(pictures) == 3 * 2 * 6 * 2
    again = noise_pictures()
    assert all(np.array_equal(a, b) for a, b in zip(pictures, again, strict=True))
    greys = [bool((p == p[..., :1]).all()) for p in pictures]
    assert sum(greys) == len(pictures) // 2
    spreads = np.array([p.std() / 255 for p in pictures])
    assert spreads.min() < 0.05 and spreads.max() > 0.35
