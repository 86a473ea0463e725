"""Widths and power at other sizes, against studies that have those sizes."""

import numpy as np
import pytest

from substrate.numerics.intervals import group_jackknife
from substrate.numerics.theory.planning import Plan, VarianceSource

TRUTH, TILES = 0.5, 3


def study(photographs, rng):
    """A correlation of two units over tiles of photographs, and its jackknife replicates."""
    of_photographs = rng.standard_normal((photographs, 1, 2))
    z = 0.8 * of_photographs + 0.6 * rng.standard_normal((photographs, TILES, 2))
    x = z[..., 0].ravel()
    y = TRUTH * x + np.sqrt(1 - TRUTH**2) * z[..., 1].ravel()
    groups = np.repeat(np.arange(photographs), TILES)
    found = group_jackknife(
        lambda rows: float(np.corrcoef(x[rows], y[rows])[0, 1]), groups, max_units=20
    )
    (values,) = found.replicates
    m = len(values)
    variance = (m - 1) / m * np.square(values - values.mean()).sum()
    return float(found.value), VarianceSource(variance, photographs, m)


def planned(photographs, rng):
    value, source = study(photographs, rng)
    return Plan(value, (source,))


@pytest.mark.parametrize("wanted", [12, 30, 60, 120])
def test_the_planned_width_is_that_of_studies_of_this_size_and_covers(wanted):
    rng = np.random.default_rng(wanted)
    plans = [planned(30, rng) for _ in range(200)]
    expected = np.mean([plan.half_width(float(wanted)) for plan in plans])
    there = [planned(wanted, rng) for _ in range(200)]
    actual = np.mean([plan.half_width(float(wanted)) for plan in there])
    assert expected == pytest.approx(actual, rel=0.15)
    covered = np.mean([abs(plan.value - TRUTH) <= expected for plan in there])
    assert 0.92 <= covered <= 0.98


def test_power_is_how_often_such_studies_find_it():
    rng = np.random.default_rng(1)
    each = [study(30, rng) for _ in range(200)]
    variance = np.mean([source.variance for _, source in each])
    plan = Plan(0.3, (VarianceSource(variance, 30, 20),))
    error, df = plan.error(30.0)
    found = 0.3 + error * rng.standard_normal(20_000)
    measured = error * np.sqrt(rng.chisquare(df, 20_000) / df)
    from scipy import stats

    above = (found / measured > stats.t.ppf(0.975, df)).mean()
    assert plan.power(30.0) == pytest.approx(above, abs=0.01)


def test_more_photographs_need_less_and_twins_set_a_floor():
    over = VarianceSource(0.01, 20, 20)
    free = Plan(0.3, (over,))
    held = Plan(0.3, (over,), (VarianceSource(0.02, 0, 5),))
    assert free.half_width(80.0) == pytest.approx(free.half_width(20.0) / 2, rel=0.01)
    assert held.half_width(1e6) > 2 * np.sqrt(0.02)
    assert free.needed(0.8, least=10, most=1000) == next(
        n for n in range(10, 1000) if free.power(float(n)) >= 0.8
    )
    assert held.needed(0.8, least=10, most=10**6) is None
    widths, powers = free.curve((10, 20, 40))
    assert (np.diff(widths) < 0).all() and (np.diff(powers) > 0).all()
