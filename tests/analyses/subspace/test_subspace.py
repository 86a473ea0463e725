"""The subspace analyses on planted structure: agreement with definitions, refusals, groups."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import subspace_angles

from substrate.analyses import panel_choice
from substrate.analyses.shared import samples as subspace_inputs
from substrate.analyses.shared.halves import Splits
from substrate.analyses.shared.image_statistics import ImageStatistics
from substrate.analyses.sharedness import leave_encoder_out as shared
from substrate.analyses.sharedness.by_recipe import WITHOUT_RECIPES
from substrate.analyses.sharedness.count import SHARED_COUNTS
from substrate.analyses.sharedness.untrained import (
    UNTRAINED_SHAREDNESS,
    UntrainedSharednessParams,
)
from substrate.analyses.spec import AnalysisError, obtain, stored
from substrate.analyses.subspace import (
    procrustes_cka as subspace,
)
from substrate.analyses.subspace.comparison import (
    NAMES,
    ControlledMatrix,
)
from substrate.analyses.subspace.controls import (
    CONTROLS,
    ControlParams,
)
from substrate.analyses.subspace.image_controls import (
    IMAGE_CONTROLS,
    ImageControlParams,
)
from substrate.analyses.subspace.intervals import (
    INTERVALS,
    Compared,
    IntervalParams,
)
from substrate.analyses.subspace.spans import (
    SPANS,
    SpansParams,
    spans,
)
from substrate.analyses.subspace.tables import control_table, pair_table
from substrate.analyses.subspace.untrained import (
    UNTRAINED,
    UntrainedParams,
)
from substrate.domains.splits import split
from substrate.encoder_ref import EncoderRef
from substrate.exhibits.sharedness.words import (
    context,
    headline,
)
from substrate.exhibits.subspace.words import matrix_sentence, spans_sentence
from substrate.figures.sharedness.spectrum import facts
from substrate.numerics import (
    nulls,
    panel,
)
from substrate.numerics.imagestats import STATISTICS, battery, pixel_features
from substrate.numerics.scales import SHARE
from substrate.numerics.whitening import (
    standardisation,
    standardised,
)
from tests.support.planted import (
    SHARED,
    planted_run,
)

PANEL = ("alpha", "beta", "gamma", "delta")
DOMAINS = ("rich", "few")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("subspace"), n=96, groups=24, untrained=6)


@pytest.fixture(scope="module")
def two_rich(tmp_path_factory):
    """A run whose both domains have photographs enough for intervals."""
    return planted_run(tmp_path_factory.mktemp("rich"), n=60, groups=20, untrained=0, few=12)


def test_the_matrix_is_procrustes_cka_of_the_panels_own_bases(run):
    found = obtain(subspace.MATRIX, run, subspace.MatrixParams(PANEL, DOMAINS))
    xs = [
        np.hstack(standardised([run.representation(e, d).features for e in PANEL])) for d in DOMAINS
    ]
    for k in (2, 7, 16):
        bases = [panel.substrate_basis([x], k).vectors for x in xs]
        for debiased in (False, True):
            expected = panel.procrustes_cka(xs[0], bases[0], xs[1], bases[1], debiased=debiased)
            assert np.isclose(found.at(k, debiased=debiased)[0, 1], expected)
    assert found.ks == tuple(range(2, 65))
    assert np.isclose(found.median(7, debiased=False), found.at(7, debiased=False)[0, 1])
    assert [size.within for size in found.sizes] == [False, True]


def test_the_law_of_random_bases_stands_beside_the_matrix(run):
    found = obtain(subspace.MATRIX, run, subspace.MatrixParams(PANEL, DOMAINS))
    each = [panel.random_basis_expectation(4, ratio) for ratio in found.participation_ratios]
    assert np.isclose(found.chance(4)[0, 1], np.mean(each))


def test_one_domain_and_an_unknown_whitening_are_refused(run):
    with pytest.raises(AnalysisError, match="at least 2 domains"):
        obtain(subspace.MATRIX, run, subspace.MatrixParams(PANEL, ("rich",)))
    with pytest.raises(AnalysisError, match="no whitening 'zca'"):
        obtain(subspace.MATRIX, run, subspace.MatrixParams(PANEL, DOMAINS, "zca"))


def test_full_whitening_is_refused_before_and_in_the_computation(run):
    reason = subspace_inputs.whitening_refusal(run, PANEL, DOMAINS, "full")
    assert "beta has 56 features" in reason
    assert not subspace_inputs.whitening_refusal(run, PANEL, DOMAINS, "truncated")
    with pytest.raises(AnalysisError, match="Full whitening needs 5 samples"):
        obtain(subspace.MATRIX, run, subspace.MatrixParams(PANEL, DOMAINS, "full"))


def test_intervals_exist_only_where_both_domains_have_ten_photographs(run, two_rich):
    none = obtain(INTERVALS, run, IntervalParams(PANEL, DOMAINS, components=4))
    assert np.isnan(none.low).all()
    assert "3 photographs in one of the domains" in none.reason
    found = obtain(INTERVALS, two_rich, IntervalParams(PANEL, DOMAINS, components=4))
    matrix = obtain(subspace.MATRIX, two_rich, subspace.MatrixParams(PANEL, DOMAINS))
    for side, debiased in enumerate((False, True)):
        value = matrix.at(4, debiased=debiased)[0, 1]
        assert found.low[side, 0, 1] < value < found.high[side, 0, 1]
        assert np.isclose(found.low[side, 0, 1], found.low[side, 1, 0])
        assert np.isclose(found.median[side], value)
        assert np.isclose(found.median_low[side], found.low[side, 0, 1])
    assert not found.reason


def test_an_interval_is_the_two_sample_jackknife_of_refitted_bases(two_rich):
    found = obtain(INTERVALS, two_rich, IntervalParams(PANEL, DOMAINS, components=3))
    raw = [[two_rich.representation(e, d).features for e in PANEL] for d in DOMAINS]
    groups = [two_rich.groups(d) for d in DOMAINS]

    def value(parts):
        xs = [np.hstack(standardised(part)) for part in parts]
        bases = [panel.substrate_basis([x], 3).vectors for x in xs]
        return panel.procrustes_cka(xs[0], bases[0], xs[1], bases[1])

    errors = []
    for own in (0, 1):

        def statistic(rows, own=own):
            return value([[x[rows] for x in raw[i]] if i == own else raw[i] for i in (0, 1)])

        found_alone = nulls.group_jackknife(statistic, groups[own], max_units=12)
        errors.append(found_alone.errors(SHARE))
    z = SHARE.stretch(found_alone.value)
    square = sum(e.stretched for e in errors)
    df = square**2 / sum(e.stretched**2 / e.stretched_df for e in errors)
    reach = stats.t.ppf(0.975, df) * np.sqrt(square)
    assert found.low[0, 0, 1] == pytest.approx(1 / (1 + np.exp(reach - z)), rel=1e-6)
    assert found.high[0, 0, 1] == pytest.approx(1 / (1 + np.exp(-reach - z)), rel=1e-6)


def test_a_dimension_that_leaves_no_samples_over_has_no_interval(two_rich):
    found = obtain(INTERVALS, two_rich, IntervalParams(PANEL, DOMAINS, components=58))
    assert "no 58 directions" in found.reason


def test_controls_name_their_repeats_and_keep_to_their_definitions(run):
    found = obtain(CONTROLS, run, ControlParams(PANEL, DOMAINS, components=6))
    assert found.single.repeats == PANEL
    alone = obtain(subspace.MATRIX, run, subspace.MatrixParams(("beta",), DOMAINS))
    assert np.isclose(found.single.values[0, 1, 0, 1], alone.at(6, debiased=False)[0, 1])
    assert found.split_half.values.shape == (2, 1, 2)
    assert np.isfinite(found.split_half.values).all()
    trained = obtain(subspace.MATRIX, run, subspace.MatrixParams(PANEL, DOMAINS))
    assert (found.shuffled.medians(debiased=False) < trained.median(6, debiased=False)).all()
    random = found.random.flat(debiased=False)
    assert np.isclose(random.mean(), found.expected[0, 1], atol=0.1)


def test_image_controls_measure_pixels_and_hand_crafted_features(run):
    found = obtain(IMAGE_CONTROLS, run, ImageControlParams(PANEL, DOMAINS, components=6))
    assert [c.key for c in found.all] == ["pixels", "pixel_scores", "handcrafted", "gabor"]
    assert found.all[1].values.shape == (2, 1, 2)
    for control in found.all:
        assert np.isfinite(control.values[0]).all()
    assert not found.missing


def test_hand_crafted_controls_are_made_of_the_columns_that_they_name(run):
    found = obtain(IMAGE_CONTROLS, run, ImageControlParams(PANEL, DOMAINS, components=6))
    controls = {c.key: c.values[0, 0, 0, 1] for c in found.all if c.by_pair}
    gabor = np.array([s.family == "Gabor" for s in STATISTICS])
    measures = {
        "gabor": lambda images: battery(images)[1][:, gabor],
        "handcrafted": lambda images: battery(images)[1],
    }
    for key, measure in measures.items():
        xs = [
            subspace_inputs.side_by_side(
                [measure(run.pixels(d))], "z-score", run.groups(d), least=0.0
            )
            for d in DOMAINS
        ]
        of = [panel.substrate_basis([x], 6).vectors for x in xs]
        assert np.isclose(controls[key], panel.procrustes_cka(xs[0], of[0], xs[1], of[1])), key
    pixels = [pixel_features(run.pixels(d)) for d in DOMAINS]
    xs = [x - x.mean(axis=0) for x in pixels]
    of = [panel.substrate_basis([x], 6).vectors for x in xs]
    expected = panel.procrustes_cka(xs[0], of[0], xs[1], of[1])
    assert np.isclose(controls["pixels"], expected)
    assert len({round(controls[key], 6) for key in (*measures, "pixels")}) == 3


def test_a_family_is_its_own_columns_in_order():
    values = np.arange(8.0).reshape(2, 4)
    found = ImageStatistics("d", tuple("pqrs"), ("edges", "Gabor", "edges", "colour"), values)
    assert np.array_equal(found.family("edges"), [[0, 2], [4, 6]])
    assert np.array_equal(found.family("Gabor"), [[1], [5]])
    assert found.family("none").shape == (2, 0)


def test_untrained_panels_are_those_of_their_seeds(run):
    found = obtain(UNTRAINED, run, UntrainedParams(PANEL, DOMAINS, (0, 1), components=5))
    xs = [
        np.hstack(
            standardised([run.representation(EncoderRef(e, twin=1), d).features for e in PANEL])
        )
        for d in DOMAINS
    ]
    bases = [panel.substrate_basis([x], 5).vectors for x in xs]
    expected = panel.procrustes_cka(xs[0], bases[0], xs[1], bases[1])
    assert np.isclose(found.control.values[0, 1, 0, 1], expected)
    assert found.control.repeats == ("seed 0", "seed 1")


def test_sharedness_is_measured_on_photographs_that_were_not_fitted(run):
    found = obtain(shared.SHAREDNESS, run, shared.SharednessParams(PANEL, "rich", components=8))
    table = run.samples("rich")
    fit, test, unit = split(table, seed=0)
    assert unit == found.unit == "photograph"
    assert np.array_equal(found.rows, test)
    assert not set(table["group"].iloc[fit]) & set(table["group"].iloc[test])
    raw = [run.representation(e, "rich").features for e in PANEL]
    learnt = [standardisation(x[fit]) for x in raw]
    expected = panel.leave_encoder_out(
        [s.apply(x[fit]) for s, x in zip(learnt, raw, strict=True)],
        [s.apply(x[test]) for s, x in zip(learnt, raw, strict=True)],
        8,
    ).correlations
    assert np.allclose(found.correlations, expected)
    assert np.allclose(found.split_correlations[0, 0], expected.mean(axis=0))
    weighted = found.split_correlations[:, 0] * found.split_shares[:, 0]
    assert np.isclose(found.summary.value, weighted.sum(axis=1).mean())
    assert np.allclose(found.split_shares.sum(axis=2), 1)
    assert found.split_correlations.shape == (5, 21, 8)
    assert np.allclose(found.scores, found.parts.sum(axis=0), atol=1e-4)


def test_what_is_shared_stands_out_from_untrained_and_shuffled_panels(run):
    params = shared.SharednessParams(PANEL, "rich", components=6)
    found = obtain(shared.SHAREDNESS, run, params)
    every = UntrainedSharednessParams(PANEL, "rich", tuple(range(6)), components=6)
    twins = obtain(UNTRAINED_SHAREDNESS, run, every)
    assert found.summary.low > 0.5
    assert found.low.shape == found.correlations.shape
    assert found.shuffled.shape == (199, 4, 6)
    assert np.abs(found.shuffled_summaries).max() < 0.2
    assert np.abs(twins.summaries).max() < 0.3
    assert twins.difference.low > 0.3
    assert twins.rank == 1
    assert np.isclose(twins.difference.value, found.summary.value - twins.summaries.mean())
    sentence = headline(found, twins)
    assert "these 4 encoders agree more than 6 draws of their untrained twins do" in sentence
    assert "95 % CI" in sentence
    assert "24 photographs" in facts(found, twins)
    beside = context(found, twins)
    assert "over photographs and draws of twins" in beside
    assert "the trained panel comes 1st of 7" in beside
    assert "5 splits" in beside


def test_the_difference_carries_the_draws_of_the_twins(run):
    every = UntrainedSharednessParams(PANEL, "rich", tuple(range(6)), components=6)
    twins = obtain(UNTRAINED_SHAREDNESS, run, every)
    over = twins.over_photographs
    replicates = twins.trained - twins.summaries.mean()
    assert np.isclose(over.value, replicates) and np.isclose(twins.difference.value, replicates)
    of_draws = twins.summaries.var(ddof=1) * (1 + 1 / 6)
    error = (over.high - over.low) / 2 / stats.t.ppf(0.975, 19)
    df = (error**2 + of_draws) ** 2 / (error**4 / 19 + of_draws**2 / 5)
    reach = stats.t.ppf(0.975, df) * np.sqrt(error**2 + of_draws)
    assert np.isclose(twins.difference.high, replicates + reach)


def test_fewer_than_five_draws_of_twins_allow_no_verdict(run):
    params = UntrainedSharednessParams(PANEL, "rich", (0, 1, 2), components=6)
    twins = obtain(UNTRAINED_SHAREDNESS, run, params)
    assert twins.difference.low is None and twins.over_photographs.low is not None
    assert "3 draws of untrained twins" in twins.difference.reason
    found = obtain(shared.SHAREDNESS, run, params.trained())
    assert "3 draws of their untrained twins are too few" in headline(found, twins)
    one = replace(twins, seeds=twins.seeds[:1])
    assert "1 draw of their untrained twins is too few" in headline(found, one)


def test_a_further_untrained_panel_is_not_told_from_the_others(run):
    """The twins of one seed in the place of the trained panel: the null of all verdicts."""
    splits = Splits.of(run, "rich", 0)
    panels = [
        splits.profiles(
            [run.representation(EncoderRef(e, twin=s), "rich").features for e in PANEL],
            "z-score",
            6,
            recipes=PANEL,
        )[0]
        for s in range(6)
    ]
    decided = 0
    for own, others in ((panels[s], panels[:s] + panels[s + 1 :]) for s in range(6)):
        draws = np.array([other.weighted(own.shares) for other in others])
        found = splits.jackknife(own.weighted() - draws.mean(axis=0)).interval()
        both = nulls.with_draws(found, draws[:, 0])
        assert both.standard_error > found.standard_error
        decided += not both.low <= 0 <= both.high
    assert decided <= 1


def test_directions_are_counted_and_every_recipe_is_left_out(run):
    params = UntrainedSharednessParams(PANEL, "rich", tuple(range(6)), components=12)
    counts = obtain(SHARED_COUNTS, run, params)
    held_out = counts.trained.held_out  # clipped units share curved directions, too, but weakly
    assert counts.trained.count >= SHARED and held_out[:SHARED].min() > 0.9
    assert held_out[SHARED:].max(initial=0) < 0.6
    assert counts.untrained.max() <= 1
    without = obtain(WITHOUT_RECIPES, run, params)
    assert [row.encoders for row in without.rows] == [(name,) for name in PANEL]
    assert without.lowest.difference.value > 0.3
    assert "4 encoders" in without.over_recipes.reason
    kept = [name for name in PANEL if name != "beta"]
    alone = obtain(
        UNTRAINED_SHAREDNESS,
        run,
        UntrainedSharednessParams(tuple(kept), "rich", tuple(range(6)), components=12),
    )
    assert np.isclose(without.rows[1].difference.value, alone.difference.value)
    found = obtain(shared.SHAREDNESS, run, params.trained())
    twins = obtain(UNTRAINED_SHAREDNESS, run, params)
    assert "and so without any one of them" in headline(found, twins, without)
    beside = context(found, twins, counts, without)
    assert f"at least {counts.trained.count} of 12 directions are shared" in beside
    assert "without one recipe at a time" in beside


def test_few_photographs_are_split_inside_and_get_no_interval(run):
    found = obtain(shared.SHAREDNESS, run, shared.SharednessParams(PANEL, "few", components=4))
    assert found.within
    assert found.summary.low is None
    assert np.isnan(found.low).all()
    twins = obtain(
        UNTRAINED_SHAREDNESS, run, UntrainedSharednessParams(PANEL, "few", (0,), components=4)
    )
    sentence = headline(found, twins)
    assert "within these photographs" in sentence
    assert "3 photographs are too few for an interval or a comparison with chance" in sentence
    assert "where tiles are shuffled inside each photograph" in sentence
    assert "an untrained panel" in sentence
    counts = obtain(SHARED_COUNTS, run, UntrainedSharednessParams(PANEL, "few", (0,), components=4))
    assert counts.trained.count is None and not counts.counted
    beside = context(found, twins, counts)
    assert "directions are shared" not in beside and "chance" not in beside


def test_more_directions_than_samples_are_cut_to_what_there_is(two_rich):
    found = obtain(
        shared.SHAREDNESS, two_rich, shared.SharednessParams(PANEL, "rich", components=64)
    )
    assert found.k == found.n_fit - 1
    assert found.correlations.shape == (4, found.k)


def test_one_encoder_shares_with_nobody(run):
    with pytest.raises(AnalysisError, match="at least 2 encoders"):
        obtain(shared.SHAREDNESS, run, shared.SharednessParams(("alpha",), "rich"))


def test_everything_stands_beside_a_cell(two_rich):
    choice = panel_choice.default_choice(two_rich)
    for analysis, params in panel_choice.defaults(two_rich):
        obtain(analysis, two_rich, params)
    beside = ControlledMatrix(
        stored(subspace.MATRIX, two_rich, choice.matrix()),
        16,
        debiased=False,
        intervals=stored(INTERVALS, two_rich, choice.intervals()),
        controls=stored(CONTROLS, two_rich, choice.controls()),
        images=stored(IMAGE_CONTROLS, two_rich, choice.image_controls()),
    )
    lines = beside.pair_lines(0, 1)
    assert lines[0].startswith("95 % CI")
    assert [line.split(":")[0] for line in lines[1:]] == [
        NAMES[key] for key in NAMES if key not in ("trained", "untrained")
    ]
    table, controls = pair_table(beside), control_table(beside)
    assert np.isclose(table["value"][0], beside.median)
    assert controls["control"].iloc[0] == NAMES["trained"]
    assert "95 % CI" in matrix_sentence(beside)
    matrix = beside.matrices.at(16, debiased=False)
    ours = controls.iloc[0]
    assert (ours["median"], ours["lowest"], ours["highest"]) == (matrix[0, 1],) * 3
    for row in controls.iloc[1:].itertuples():
        (control,) = [c for c in beside.all_controls() if NAMES[c.key] == row.control]
        each = [v[0, 1] if control.by_pair else v for v in control.values[0]]
        known = np.ravel(each)[np.isfinite(np.ravel(each))]
        assert (row.lowest, row.highest, row.K) == (known.min(), known.max(), control.k)
        assert np.isclose(row.median, np.median(known))
    assert (controls["lowest"] < controls["highest"]).any()


def test_the_matrix_says_where_the_panel_stands_among_its_untrained_draws(run):
    choice = panel_choice.default_choice(run)
    matrices = obtain(subspace.MATRIX, run, choice.matrix())
    twins = obtain(UNTRAINED, run, choice.untrained())
    beside = ControlledMatrix(matrices, 16, debiased=False, untrained=twins)
    higher = sum(m >= beside.median for m in twins.control.medians(debiased=False))
    place = {0: "1st", 1: "2nd", 2: "3rd"}.get(higher, f"{higher + 1}th")
    said = matrix_sentence(beside)
    assert "in 6 draws)" in said and "comes" not in said  # one domain has three photographs
    sizes = tuple(replace(size, photographs=30) for size in matrices.sizes)
    rich = replace(beside, matrices=replace(matrices, sizes=sizes))
    assert f"in 6 draws; the trained panel comes {place} of 7)" in matrix_sentence(rich)


def test_defaults_begin_with_the_matrix_and_end_with_untrained_twins(run):
    keys = [analysis.key for analysis, _ in panel_choice.defaults(run)]
    assert keys[0] == "subspace.procrustes_cka"
    assert keys[-3:] == ["subspace.untrained", "sharedness.count", "sharedness.by_recipe"]
    assert keys.count("sharedness.leave_encoder_out") == len(DOMAINS)
    first_untrained = next(i for i, key in enumerate(keys) if "untrained" in key)
    assert all("untrained" in key for key in keys[first_untrained:-2])


def test_spans_agree_with_principal_angles(two_rich):
    params = SpansParams(PANEL, DOMAINS, (), "z-score", 8, 0)
    found = obtain(SPANS, two_rich, params)
    xs = [
        np.hstack(standardised([two_rich.representation(e, d).features for e in PANEL]))
        for d in DOMAINS
    ]
    first, second = (panel.substrate_basis([x], 8).vectors for x in xs)
    cosines = np.cos(subspace_angles(first, second))
    assert np.isclose(found.values[0, 0, 1], np.square(cosines).mean(), atol=1e-9)
    assert np.isclose(found.values[1, 0, 1], 2 * (1 - cosines.mean()), atol=1e-9)
    u, _, vt = np.linalg.svd(first.T @ second)
    residual = np.square(first - second @ (vt.T @ u.T)).sum() / 8  # of the best rotation
    assert np.isclose(found.values[1, 0, 1], residual)
    np.testing.assert_allclose(found.values[:, [0, 1], [0, 1]], [[1, 1], [0, 0]], atol=1e-9)
    assert found.untrained.shape == (2, 0, 2, 2)
    low, high = found.bounds(0)
    assert low < found.median(0) < high


def test_spans_of_random_bases_follow_k_over_d(run):
    found = obtain(SPANS, run, SpansParams(PANEL, DOMAINS, (0, 1), "z-score", 8, 0))
    assert found.width == 176
    error = found.random[0].std(ddof=1) / np.sqrt(len(found.random[0]))
    assert abs(found.random[0].mean() - 8 / 176) < 4 * error
    assert found.untrained.shape == (2, 2, 2, 2)
    assert found.bounds(0) is None
    assert "3 photographs" in spans_sentence(found, 0)
    assert found.halves[0, 0] > found.random[0].max()


def test_spans_do_not_depend_on_a_rotation_within_either_basis():
    rng = np.random.default_rng(0)
    bases = [np.linalg.qr(rng.standard_normal((20, 5)))[0] for _ in range(3)]
    turned = [b @ np.linalg.qr(rng.standard_normal((5, 5)))[0] for b in bases]
    np.testing.assert_allclose(spans(bases), spans(turned), atol=1e-12)


def test_so_many_directions_at_most_keep_the_number_itself():
    rng = np.random.default_rng(0)
    xs = [x - x.mean(axis=0) for x in (rng.normal(size=(30, 9)) for _ in range(2))]
    compared = Compared.of(xs, (2, 4, 6))
    fewer = compared.up_to(4)
    assert fewer is not None and fewer.ks == (2, 4)
    assert [v.shape for v in fewer.vectors] == [(9, 4), (9, 4)]
    np.testing.assert_array_equal(fewer.matrix, compared.matrix[:, :, :2])
    assert compared.up_to(6) is compared and compared.up_to(1) is None
