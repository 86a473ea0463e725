"""Intervals on the scale of what they are about: by hand, by laws, and by what they cover."""

import numpy as np
import pytest
from scipy import stats

from substrate.numerics.intervals import (
    Jackknife,
    delete_group_jackknife,
    encoder_jackknife,
    group_jackknife,
)
from substrate.numerics.metrics import (
    METRICS,
    UndefinedScoreError,
)
from substrate.numerics.scales import (
    CORRELATION,
    PLAIN,
    SHARE,
    Errors,
    bounds,
    jackknife_errors,
    scale_of,
    together,
)

RANGES = [(0.0, 1.0), (-1.0, 1.0), (0.0, np.pi / 2), (0.0, np.inf), (-np.inf, np.inf)]


@pytest.mark.parametrize("ends", RANGES)
def test_stretching_is_undone_by_restoring(ends):
    scale = scale_of(*ends)
    inside = np.linspace(*np.clip(ends, -3, 3), 9)[1:-1]
    np.testing.assert_allclose(scale.restore(scale.stretch(inside)), inside)


def test_the_scales_are_the_logit_and_fishers_arctanh():
    p, r = np.array([0.1, 0.5, 0.99]), np.array([-0.9, 0.0, 0.7])
    np.testing.assert_allclose(SHARE.stretch(p), np.log(p / (1 - p)))
    np.testing.assert_allclose(CORRELATION.stretch(r), np.arctanh(r))
    assert scale_of(0.0, 1.0) == SHARE
    assert scale_of(-1.0, 1.0) == CORRELATION


@pytest.mark.parametrize(("scale", "ends"), [(SHARE, (0.0, 1.0)), (CORRELATION, (-1.0, 1.0))])
def test_a_value_at_an_end_of_its_range_has_an_interval_cut_there(scale, ends):
    errors = Errors(0.01, 9, np.nan, 9)
    reach = stats.t.ppf(0.975, 9) * 0.1
    low, high = bounds(np.array(ends), errors, scale, 0.95)
    np.testing.assert_allclose(low, [ends[0], ends[1] - reach])
    np.testing.assert_allclose(high, [ends[0] + reach, ends[1]])


def test_a_share_by_hand():
    """Replicates .8 and .9 about a value of .85: the logit's error over two units, t with one."""
    replicates = np.array([0.8, 0.9])
    z = np.log(replicates / (1 - replicates))
    error = np.sqrt(0.5 * np.square(z - z.mean()).sum())
    reach = stats.t.ppf(0.975, 1) * error
    found = Jackknife(0.85, (replicates,), "groups", 2).interval(SHARE)
    middle = np.log(0.85 / 0.15)
    expected = [1 / (1 + np.exp(-(middle + side * reach))) for side in (-1, 1)]
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.standard_error == pytest.approx(0.05)


def test_an_interval_on_a_scale_stays_inside_and_mirrors():
    rng = np.random.default_rng(0)
    replicates = 0.95 + 0.01 * rng.normal(size=15)
    one = Jackknife(0.96, (replicates,), "groups", 15)
    other = Jackknife(0.04, (1 - replicates,), "groups", 15)
    assert 0 < one.interval(SHARE).low < 0.96 < one.interval(SHARE).high < 1
    assert one.interval().high > 1
    np.testing.assert_allclose(one.interval(SHARE).low, 1 - other.interval(SHARE).high)
    assert 0.96 - one.interval(SHARE).low > one.interval(SHARE).high - 0.96


def test_far_from_the_ends_every_scale_gives_the_plain_interval():
    replicates = 0.5 + 1e-5 * np.random.default_rng(1).normal(size=30)
    found = Jackknife(0.5, (replicates,), "groups", 30)
    plain, stretched = found.interval(), found.interval(SHARE)
    assert stretched.high - 0.5 == pytest.approx(plain.high - 0.5, rel=0.03)
    assert stretched.high - stretched.low == pytest.approx(plain.high - plain.low, rel=0.03)


def test_a_value_at_the_end_of_its_range_falls_back_to_the_plain_interval_cut_there():
    replicates = np.array([[1.0, 0.5], [0.9, 0.6], [1.0, 0.7]])
    found = Jackknife(np.array([1.0, 0.6]), (replicates,), "groups", 3).interval(SHARE)
    assert found.high[0] == 1.0
    assert found.low[0] == pytest.approx(1 - stats.t.ppf(0.975, 2) * found.standard_error[0])
    assert 0 < found.low[1] < 0.6 < found.high[1] < 1


def test_degrees_of_freedom_fall_where_one_unit_rules_the_variance():
    even = jackknife_errors(np.array([0.5, 0.6] * 10), SHARE)
    one = np.full(20, 0.5)
    one[3] = 0.6
    ruled = jackknife_errors(one, SHARE)
    assert even.stretched_df == 19
    assert ruled.df == 19
    u = np.r_[19, np.full(19, -1.0)]  # the one that differs, and the others
    assert ruled.stretched_df == pytest.approx(3 * np.square((u**2).sum()) / (u**4).sum())
    assert ruled.stretched_df < 4


