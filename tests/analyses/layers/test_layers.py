"""Layer grids against the metrics one by one, depth statements by hand, refusals and limits."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from substrate import wording
from substrate.analyses.layers import two_encoders as layers
from substrate.analyses.layers.all_encoders import (
    LAYERS_PAIRS,
    LAYERS_PAIRS_UNTRAINED,
    pairs_params,
)
from substrate.analyses.layers.depth import (
    best_match,
    depth_correlation,
    diagonal_gap,
    equal_depth,
)
from substrate.analyses.layers.tables import (
    encoder_table,
    layer_table,
    pair_of,
)
from substrate.analyses.shared.effort import chosen_rows
from substrate.analyses.shared.grid import prepare
from substrate.analyses.shared.grid_scores import score
from substrate.analyses.spec import AnalysisError, obtain, result_key, stored
from substrate.encoder_ref import EncoderRef
from substrate.exhibits.layers import words as layers_text
from substrate.numerics.metrics import METRICS
from substrate.numerics.nulls import (
    calibrate,
    calibrate_pair,
    delete_group_jackknife,
    row_orders,
)
from substrate.numerics.scales import CORRELATION
from substrate.runs import Run
from tests.support.planted import planted_run

BOTH = pytest.mark.parametrize("key", ["linear_cka", "debiased_cka", "nuclear_similarity"])


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture
def sides(rng):
    shared = rng.normal(size=(60, 4))

    def layer(width):
        return shared @ rng.normal(size=(4, width)) + rng.normal(size=(60, width)) + 50.0

    return [layer(8), layer(90), layer(12)], [layer(7), layer(80)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("layers"), n=96, groups=24, untrained=2)


@BOTH
def test_a_grid_is_every_pair_scored_alone(key, sides):
    values, reasons = prepare(key, *sides).values()
    alone = [[METRICS[key].score(x, y) for y in sides[1]] for x in sides[0]]
    np.testing.assert_allclose(values, alone, atol=1e-12)
    assert reasons == ()


@BOTH
def test_permuted_grids_are_scores_of_permuted_rows(key, sides, rng):
    orders = np.array([rng.permutation(60) for _ in range(4)])
    found = prepare(key, *sides).permuted(orders)
    alone = [
        [[METRICS[key].score(x, y[rows]) for y in sides[1]] for x in sides[0]] for rows in orders
    ]
    np.testing.assert_allclose(found, alone, atol=1e-6)


@BOTH
def test_grids_whose_orders_repeat_rows_are_scores_of_those_rows(key, sides, rng):
    groups = np.repeat(np.arange(14), [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 11])
    orders = row_orders(groups, 5, seed=2)
    assert len(np.unique(orders[0])) < 60
    found = prepare(key, *sides).permuted(orders)
    alone = [
        [[METRICS[key].score(x, y[rows]) for y in sides[1]] for x in sides[0]] for rows in orders
    ]
    np.testing.assert_allclose(found, alone, rtol=0, atol=1e-11)


@pytest.mark.parametrize("key", ["linear_cka", "debiased_cka"])
def test_orders_that_repeat_rows_never_take_pairs_one_by_one(key, sides, monkeypatch):
    """Taking rows of each pair anew took a minute where one product of all pairs takes one second.

    An order in which all rows are one has no value, and the others keep theirs.
    """
    monkeypatch.setattr("substrate.analyses.shared.grid._permuted_pair", None)
    orders = np.array([np.r_[0, 0, np.arange(2, 60)], np.full(60, 7)])
    monkeypatch.setattr("substrate.analyses.shared.grid_cka.CELLS", 60 * 2 * 7)
    in_blocks = prepare(key, *sides).permuted(orders)
    monkeypatch.undo()
    assert np.isnan(in_blocks[1]).all()
    np.testing.assert_allclose(
        in_blocks[0], prepare(key, *sides).permuted(orders)[0], rtol=0, atol=1e-12
    )


@BOTH
def test_grids_of_some_rows_are_scores_of_those_rows(key, sides, rng):
    of_rows = prepare(key, *sides).of_rows()
    for size in (59, 48, 30):
        rows = np.sort(rng.choice(60, size, replace=False))
        alone = [[METRICS[key].score(x[rows], y[rows]) for y in sides[1]] for x in sides[0]]
        np.testing.assert_allclose(of_rows(rows), alone, atol=1e-10)


@BOTH
def test_a_layer_without_variance_has_no_value_and_says_why(key, sides):
    first = [sides[0][0], np.ones((60, 5))]
    scores = score(key, first, sides[1], np.arange(60), permutations=19, seed=0)
    assert np.isfinite(scores.values[0]).all()
    assert np.isnan([scores.values[1], scores.low[1], scores.calibrated[1]]).all()
    assert np.isfinite(scores.tau_any)
    assert "constant" in scores.missing[0]


def test_nothing_but_constant_layers_gives_blanks_and_no_error():
    constant = [np.ones((40, 3))]
    scores = score("debiased_cka", constant, constant, np.arange(40), permutations=19, seed=0)
    assert np.isnan(scores.values).all()
    assert scores.tau_any is None


def test_null_threshold_and_interval_are_those_of_the_rule_book(sides):
    groups = np.repeat(np.arange(15), 4)
    scores = score("debiased_cka", *sides, groups, permutations=99, seed=5)
    metric = METRICS["debiased_cka"]
    x, y = sides[0][2], sides[1][1]
    null = [metric.score(x, y[rows]) for rows in row_orders(groups, 99, 5)]
    beside = calibrate(metric.score(x, y), np.array(null), n_groups=15)
    pair = pair_of(scores, 2, 1)
    assert pair.calibrated == pytest.approx(beside.calibrated, abs=1e-6)
    assert pair.estimate.null.level == pytest.approx(beside.tau, abs=1e-6)
    assert pair.estimate.null.p == beside.p
    interval = delete_group_jackknife(
        lambda rows: metric.score(x[rows], y[rows]), groups, scale=CORRELATION
    )
    assert (pair.estimate.low, pair.estimate.high) == pytest.approx((interval.low, interval.high))
    assert scores.blocks == scores.photographs == 15
    assert "15 photographs" in scores.facts


def test_each_layer_is_calibrated_by_its_own_value_of_identical_features(rng):
    """How well a layer is predicted from itself differs: a wide, noisy one stays far below 1."""
    easy, noisy = rng.normal(size=(60, 3)), rng.normal(size=(60, 80))
    first = [easy + 0.3 * rng.normal(size=(60, 3))]
    groups = np.arange(60)
    metric = METRICS["linear_predictivity"]
    own = [metric.score(y, y, groups=groups) for y in (easy, noisy)]
    assert own[0] > 0.95
    assert own[1] < 0.8
    scores = score(metric.key, first, [easy, noisy], groups, permutations=39, seed=0)
    np.testing.assert_allclose(scores.identical, own)
    for j, y in enumerate((easy, noisy)):
        a, b = (metric.prepare(x, groups=groups) for x in (first[0], y))
        alone = calibrate_pair(metric, a, b, groups, 39, 0)
        assert alone.best == pytest.approx(own[j])
        assert scores.calibrated[0, j] == pytest.approx(alone.calibrated)


def test_axes_follow_the_declared_bounds_and_the_values(rng):
    sides = [rng.normal(size=(40, 5))], [rng.normal(size=(40, 5))]
    for key, floor, top in (
        ("linear_cka", 0.0, 1.0),
        ("procrustes_angular", 0.0, np.pi / 2),
        ("procrustes_size_and_shape", 0.0, None),
    ):
        scores = score(key, *sides, np.arange(40), permutations=3, seed=0)
        assert (scores.floor, scores.ceiling) == (floor, top)
    against = [-sides[0][0][:, :1]], [sides[0][0][:, :1]]
    imbalance = score("information_imbalance", *sides, np.arange(40), permutations=3, seed=0)
    assert imbalance.floor == 0.0 and imbalance.high.max() <= imbalance.ceiling < 2.0
    same = score("information_imbalance", sides[0], sides[0], np.arange(40), permutations=3, seed=0)
    assert same.ceiling == 1.2  # of a largest value of 2, which nothing comes near
    scores = score("correlation_match", *against, np.arange(40), permutations=3, seed=0)
    assert (scores.floor, scores.ceiling) == (-1.0, 1.0)


def test_the_closest_pair_has_to_pass_the_closest_of_each_permutation(rng):
    first, second = ([rng.normal(size=(50, 6)) for _ in range(5)] for _ in range(2))
    scores = score("debiased_cka", first, second, np.arange(50), permutations=99, seed=0)
    assert scores.tau_any > np.nanmax(scores.tau) - 1e-12
    assert (scores.p_any >= scores.p).all()


def test_unrelated_layers_are_seldom_called_alike():
    called = 0
    for trial in range(40):
        rng = np.random.default_rng(trial)
        first, second = ([rng.normal(size=(40, 5)) for _ in range(4)] for _ in range(2))
        scores = score("debiased_cka", first, second, np.arange(40), permutations=39, seed=trial)
        called += scores.p_any.min() <= 0.05
    assert called <= 6


def test_a_layer_beside_its_rotation_is_calibrated_to_one(rng):
    x = rng.normal(size=(40, 6))
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    for key in ("debiased_cka", "procrustes_angular"):
        scores = score(key, [x], [3 * x @ turn], np.arange(40), permutations=39, seed=0)
        assert scores.calibrated[0, 0] == pytest.approx(1)
        assert scores.p_any[0, 0] == pytest.approx(1 / 40)


def test_few_photographs_are_shuffled_within_and_get_no_interval_and_no_p(sides):
    groups = np.repeat(["a", "b", "c"], 20)
    scores = score("debiased_cka", *sides, groups, permutations=39, seed=0)
    for order in row_orders(groups, 5, 0):
        assert (groups[order] == groups).all()
    assert scores.within
    assert np.isnan(scores.p).all() and np.isnan(scores.low).all()
    assert "3 photographs" in scores.interval_reason
    assert np.isfinite(scores.null_mean).all()
    assert np.isnan(scores.tau).all() and scores.tau_any is None
    assert "no cross" in scores.crosses
    assert "within photograph" in scores.facts and "60 tiles of 3 photographs" in scores.facts


def test_many_samples_are_thinned_in_order_with_a_seed():
    groups = np.arange(3000)
    rows = chosen_rows(groups, 1024, 7)
    assert len(rows) == 1024 and (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(rows, chosen_rows(groups, 1024, 7))


def test_scores_that_ignore_pairing_say_that_they_have_no_null(sides):
    unpaired = [key for key, metric in METRICS.items() if not metric.needs_pairing]
    for key in unpaired:
        scores = score(key, sides[0], sides[0], np.arange(60), permutations=19, seed=0)
        assert "No permutation null" in scores.null_reason
        assert scores.tau_any is None


def test_equal_depth_takes_the_nearest():
    first, second = np.array([0.2, 0.5, 1.0]), np.array([0.1, 0.3, 0.4, 0.9])
    np.testing.assert_array_equal(equal_depth(first, second), [0, 2, 3])


def test_layers_that_share_a_depth_meet_in_order():
    first, second = np.array([0.5, 1.0, 1.0]), np.array([0.4, 0.8, 1.0, 1.0])
    np.testing.assert_array_equal(equal_depth(first, second), [0, 2, 3])
    np.testing.assert_array_equal(equal_depth(second, first), [0, 1, 1, 2])


def test_best_matches_of_similarities_distances_and_blanks():
    values = np.array([[0.1, 0.9], [0.6, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(best_match(values, "higher"), [1, 0, -1])
    np.testing.assert_array_equal(best_match(values, "lower"), [0, 0, -1])


def test_the_gap_by_hand():
    values = np.array([[0.9, 0.3], [0.1, 0.7]])
    equal = np.array([0, 1])
    assert diagonal_gap(values, equal, "higher") == pytest.approx(0.6)
    assert diagonal_gap(values, equal, "lower") == pytest.approx(-0.6)
    assert np.isnan(diagonal_gap(np.ones((1, 1)), np.array([0]), "higher"))


def test_depth_correlation_of_same_and_reversed_order():
    depth = np.array([0.25, 0.5, 0.75, 1.0])
    for order, expected in ((1, 1.0), (-1, -1.0)):
        assert depth_correlation(np.eye(4)[::order], depth, depth, "higher") == pytest.approx(
            expected
        )
    assert np.isnan(depth_correlation(np.ones((4, 4)), depth, depth, "higher"))


def test_depth_correlation_is_spearmans(rng):
    values, first, second = rng.random((8, 6)), np.sort(rng.random(8)), np.sort(rng.random(6))
    expected = stats.spearmanr(first, second[values.argmax(axis=1)]).statistic
    assert depth_correlation(values, first, second, "higher") == pytest.approx(expected)


def test_matched_depths_are_found_in_planted_layers(rng):
    # Each layer of either side sees its own latents, in the same order of depth.
    latents = [rng.normal(size=(80, 3)) for _ in range(5)]
    first, second = (
        [z @ rng.normal(size=(3, 9)) + 0.3 * rng.normal(size=(80, 9)) for z in latents]
        for _ in range(2)
    )
    depth = np.linspace(0.2, 1, 5)

    def summary(values):
        return (
            diagonal_gap(values, np.arange(5), "higher"),
            depth_correlation(values, depth, depth, "higher"),
        )

    scores = score(
        "debiased_cka", first, second, np.arange(80), permutations=39, seed=0, summary=summary
    )
    gap, order = scores.summaries
    assert gap.value > 0.5 and gap.low > 0.4 and gap.null.p == pytest.approx(1 / 40)
    assert order.value == pytest.approx(1)
    assert order.low is None and "whichever photographs" in order.reason


def test_defaults_are_computed_stored_and_read_back(run):
    keys = set()
    for analysis, params in layers.defaults(run):
        keys.add((analysis.key, params.domain))
        fresh, again = obtain(analysis, run, params), stored(analysis, run, params)
        if analysis in (layers.LAYERS, LAYERS_PAIRS):
            np.testing.assert_array_equal(fresh.scores.values, again.scores.values)
            assert again.scores.summaries == fresh.scores.summaries
    assert {key for key, _ in keys} == {
        "layers.two_encoders",
        "layers.all_encoders",
        "layers.two_encoders_untrained",
        "layers.all_encoders_untrained",
    }
    assert {domain for _, domain in keys} == {"rich", "few"}


def test_two_encoders_open_with_imbalance_both_ways_and_all_encoders_with_cka(run):
    asked = [(a.key, p) for a, p in layers.defaults(run) if p.domain == "rich"]
    pairs = [p for key, p in asked if key == "layers.two_encoders"]
    assert [(p.first, p.second, p.metric, p.k) for p in pairs] == [
        ("alpha", "beta", "information_imbalance", 1),
        ("beta", "alpha", "information_imbalance", 1),
    ]
    assert {p.metric for key, p in asked if key == "layers.all_encoders"} == {"debiased_cka"}
    for one in pairs:
        scores = obtain(layers.LAYERS, run, one).scores
        assert scores.permutations == run.study["permutations"] > 39
        assert np.isfinite(scores.low).all() and np.isfinite(scores.tau).all()
        assert (scores.low < scores.values).all() and (scores.values < scores.high).all()


@pytest.mark.parametrize("k", layers.NEIGHBOURS)
def test_so_many_neighbours_are_counted_as_are_asked_for(run, k):
    params = layers.layers_params(run, "alpha", "beta", "rich", k=k)
    found = obtain(layers.LAYERS, run, params)
    twins = obtain(layers.LAYERS_UNTRAINED, run, params)
    groups, metric = run.groups("rich"), METRICS["information_imbalance"]
    for refs, values in ((("alpha", "beta"), found.scores.values), (None, twins.values[0])):
        names = refs or [EncoderRef(name, twin=twins.seeds[0]) for name in ("alpha", "beta")]
        x, y = (run.representation(ref, "rich", "block.2").features for ref in names)
        at = found.first.layers.index("block.2"), found.second.layers.index("block.2")
        assert values[at] == pytest.approx(metric.score(x, y, k=k, groups=groups))
    assert found.k == k and f"photographs, k = {k} · " in found.facts


def test_neighbours_are_no_part_of_what_another_metric_is_stored_under(run):
    keys = {
        metric: {
            result_key(
                layers.LAYERS, run, layers.layers_params(run, "alpha", "beta", "rich", metric, k)
            )
            for k in layers.NEIGHBOURS
        }
        for metric in ("debiased_cka", "information_imbalance")
    }
    assert len(keys["debiased_cka"]) == 1 and len(keys["information_imbalance"]) == 4
    found = obtain(
        layers.LAYERS, run, layers.layers_params(run, "alpha", "beta", "rich", "debiased_cka", 5)
    )
    assert found.k == 0 and "k =" not in found.facts


def test_more_neighbours_than_a_sample_has_leave_no_value_and_say_why(tmp_path):
    bare = planted_run(tmp_path, n=12, groups=12, untrained=0)
    params = replace(layers.layers_params(bare, "alpha", "beta", "rich"), k=12, permutations=3)
    scores = obtain(layers.LAYERS, bare, params).scores
    assert np.isnan(scores.values).all()
    assert "k = 12 neighbours were asked for" in scores.missing[0]


def test_trained_pairs_stand_out_from_untrained_ones(run):
    params = layers.layers_params(run, "alpha", "beta", "rich", "debiased_cka")
    trained = obtain(layers.LAYERS, run, params)
    untrained = obtain(layers.LAYERS_UNTRAINED, run, params)
    assert untrained.values.shape == (2, 6, 6)
    assert np.abs(untrained.values).max() < 0.2 < trained.scores.values.min()


def test_an_untrained_encoder_is_compared_with_another_seed_of_itself(run):
    params = layers.layers_params(run, "alpha", "alpha", "rich", "debiased_cka")
    found = obtain(layers.LAYERS_UNTRAINED, run, params)
    assert found.values.max() < 0.5


def test_an_encoder_against_itself_matches_layer_by_layer(run):
    params = layers.layers_params(run, "alpha", "alpha", "rich", "debiased_cka")
    found = obtain(layers.LAYERS, run, params)
    np.testing.assert_array_equal(found.best, np.arange(6))
    np.testing.assert_allclose(found.scores.values.diagonal(), 1)


def test_a_pair_of_an_encoder_with_itself_counts_for_no_threshold(run):
    found = obtain(LAYERS_PAIRS, run, pairs_params(run, "rich", "debiased_cka"))
    assert np.isnan(found.scores.p.diagonal()).all()
    assert found.scores.tau_any < 0.2
    assert len(encoder_table(found.scores, found.encoders)) == 6


def test_what_does_not_exist_is_refused_by_name(run):
    for params, message in (
        (layers.layers_params(run, "alpha", "omega", "rich", "debiased_cka"), "omega"),
        (layers.layers_params(run, "alpha", "beta", "rich", "cosine"), "no metric 'cosine'"),
    ):
        with pytest.raises(AnalysisError, match=message):
            layers.LAYERS.compute(run, params)


def test_without_twins_the_reason_is_given(tmp_path):
    bare = planted_run(tmp_path, n=40, groups=20, untrained=0)
    params = layers.layers_params(bare, "alpha", "beta", "rich", "debiased_cka")
    with pytest.raises(AnalysisError, match="no untrained twins"):
        layers.LAYERS_UNTRAINED.compute(bare, params)
    assert layers.LAYERS_UNTRAINED not in [analysis for analysis, _ in layers.defaults(bare)]


def test_sentences_can_be_read_aloud(run):
    params = layers.layers_params(run, "alpha", "beta", "rich", "debiased_cka")
    found = obtain(layers.LAYERS, run, params)
    untrained = obtain(layers.LAYERS_UNTRAINED, run, params)
    sentence = layers_text.layers_sentence(found, "Alpha", "Beta", "Rich")
    assert sentence.startswith("On Rich, Alpha and Beta are closest at relative depth")
    assert "95 % CI" in sentence
    context = layers_text.layers_context(found, untrained)
    assert "Untrained twins (2 seeds) give" in context
    assert "36 of 36 pairs" in context and "2 untrained twin pairs" in context
    pairs = obtain(LAYERS_PAIRS, run, pairs_params(run, "few", "debiased_cka"))
    assert "end up closest" in layers_text.pairs_sentence(pairs, "Few", {})
    twins = obtain(
        LAYERS_PAIRS_UNTRAINED,
        run,
        pairs_params(run, "few", "debiased_cka"),
    )
    assert twins.values.shape == (2, 4, 4)
    context = layers_text.pairs_context(pairs, twins)
    assert "untrained twins (2 seeds) give" in context
    assert "Within these photographs, pairs with tiles shuffled inside each of them give" in context
    assert "3 photographs are too few for a comparison with chance" in context
    assert "pairs are closer than that" not in context
    assert len(layer_table(found.scores, found.first, found.second)) == 36


def test_what_is_written_alike_is_neither_closest_nor_furthest(run):
    params = layers.layers_params(run, "alpha", "beta", "rich", "debiased_cka")
    found = obtain(layers.LAYERS, run, params)
    values = np.full(found.scores.values.shape, 0.02)
    values[1, 1], low = 0.0201, np.full(values.shape, np.nan)
    level = replace(found.scores, values=values, low_any=low, high_any=low)
    said = layers_text.layers_sentence(replace(found, scores=level), "Alpha", "Beta", "Rich")
    assert said == (
        "On Rich, Alpha and Beta are as close at every depth to two decimals, with "
        f"{found.scores.label} 0.02."
    )
    pairs = obtain(LAYERS_PAIRS, run, pairs_params(run, "rich", "debiased_cka"))
    values = np.full(pairs.scores.values.shape, 0.02)
    values[0, 1], low = 0.0201, np.full(values.shape, np.nan)
    level = replace(pairs.scores, values=values, low_any=low, high_any=low)
    said = layers_text.pairs_sentence(replace(pairs, scores=level), "Rich", {})
    assert said.startswith("On Rich, all pairs end up as close to two decimals, with ")
    one = replace(level, tau_any=0.02005)
    assert "1 of 6 pairs is closer than that." in layers_text.beside_chance(one, mirrored=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.50"), (-0.25, "\u22120.25"), (0.999, "1.00"), (-0.001, "0.00"), (10.5, "10.50")],
)
def test_numbers_are_written_alike(value, text):
    assert wording.number(value) == text


def test_all_encoders_are_those_of_the_panel(run):
    """Copies take no part unless they are chosen, and the chosen panel is what is compared."""
    record = json.loads(json.dumps(run.record))
    next(e for e in record["encoders"] if e["name"] == "delta")["recipe"] = "alpha"
    declared = Run(run.run_id, run.store, record)
    found = obtain(LAYERS_PAIRS, declared, pairs_params(declared, "rich", "debiased_cka"))
    assert found.encoders == declared.panel == ("alpha", "beta", "gamma")
    chosen = declared.with_panel(("beta", "delta"))
    found = obtain(LAYERS_PAIRS, declared, pairs_params(chosen, "rich", "debiased_cka"))
    assert found.encoders == ("beta", "delta") and found.scores.values.shape == (2, 2)
