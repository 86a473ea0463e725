"""Distances of mean activation spectra: by hand, scale and number of units, silent layers."""

import numpy as np
import pytest

from substrate.numerics.units.activation import mean_distance, relative, spectrum_distance
from substrate.numerics.units.blocks import UnitsError


def test_by_hand():
    # Relative means (.5, 1.5) and (0, 2): each rank is half a mean size away.
    assert spectrum_distance(np.array([3.0, 1.0]), np.array([0.0, 4.0])) == pytest.approx(0.5)
    spectra = [np.array([1.0, 3.0]), np.array([0.0, 2.0]), np.array([1.0, 1.0])]
    # .5 between the first two, .5 and 1 to the flat one.
    assert mean_distance(spectra) == pytest.approx((0.5 + 0.5 + 1.0) / 3)


def test_scale_order_and_copies_of_units_change_nothing():
    rng = np.random.default_rng(0)
    means = rng.exponential(size=30)
    other = rng.exponential(size=20)
    held = spectrum_distance(means, other)
    assert spectrum_distance(7 * rng.permutation(means), np.repeat(other, 3)) == pytest.approx(held)
    assert spectrum_distance(means, 0.1 * means) == pytest.approx(0.0, abs=1e-12)
    assert np.abs(relative(-means)).mean() == pytest.approx(1.0)


def test_a_silent_layer_is_refused():
    with pytest.raises(UnitsError, match="silent on these images"):
        relative(np.zeros(4))