def test_variances_of_samples_add_up_with_satterthwaites_degrees_of_freedom():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=12), 3 * rng.normal(size=20)
    both = together([jackknife_errors(v, PLAIN) for v in (x, y)])
    parts = [jackknife_errors(v, PLAIN).variance for v in (x, y)]
    assert both.variance == pytest.approx(sum(parts))
    assert both.df == pytest.approx(sum(parts) ** 2 / (parts[0] ** 2 / 11 + parts[1] ** 2 / 19))


def test_without_variance_the_degrees_of_freedom_add_up():
    both = together([jackknife_errors(np.ones(5), PLAIN)] * 2)
    assert (both.variance, both.df) == (0, 8)


def test_one_undefined_replicate_keeps_the_value():
    """A unit active in one group alone is constant without it: the value is there all the same."""
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(12), 4)
    x, y = rng.normal(size=(48, 3)), rng.normal(size=(48, 3))
    x[4:, 1] = 0.0
    metric = METRICS["correlation_match"]
    a, b = metric.prepare(x), metric.prepare(y)

    def statistic(rows):
        return metric.compare(metric.take_rows(a, rows), metric.take_rows(b, rows))

    with pytest.raises(UndefinedScoreError):
        statistic(np.arange(4, 48))
    found = delete_group_jackknife(statistic, groups)
    assert found.value == metric.compare(a, b)
    assert found.low is None
    assert "without some of the groups there is no value" in found.reason


def test_correlations_of_grouped_samples_are_covered():
    """Plain intervals cover about .89 here, at 20 groups of unequal size."""
    groups = np.repeat(np.arange(20), np.r_[1:11, 2:12])
    hits = dict.fromkeys((PLAIN, CORRELATION), 0)
    for trial in range(300):
        rng = np.random.default_rng([trial, 20])
        z, x, y = (rng.normal(size=20)[groups] + 0.4 * rng.normal(size=120) for _ in range(3))
        for scale in hits:
            found = delete_group_jackknife(
                lambda rows, x=x + z, y=y + z: np.corrcoef(x[rows], y[rows])[0, 1],
                groups,
                scale=scale,
            )
            hits[scale] += found.low <= 0.5 <= found.high
    assert hits[CORRELATION] / 300 >= 0.92 > hits[PLAIN] / 300


def test_an_encoder_jackknife_takes_a_scale():
    values = np.array([0.97, 0.99, 0.9, 0.95, 0.98, 0.96, 0.99, 0.94])
    found = encoder_jackknife(lambda kept: values[kept].mean(), 8, scale=SHARE)
    assert found.low < values.mean() < found.high < 1


def test_joint_intervals_are_bonferronis_for_independent_values_and_plain_for_one():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(40, 6))
    found = group_jackknife(lambda rows: values[rows].mean(axis=0), np.arange(40))
    own, every = found.interval(), found.interval(jointly=True)
    widening = (every.high - every.value) / (own.high - own.value)
    np.testing.assert_allclose(widening, widening[0])
    bonferroni = stats.t.ppf(1 - 0.025 / 6, 39) / stats.t.ppf(0.975, 39)
    assert widening[0] == pytest.approx(bonferroni, rel=0.05)
    same = group_jackknife(lambda rows: values[rows, :1].mean(axis=0) * np.ones(6), np.arange(40))
    one, all_six = same.interval(), same.interval(jointly=True)
    np.testing.assert_allclose(all_six.high, one.high, rtol=0.05)


def test_the_largest_of_several_is_covered_jointly():
    """Twelve correlations of .5: the largest one's own interval lies too high."""
    own = jointly = 0
    trials = 200
    for trial in range(trials):
        rng = np.random.default_rng([trial, 21])
        x = rng.normal(size=(60, 1)) + rng.normal(size=(60, 12))
        y = rng.normal(size=(60, 12)) + x
        found = group_jackknife(lambda rows, x=x, y=y: paired(x[rows], y[rows]), np.arange(60))
        top, truth = int(found.value.argmax()), np.sqrt(2 / 3)
        for each, joint in ((found.interval(CORRELATION), False), (None, True)):
            interval = each or found.interval(CORRELATION, jointly=True)
            hit = interval.low[top] <= truth <= interval.high[top]
            own, jointly = own + (hit and not joint), jointly + (hit and joint)
    assert own / trials < 0.93
    assert jointly / trials >= 0.93


def paired(x, y):
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    return (x * y).sum(axis=0) / np.sqrt((x * x).sum(axis=0) * (y * y).sum(axis=0))
