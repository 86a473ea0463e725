"""Verdicts: one number, fourteen words, and a badge that holds against every null."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from substrate.exhibits import verdict_html
from substrate.exhibits.verdict import (
    WORDS,
    Badge,
    Outcome,
    Verdict,
    against_draws,
    against_level,
    against_zero,
    alike,
    compared,
    counted,
    name,
    numbers,
    weighed,
)
from substrate.numerics.intervals import next_draw

values = st.none() | st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, 0.004, -0.004])
named = st.sampled_from(["VGG-11", "16", "ViT, MAE", "a 2 b"])
titles = st.text(min_size=0, max_size=80).filter(lambda text: "nan" not in text) | named
outcomes = st.sampled_from(Outcome)


def is_well_formed(verdict):
    assert len(verdict.short.split()) <= WORDS
    assert len(numbers(verdict.short)) == 1
    assert "nan" not in verdict.short
    return True


@pytest.mark.parametrize("short", ["no number here", "two: 0.1 and 0.2", f"{'word ' * 14}3"])
def test_a_sentence_without_one_number_or_too_long_is_refused(short):
    with pytest.raises(ValueError, match="A verdict has"):
        Verdict(Badge.BOTH, short)


def test_digits_in_names_are_no_numbers():
    assert numbers("VGG-11 and CIFAR-10 reach −0.68 (of “16”)") == ["−0.68"]
    assert numbers("85\u00a0% of 4,000, +4.1") == ["85", "4,000", "+4.1"]
    assert numbers(f"{name('16')} and {name('run 2')} reach 5") == ["5"]


@given(outcomes, outcomes)
def test_both_nulls_are_exceeded_only_where_each_is(shuffling, twins):
    badge = weighed(shuffling, twins)
    both = shuffling is Outcome.BEYOND and twins is Outcome.BEYOND
    assert (badge is Badge.BOTH) == both
    if badge is Badge.SHUFFLING:
        assert shuffling is Outcome.BEYOND
    if badge is Badge.TWINS:
        assert twins is Outcome.BEYOND
    if twins is Outcome.BELOW:
        assert badge is Badge.BELOW


def test_more_than_shuffling_but_no_more_than_twins_is_not_celebrated():
    """The largest cell is .74 where shuffling reaches .51, and untrained twins .77 to .93."""
    shuffling = against_level(0.74, 0.51)
    twins = against_draws(0.62, 0.83, [0.77, 0.82, 0.88, 0.90, 0.93])
    assert weighed(shuffling, twins) is Badge.SHUFFLING


@given(values, outcomes, outcomes, titles)
def test_a_value_gives_one_well_formed_sentence_and_no_value_none(value, shuffling, twins, place):
    verdict = compared("The largest mapped cosine", value, shuffling, twins, place=place)
    if value is None or not math.isfinite(value):
        assert verdict is None
    else:
        assert is_well_formed(verdict)
        assert verdict.badge is weighed(shuffling, twins)


@given(values, values, values)
def test_nothing_is_more_alike_by_less_than_nothing(difference, low, high):
    verdict = alike("discriminative pairs", "reconstructive pairs", difference, low, high)
    if difference is None or not math.isfinite(difference):
        assert verdict is None
        return
    assert is_well_formed(verdict)
    assert "\u2212" not in verdict.short
    assert "-" not in verdict.short
    if "more alike" in verdict.short:
        assert difference > 0
    if "less alike" in verdict.short:
        assert difference < 0
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        assert verdict.badge is Badge.NO_INTERVAL
    elif low <= 0 <= high:
        assert verdict.badge is Badge.UNTOLD


@pytest.mark.parametrize(
    ("difference", "low", "high", "badge", "said"),
    [
        (0.23, 0.1, 0.3, Badge.TWINS, "more alike than untrained pairs, by 0.23"),
        (-0.23, -0.3, -0.1, Badge.BELOW, "less alike than untrained pairs, by 0.23"),
        (-0.02, -0.1, 0.1, Badge.UNTOLD, "less alike than untrained pairs, by 0.02"),
        (-0.15, None, None, Badge.NO_INTERVAL, "less alike than untrained pairs, by 0.15"),
    ],
)
def test_pairs_beside_untrained_ones_are_more_or_less_alike(difference, low, high, badge, said):
    verdict = alike("trained pairs", "untrained pairs", difference, low, high, twins=True)
    assert (verdict.badge, verdict.short) == (badge, f"Trained pairs are {said}")


def test_titles_with_commas_stand_in_brackets():
    assert name("ResNet, SimCLR") == "ResNet\u00a0(SimCLR)"


@given(st.sampled_from(Badge), st.integers(0, 10**9), titles)
def test_things_are_counted_in_singular_and_plural(badge, count, after):
    verdict = counted(badge, "", count, "direction", name(after))
    assert is_well_formed(verdict)
    assert (" direction " in f" {verdict.short} ") == (count == 1)


@given(titles, titles)
def test_a_name_never_counts_as_a_number_and_is_short(first, second):
    for one in (name(first), name(second)):
        assert numbers(f"between {one} there are 7 things") == ["7"]
        assert len(one.split()) <= 3


def test_intervals_levels_and_draws_are_weighed():
    assert against_zero(0.01, 0.2) is Outcome.BEYOND
    assert against_zero(-0.2, -0.01) is Outcome.BELOW
    assert against_zero(-0.1, 0.1) is Outcome.OPEN
    assert against_zero(None, 0.1) is Outcome.UNTESTED
    assert against_level(0.5, 0.4) is Outcome.BEYOND
    assert against_level(0.4, 0.5) is Outcome.OPEN
    assert against_level(math.nan, 0.5) is Outcome.UNTESTED
    draws = [0.30, 0.32, 0.34, 0.36, 0.38]
    assert against_draws(0.6, 0.7, draws) is Outcome.BEYOND
    assert against_draws(0.0, 0.1, draws) is Outcome.BELOW
    assert against_draws(0.3, 0.7, draws) is Outcome.OPEN
    assert against_draws(0.6, 0.7, draws[:4]) is Outcome.UNTESTED


def test_a_further_draw_lies_in_students_prediction_interval():
    draws = np.array([0.30, 0.32, 0.34, 0.36, 0.38])
    reach = stats.t.ppf(0.975, 4) * draws.std(ddof=1) * math.sqrt(1.2)
    assert next_draw(draws) == pytest.approx((0.34 - reach, 0.34 + reach))
    assert next_draw(draws[:4]) is None


def test_a_further_draw_is_covered_in_95_per_cent():
    rng = np.random.default_rng(0)
    worlds = rng.standard_normal((2000, 7))
    inside = [low <= w[-1] <= high for w in worlds for low, high in [next_draw(w[:-1])]]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)


def contrast(first, second):
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("badge", Badge)
def test_the_letters_of_a_pill_stand_out_from_its_ground(badge):
    ground = verdict_html.GROUNDS[badge.tone]
    assert contrast(ground, verdict_html.LETTERS) >= 4.5
    assert badge.meaning.endswith(".")


def test_html_escapes_what_names_may_hold():
    text = verdict_html.html(Verdict(Badge.BOTH, "<b>A</b> reaches 0.5"))
    assert "<b>" not in text
    assert "&lt;b&gt;" in text
