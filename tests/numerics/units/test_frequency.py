"""Frequencies of filters in closed form, and rank correlations against SciPy's."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from substrate.numerics.units.frequency import centre_frequency, rank_correlation


def test_gratings_have_the_frequency_that_they_were_made_with():
    y, x = np.mgrid[:48, :48]
    window = np.hanning(48)[:, None] * np.hanning(48)
    waves = [np.cos(2 * np.pi * (f * x + g * y)) * window for f, g in ((0.1, 0), (0.18, 0.24))]
    found = centre_frequency(np.array(waves)[:, None])
    np.testing.assert_allclose(found, [0.1, 0.3], atol=0.01)


def test_one_weight_has_all_frequencies_alike_and_no_weight_none():
    filters = np.zeros((3, 3, 5, 5))
    filters[0, 1, 0, 4] = 2.0
    filters[1] = 1.0
    point, flat, none = centre_frequency(filters)
    assert point == pytest.approx(0.3826, abs=1e-3)  # mean distance from a square's centre
    assert flat < 0.16 and np.isnan(none)
    scaled = centre_frequency(-7 * filters[:2, ::-1])
    np.testing.assert_allclose(scaled, [point, flat])


def test_ranks_are_scipys_and_the_null_holds():
    rng = np.random.default_rng(0)
    x = rng.normal(size=30).round(1)
    y = x + rng.normal(size=30)
    found = rank_correlation(x, y)
    assert found.rho == pytest.approx(spearmanr(x, y).statistic)
    assert found.p < 0.01 and found.level == pytest.approx(0.36, abs=0.03)
    ps = [rank_correlation(*rng.normal(size=(2, 12)), seed=k).p for k in range(40)]
    assert np.mean(np.array(ps) <= 0.1) < 0.25
    assert np.isnan(rank_correlation(np.ones(4), np.arange(4.0)).rho)
