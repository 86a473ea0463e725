"""One training's layers at every step: planes that can be followed, and how far its end comes."""

import numpy as np
import pytest

from substrate.analyses.layers.training_ways import TRAINING_WAYS, training_ways_params
from substrate.analyses.spec import AnalysisError, obtain, stored
from substrate.encoder_ref import EncoderRef
from substrate.exhibits.layers import training_ways as words
from substrate.exhibits.layers.section import layers as section
from substrate.figures.theme import LIGHT
from tests.support.training_store import STEPS, training_run

LAYERS = ("block.0", "block.1", "block.2", "block.3", "penultimate")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return training_run(tmp_path_factory.mktemp("ways"), n=72, groups=24)


@pytest.fixture(scope="module")
def result(run):
    return obtain(TRAINING_WAYS, run, training_ways_params(run, "alpha", "rich"))


def angle(x, y):
    """Return the angle of two centred Gram matrices, from their features' covariances."""
    x, y = (np.asarray(a, float) - np.asarray(a, float).mean(axis=0) for a in (x, y))
    along = np.square(x.T @ y).sum()
    sizes = np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    return np.arccos(min(along / sizes, 1.0))


def test_every_step_has_the_layers_and_the_others_stand_still(run, result):
    assert result.steps.tolist() == list(STEPS) and result.layers == LAYERS * 4
    assert result.encoders == ("alpha", "beta", "gamma", "delta")
    assert result.places.shape == (len(STEPS), 20, 2)
    still = result.owner > 0
    assert np.ptp(result.places[:, still], axis=0).max() == 0
    moved = np.linalg.norm(result.places[0, ~still] - result.places[-1, ~still], axis=1)
    assert moved.max() > 0.3  # the untrained start is elsewhere
    np.testing.assert_allclose(result.places[-2:, ~still][0], result.places[-1, ~still], atol=0.02)


def test_the_stress_is_that_of_the_places_at_every_step(run, result):
    others = [
        run.representation(name, "rich", layer).features
        for name in result.encoders[1:]
        for layer in LAYERS
    ]
    for t in (0, 3, len(STEPS) - 1):
        ref = EncoderRef("alpha", step=STEPS[t])
        every = [run.representation(ref, "rich", layer).features for layer in LAYERS] + others
        d = np.array([[angle(a, b) for b in every] for a in every])
        np.fill_diagonal(d, 0.0)
        shown = np.linalg.norm(result.places[t][:, None] - result.places[t], axis=2)
        by_hand = np.sqrt(np.square(shown - d).sum() / np.square(d).sum())
        assert result.stress[t] == pytest.approx(by_hand, rel=1e-6)


def test_the_angle_to_the_end_is_by_hand_and_has_an_interval(run, result):
    last = [
        run.representation(EncoderRef("alpha", step=step), "rich", "penultimate").features
        for step in STEPS
    ]
    by_hand = [angle(x, last[-1]) for x in last[:-1]]
    assert result.travelled.value == pytest.approx(by_hand, abs=1e-6)
    assert (result.travelled.low <= result.travelled.value).all()
    assert 0 < result.travelled.high[0] - result.travelled.low[0] < 0.5
    twins = [
        run.representation(EncoderRef("alpha", twin=t), "rich", "penultimate").features
        for t in range(2)
    ]
    assert result.apart == pytest.approx(angle(*twins))
    exhibit = words.training_ways(result, run, LIGHT)
    assert f"end at an angle of {by_hand[0]:.2f} (95 % CI" in exhibit.sentence
    assert "their untrained start" in exhibit.sentence
    assert f"{result.apart:.2f} apart on average" in exhibit.context
    assert exhibit.verdict.short == f"Alpha ends at an angle of {by_hand[0]:.2f} from its start"
    assert len(exhibit.table) == len(STEPS) * 20


def test_a_frame_per_step_on_axes_that_hold_all(run, result):
    figure = words.training_ways(result, run, LIGHT, 2).figure
    assert [frame.name for frame in figure.frames] == [str(step) for step in STEPS]
    own = result.owner == 0
    np.testing.assert_array_equal(figure.data[0].x, result.places[2, own, 0])
    for t, frame in enumerate(figure.frames):
        assert frame.traces == (0,)
        np.testing.assert_array_equal(frame.data[0].x, result.places[t, own, 0])
        np.testing.assert_array_equal(frame.data[0].y, result.places[t, own, 1])
    (slider,) = figure.layout.sliders
    assert slider.active == 2
    assert [step.label for step in slider.steps] == [f"{step:,}" for step in STEPS]
    for axis, at in ((figure.layout.xaxis, 0), (figure.layout.yaxis, 1)):
        assert axis.range[0] < result.places[..., at].min()
        assert axis.range[1] > result.places[..., at].max()


def test_few_photographs_have_no_interval_and_no_twins_beside_them(run):
    found = obtain(TRAINING_WAYS, run, training_ways_params(run, "alpha", "few"))
    context = words.context(found)
    assert found.travelled.low is None and "3 photographs, and at least 10 are needed" in context
    assert "untrained twins" not in context


def test_what_is_stored_is_read_back_and_alone_it_is_drawn_as_well(run, result):
    again = stored(TRAINING_WAYS, run, training_ways_params(run, "alpha", "rich"))
    np.testing.assert_array_equal(again.places, result.places)
    alone = run.with_panel(("alpha",))
    found = obtain(TRAINING_WAYS, alone, training_ways_params(alone, "alpha", "rich"))
    assert found.places.shape == (len(STEPS), 5, 2) and found.encoders == ("alpha",)


def test_an_encoder_without_kept_steps_is_refused(run):
    with pytest.raises(AnalysisError, match="beta has no stored steps of its training"):
        TRAINING_WAYS.compute(run, training_ways_params(run, "beta", "rich"))


def test_the_report_holds_every_training_that_is_there(run):
    keys = [item.key for item in section(run, LIGHT, every=True).items]
    assert keys.count("layers-training-ways-alpha") == 1
