"""The layer exhibits: page and report place the same ones, and `every` leaves no view out."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from substrate.analyses.layers import two_encoders
from substrate.analyses.layers.choice import COLOURS, SCALES, default_choice, two_params
from substrate.analyses.layers.kept_measure import QUANTITIES
from substrate.analyses.spec import obtain
from substrate.exhibits.layers import card_words, exhibits, verdicts, words
from substrate.exhibits.layers.section import QUESTION, layers
from substrate.exhibits.verdict import Badge
from substrate.figures.theme import LIGHT
from substrate.numerics.depth.steps import SUMMARIES
from substrate.wording import number
from tests.support.placed import said
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("exhibits"), n=60, groups=15, untrained=2)
    for analysis, params in two_encoders.defaults(run):
        obtain(analysis, run, params)
    return run


@pytest.fixture(scope="module")
def items(run):
    return {item.key: item for item in layers(run, LIGHT).items}


def test_page_and_report_show_the_same_two_encoders(run, items, open_page):
    app = open_page("layers.py", run.store.root)
    curve, matrix = items["layers-curve-rich"], items["layers-heatmap-rich"]
    assert app.title[0].value == QUESTION == layers(run, LIGHT).question
    text = said(app)
    for part in (curve.sentence, curve.context, curve.read, matrix.read):
        assert part in text
    assert curve.verdict.short in "".join(one.proto.body for one in app.get("html"))
    pd.testing.assert_frame_equal(app.dataframe[0].value, matrix.table, check_dtype=False)
    pd.testing.assert_frame_equal(curve.table, matrix.table)


def test_page_and_report_show_the_same_encoders(run, items, open_page):
    app = open_page("layers.py", run.store.root, view="All encoders")
    matrix = items["layers-pairs-heatmap-rich"]
    text = said(app)
    for part in (matrix.sentence, matrix.context, matrix.read):
        assert part in text
    pd.testing.assert_frame_equal(app.dataframe[0].value, matrix.table, check_dtype=False)
    assert list(matrix.table.columns[:2]) == ["encoder", "other encoder"]
    assert len(matrix.table) == 6


def test_every_adds_the_other_colours_of_both_matrices(run, items):
    every = layers(run, LIGHT, every=True).items
    keys = [item.key for item in every]
    of_depth = len(SUMMARIES) + 4 + len(QUANTITIES)  # steps, operations, trajectories
    of_depth += 2 * len(COLOURS) + 1  # ways, the map; all layers, families
    of_depth += len(two_encoders.NEIGHBOURS) - 1
    assert len(set(keys)) == len(keys) == 2 * (1 + 2 * len(SCALES)) + of_depth
    assert set(items) < set(keys) and len(items) == 2 * 3 + 1
    assert all(item.figure is not None and item.read and item.trace for item in every)
    shown = {item.key: item for item in every}
    result = obtain(two_encoders.LAYERS, run, two_params(run, default_choice(run, "rich")))
    for key, values in (("", result.scores.values), ("-calibrated", result.scores.calibrated)):
        heat = shown[f"layers-heatmap-rich{key}"].figure.data[0]
        np.testing.assert_allclose(heat.z, values, rtol=1e-6)


def test_a_run_of_one_encoder_has_no_layer_figures(run):
    alone = SimpleNamespace(domains=run.domains, encoders={"alpha": run.encoders["alpha"]})
    assert layers(alone, LIGHT).items == ()


def test_the_trace_names_what_the_numbers_rest_on(items):
    trace = items["layers-curve-rich"].trace
    assert (trace["first"], trace["second"], trace["domain"]) == ("alpha", "beta", "rich")
    assert trace["n"] == "60 tiles of 15 photographs"
    assert trace["interval"].startswith("95 %, 15 blocks")
    few = items["layers-pairs-heatmap-few"].trace
    assert few["layer"] == "penultimate" and "at least 10" in few["interval"]


def test_the_grey_band_is_named_after_what_was_shuffled(run, items):
    assert "what shuffled photographs give" in items["layers-curve-rich"].read
    assert "what tiles shuffled inside each photograph give" in items["layers-curve-few"].read
    params = two_encoders.layers_params(run, "alpha", "beta", "rich", "debiased_cka")
    grid = obtain(two_encoders.LAYERS, run, params)
    without = replace(grid.scores, null_low=np.full_like(grid.scores.null_low, np.nan))
    assert words.band(without) == ""


def test_a_card_sets_a_pair_beside_its_interval_null_and_twins(run):
    params = two_encoders.layers_params(run, "alpha", "beta", "rich", "debiased_cka")
    grid = obtain(two_encoders.LAYERS, run, params)
    twins = obtain(two_encoders.LAYERS_UNTRAINED, run, params)
    scores, cell = grid.scores, (2, 3)
    lines = card_words.pair_lines(scores, cell)
    low, high = number(scores.low[cell]), number(scores.high[cell])
    assert lines[0] == f"95 % CI [{low}, {high}]"
    assert lines[1] == (
        f"chance {number(scores.null_mean[cell])} on average, at most {number(scores.tau[cell])} "
        "in 95 % of permutations for this pair"
    )
    assert lines[2] == f"95 % level of the closest of all pairs {number(scores.tau_any)}"
    assert lines[3] == (
        f"p = {scores.p[cell]:.3f} for this pair alone, p = {scores.p_any[cell]:.3f} allowing for "
        "all pairs"
    )
    assert lines[4:] == ["n = 60 tiles of 15 photographs"]
    ends = sorted(twins.values[:, 2, 3])
    assert card_words.untrained_lines(twins, cell) == [
        f"untrained twins (2 seeds) {number(ends[0])} to {number(ends[1])}"
    ]
    assert card_words.untrained_lines(None, cell) == []
    heading = card_words.layers_heading(grid, cell, run)
    assert heading == f"Alpha {grid.first.layers[2]} – Beta {grid.second.layers[3]}"
    assert card_words.side_lines(grid, cell)[1].startswith(
        f"{grid.second.layers[3]}: depth {number(grid.second.depth[3])}, {grid.second.width[3]} un"
    )


def test_a_card_within_few_photographs_tests_nothing(run):
    params = two_encoders.layers_params(run, "alpha", "beta", "few", "debiased_cka")
    grid = obtain(two_encoders.LAYERS, run, params)
    lines = card_words.pair_lines(grid.scores, (1, 1))
    assert "at least 10" in lines[0]
    mean = number(grid.scores.null_mean[1, 1])
    assert lines[1] == f"tiles shuffled inside each photograph {mean} on average"
    assert lines[2].startswith("no p-value: 3 photographs")
    assert len(lines) == 4


def test_layers_that_are_all_as_close_are_not_one_depth(run):
    grid = obtain(
        two_encoders.LAYERS, run, two_encoders.layers_params(run, "alpha", "beta", "rich")
    )
    values = [
        np.full_like(x, 0.02) for x in (grid.scores.values, grid.scores.low, grid.scores.high)
    ]
    names = ("values", "low", "high")
    even = replace(grid, scores=replace(grid.scores, **dict(zip(names, values, strict=True))))
    said = words.layers_sentence(even, "A", "B", "Rich")
    assert "are as close at every depth to two decimals" in said and "one depth alone" not in said
    values[0][np.arange(1, 6), even.equal[1:]] = np.nan
    said = words.layers_sentence(even, "A", "B", "Rich")
    assert "are compared at one depth alone" in said


def test_a_distance_is_at_least_what_chance_gives(run):
    params = two_encoders.layers_params(run, "alpha", "beta", "rich", "procrustes_angular")
    grid = obtain(two_encoders.LAYERS, run, params)
    line = card_words.pair_lines(grid.scores, (0, 0))[1]
    assert f"at least {number(grid.scores.tau[0, 0])} in 95 %" in line


def test_the_default_pair_is_the_first_two(run):
    choice = default_choice(run, "few")
    assert (choice.first, choice.second, choice.domain) == ("alpha", "beta", "few")
    grid = obtain(two_encoders.LAYERS, run, two_params(run, choice))
    assert exhibits.both_titles(grid, run) == ("Alpha", "Beta")


def test_one_depth_alone_diverges_from_nothing(run):
    """Where one layer of the first encoder has values there is neither closest nor furthest."""
    result = obtain(two_encoders.LAYERS, run, two_params(run, default_choice(run, "rich")))
    values = np.full_like(result.scores.values, np.nan)
    values[-1] = result.scores.values[-1]
    alone = replace(result, scores=replace(result.scores, values=values))
    assert verdicts.along_depth(alone, None, "Alpha", "Beta") is None
    sentence = words.layers_sentence(alone, "Alpha", "Beta", "Rich")
    known = number(float(result.scores.values[-1, result.equal[-1]]))
    assert "at one depth alone" in sentence and known in sentence and "furthest" not in sentence
    assert verdicts.along_depth(result, None, "Alpha", "Beta") is not None


def along(result, values, reach):
    """Return a result with these scores at equal depth and joint intervals so far to each side."""
    scores, grid = result.scores, np.full_like(result.scores.values, np.nan)
    grid[np.arange(len(values)), result.equal] = values
    low, high = grid - reach, grid + reach
    changed = replace(scores, values=grid, low_any=low, high_any=high, closer="lower")
    return replace(result, scores=changed)


@pytest.mark.parametrize(
    ("values", "short", "badge"),
    [
        ([0.02, 0.02, 0.02, 0.9, 0.9, 0.95], "diverge from relative depth {3} on", Badge.ABOVE),
        ([0.02, 0.02, 0.02, 0.02, 0.02, 0.9], "apart at relative depth {5}, the last", Badge.ABOVE),
        ([0.9, 0.95, 0.02, 0.02, 0.02, 0.02], "come closer after relative depth {1}", Badge.ABOVE),
        ([0.02, 0.02, 0.9, 0.95, 0.02, 0.02], "closer elsewhere than at relative depth {3}", None),
        ([0.02, 0.03, 0.02, 0.03, 0.04, 0.05], "may diverge most at relative depth {5}", None),
    ],
)
def test_a_verdict_names_the_depths_that_are_told_from_the_closest(run, values, short, badge):
    result = obtain(two_encoders.LAYERS, run, two_params(run, default_choice(run, "rich")))
    depth = [number(float(d)) for d in result.first.depth]
    verdict = verdicts.along_depth(along(result, values, 0.05), None, "Alpha", "Beta")
    assert short.format(*depth) in verdict.short
    expected = badge or (Badge.UNTOLD if "may" in short else Badge.ABOVE)
    assert verdict.badge is expected


def test_depths_that_are_not_told_from_the_furthest_are_counted(run):
    result = obtain(two_encoders.LAYERS, run, two_params(run, default_choice(run, "rich")))
    depth = [number(float(d)) for d in result.first.depth]
    planted = along(result, [0.02, 0.02, 0.02, 0.9, 0.9, 0.95], 0.05)
    assert (
        "The furthest is not told apart from 2 of the other 5 depths, between "
        f"{depth[3]} and {depth[4]}."
    ) in words.layers_context(planted, None)
    clear = along(result, [0.02, 0.02, 0.02, 0.02, 0.3, 0.95], 0.05)
    assert "told apart from all other 5 depths" in words.layers_context(clear, None)


def test_the_test_against_twins_is_asked_at_the_depths_that_are_named(run):
    result = obtain(two_encoders.LAYERS, run, two_params(run, default_choice(run, "rich")))
    planted = along(result, [0.02, 0.02, 0.02, 0.9, 0.9, 0.95], 0.05)
    twins = np.zeros((5, *result.scores.values.shape))
    for last, badge in ((0.0, Badge.ABOVE_BOTH), (0.9, Badge.ABOVE)):
        at = 3, result.equal[3]
        twins[:, at[0], at[1]] = last
        untrained = two_encoders.UntrainedResult(tuple(range(5)), twins, np.zeros(5), np.zeros(5))
        assert verdicts.along_depth(planted, untrained, "Alpha", "Beta").badge is badge
