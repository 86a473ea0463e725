"""Rank agreement and the two-step ranking."""

import numpy as np
import pytest
from scipy import stats

from substrate.numerics.transfer.ranking import (
    chance_band,
    hybrid_ranking,
    kendall,
    rank_agreement,
    weighted_kendall,
)
from substrate.numerics.transfer.spec import TransferError
from tests.support.refusals import refused


def test_kendall_worked_out_by_hand():
    # One of six pairs is out of order: (5 - 1) / 6.
    assert np.isclose(kendall(np.array([1, 2, 3, 4]), np.array([10, 20, 40, 30])), 4 / 6)


def test_weighted_kendall_agrees_with_loops():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=9), rng.normal(size=9)

    def one_way(by):
        rank = np.argsort(np.argsort(-by))
        top = bottom = 0.0
        for i in range(9):
            for j in range(i):
                weight = 1 / (rank[i] + 1) + 1 / (rank[j] + 1)
                top += weight * np.sign(x[i] - x[j]) * np.sign(y[i] - y[j])
                bottom += weight
        return top / bottom

    assert np.isclose(weighted_kendall(x, y), (one_way(x) + one_way(y)) / 2)


@pytest.mark.parametrize("statistic", [kendall, weighted_kendall])
def test_laws(statistic):
    x = np.random.default_rng(1).normal(size=12)
    y = np.random.default_rng(2).normal(size=12)
    assert np.isclose(statistic(x, x), 1) and np.isclose(statistic(x, -x), -1)
    assert np.isclose(statistic(x, y), statistic(np.exp(x), 3 * y + 5))
    assert np.isclose(statistic(x, y), statistic(y, x))


def test_the_interval_leaves_out_encoders():
    rng = np.random.default_rng(3)
    truth = rng.normal(size=14)
    score = truth + rng.normal(size=14)
    agreement = rank_agreement(score, truth)
    interval = agreement.kendall
    assert interval.low < interval.value < interval.high and interval.unit == "encoders"
    left_out = [kendall(np.delete(score, i), np.delete(truth, i)) for i in range(14)]
    assert np.isclose(interval.standard_error**2, 13 * np.var(left_out))
    assert interval.df == 13 and interval.n_units == 14


def test_the_interval_covers_about_as_often_as_it_says():
    rng = np.random.default_rng(4)
    correlation, rounds, covered = 0.5, 40, 0
    truth = 2 / np.pi * np.arcsin(correlation)
    for _ in range(rounds):
        x = rng.normal(size=14)
        y = correlation * x + np.sqrt(1 - correlation**2) * rng.normal(size=14)
        interval = rank_agreement(x, y).kendall
        covered += interval.low <= truth <= interval.high
    assert covered / rounds > 0.85


def test_few_encoders_have_no_interval():
    agreement = rank_agreement(np.arange(5.0), np.arange(5.0))
    assert np.isclose(agreement.kendall.value, 1) and agreement.kendall.low is None
    assert "at least 8" in agreement.kendall.reason


def test_a_score_with_one_odd_encoder_has_no_interval():
    agreement = rank_agreement(np.array([1.0] * 9 + [2]), np.arange(10.0))
    assert agreement.weighted.low is None and "all others are tied" in agreement.kendall.reason


def test_chance_is_every_order_of_few_encoders():
    from itertools import permutations

    x, y = np.array([3.0, 1, 2, 5]), np.array([0.1, 0.4, 0.2, 0.3])
    band = chance_band(x, y, seed=0)
    assert band.shuffles == 24
    for statistic, found in ((kendall, band.kendall), (weighted_kendall, band.weighted)):
        values = np.sort([statistic(x, y[list(p)]) for p in permutations(range(4))])
        assert np.allclose(found, (values[0], values[23]))


def test_chance_narrows_with_encoders_and_lies_about_zero():
    rng = np.random.default_rng(0)
    few, many = (chance_band(*rng.normal(size=(2, e)), seed=0, shuffles=400) for e in (8, 24))
    for band in (few.kendall, few.weighted, many.kendall, many.weighted):
        assert band[0] < 0 < band[1]
    assert many.kendall[1] < 0.7 * few.kendall[1]
    assert abs(sum(many.kendall)) < 0.1


def test_the_hybrid_keeps_the_top_quarter_and_asks_only_those():
    asked = []

    def second(encoder):
        asked.append(encoder)
        return [0.0, 5, 9, 7, 3, 0, 0, 0, 0][encoder]

    first = np.array([9.0, 8, 7, 6, 5, 4, 3, 2, 1])
    ranked, kept = hybrid_ranking(first, second)
    assert kept.tolist() == [0, 1, 2] and sorted(asked) == [0, 1, 2]
    assert np.argsort(-ranked).tolist() == [2, 1, 0, 3, 4, 5, 6, 7, 8]


def test_the_hybrid_names_those_kept_in_their_own_order():
    ranked, kept = hybrid_ranking(np.array([1.0, 2, 9, 4, 5, 8]), lambda e: -e, keep=0.5)
    assert kept.tolist() == [2, 4, 5]
    assert ranked.tolist() == [0, 1, 5, 2, 4, 3]


@pytest.mark.parametrize(("encoders", "asked"), [(1, 1), (4, 1), (5, 2), (8, 2), (12, 3)])
def test_the_hybrid_keeps_a_quarter_rounded_up_and_leaves_ties_in_the_first_order(encoders, asked):
    ranked, kept = hybrid_ranking(np.ones(encoders), lambda _: 1.0)
    assert kept.tolist() == list(range(asked))
    assert ranked.tolist() == list(range(encoders))[::-1]


def test_the_hybrid_that_keeps_all_is_the_second_score_alone():
    rng = np.random.default_rng(5)
    dear = rng.normal(size=7)
    ranked, _ = hybrid_ranking(rng.normal(size=7), lambda e: dear[e], keep=1.0)
    assert np.isclose(stats.spearmanr(ranked, dear).statistic, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kendall(np.ones(4), np.arange(4)), "all 4 scores are 1.0"),
        (lambda: kendall(np.arange(4), np.ones(4)), "all 4 accuracies are 1.0"),
        (lambda: kendall(np.arange(3), np.arange(4)), "3 scores arrived for 4"),
        (lambda: kendall(np.array([1, np.nan]), np.arange(2)), "1 of 2 scores are not finite"),
        (lambda: hybrid_ranking(np.arange(4), float, keep=0.0), "keep is 0"),
    ],
)
def test_what_cannot_be_ranked_is_refused(call, message):
    with refused(TransferError, message):
        call()


def test_intervals_of_rank_correlations_stay_in_their_range():
    rng = np.random.default_rng(0)
    for _ in range(20):
        x = rng.standard_normal(9)
        found = rank_agreement(x, x + 0.4 * rng.standard_normal(9))
        for one in (found.kendall, found.weighted):
            if one.low is not None:
                assert -1 <= one.low <= one.value <= one.high <= 1
