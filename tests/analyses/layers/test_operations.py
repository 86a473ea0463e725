"""Steps of two planted encoders: their cosines, their null, their twins, and where they diverge."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.layers.operations import OPERATIONS, operations_params
from substrate.analyses.spec import AnalysisError, obtain
from substrate.exhibits.layers import operations as words
from substrate.exhibits.verdict import Badge
from substrate.figures.theme import LIGHT
from substrate.numerics.depth.operations import change_cosines, gram_changes
from substrate.numerics.estimates import Estimate
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
    far, depth = result.distance.value, result.stages.depth
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
    assert result.stages.layers[at] in parting.sentence
    assert ("diverges fastest" in parting.sentence) == (at in words.diverging(result))
    assert parting.table["growth per unit of depth"].max() == pytest.approx(result.slope.value[at])
    assert "Untrained twins (5 seeds)" in parting.context


def test_few_photographs_have_no_level_and_no_interval(run):
    few = obtain(OPERATIONS, run, operations_params(run, "alpha", "beta", "few"))
    assert few.level is None and few.slope.low is None
    assert "3 photographs" in few.slope.reason
    shown = words.operations(few, run, LIGHT)
    assert "No comparison with chance: 3 photographs" in shown.context
    parting = words.divergence(few, run, LIGHT)
    assert shown.verdict is None and parting.verdict is None
    place = f"Within the 3 photographs of {run.domains['few'].title}, "
    assert shown.sentence.startswith(place) and parting.sentence.startswith(place)


def test_an_encoder_of_two_layers_has_no_steps(run, monkeypatch):
    short = run.encoders["beta"].layers[-2:]
    object.__setattr__(run.encoders["beta"], "layers", short)
    with pytest.raises(AnalysisError, match="Beta has fewer than three layers"):
        OPERATIONS.compute(run, operations_params(run, "alpha", "beta", "rich"))


def planted(result, slopes, *, twins, excess=None, reach=0.2):
    """Return a result with these slopes, those of five twins each, and bounds so far around."""
    slopes = np.array(slopes)
    beyond = slopes if excess is None else np.array(excess)
    bounds = [Estimate(v, low=v - reach, high=v + reach) for v in (slopes, beyond)]
    draws = np.array(twins) + 0.01 * np.arange(-2, 3)[:, None]
    return replace(result, slope=bounds[0], excess=bounds[1], twins_slope=draws)


def test_steps_are_told_only_beyond_zero_and_beyond_untrained_twins(run, result):
    same = planted(result, [0.1, 1.2, 0.0, 0.9], twins=[0.1, 1.3, 0.0, 0.0])
    assert words.diverging(same) == [3] and words.parting(same) == 3
    shown = words.divergence(same, run, LIGHT)
    assert result.stages.names[3] in shown.sentence
    assert (
        f"beyond untrained twins: {result.stages.names[3]} (twins −0.02 to 0.02)." in shown.context
    )
    assert shown.verdict.badge is Badge.ABOVE_BOTH and "diverge fastest" in shown.verdict.short
    assert result.stages.layers[3] in shown.verdict.short and "0.90" in shown.verdict.short


def test_without_a_told_step_the_headline_says_may(run, result):
    none = planted(result, [0.1, 1.2, 0.0, 0.1], twins=[0.1, 1.3, 0.0, 0.0])
    shown = words.divergence(none, run, LIGHT)
    assert words.diverging(none) == [] and words.parting(none) == 1
    assert "may diverge fastest" in shown.verdict.short
    assert "At no step is the interval above 0 and beyond untrained twins." in shown.context
    less = words.divergence(planted(result, [0.5] * 4, twins=[2.0] * 4), run, LIGHT).verdict
    assert less.badge is Badge.BELOW and "less than untrained twins" in less.short
    alone = replace(none, twins_slope=np.empty((0, 4)))
    assert words.diverging(alone) == [1]
    assert "without untrained twins" in words.divergence(alone, run, LIGHT).context


def test_growth_that_unequal_lists_explain_is_not_told(run, result):
    slopes = [0.1, 1.2, 0.0, 0.1]
    explained = planted(result, slopes, twins=[0.0] * 4, excess=[0.0, -0.1, 0.0, 0.0])
    assert words.diverging(explained) == []
    shown = words.divergence(replace(explained, uneven=True), run, LIGHT)
    assert shown.verdict.badge is Badge.UNTOLD and "may diverge" in shown.verdict.short
    assert "5 of each are compared" in shown.context
    assert "explained by unequal lists" in shown.table


def test_a_shared_step_is_claimed_only_beyond_the_level(run, result):
    closest = float(np.nanmax(result.alike))
    for level, verb in ((closest - 0.1, "Beta share"), (closest + 0.1, "Beta may share")):
        shown = words.operations(replace(result, level=level), run, LIGHT)
        assert verb in shown.verdict.short
