"""Steps of two planted encoders: their cosines, their null, their twins, and where they diverge."""

import numpy as np
import pytest

from substrate.analyses.layers.operations import OPERATIONS, operations_params
from substrate.analyses.spec import AnalysisError, obtain
from substrate.exhibits.layers import operations as words
from substrate.figures.theme import LIGHT
from substrate.numerics.depth.operations import change_cosines, gram_changes
from tests.support.planted import planted_run

LAYERS = ("block.0", "block.1", "block.2", "block.3", "penultimate")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("operations"), n=60, groups=20, untrained=5)


@pytest.fixture(scope="module")
def result(run):
    return obtain(OPERATIONS, run, operations_params(run, "alpha", "beta", "rich"))


def test_cosines_are_those_of_the_layers_without_the_readout(run, result):
    changes = [
        gram_changes(
            [run.representation(name, "rich", layer).features for layer in LAYERS],
            run.groups("rich"),
        )
        for name in ("alpha", "beta")
    ]
    np.testing.assert_allclose(result.alike, change_cosines(*changes), atol=1e-12)
    assert result.first.layers == LAYERS
    assert result.first.names[0] == "block.0 to block.1"
    assert (result.low <= result.alike).all() and (result.alike <= result.high).all()
    assert result.twins_alike.shape == (5, 4, 4) and result.twins_slope.shape == (5, 4)
    assert np.abs(result.null).max() < 0.1 < result.level + 0.1


def test_an_encoder_beside_itself_takes_the_same_steps_and_never_diverges(run):
    own = obtain(OPERATIONS, run, operations_params(run, "alpha", "alpha", "rich"))
    assert np.diagonal(own.alike) == pytest.approx(np.ones(4))
    assert own.distance.value == pytest.approx(np.zeros(5), abs=1e-9)
    assert own.slope.value == pytest.approx(np.zeros(4), abs=1e-9)


def test_slopes_are_of_the_distance_with_intervals_for_all_steps_at_once(result):
    far, depth = result.distance.value, result.first.depth
    assert result.slope.value == pytest.approx(np.diff(far) / np.diff(depth))
    assert (result.slope.low < result.slope.value).all()
    assert (far > 0).all() and (far < 1.2).all()


def test_exhibits_name_the_steps(run, result):
    shown = words.operations(result, run, LIGHT)
    i, j = words.closest(result)
    assert result.first.names[i] in shown.sentence and result.second.names[j] in shown.sentence
    assert shown.table["cosine"].max() == pytest.approx(result.alike[i, j])
    assert "5 seeds" in shown.context
    parting = words.divergence(result, run, LIGHT)
    at = words.parting(result)
    assert result.first.layers[at] in parting.sentence
    assert ("diverges fastest" in parting.sentence) == (result.slope.value[at] > 0)
    assert parting.table["growth per unit of depth"].max() == pytest.approx(result.slope.value[at])
    assert "Untrained twins (5 seeds)" in parting.context


def test_few_photographs_have_no_level_and_no_interval(run):
    few = obtain(OPERATIONS, run, operations_params(run, "alpha", "beta", "few"))
    assert few.level is None and few.slope.low is None
    assert "3 photographs" in few.slope.reason
    shown = words.operations(few, run, LIGHT)
    assert "No comparison with chance: 3 photographs" in shown.context
    assert words.divergence(few, run, LIGHT).verdict is not None


def test_an_encoder_of_two_layers_has_no_steps(run, monkeypatch):
    short = run.encoders["beta"].layers[-2:]
    object.__setattr__(run.encoders["beta"], "layers", short)
    with pytest.raises(AnalysisError, match="Beta has fewer than three layers"):
        OPERATIONS.compute(run, operations_params(run, "alpha", "beta", "rich"))
