"""Shares of right decisions: by hand, by laws, and by what their intervals cover."""

import numpy as np
import pytest
from scipy import stats

from substrate.numerics.intervals import (
    delete_group_jackknife,
    encoder_jackknife,
    group_jackknife,
)
from substrate.numerics.proportions import proportion
from substrate.numerics.scales import (
    CORRELATION,
    scale_of,
    wilson,
)
from substrate.numerics.transfer.support.accuracy import measure

TILES = np.repeat(np.arange(20), 6)


def test_wilsons_interval_of_the_textbook():
    """Wilson (1927) with the normal's quantile, as scipy gives it."""
    expected = stats.binomtest(45, 50).proportion_ci(0.95, method="wilson")
    assert wilson(0.9, 50.0, 1e9, 0.95) == pytest.approx((expected.low, expected.high))


def test_all_right_is_not_certain():
    found = proportion(np.ones(120), TILES)
    assert found.value == 1
    assert found.spread == pytest.approx(20)
    assert found.high == pytest.approx(1)
    t = stats.t.ppf(0.975, 19)
    assert found.low == pytest.approx(1 / (1 + t**2 / 20))
    assert 0.8 < found.low < 0.85
    wrong = proportion(np.zeros(120), TILES)
    assert (wrong.low, wrong.high) == pytest.approx((0, 1 - found.low))


def test_independent_samples_are_worth_their_number():
    rng = np.random.default_rng(0)
    right = rng.uniform(size=400) < 0.8
    found = proportion(right, np.arange(400))
    assert found.spread == pytest.approx(400, abs=6)
    expected = wilson(right.mean(), found.spread, 399.0, 0.95)
    assert (found.low, found.high) == pytest.approx(expected)


def test_tiles_that_agree_are_worth_their_photographs():
    right = (np.arange(20) % 3 > 0)[TILES]
    found = proportion(right, TILES)
    assert 19 < found.spread < 24
    assert found.high - found.low > 2 * np.sqrt(0.25 / 120)


def test_classes_count_alike():
    classes = np.repeat([0, 1], [90, 30])
    right = np.r_[np.ones(90), np.zeros(30)]
    assert proportion(right, TILES).value == 0.75
    found = proportion(right, TILES, classes=classes)
    assert found.value == 0.5
    alone = proportion(right[:90], TILES[:90], classes=np.zeros(90, dtype=int))
    assert alone.value == 1
    assert alone.low == pytest.approx(proportion(right[:90], TILES[:90]).low)


def test_no_recall_of_a_classifier_is_certain():
    codes = np.repeat([0, 1], [120, 120])
    found = measure(("a", "b"), codes, codes, np.arange(240) // 6)
    for interval in (found.overall, found.balanced, *found.recalls):
        assert interval.value == 1
        assert interval.low < 0.95
        assert interval.high == pytest.approx(1)
    assert found.recalls[0].low < found.overall.low


def test_accuracies_near_one_are_covered():
    """Photographs differ in difficulty; the plain jackknife gives [1, 1] in many draws."""
    truth, trials, hits, plain = 0.99, 300, 0, 0
    for trial in range(trials):
        rng = np.random.default_rng([trial, 30])
        right = rng.uniform(size=120) < rng.beta(99, 1, size=20)[TILES]
        found = proportion(right, TILES)
        hits += found.low <= truth <= found.high
        old = delete_group_jackknife(lambda rows, right=right: right[rows].mean(), TILES)
        plain += old.low <= truth <= old.high
    assert hits / trials >= 0.94
    assert plain / trials < 0.8


def test_the_best_of_several_is_covered_after_having_looked():
    """Eight encoders of equal accuracy: the best one's own 95 % interval is too high."""
    truth, trials, own, picked = 0.8, 300, 0, 0
    for trial in range(trials):
        rng = np.random.default_rng([trial, 31])
        each = [proportion(rng.uniform(size=120) < truth, TILES) for _ in range(8)]
        best = max(each, key=lambda found: found.value)
        own += best.low <= truth <= best.high
        wide = best.picked_from(8)
        picked += wide.low <= truth <= wide.high
    assert own / trials < 0.94
    assert picked / trials >= 0.95


@pytest.mark.parametrize("scale", [CORRELATION, scale_of(-np.inf, np.inf)], ids=["r", "plain"])
def test_another_level_is_what_the_jackknife_gives_at_it(scale):
    values = np.array([0.3, 0.9, 0.5, 0.7, 0.6, 0.8, 0.4, 0.9])
    found = encoder_jackknife(lambda kept: values[kept].mean(), 8, scale=scale)
    other = encoder_jackknife(lambda kept: values[kept].mean(), 8, scale=scale, level=0.99)
    again = found.at_level(0.99)
    assert (again.low, again.high) == pytest.approx((other.low, other.high))
    assert again.at_level(0.95).low == pytest.approx(found.low)
    assert found.picked_from(1).low == pytest.approx(found.low)
    assert found.picked_from(5).low == pytest.approx(again.low)


def test_without_an_interval_no_level_makes_one():
    found = group_jackknife(lambda rows: float(len(rows)), np.arange(5)).interval()
    assert found.picked_from(9).low is None
