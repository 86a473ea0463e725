"""Nulls and intervals: exact properties, hand-worked values, and coverage in miniature."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from substrate.numerics import nulls
from substrate.numerics.metrics import (
    METRICS,
    UndefinedScoreError,
)

BLOCKS = np.repeat(np.arange(6), 4)
RAGGED = np.repeat(np.arange(12), [1, 5, 2, 3, 7, 1, 4, 2, 6, 3, 2, 4])


@pytest.mark.parametrize("groups", [np.arange(15), BLOCKS, np.array(list("abcabcabc"))])
def test_every_row_order_is_a_permutation_and_the_seed_fixes_it(groups):
    orders = nulls.group_permutations(groups, 20, seed=3)
    assert orders.shape == (20, len(groups))
    assert (np.sort(orders, axis=1) == np.arange(len(groups))).all()
    np.testing.assert_array_equal(orders, nulls.group_permutations(groups, 20, seed=3))
    assert (orders != nulls.group_permutations(groups, 20, seed=4)).any()


def test_groups_of_equal_size_move_whole_and_keep_their_inner_order():
    shuffled = np.random.default_rng(0).permutation(BLOCKS)
    for rows in nulls.group_permutations(shuffled, 10, seed=1):
        for g in range(6):
            images = rows[shuffled == g]
            assert len(set(shuffled[images])) == 1
            assert (np.diff(images) > 0).all()


def test_groups_of_unequal_size_stand_in_for_one_another_whole():
    sizes = np.bincount(RAGGED)
    for rows in nulls.group_permutations(RAGGED, 10, seed=1):
        stand_ins = [np.unique(RAGGED[rows[g == RAGGED]]) for g in range(12)]
        assert all(len(s) == 1 for s in stand_ins)
        assert sorted(int(s[0]) for s in stand_ins) == list(range(12))
        for g, (other,) in enumerate(stand_ins):
            assert len(set(rows[g == RAGGED])) == min(sizes[g], sizes[other])


def test_plain_permutations_are_uniform():
    orders = nulls.group_permutations(np.arange(4), 4800, seed=0)
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 0.001


def test_groups_of_one_size_are_drawn_as_the_general_rule_draws_them():
    """Equal groups go a shorter way, which may change no draw."""
    groups = np.random.default_rng(3).permutation(np.repeat(np.arange(12), 4))
    members, rng = nulls.group_members(groups), np.random.default_rng(9)
    for order in nulls.group_permutations(groups, 6, seed=9):
        drawn = rng.permutation(12)
        expected = np.empty(48, dtype=int)
        for place, stand_in in zip(members, drawn, strict=True):
            expected[place] = members[stand_in]
        np.testing.assert_array_equal(order, expected)


def test_one_group_cannot_be_permuted():
    with pytest.raises(ValueError, match="at least two groups"):
        nulls.group_permutations(np.zeros(8), 3, seed=0)


def test_calibration_by_hand():
    null = np.linspace(0.01, 0.19, 19)  # mean 0.1
    result = nulls.calibrate(0.55, null, n_groups=30)
    assert result.mean_null == pytest.approx(0.1)
    assert result.calibrated == pytest.approx(0.5)
    assert result.p == pytest.approx(1 / 20)
    assert result.tau == pytest.approx(0.19)  # rank ceil(.95 * 20) = 19 of 20


def test_calibration_below_chance_is_negative():
    result = nulls.calibrate(0.0, np.full(19, 0.2), n_groups=30)
    assert result.calibrated == pytest.approx(-0.25)


def test_calibration_of_a_distance_runs_the_other_way():
    null = np.linspace(1.01, 1.19, 19)
    result = nulls.calibrate(0.55, null, n_groups=30, best=0.0, closer="lower")
    assert result.p == pytest.approx(1 / 20)
    assert result.tau == pytest.approx(1.01)
    assert result.calibrated == pytest.approx(0.5)


def test_below_ten_groups_there_is_no_p_value():
    result = nulls.calibrate(0.5, np.zeros(19), n_groups=9)
    assert result.p is None
    assert "9 groups" in result.reason


def test_p_values_count_ties_against_the_observed():
    assert nulls.calibrate(0.3, np.full(9, 0.3), n_groups=20).p == 1


def test_layers_are_corrected_by_the_extreme_of_each_permutation():
    rng = np.random.default_rng(2)
    metric = METRICS["linear_cka"]
    layers = [metric.prepare(rng.normal(size=(40, 5))) for _ in range(3)]
    groups = np.arange(40)
    orders = nulls.group_permutations(groups, 49, 1)
    null = [[nulls.permutation_null(metric, a, b, orders) for b in layers[:2]] for a in layers]
    result = nulls.layer_calibration(
        metric.compare_all(layers, layers[:2]), np.moveaxis(null, 2, 0), n_groups=40
    )
    single = [
        [nulls.calibrate_pair(metric, a, b, groups, 49, 1) for b in layers[:2]] for a in layers
    ]
    extreme = np.max([[c.null for c in row] for row in single], axis=(0, 1))
    np.testing.assert_allclose(result.extreme_null, extreme)
    assert result.p[0, 0] == result.p[1, 1] == pytest.approx(1 / 50)
    assert (result.p >= [[c.p for c in row] for row in single]).all()


def test_scores_that_ignore_pairing_have_no_permutation_null():
    unpaired = [m for m in METRICS.values() if not m.needs_pairing]
    for metric in unpaired:
        state = metric.prepare(np.random.default_rng(0).normal(size=(20, 3)))
        with pytest.raises(UndefinedScoreError, match="rotated null"):
            nulls.permutation_null(metric, state, state, np.arange(20)[None])


def test_jackknife_of_a_mean_is_the_t_interval():
    x = np.random.default_rng(3).normal(size=25)
    result = nulls.delete_group_jackknife(lambda rows: x[rows].mean(), np.arange(25))
    low, high = stats.t.interval(0.95, 24, x.mean(), stats.sem(x))
    assert (result.low, result.high) == pytest.approx((low, high))
    assert (result.df, result.n_units, result.unit) == (24, 25, "groups")


def test_jackknife_takes_vectors_and_groups_and_blocks():
    x = np.random.default_rng(4).normal(size=(400, 3))
    groups = np.repeat(np.arange(200), 2)
    result = nulls.delete_group_jackknife(lambda rows: x[rows].mean(0), groups, max_units=20)
    assert result.low.shape == (3,)
    assert (result.df, result.n_units) == (19, 200)
    every = nulls.delete_group_jackknife(lambda rows: x[rows].mean(0), groups, max_units=None)
    assert every.df == 199
    np.testing.assert_allclose(result.standard_error, every.standard_error, rtol=0.7)


def test_jackknife_refuses_below_ten_groups_but_gives_the_value():
    result = nulls.delete_group_jackknife(lambda rows: float(len(rows)), np.arange(9))
    assert (result.value, result.low, result.high) == (9.0, None, None)
    assert "9 groups" in result.reason


def test_jackknife_by_group_is_wider_where_tiles_are_dependent():
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(30), 12)
    x = rng.normal(size=30)[groups] + 0.3 * rng.normal(size=360)
    by_group = nulls.delete_group_jackknife(lambda rows: x[rows].mean(), groups)
    by_tile = nulls.delete_group_jackknife(lambda rows: x[rows].mean(), np.arange(360))
    assert by_group.standard_error > 2 * by_tile.standard_error


def test_encoder_jackknife_covers_where_pairs_would_not():
    # Similarities of pairs share their encoders: s_ij = (u_i + u_j) / 2.
    rng = np.random.default_rng(6)
    pairs = np.triu_indices(12, 1)

    def mean_of_pairs(kept, u):
        inside = np.isin(pairs, kept).all(axis=0)
        return ((u[pairs[0]] + u[pairs[1]]) / 2)[inside].mean()

    hits = 0
    for _ in range(100):
        u = rng.normal(size=12)
        result = nulls.encoder_jackknife(lambda kept, u=u: mean_of_pairs(kept, u), 12)
        hits += result.low <= 0 <= result.high
    assert 88 <= hits <= 100


def test_encoder_jackknife_of_a_difference_is_the_two_sample_error():
    x = np.random.default_rng(7).normal(size=14)
    kinds = np.repeat(["a", "b"], [8, 6])

    def difference(kept):
        return x[kept][kinds[kept] == "a"].mean() - x[kept][kinds[kept] == "b"].mean()

    result = nulls.encoder_jackknife(difference, 14, strata=kinds)
    expected = np.hypot(stats.sem(x[:8]), stats.sem(x[8:]))
    assert result.standard_error == pytest.approx(expected)
    welch = stats.ttest_ind(x[:8], x[8:], equal_var=False)
    assert result.df == pytest.approx(welch.df)
    bounds = welch.confidence_interval(0.95)
    assert (result.low, result.high) == pytest.approx((bounds.low, bounds.high))


def test_encoder_jackknife_refuses_few_encoders_and_lone_kinds():
    assert "7 encoders" in nulls.encoder_jackknife(lambda kept: 0.0, 7).reason
    kinds = np.array(["a"] * 8 + ["b"])
    assert "b has one" in nulls.encoder_jackknife(lambda kept: 0.0, 9, strata=kinds).reason


def test_copies_of_one_recipe_are_left_out_together_and_count_once():
    x = np.random.default_rng(8).normal(size=9)
    twice = np.concatenate([x, x])
    recipes = [str(i % 9) for i in range(18)]
    once = nulls.encoder_jackknife(lambda kept: x[kept].mean(), 9)
    found = nulls.encoder_jackknife(lambda kept: twice[kept].mean(), 18, recipes=recipes)
    assert (found.low, found.high) == pytest.approx((once.low, once.high))
    assert (found.unit, found.df) == ("recipes", 8)
    refused = nulls.encoder_jackknife(lambda kept: 0.0, 14, recipes=recipes[:7] * 2)
    assert refused.low is None and "7 recipes" in refused.reason


def jackknifed_mean(sample):
    return nulls.delete_group_jackknife(
        lambda rows: float(sample[rows].mean()), np.arange(len(sample)), max_units=None
    )


def test_draws_of_twins_add_their_variance_and_satterthwaites_degrees_of_freedom():
    of_units = jackknifed_mean(np.random.default_rng(0).normal(size=25))
    draws = np.array([0.1, 0.3, 0.2, 0.5, 0.4, 0.3])
    v, w = of_units.standard_error**2, draws.var(ddof=1) * (1 + 1 / 6)
    found = nulls.with_draws(of_units, draws)
    assert found.standard_error == pytest.approx(np.sqrt(v + w))
    assert found.df == pytest.approx((v + w) ** 2 / (v**2 / 24 + w**2 / 5))
    reach = stats.t.ppf(0.975, found.df) * np.sqrt(v + w)
    assert (found.low, found.high) == pytest.approx((found.value - reach, found.value + reach))
    of_mean = nulls.with_draws(of_units, draws, future=False)
    assert of_mean.standard_error == pytest.approx(np.sqrt(v + draws.var(ddof=1) / 6))


def test_draws_that_agree_change_nothing_and_draws_alone_give_the_prediction_interval():
    of_units = jackknifed_mean(np.random.default_rng(1).normal(size=30))
    same = nulls.with_draws(of_units, np.full(7, 0.3))
    assert (same.low, same.high, same.df) == pytest.approx((of_units.low, of_units.high, 29))
    exact = jackknifed_mean(np.full(20, 1.0))
    draws = np.random.default_rng(2).normal(size=8)
    found = nulls.with_draws(exact, draws)
    assert found.df == pytest.approx(7)
    assert found.high - 1 == pytest.approx(
        stats.t.ppf(0.975, 7) * draws.std(ddof=1) * np.sqrt(9 / 8)
    )
    nothing_varies = nulls.with_draws(exact, np.zeros(8))
    assert (nothing_varies.low, nothing_varies.high) == (1.0, 1.0)


def test_draws_are_taken_entry_by_entry_of_a_vector():
    sample = np.random.default_rng(3).normal(size=(20, 3))
    of_units = nulls.delete_group_jackknife(
        lambda rows: sample[rows].mean(axis=0), np.arange(20), max_units=None
    )
    draws = np.random.default_rng(4).normal(size=(6, 3))
    found = nulls.with_draws(of_units, draws)
    for entry in range(3):
        one = nulls.with_draws(jackknifed_mean(sample[:, entry]), draws[:, entry])
        assert (found.low[entry], found.high[entry]) == pytest.approx((one.low, one.high))


def test_few_draws_and_few_photographs_give_no_interval():
    of_units = jackknifed_mean(np.arange(20.0))
    few = nulls.with_draws(of_units, np.arange(4.0))
    assert few.low is None and few.high is None and few.value == of_units.value
    assert few.reason == ("No interval: 4 draws of untrained twins, and at least 5 are needed.")
    photographs = jackknifed_mean(np.arange(9.0))
    assert nulls.with_draws(photographs, np.arange(10.0)).reason == photographs.reason


def test_a_further_draw_in_place_of_the_trained_panel_decides_in_five_percent():
    rng, decided = np.random.default_rng(5), {"photographs": 0, "draws": 0, "mean": 0}
    for _ in range(1000):
        draws, noise = rng.normal(size=11), 0.4 * rng.normal(size=20)
        of_units = jackknifed_mean(draws[0] - draws[1:].mean() + noise)
        for name, found in (
            ("photographs", of_units),
            ("draws", nulls.with_draws(of_units, draws[1:])),
            ("mean", nulls.with_draws(of_units, draws[1:], future=False)),
        ):
            decided[name] += not found.low <= 0 <= found.high
    assert decided["photographs"] > 700 and decided["mean"] > 300
    assert 30 <= decided["draws"] <= 70


def test_desynchronised_orders_differ_between_encoders():
    orders = nulls.row_orders(np.arange(50), 4, seed=0)
    assert len(np.unique(orders, axis=0)) == 4


def test_random_basis_is_orthonormal_and_isotropic():
    rng = np.random.default_rng(8)
    bases = np.array([nulls.random_basis(5, 2, rng) for _ in range(2000)])
    np.testing.assert_allclose(bases[0].T @ bases[0], np.eye(2), atol=1e-12)
    np.testing.assert_allclose(bases.mean(0), 0, atol=0.05)
    projector = np.mean([b @ b.T for b in bases], axis=0)
    np.testing.assert_allclose(projector, 0.4 * np.eye(5), atol=0.03)


def test_rotation_keeps_distances():
    rng = np.random.default_rng(9)
    x = rng.normal(size=(10, 4))
    turned = nulls.rotated(x, rng)
    np.testing.assert_allclose(turned @ turned.T, x @ x.T, atol=1e-12)
    assert not np.allclose(turned, x)


@pytest.mark.parametrize(
    "groups",
    [np.arange(60), np.repeat(np.arange(15), 4), np.repeat(np.arange(15), np.r_[1:8, 1:9])],
    ids=["ones", "equal", "unequal"],
)
def test_p_values_of_unrelated_features_are_uniform_enough(groups):
    rng = np.random.default_rng(10)
    metric, count = METRICS["debiased_cka"], len(np.unique(groups))
    rejected = 0
    for trial in range(150):
        x, y = (
            rng.normal(size=(count, 4))[groups] + 0.2 * rng.normal(size=(len(groups), 4))
            for _ in range(2)
        )
        result = nulls.calibrate_pair(
            metric, metric.prepare(x), metric.prepare(y), groups, 39, seed=trial
        )
        rejected += result.p <= 0.05
    assert rejected <= 16


def test_a_score_that_shuffling_cannot_lower_is_not_calibrated():
    """With n <= p every row order reaches a canonical correlation of 1."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 40)), rng.normal(size=(20, 40))
    metric = METRICS["mean_cca"]
    found = nulls.calibrate_pair(metric, metric.prepare(x), metric.prepare(y), np.arange(20), 20, 0)
    assert found.calibrated is None
    assert "identical features" in found.reason


