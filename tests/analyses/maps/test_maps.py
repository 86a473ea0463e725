"""Maps between planted encoders: by another route, and where something or nothing is true."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import Ridge

from substrate.analyses.maps.matrix import compute_matrix, matrix_params
from substrate.analyses.maps.pair import compute_maps, maps_params
from substrate.analyses.maps.prepared import (
    BLOCKS,
    HalvedRows,
    HeldOutPrediction,
    ScoredSide,
    sides_of,
)
from substrate.analyses.spec import AnalysisError
from substrate.encoder_ref import EncoderRef
from substrate.numerics.alignment import reduced
from substrate.numerics.maps.families import FAMILIES, NESTED, Freedom
from tests.support.planted import COPY, ORIGINAL, planted_run

PAIR = ("alpha", "beta")


def planted(root, world="learnt", seed=0, **options):
    options = {"n": 120, "groups": 30, "untrained": 5, "permutations": 39} | options
    return planted_run(root, world=world, seed=seed, **options)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted(tmp_path_factory.mktemp("maps"))


@pytest.fixture(scope="module")
def found(run):
    return compute_maps(run, maps_params(run, PAIR, "rich"))


def features(run, name, domain="rich", twin=None):
    ref = EncoderRef(name, twin=twin)
    return np.asarray(run.representation(ref, domain).features, dtype=np.float64)


def by_hand(x, y, rows, alpha_of, fit=None, test=None):
    """R2 of scikit-learn's ridge on scores of the fit rows."""
    fit = rows.fit if fit is None else fit
    test = rows.test if test is None else test
    scored = []
    for side in (x, y):
        mean, deviation = side[fit].mean(axis=0), side[fit].std(axis=0)
        scored.append(((side[fit] - mean) / deviation, (side[test] - mean) / deviation))
    (x_fit, x_test), (y_fit, y_test) = scored
    model = Ridge(alpha=alpha_of(x_fit)).fit(x_fit, y_fit)
    return 1 - np.square(y_test - model.predict(x_test)).sum() / np.square(y_test).sum()


def test_values_and_intervals_by_another_route(run, found):
    rows = HalvedRows.of(run, "rich", 0)
    x, y = (features(run, name) for name in PAIR)
    ridge = found.ridge[0]

    def alpha(x_fit):
        return ridge * np.square(reduced(x_fit).lengths).mean()

    affine = found.of("alpha", "affine")
    assert affine.r2.value == pytest.approx(by_hand(x, y, rows, alpha), abs=1e-9)
    of_fit = [by_hand(x, y, rows, alpha, fit=rows.fit[k]) for k in rows.without_blocks(rows.fit)]
    of_test = [
        by_hand(x, y, rows, alpha, test=rows.test[k]) for k in rows.without_blocks(rows.test)
    ]
    variance = sum(
        (len(v) - 1) / len(v) * np.square(np.array(v) - np.mean(v)).sum() for v in (of_fit, of_test)
    )
    assert len(of_fit) == len(of_test) == BLOCKS
    assert affine.r2.standard_error == pytest.approx(np.sqrt(variance), abs=1e-9)
    assert affine.r2.low < affine.r2.value < affine.r2.high
    twin = features(run, "alpha", twin=2)
    at = run.untrained_seeds("alpha", "rich").index(2)
    side = ScoredSide.of(twin, rows)
    target = ScoredSide.of(y, rows)
    from substrate.numerics.maps.families import Penalties

    own = Freedom(Penalties.of(side.fit, rows.fit_groups).best(target.fit))
    assert affine.twins[at] == pytest.approx(
        HeldOutPrediction.of("affine", side, target, own).explained()
    )
    assert affine.gain.value == pytest.approx(affine.r2.value - affine.twins.mean())


def test_fit_and_test_share_no_photograph_and_blocks_are_whole(run):
    rows = HalvedRows.of(run, "rich", 0)
    assert not set(rows.fit_groups) & set(rows.test_groups)
    left_out = []
    for kept in rows.without_blocks(rows.fit):
        gone = np.setdiff1d(np.arange(len(rows.fit)), kept)
        assert not set(rows.fit_groups[gone]) & set(rows.fit_groups[kept])
        left_out += gone.tolist()
    assert sorted(left_out) == list(range(len(rows.fit)))
    assert len(sides_of(features(run, "alpha"), rows)) == BLOCKS + 1


