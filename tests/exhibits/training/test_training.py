"""The training exhibits: page and report place the same ones, and `every` leaves no view out."""

import numpy as np
import pandas as pd
import pytest

from substrate.analyses.spec import obtain
from substrate.analyses.training import alignment, directions
from substrate.analyses.training.choice import alignment_params, default_choice, spans_params
from substrate.exhibits.training import exhibits, words
from substrate.exhibits.training.section import QUESTION, training
from substrate.figures.theme import LIGHT
from substrate.wording import number
from tests.support.placed import said
from tests.support.planted import planted_run
from tests.support.training_store import STEPS, training_run

LAYERS = 6


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = training_run(tmp_path_factory.mktemp("exhibits"), n=60, groups=15)
    for analysis, params in alignment.defaults(run) + directions.defaults(run):
        obtain(analysis, run, params)
    return run


@pytest.fixture(scope="module")
def items(run):
    return {item.key: item for item in training(run, LIGHT).items}


def test_page_and_report_show_the_same_alignment(run, items, open_page):
    app = open_page("training.py", run.store.root)
    curve, layers, ranks = (
        items[f"training-{name}-alpha-rich"] for name in ("curve", "heatmap", "rank")
    )
    assert app.title[0].value == QUESTION == training(run, LIGHT).question
    text = said(app)
    for part in (curve.sentence, curve.context, curve.read, layers.read, ranks.read):
        assert part in text
    assert words.PUBLISHED in curve.context
    assert len(app.get("plotly_chart")) == 3


def test_page_and_report_show_the_same_directions(run, items, open_page):
    app = open_page("training.py", run.store.root, view="Directions")
    movie, span = (items[f"training-{name}-alpha-rich"] for name in ("movie", "overlap"))
    text = said(app)
    for part in (movie.sentence, movie.context, movie.read, span.read):
        assert part in text
    assert len(app.get("plotly_chart")) == 2


def test_the_default_choice_is_what_a_run_computes(run):
    for domain in ("rich", "few"):
        choice = default_choice(run, "alpha", domain)
        assert (alignment.TRAINING, alignment_params(run, choice)) in alignment.defaults(run)
        asked = (directions.TRAINING_DIRECTIONS, spans_params(run, choice))
        assert asked in directions.defaults(run)


def test_tables_hold_every_step(run, items):
    result = obtain(*_asked(run, "rich"))
    curve = items["training-curve-alpha-rich"].table
    assert curve["step"].tolist() == list(STEPS)
    np.testing.assert_array_equal(curve["value"], result.scores.values[:, 0])
    pd.testing.assert_frame_equal(curve, items["training-rank-alpha-rich"].table)
    layers = items["training-heatmap-alpha-rich"].table
    assert len(layers) == LAYERS * len(STEPS)
    np.testing.assert_array_equal(layers["value"], result.values.ravel())
    assert len(items["training-overlap-alpha-rich"].table) == len(STEPS)


def _asked(run, domain):
    params = alignment_params(run, default_choice(run, "alpha", domain))
    return alignment.TRAINING, run, params


def test_every_adds_size_and_skill_and_the_published_scale(run, items):
    every = training(run, LIGHT, every=True).items
    size, every = every[:4], every[4:]
    assert [item.key for item in size] == [
        *(f"training-growth-{of}" for of in ("parameters", "accuracy", "linear-probe")),
        "training-trends",
    ]
    assert size[0].figure is not None and "over 4 encoders" in size[0].sentence
    keys = [item.key for item in every]
    assert len(items) == 2 * 5 and len(set(keys)) == len(keys) == 2 * 6
    assert set(keys) - set(items) == {
        f"training-movie-published-scale-alpha-{domain}" for domain in ("rich", "few")
    }
    assert all(item.figure is not None and item.read and item.trace for item in every)
    shown = {item.key: item for item in every}
    heat = shown["training-movie-published-scale-alpha-rich"].figure.data[0]
    width = obtain(
        directions.TRAINING_DIRECTIONS, run, spans_params(run, default_choice(run, "alpha", "rich"))
    ).width
    assert (heat.zmin, heat.zmax) == (1 / np.sqrt(width), min(5 / np.sqrt(width), 1))
    assert (shown["training-movie-alpha-rich"].figure.data[0].zmax) == 1


def test_a_run_without_trajectories_has_no_figures(tmp_path):
    assert training(planted_run(tmp_path, n=40, groups=20, untrained=0), LIGHT).items == ()


def test_the_trace_names_what_the_numbers_rest_on(items):
    trace = items["training-curve-alpha-rich"].trace
    assert (trace["encoder"], trace["domain"], trace["layer"]) == ("alpha", "rich", "penultimate")
    assert trace["members"] == "beta, gamma, delta" and "60 tiles of 15" in trace["facts"]
    spans = items["training-overlap-alpha-few"].trace
    assert spans["domain"] == "few" and "halves of" in spans["facts"]


def test_few_photographs_are_compared_with_chance_nowhere(run, items):
    """Crosses stood there once, from three photographs."""
    result = obtain(*_asked(run, "few"))
    assert np.isnan(result.levels).all() and result.scores.tau_any is None
    item = items["training-heatmap-alpha-few"]
    assert (
        item.read == "The frame marks the chosen layer; no cross: nothing is compared with chance."
    )
    names = [trace.name for trace in item.figure.data]
    assert not any("level" in str(name) for name in names)
    cells = next(trace for trace in item.figure.data if trace.name == "cells")
    assert not any("chance" in text or "nan" in text for text in cells.text)
    assert "95 % level" not in item.table
    rich = items["training-heatmap-alpha-rich"]
    cells = next(trace for trace in rich.figure.data if trace.name == "cells")
    assert all("95 % level of chance" in text for text in cells.text)


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([0, 10, 19, 224, 5025, 9360], 4),
        ([0, 10, 32, 100, 316, 1000, 3162], 5),
        ([0, 50, 100], 1),
        ([0, 10, 100], None),
        ([0, 100], None),
    ],
)
def test_half_way_is_half_of_the_steps_and_not_of_the_checkpoints(steps, place):
    assert words.half_way(np.array(steps)) == place


def test_the_sentence_of_the_directions_names_start_middle_chance_and_end(run, items):
    result = obtain(
        directions.TRAINING_DIRECTIONS, run, spans_params(run, default_choice(run, "alpha", "rich"))
    )
    sentence = items["training-movie-alpha-rich"].sentence
    assert f"by {number(result.overlap[0])} at step 0" in sentence
    assert f"and {number(result.overlap[5])} half way, at step 1,000;" in sentence
    short = items["training-movie-alpha-rich"].verdict.short
    assert short.startswith("Half way") and short.endswith(number(result.overlap[5]))
    assert f"random directions overlap by {number(result.chance)}" in sentence
    assert sentence.endswith(f"the end itself by {number(result.overlap[-1])}.")
    shown = exhibits.directions_by_step(result, run, LIGHT, step=2).figure
    np.testing.assert_array_equal(shown.data[0].z, result.cosines[2])
