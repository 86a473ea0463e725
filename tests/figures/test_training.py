"""The training figures: what they draw is read back from them."""

import numpy as np
import pytest

from substrate.analyses.spec import obtain
from substrate.analyses.training import (
    alignment as training,
)
from substrate.analyses.training import (
    directions as training_directions,
)
from substrate.analyses.training.choice import PAPER
from substrate.figures import heading
from substrate.figures.theme import DARK, LIGHT
from substrate.figures.training.alignment import (
    emergence_curve,
    rank_curve,
)
from substrate.figures.training.directions import (
    direction_movie,
    overlap_curve,
)
from substrate.figures.training.layers import layer_step_heatmap
from substrate.figures.training.steps import step_positions
from tests.support.training_store import (
    ACCURACY,
    STEPS,
    training_run,
)

NAMES = ("Alpha", "the substrate")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return training_run(tmp_path_factory.mktemp("training"), n=72, groups=18)


@pytest.fixture(scope="module")
def found(run):
    analysis, params = training.defaults(run)[0]
    return obtain(analysis, run, params)


@pytest.fixture(scope="module")
def directions(run):
    analysis, params = training_directions.defaults(run)[0]
    return obtain(analysis, run, params)


def trace(figure, start):
    return next(t for t in figure.data if (t.name or "").startswith(start))


def test_step_zero_stands_one_gap_before_the_first():
    at = step_positions(np.array([0, 10, 100, 1000]))
    np.testing.assert_allclose(at, [0, 1, 2, 3])


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_curve_shows_alignment_accuracy_null_twins_and_interval(found, theme):
    figure = emergence_curve(found, theme, NAMES)
    curve = trace(figure, "Alignment")
    np.testing.assert_allclose(curve.y, found.scores.values[:, 0])
    np.testing.assert_allclose(curve.y + curve.error_y.array, found.scores.high[:, 0])
    accuracy = trace(figure, "Accuracy")
    assert accuracy.yaxis == "y2" and accuracy.line.dash == "dash"
    np.testing.assert_allclose(accuracy.y, ACCURACY)
    assert trace(figure, "Shuffled photographs") and trace(figure, "Untrained twins, 2 seeds")
    assert [text for text in figure.layout.xaxis.ticktext] == [f"{s:,}" for s in STEPS]
    assert figure.layout.paper_bgcolor == theme.paper
    lines = {shape.x0 for shape in figure.layout.shapes if shape.x0 == shape.x1}
    assert np.isclose(min(lines), np.interp(found.half.position, range(7), curve.x))
    assert "72 tiles of 18 photographs" in " ".join(heading.facts(figure))
    assert "K = 16" in " ".join(heading.facts(figure))


def test_the_heatmap_has_layers_down_and_steps_across(found):
    figure = layer_step_heatmap(found, LIGHT, NAMES)
    np.testing.assert_allclose(figure.data[0].z, found.values, rtol=1e-6)
    assert (figure.data[0].zmin, figure.data[0].zmax) == (0, 1)
    assert figure.layout.yaxis.ticktext == found.layers
    assert figure.layout.yaxis.range == (5.5, -0.5)
    frame = figure.layout.shapes[0]
    assert (frame.y0 + frame.y1) / 2 == found.layers.index(found.layer)
    assert len(trace(figure, "cells").customdata) == 42


def test_ranks_are_drawn_with_their_intervals(found):
    figure = rank_curve(found, DARK, NAMES)
    effective = trace(figure, "Effective rank")
    np.testing.assert_allclose(
        effective.y - effective.error_y.arrayminus, found.ranks.effective_low
    )
    assert figure.layout.yaxis.rangemode == "tozero"


def test_the_movie_has_a_frame_per_step_and_starts_where_asked(directions):
    figure = direction_movie(directions, LIGHT, "Alpha", step=2)
    assert [frame.name for frame in figure.frames] == [str(s) for s in STEPS]
    np.testing.assert_array_equal(figure.data[0].z, directions.cosines[2])
    np.testing.assert_array_equal(figure.frames[5].data[0].z, directions.cosines[5])
    assert figure.layout.sliders[0].active == 2
    assert (figure.data[0].zmin, figure.data[0].zmax) == (0, 1)
    for frame in figure.frames:
        assert [type(t) for t in frame.data] == [type(t) for t in figure.data]


def test_the_papers_scale_is_white_at_one_over_root_d(directions):
    figure = direction_movie(directions, DARK, "Alpha", scale=PAPER)
    heat = figure.data[0]
    assert heat.zmin == pytest.approx(1 / np.sqrt(40))
    assert heat.zmax == pytest.approx(5 / np.sqrt(40))
    assert heat.colorscale[0][1] in ("rgb(255,255,255)", "#ffffff", "white") or heat.reversescale


def test_marks_are_cells_beyond_chance_and_unstable_directions(directions):
    figure = direction_movie(directions, LIGHT, "Alpha", step=6)
    beyond = trace(figure, "Beyond")
    cells = directions.cosines[6][np.asarray(beyond.y, int), np.asarray(beyond.x, int)]
    assert (cells > directions.level).all()
    unstable = trace(figure, "Unstable")
    assert len(unstable.x) == 2 * np.count_nonzero(directions.reliability[6] < 0.5)


def test_the_overlap_stands_beside_chance_and_ceiling(directions):
    figure = overlap_curve(directions, LIGHT, "Alpha")
    np.testing.assert_allclose(trace(figure, "Overlap").y, directions.overlap)
    assert set(trace(figure, "Random spans").y) == {directions.chance}
    assert set(trace(figure, "Ceiling").y) == {directions.overlap[-1]}
