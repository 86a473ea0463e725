"""All layers of all encoders: cells are pairs scored alone, and the cost is told beforehand."""

import dataclasses
import json
from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.layers import every_layer as grid
from substrate.analyses.shared.effort import scalar_metrics
from substrate.analyses.spec import AnalysisError, obtain
from substrate.exhibits.layers import every_layer as words
from substrate.exhibits.verdict import Badge
from substrate.figures.theme import LIGHT
from substrate.numerics.estimates import Estimate
from substrate.numerics.metrics import METRICS
from substrate.runs import open_run, runs_directory
from substrate.wording import signed
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("grid"), n=60, groups=15, untrained=0)


@pytest.mark.parametrize("metric", ["information_imbalance", "debiased_cka", "procrustes_angular"])
def test_a_cell_is_its_two_layers_scored_alone(run, metric):
    found = obtain(grid.EVERY_LAYER, run, grid.every_layer_params(run, "rich", metric))
    feature_layers = sum(len(one.feature_layers) for one in run.encoders.values())
    assert found.values.shape == (feature_layers, feature_layers)
    groups, chosen = run.groups("rich"), METRICS[metric]
    own = {"groups": groups} if "groups" in chosen.parameters else {}
    for i, j in ((1, 7), (7, 1), (3, 12)):
        x, y = (
            run.representation(found.encoders[found.owner[at]], "rich", found.layers[at]).features
            for at in (i, j)
        )
        assert found.values[i, j] == pytest.approx(chosen.score(x, y, **own), abs=1e-6)
    assert (found.level is None) == (metric == "procrustes_angular")


def test_the_level_is_that_of_the_closest_of_all_pairs_of_different_encoders(run):
    params = grid.every_layer_params(run, "rich", "information_imbalance")
    found = obtain(grid.EVERY_LAYER, run, params)
    assert 0.5 < found.level < found.null_mean and found.null_mean == pytest.approx(1, abs=0.1)
    i, j = words.closest(found)
    assert found.values[i, j] == found.values[found.between].min()
    exhibit = words.every_layer(found, run, LIGHT)
    passed = int((found.values[found.between] < found.level).sum())
    assert f"in 95 % of cases: {passed:,} are closer" in exhibit.context
    heat = exhibit.figure.data[0]
    np.testing.assert_allclose(heat.z, found.values, rtol=1e-6)
    assert len(exhibit.table) == found.between.sum()


def test_few_photographs_are_compared_with_no_chance(run):
    found = obtain(grid.EVERY_LAYER, run, grid.every_layer_params(run, "few", "debiased_cka"))
    exhibit = words.every_layer(found, run, LIGHT)
    reason = "No comparison with chance: 3 photographs, and at least 10 are needed."
    assert found.level is None and exhibit.context.startswith(reason)
    assert reason in words.families(found, run, LIGHT).context


def test_every_metric_has_a_cost_that_grows_with_the_pairs(run):
    assert set(grid.COSTS) < set(scalar_metrics())
    for metric in scalar_metrics():
        whole = grid.cost(run, grid.every_layer_params(run, "rich", metric))
        two = run.with_panel(("alpha", "beta"))
        half = grid.cost(two, grid.every_layer_params(two, "rich", metric))
        assert whole.layers == 2 * half.layers and whole.pairs == 4 * half.pairs
        assert whole.seconds > 1.9 * half.seconds > 0


def test_one_encoder_has_none_to_be_compared_with(run):
    with pytest.raises(AnalysisError, match="choose two at least"):
        grid.EVERY_LAYER.compute(run, grid.EveryLayerParams(("alpha",), "rich"))


def test_families_are_compared_by_their_last_features_in_both_directions(run):
    params = grid.every_layer_params(run, "rich", "information_imbalance")
    found = obtain(grid.EVERY_LAYER, run, params)
    symmetric = obtain(grid.EVERY_LAYER, run, grid.every_layer_params(run, "rich", "linear_cka"))
    assert symmetric.by_family is None and words.family_sentence(symmetric) == ""
    of = np.array([run.family(name) for name in found.encoders])
    last = [np.flatnonzero(found.owner == at)[-1] for at in range(len(of))]
    first, second = found.families[:2]
    a, b = ([last[at] for at in np.flatnonzero(of == one)] for one in (first, second))
    count = len(found.families)
    both = found.by_family.value.reshape(count, count)
    assert both[0, 1] == pytest.approx(found.values[np.ix_(a, b)].mean())
    assert both[1, 0] == pytest.approx(found.values[np.ix_(b, a)].mean())
    assert np.isnan(both.diagonal()).all()
    assert "at least 8" in found.by_family.reason
    assert found.by_family.reason in words.family_sentence(found)


@pytest.fixture(scope="module")
def kin(tmp_path_factory):
    """Plant ten encoders of two families; those of one are the same one turned, with noise."""
    encoders = {f"{family}{at}": 24 + at for family in "ab" for at in range(5)}
    run = planted_run(
        tmp_path_factory.mktemp("kin"), n=48, groups=16, untrained=0, encoders=encoders
    )
    record = json.loads(json.dumps(run.record))
    for one in record["encoders"]:
        one["family"] = one["name"][0]
    record.pop("seal", None)
    (runs_directory(run.store) / f"{run.run_id}.json").write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


