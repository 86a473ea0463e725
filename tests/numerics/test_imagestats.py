"""Low-level statistics: hand-worked images, second implementations, laws."""

import time

import numpy as np
import pytest
from scipy.signal import fftconvolve
from skimage.color import rgb2gray
from skimage.filters import gabor_kernel, sobel

from substrate.numerics.imagestats import (
    GABOR_ORIENTATIONS,
    GABOR_WAVELENGTHS,
    NYQUIST,
    RADIAL_BANDS,
    SOBEL_EDGES,
    STATISTICS,
    battery,
    pixel_features,
    spectrum_slope,
)
from tests.support.domains import load_domain

NAMES = [s.name for s in STATISTICS]


def column(images, *names):
    _, values = battery(images)
    return values[:, [NAMES.index(n) for n in names]]


def family(images, name):
    _, values = battery(images)
    return values[:, [i for i, s in enumerate(STATISTICS) if s.family == name]]


def plain(r, g, b):
    return np.tile(np.array([r, g, b], dtype=np.uint8), (32, 32, 1))


def grating(period, degrees=0.0, amplitude=100):
    y, x = np.mgrid[:32, :32]
    angle = np.deg2rad(degrees)
    wave = np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period)
    return np.repeat(np.rint(128 + amplitude * wave).astype(np.uint8)[..., None], 3, axis=-1)


@pytest.fixture(scope="module")
def tiles():
    return list(load_domain({"source": "packaged", "name": "natural"}, limit=300).images())


def test_the_battery_is_the_documented_one():
    counts = {f: sum(s.family == f for s in STATISTICS) for f in ("edges", "Gabor", "colour")}
    assert counts == {"edges": 8, "Gabor": 32, "colour": 6}
    assert len(NAMES) == len(set(NAMES)) == 56
    names, values = battery([plain(1, 2, 3)])
    assert list(names) == NAMES and values.shape == (1, 56)


def test_a_plain_image_has_colour_and_no_structure():
    image = plain(255, 0, 0)
    assert np.allclose(column([image], "hue mean", "saturation mean", "value mean"), [[0, 1, 1]])
    assert np.isclose(column([image], "mean luminance")[0, 0], 0.2125)
    assert np.allclose(family([image], "Gabor"), 0) and np.allclose(family([image], "spectrum"), 0)
    assert family([image], "edges")[0].tolist() == [1] + [0] * 7


def test_two_halves_give_the_mean_and_the_contrast_worked_out_by_hand():
    image = plain(0, 0, 0)
    image[:, 16:] = 255
    assert np.allclose(column([image], "mean luminance", "RMS contrast"), 0.5)
    # Two columns of 32 have a horizontal gradient, of the step over sqrt(2).
    assert np.isclose(column([image], "Sobel above 0.25")[0, 0], 2 / 32)


def test_the_shares_of_the_edge_histogram_sum_to_one(tiles):
    assert np.allclose(family(tiles, "edges").sum(axis=1), 1)


def test_the_edge_histogram_agrees_with_scikit_image(tiles):
    for found, tile in zip(family(tiles[:5], "edges"), tiles, strict=False):
        counts, _ = np.histogram(sobel(rgb2gray(tile)), bins=SOBEL_EDGES)
        assert np.allclose(found, counts / 32**2)


def test_the_spectrum_holds_the_power_of_a_grating_in_its_ring():
    bands = family([grating(8)], "spectrum")[0]  # 1/8 cycle per pixel opens the third ring
    assert np.isclose(bands[2], (100 / 255) ** 2 / 2, rtol=1e-2)
    assert bands[2] > 0.999 * bands.sum()


def test_all_power_but_the_corners_is_in_the_rings(tiles):
    contrast = column(tiles, "RMS contrast")[:, 0]
    total = family(tiles, "spectrum").sum(axis=1)
    assert (total <= contrast**2 + 1e-12).all()
    assert np.median(total / contrast**2) > 0.95


def test_gabor_energy_agrees_with_convolution_in_space(tiles):
    found = family(tiles[:3], "Gabor")
    for row, tile in zip(found, tiles, strict=False):
        grey = rgb2gray(tile)
        expected = [
            (
                np.abs(fftconvolve(grey - grey.mean(), gabor_kernel(1 / w, theta=np.pi * k / 8)))
                ** 2
            ).sum()
            / 32**2
            for w in GABOR_WAVELENGTHS
            for k in range(GABOR_ORIENTATIONS)
        ]
        assert np.allclose(row, expected, rtol=1e-9)


@pytest.mark.parametrize("wavelength", GABOR_WAVELENGTHS)
@pytest.mark.parametrize("orientation", [0, 2, 5])
def test_a_filter_prefers_its_own_grating(wavelength, orientation):
    energy = family([grating(wavelength, 22.5 * orientation)], "Gabor")[0].reshape(4, 8)
    best = np.unravel_index(energy.argmax(), energy.shape)
    assert best == (GABOR_WAVELENGTHS.index(wavelength), orientation)


def test_energies_grow_with_the_square_of_contrast_and_ignore_brightness():
    weak, strong = grating(5, amplitude=30), grating(5, amplitude=60)
    assert np.allclose(family([strong], "Gabor") / family([weak], "Gabor"), 4, rtol=0.05)
    assert np.allclose(family([weak + np.uint8(20)], "Gabor"), family([weak], "Gabor"))


def test_images_are_measured_one_by_one_whatever_stands_beside_them(tiles):
    _, together = battery(tiles)
    _, alone = battery(tiles[260:261])
    assert np.allclose(together[260], alone[0])
    assert np.array_equal(battery(iter(tiles[:4]))[1], battery(tiles[:4])[1])


def test_any_size_is_brought_to_one():
    small = np.full((8, 8, 3), 90, dtype=np.uint8)
    large = np.full((70, 41, 3), 90, dtype=np.uint8)
    _, values = battery([small, large, plain(90, 90, 90)])
    assert np.allclose(values, values[0])


def test_pixel_features_are_the_pixels(tiles):
    features = pixel_features(tiles)
    assert features.shape == (300, 3072) and features.dtype == np.float64
    assert np.array_equal(features[7], tiles[7].ravel() / 255.0)
    assert pixel_features(tiles[:2], side=8).shape == (2, 192)


def test_no_images_give_no_rows():
    assert battery([])[1].shape == (0, 56)
    assert pixel_features([]).shape == (0, 3072)


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4)), np.zeros((4, 4, 3)), np.zeros((4, 4, 4), "u1")]
)
def test_what_is_no_rgb_image_is_refused(image):
    with pytest.raises(ValueError, match="take 8-bit RGB"):
        battery([image])


def test_a_thousand_tiles_take_seconds(tiles):
    start = time.perf_counter()
    battery((tiles * 4)[:1000])
    assert time.perf_counter() - start < 8


@pytest.mark.parametrize("slope", [-1.0, -2.0])
def test_the_slope_of_a_planted_spectrum_is_found(slope):
    middle = (np.arange(RADIAL_BANDS) + 0.5) * NYQUIST / RADIAL_BANDS
    rings = (middle ** (slope + 1))[None]  # a ring is as wide as its radius
    assert spectrum_slope(rings)[0] == pytest.approx(slope)
    assert np.isfinite(spectrum_slope(np.zeros((1, RADIAL_BANDS)))).all()
