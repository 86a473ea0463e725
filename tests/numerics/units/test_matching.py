"""One-to-one matching: planted permutations, hand-worked values, and what rotations must do."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from substrate.numerics.units.blocks import JointCovariance, UnitsError, parts
from substrate.numerics.units.matching import (
    Matching,
    assigned,
    consistency,
    cycle_lengths,
    cycles,
    held_out_matching,
    match,
    rotation_null,
    stability,
)
from tests.numerics.units.planted import blocks_of, maps


def covariance_of(c):
    """Units of variance one, uncorrelated within either side."""
    c = np.asarray(c, dtype=float)
    return JointCovariance(np.eye(c.shape[0]), c, np.eye(c.shape[1]))


def test_values_below_zero_are_not_taken_for_large_ones():
    """Corrected bits may lie below zero, which is no information."""
    values = np.array([[-1.0, 0.1], [0.2, -1.0]])
    found = assigned(values, np.arange(2), np.arange(2))
    assert found.a.tolist() == [0, 1] and found.b.tolist() == [1, 0]
    found = assigned(values, np.arange(2), np.arange(2), absolute=True)
    assert found.b.tolist() == [0, 1]


def test_by_hand():
    found = match(covariance_of([[0.9, 0.8, 0.1], [0.7, 0.1, -0.2]]))
    # .9 + .1 and .9 + -.2 are less than .8 + .7.
    assert found.a.tolist() == [0, 1] and found.b.tolist() == [1, 0]
    np.testing.assert_allclose(found.r, [0.8, 0.7])
    np.testing.assert_allclose(found.margin, [-0.1, 0.6])
    assert found.greedy.tolist() == [0, 0] and found.greedy_r.tolist() == [0.9, 0.7]
    assert found.agreement == 0.5 and found.mean == pytest.approx(0.75)


def test_signs_count_unless_one_asks_for_sizes():
    c = covariance_of([[-0.9, 0.2], [0.1, 0.3]])
    assert match(c).b.tolist() == [1, 0]  # .2 + .1 against -.9 + .3
    by_size = match(c, absolute=True)
    assert by_size.b.tolist() == [0, 1]
    np.testing.assert_allclose(by_size.r, [-0.9, 0.3])
    np.testing.assert_allclose(held_out_matching(c, c, absolute=True).r, [0.9, 0.3])
    turned = covariance_of([[0.9, 0.2], [0.1, 0.3]])  # the sign turned around on other photographs
    assert held_out_matching(c, turned, absolute=True).r[0] == pytest.approx(-0.9)


def test_a_planted_permutation_is_found_exactly_with_its_margin():
    rng = np.random.default_rng(0)
    a, order = maps(rng), rng.permutation(12)
    b = 3.0 * a[..., order] + 0.3 * maps(rng) - 7.0
    blocks = blocks_of(a, b)
    found = match(blocks.covariance())
    assert found.b[np.argsort(found.a)].tolist() == np.argsort(order).tolist()
    assert found.agreement == 1.0 and found.margin.min() > 0.7
    halves = [match(blocks.covariance(part)) for part in parts(20)]
    assert stability(*halves) == 1.0


def test_it_is_the_best_of_all_matchings_and_dead_units_take_no_part():
    rng = np.random.default_rng(1)
    a, b = maps(rng, p=9), maps(rng, p=7)
    b[..., :7] += a[..., :7] * rng.normal(size=7)
    a[..., 4] = 1.0
    covariance = blocks_of(a, b).covariance()
    found = match(covariance)
    assert len(found.a) == 7 and 4 not in found.a and 4 not in found.living
    c = covariance.correlation[np.delete(np.arange(9), 4)]
    rows, columns = linear_sum_assignment(-c)
    assert found.r.sum() == pytest.approx(c[rows, columns].sum())
    assert np.isfinite(found.r).all() and (np.abs(found.r) < 1).all()


def test_independent_units_match_by_chance_on_the_photographs_that_chose_and_not_on_others():
    rng = np.random.default_rng(2)
    blocks = blocks_of(maps(rng, 100, 4, 30), maps(rng, 100, 4, 30))
    choose, judge = (blocks.covariance(part) for part in parts(20))
    found = held_out_matching(choose, judge)
    assert found.matching.mean > 0.1 and abs(found.mean) < 0.04
    assert stability(match(choose), match(judge)) < 0.2


def test_a_rotated_copy_matches_no_better_than_its_rotations():
    rng = np.random.default_rng(3)
    a = maps(rng, 200, 4, 24)
    turn = np.linalg.qr(rng.normal(size=(24, 24)))[0]
    blocks = blocks_of(a, (a / a.std(axis=(0, 1))) @ turn)
    choose, judge = (blocks.covariance(part) for part in parts(20))
    null = rotation_null(choose, judge, 40, seed=0)
    z = (held_out_matching(choose, judge).mean - null.mean()) / null.std(ddof=1)
    assert abs(z) < 3 and null.mean() > 0.3  # one space: any axes find partners

    copy = blocks_of(a, a + 0.3 * maps(rng, 200, 4, 24))
    choose, judge = (copy.covariance(part) for part in parts(20))
    assert held_out_matching(choose, judge).mean > 0.9 > rotation_null(choose, judge, 20, 1).max()


def test_the_rotation_null_is_that_of_turned_features():
    rng = np.random.default_rng(4)
    a, b = maps(rng, 80, 4, 6), maps(rng, 80, 4, 5)
    b += a[..., :5]
    blocks = blocks_of(a, b)
    choose, judge = (blocks.covariance(part) for part in parts(20))
    null = rotation_null(choose, judge, 400, seed=0)
    first, _ = parts(20)
    chosen = np.isin(np.arange(80) % 20, first)
    za, zb = (x / x[chosen].reshape(-1, x.shape[2]).std(axis=0) for x in (a, b))
    by_features = []
    for seed in range(60):
        own = np.random.default_rng(1000 + seed)
        q = [np.linalg.qr(own.normal(size=(d, d)))[0] for d in (6, 5)]
        again = blocks_of(za @ q[0], zb @ q[1])
        by_features.append(held_out_matching(*(again.covariance(part) for part in parts(20))).mean)
    error = np.std(by_features) / np.sqrt(60) + null.std() / 20
    assert null.mean() == pytest.approx(np.mean(by_features), abs=3 * error)


def test_cycles_put_matches_on_the_diagonal():
    c = np.zeros((5, 5))
    for a, b in [(0, 2), (2, 0), (1, 3), (3, 4), (4, 1)]:
        c[a, b] = 0.5
    a, b = cycles(match(covariance_of(c)))
    assert a.tolist() == [1, 3, 4, 0, 2] and b.tolist() == [3, 4, 1, 2, 0]
    wide = cycles(match(covariance_of([[0.1, 0.1, 0.9], [0.8, 0.1, 0.1]])))
    assert sorted(wide[0].tolist()) == [0, 1] and len(wide[1]) == 2


def test_a_side_without_life_is_one_sentence():
    dead = JointCovariance(np.eye(2), np.zeros((2, 3)), np.zeros((3, 3)))
    with pytest.raises(UnitsError, match="All units of B are constant"):
        match(dead)
    with pytest.raises(UnitsError, match="All units of one side are constant"):
        rotation_null(dead, dead, 3, 0)


def test_one_unit_on_each_side():
    found = match(covariance_of([[0.4]]))
    assert found.r.tolist() == [0.4] and np.isnan(found.margin).all() and found.agreement == 1.0


def test_of_units_that_say_the_same_either_partner_will_do_and_the_margin_is_zero():
    rng = np.random.default_rng(11)
    a = maps(rng, 60, 6, 8)
    order = rng.permutation(8)
    b = np.concatenate([a[..., order], a[..., order[:1]]], axis=2)  # one unit twice
    found = match(blocks_of(a, b).covariance())
    np.testing.assert_allclose(found.r, 1.0)
    twice = found.a == order[0]
    assert found.b[twice][0] in (0, 8) and found.margin[twice][0] == pytest.approx(0.0, abs=1e-9)
    assert (order[found.b[~twice]] == found.a[~twice]).all() and (found.margin[~twice] > 0.1).all()


def permuted(partners):
    """Return a matching of each unit with the one given."""
    b = np.array(partners)
    ones = np.ones(len(b))
    return Matching(np.arange(len(b)), b, ones, ones, np.arange(len(b)), b, ones, 1.0)


def test_cycles_have_their_lengths_longest_first():
    assert cycle_lengths(permuted([1, 2, 0, 4, 3, 5])).tolist() == [3, 2, 1]
    assert cycle_lengths(permuted(range(4))).tolist() == [1, 1, 1, 1]


def test_matchings_of_one_truth_agree_around_three_and_unrelated_ones_in_one_of_p():
    rng = np.random.default_rng(0)
    p = 20
    a, b, c = (rng.permutation(p) for _ in range(3))  # numbers of the same truth in each encoder
    first, second, across = (
        permuted([int(y[np.flatnonzero(x == unit)[0]]) for unit in range(p)])
        for x, y in ((a, b), (b, c), (a, c))
    )
    assert consistency(first, second, across) == 1.0
    swapped = across.b.copy()
    swapped[:2] = swapped[1::-1]
    assert consistency(first, second, permuted(swapped)) == (p - 2) / p
    draws = [consistency(*(permuted(rng.permutation(p)) for _ in range(3))) for _ in range(400)]
    assert np.mean(draws) == pytest.approx(1 / p, abs=0.01)