def test_families_are_the_means_of_all_layers_of_two_encoders(kin):
    found = obtain(grid.EVERY_LAYER, kin, grid.every_layer_params(kin, "rich", "linear_cka"))
    family = np.array([name[0] for name in found.encoders])[found.owner]
    assert found.families == ("a", "b")
    other = found.owner[:, None] != found.owner
    both = found.kin.value[:-1].reshape(2, 2)
    for i, a in enumerate("ab"):
        for j, b in enumerate("ab"):
            cells = (family == a)[:, None] & (family == b) & other
            assert both[i, j] == pytest.approx(found.values[cells].mean())
    same = (family[:, None] == family) & other
    lead = found.values[same].mean() - found.values[family[:, None] != family].mean()
    assert found.kin.value[-1] == pytest.approx(lead)
    assert found.kin.low[-1] < lead < found.kin.high[-1]
    exhibit = words.families(found, kin, LIGHT)
    np.testing.assert_allclose(exhibit.figure.data[0].z, both)
    assert f"differs by {signed(lead)} (95 % CI" in exhibit.sentence
    assert exhibit.table["low"].notna().all() and len(exhibit.table) == 4
    assert exhibit.verdict.badge is Badge.UNTOLD
    assert exhibit.verdict.short == "Layers may be closer within families than between, by 0.00"


def with_kin(found, value, low, high):
    """Return the matrix with this difference of within families and between them."""
    ends = [
        None if end is None else np.append(found.kin.value[:-1], end) for end in (value, low, high)
    ]
    return replace(found, kin=Estimate(ends[0], low=ends[1], high=ends[2]))


@pytest.mark.parametrize(
    ("value", "ends", "badge", "said"),
    [
        (0.02, (-0.19, 0.22), Badge.UNTOLD, "may be closer within families than between, by 0.02"),
        (-0.2, (-0.3, -0.1), Badge.ABOVE, "are further apart within families than between"),
        (0.2, (None, None), Badge.NO_INTERVAL, "of these are closer within families than between"),
    ],
)
def test_a_difference_of_families_is_claimed_where_it_is_told(kin, value, ends, badge, said):
    found = obtain(grid.EVERY_LAYER, kin, grid.every_layer_params(kin, "rich", "linear_cka"))
    verdict = words.families(with_kin(found, value, *ends), kin, LIGHT).verdict
    assert verdict.badge is badge and verdict.short.startswith(f"Layers {said}")


def test_directions_of_families_are_a_description_with_the_reason(run):
    found = obtain(grid.EVERY_LAYER, run, grid.every_layer_params(run, "rich", "linear_cka"))
    count = len(found.families)
    means = np.full((count, count), 0.3)
    means[0, 1], means[1, 0] = 0.58, 0.73
    one = Estimate(means.ravel(), low=np.full(count**2, np.nan), high=np.full(count**2, np.nan))
    text = words.family_sentence(replace(found, by_family=one))
    assert "in these encoders" in text and "with 0.58 and 0.73 on average" in text
    assert text.endswith("has no interval, nor have they: a family is of one recipe. ")
    means[0, 1], means[1, 0] = 0.301, 0.304
    same = words.family_sentence(replace(found, by_family=replace(one, value=means.ravel())))
    assert "differ" not in same and "alike to two decimals" in same


def test_a_family_of_one_encoder_has_nothing_within(run):
    found = obtain(grid.EVERY_LAYER, run, grid.every_layer_params(run, "rich", "linear_cka"))
    both = found.kin.value[:-1].reshape(4, 4)
    assert np.isnan(both.diagonal()).all() and np.isfinite(both[~np.eye(4, dtype=bool)]).all()
    exhibit = words.families(found, run, LIGHT)
    assert exhibit.verdict is None and "a family of its own" in exhibit.sentence


def test_clustered_encoders_keep_their_cells_and_stand_by_kin(run):
    params = grid.every_layer_params(run, "rich", "information_imbalance")
    found = obtain(grid.EVERY_LAYER, run, params)
    again = grid.clustered(found)
    assert sorted(again.encoders) == sorted(found.encoders)
    for i, j in ((0, 7), (12, 3)):
        at = [
            next(
                k
                for k in range(len(found.layers))
                if found.encoders[found.owner[k]] == again.encoders[again.owner[one]]
                and found.layers[k] == again.layers[one]
            )
            for one in (i, j)
        ]
        assert again.values[i, j] == found.values[at[0], at[1]]
    blocks = [[0, 2], [1, 3]]  # two pairs of encoders, given in turn
    values = np.ones((4, 4))
    for pair in blocks:
        values[np.ix_(pair, pair)] = 0.1
    planted = dataclasses.replace(
        found,
        owner=np.arange(4),
        layers=("x",) * 4,
        depth=np.ones(4),
        values=values,
    )
    names = [found.encoders.index(name) for name in grid.clustered(planted).encoders]
    assert {frozenset(names[:2]), frozenset(names[2:])} == {frozenset(b) for b in blocks}
