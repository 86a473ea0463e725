"""All layers as a map: by the metric where it is a distance, by an angle that is said otherwise."""

import numpy as np
import pytest

from substrate.analyses.layers.choice import COLOURS
from substrate.analyses.layers.layer_map import LAYER_MAP, layer_map_params, true_distances
from substrate.analyses.shared.effort import scalar_metrics
from substrate.analyses.spec import AnalysisError, obtain, stored
from substrate.exhibits.layers.layer_map import layer_map
from substrate.figures.theme import LIGHT
from substrate.numerics.metrics import METRICS
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("map"), n=48, groups=16, untrained=0)


def centred(x):
    return np.asarray(x, float) - np.asarray(x, float).mean(axis=0)


def by_hand(metric, x, y):
    x, y = centred(x), centred(y)
    nuclear = np.linalg.norm(x.T @ y, "nuc") / np.linalg.norm(x) / np.linalg.norm(y)
    cka = np.square(x.T @ y).sum() / np.linalg.norm(x.T @ x) / np.linalg.norm(y.T @ y)
    return np.arccos(min(cka if metric == "linear_cka" else nuclear, 1.0))


@pytest.mark.parametrize("metric", ["procrustes_angular", "nuclear_similarity", "linear_cka"])
def test_a_distance_and_an_angle_are_the_metrics_own(run, metric):
    found = obtain(LAYER_MAP, run, layer_map_params(run, "rich", metric))
    assert found.reason == "" and METRICS[metric].label in found.distance
    for i, j in ((0, 7), (3, 12), (19, 4)):
        x, y = (
            run.representation(found.encoders[found.owner[at]], "rich", found.layers[at]).features
            for at in (i, j)
        )
        assert found.distances[i, j] == pytest.approx(by_hand(metric, x, y), abs=1e-5)
    shown = np.linalg.norm(found.places[:, None] - found.places, axis=2)
    squares = np.square(found.distances).sum()
    assert found.stress == pytest.approx(
        np.sqrt(np.square(shown - found.distances).sum() / squares)
    )


def test_every_metric_gives_a_distance_by_which_no_detour_is_shorter(run):
    layers = ("block.0", "block.3", "penultimate")
    features = [run.representation(e, "rich", one).features for e in run.panel for one in layers]
    groups = run.groups("rich")
    stand_in = true_distances("information_imbalance", features, groups)[0]
    own = set()
    for metric in scalar_metrics():
        d, distance, reason = true_distances(metric, features, groups)
        assert (d == d.T).all() and (np.diagonal(d) == 0).all()
        for k in range(len(d)):
            assert (d <= d[:, [k]] + d[[k], :] + 1e-7).all(), metric
        if reason:
            assert distance == "arccos of CKA, linear (biased)"
            np.testing.assert_allclose(d, stand_in)
        else:
            own.add(metric)
    assert own >= {"procrustes_angular", "procrustes_normalised", "shape_alpha", "rbf_cka"}
    assert not own & {"information_imbalance", "debiased_cka", "mutual_knn", "pwcca"}
    assert "bures" not in own  # widths differ, and the reason is said
    assert "has no value for some layers" in true_distances("bures", features, groups)[2]


@pytest.mark.parametrize("by", COLOURS)
def test_the_map_is_drawn_by_every_colour_and_says_its_distance(run, by):
    found = obtain(LAYER_MAP, run, layer_map_params(run, "rich", "information_imbalance"))
    exhibit = layer_map(found, run, LIGHT, by)
    assert "Information imbalance is no distance" in exhibit.context
    assert "arccos of CKA, linear (biased) is drawn instead" in exhibit.context
    between = found.owner[:, None] != found.owner
    least = found.distances[between].min()
    assert f"{least:.2f} apart by arccos of CKA" in exhibit.sentence
    drawn = np.concatenate([t.x for t in exhibit.figure.data if t.x[0] is not None])
    np.testing.assert_array_equal(drawn, found.places[:, 0])
    named = [t.name for t in exhibit.figure.data if t.showlegend is not False]
    expected = {"family": 4, "objective": 3, "encoder": 4, "depth": 4}
    assert len(named) == len(set(named)) == expected[by]
    assert len(exhibit.table) == 20


def test_what_is_stored_is_read_back_and_an_unknown_metric_is_refused(run):
    params = layer_map_params(run, "rich", "linear_cka")
    np.testing.assert_array_equal(
        obtain(LAYER_MAP, run, params).places, stored(LAYER_MAP, run, params).places
    )
    with pytest.raises(AnalysisError, match="'?nothing'?"):
        LAYER_MAP.compute(run, layer_map_params(run, "rich", "nothing"))