def test_row_orders_move_photographs_whole_and_only_what_is_inside_where_they_are_few():
    many, few, singles = np.repeat(np.arange(12), 3), np.repeat(np.arange(9), 3), np.arange(9)
    moved = nulls.row_orders(many, 4, 0)
    assert (np.diff(moved.reshape(4, 12, 3), axis=2) == 1).all()
    assert (many[moved] != many).any()
    inside = nulls.row_orders(few, 4, 0)
    assert (few[inside] == few).all() and (inside != np.arange(27)).any(axis=1).all()
    assert not np.array_equal(nulls.row_orders(singles, 4, 0), np.tile(singles, (4, 1)))


def test_there_is_one_function_of_row_orders():
    """The same question gets the same null on every page, also below ten photographs."""
    found = [
        path
        for path in (Path(__file__).parents[2] / "substrate").rglob("*.py")
        if re.search(r"^ *def (row_orders|desynchronise)\b", path.read_text(), re.M)
    ]
    assert [path.name for path in found] == ["nulls.py"]


def test_split_halves_share_no_group_and_lose_no_row():
    for first, second in nulls.split_half(RAGGED, 5, seed=0):
        assert not set(RAGGED[first]) & set(RAGGED[second])
        np.testing.assert_array_equal(np.sort(np.r_[first, second]), np.arange(len(RAGGED)))