def test_what_encoders_share_is_predicted_beyond_both_nulls(found):
    assert [(p.source, p.family) for p in found.predictions] == [
        (source, family) for source in PAIR for family in FAMILIES
    ]
    for source in PAIR:
        affine = found.of(source, "affine")
        assert affine.r2.low > affine.r2.null.level > affine.r2.null.mean
        assert affine.r2.null.p == pytest.approx(1 / 40)
        assert affine.gain.low > 0
        assert affine.r2.value < affine.ceiling <= 1
        assert affine.found[0].value > affine.chance[0] == pytest.approx(1 / 57, rel=0.05)
        assert affine.found[1].value > affine.found[0].value
        gains = [s.gain.value for s in found.steps if s.source == source]
        own = [found.of(source, family).r2.value for family in NESTED]
        np.testing.assert_allclose(gains, np.diff(own))
    assert found.n_fit + found.n_test == 120


@pytest.mark.parametrize("seed", range(3))
def test_twins_that_share_as_much_as_encoders_leave_nothing_for_training(tmp_path, seed):
    run = planted(tmp_path, "low-level", seed)
    result = compute_maps(run, maps_params(run, PAIR, "rich"))
    for p in result.predictions:
        assert p.gain.low < 0 < p.gain.high
    assert result.of("alpha", "affine").r2.low > result.of("alpha", "affine").r2.null.level


def test_a_copy_is_predicted_whole_and_strangers_not_at_all(tmp_path):
    run = planted(tmp_path, "copies")
    copy = compute_maps(run, maps_params(run, (ORIGINAL, COPY), "rich"))
    assert copy.of(ORIGINAL, "affine").r2.low > 0.55
    assert copy.of(ORIGINAL, "affine").found[0].value > 0.8
    strangers = compute_maps(run, maps_params(run, PAIR, "rich"))
    for p in strangers.predictions:
        assert p.r2.low <= p.r2.null.level
        assert p.found[0].low <= p.chance[0]


def test_few_photographs_have_values_without_intervals(run):
    result = compute_maps(run, maps_params(run, PAIR, "few"))
    assert result.reason == "No interval: 3 photographs, and at least 10 are needed."
    for p in result.predictions:
        assert p.r2.low is None and p.r2.null.level is None and p.r2.null.p is None
        assert np.isnan(p.ceiling) and p.gain.low is None
        assert all(estimate.low is None for estimate in p.found)


def test_two_layers_of_one_encoder_are_a_pair_and_one_layer_is_none(run):
    layers = ("block.1", "penultimate")
    result = compute_maps(run, maps_params(run, ("alpha", "alpha"), "rich", layers))
    assert result.layers == layers and len(result.predictions) == 2 * len(FAMILIES)
    with pytest.raises(AnalysisError, match="choose two encoders, or two layers"):
        compute_maps(run, maps_params(run, ("alpha", "alpha"), "rich"))


def test_without_twins_nothing_is_said_of_training(run):
    params = replace(maps_params(run, PAIR, "rich"), seeds=())
    affine = compute_maps(run, params).of("alpha", "affine")
    assert not len(affine.twins) and affine.gain.low is None
    assert affine.gain.reason.startswith("No comparison")


def test_the_matrix_holds_what_the_pairs_say(run, found):
    result = compute_matrix(run, matrix_params(run, ("alpha", "beta", "gamma"), "rich"))
    for i, j, source in ((0, 1, "alpha"), (1, 0, "beta")):
        p = found.of(source, "affine")
        assert result.values[i, j] == pytest.approx(p.r2.value)
        assert (result.low[i, j], result.high[i, j]) == pytest.approx((p.r2.low, p.r2.high))
        assert result.untrained[i, j] == pytest.approx(p.twins.mean())
        at_once = stats.t.ppf(1 - 0.025 / 6, p.gain.df) * p.gain.standard_error
        gain = result.values[i, j] - result.untrained[i, j]
        bounds = gain - at_once, gain + at_once
        assert (result.gain_low[i, j], result.gain_high[i, j]) == pytest.approx(bounds)
    assert np.isnan(np.diag(result.gain_low)).all()
    np.testing.assert_allclose(np.diag(result.values)[:2], found.itself[::-1])
    assert np.isnan(np.diag(result.low)).all()
    assert result.level < result.off_diagonal.min()
    assert result.siblings == ()


def test_the_largest_cell_of_strangers_is_seldom_beyond_its_level(tmp_path):
    beyond = 0
    for seed in range(6):
        run = planted(tmp_path / str(seed), "copies", seed, untrained=0)
        strangers = ("alpha", "beta", "gamma")
        result = compute_matrix(run, matrix_params(run, strangers, "rich"))
        beyond += result.off_diagonal.max() > result.level
    assert beyond <= 1


def test_a_second_seed_is_a_ceiling(tmp_path):
    run = planted(tmp_path, "copies", untrained=0)
    params = matrix_params(run, (ORIGINAL, "beta"), "rich")
    assert params.siblings == (COPY,)
    [sibling] = compute_matrix(run, params).siblings
    assert (sibling.target, sibling.source) == (ORIGINAL, COPY)
    assert sibling.r2 > 0.55
