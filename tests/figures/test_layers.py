"""The layer figures: what they draw is read back from them."""

import numpy as np
import pytest

from substrate.analyses.layers import (
    all_encoders as layers_pairs,
)
from substrate.analyses.layers import (
    two_encoders as layers,
)
from substrate.analyses.layers.choice import CALIBRATED
from substrate.analyses.spec import obtain
from substrate.figures import heading
from substrate.figures.layers.all_encoders import pairs_heatmap
from substrate.figures.layers.two_encoders import (
    depth_curve,
    layer_heatmap,
)
from substrate.figures.theme import DARK, LIGHT
from tests.support.planted import planted_run

NAMES = ("Alpha", "Beta")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("figures"), n=80, groups=20, untrained=2)


@pytest.fixture(scope="module")
def grid(run):
    return obtain(
        layers.LAYERS, run, layers.layers_params(run, "alpha", "beta", "rich", "debiased_cka")
    )


@pytest.fixture(scope="module")
def untrained(run):
    params = layers.layers_params(run, "alpha", "beta", "rich", "debiased_cka")
    return obtain(layers.LAYERS_UNTRAINED, run, params)


def trace(figure, start):
    return next(t for t in figure.data if (t.name or "").startswith(start))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_curve_draws_values_interval_null_and_untrained(grid, untrained, theme):
    figure = depth_curve(grid, untrained, theme, NAMES)
    rows = np.arange(6)
    curve = trace(figure, "Equal depth")
    np.testing.assert_array_equal(curve.x, grid.first.depth)
    np.testing.assert_allclose(curve.y, grid.scores.values[rows, grid.equal])
    np.testing.assert_allclose(
        curve.y - curve.error_y.arrayminus, grid.scores.low[rows, grid.equal]
    )
    np.testing.assert_allclose(trace(figure, "Best match").y, grid.scores.values[rows, grid.best])
    band = trace(figure, "Shuffled photographs")
    np.testing.assert_allclose(band.y[:6], grid.scores.null_low[rows, grid.equal])
    ribbon = trace(figure, "Untrained twins at equal depth")
    assert "2 seeds" in ribbon.name
    np.testing.assert_allclose(ribbon.y[:6], untrained.values[:, rows, grid.equal].min(axis=0))
    assert figure.layout.shapes[0].y0 == grid.scores.tau_any
    assert figure.layout.yaxis.range == (-0.06, 1.03)
    assert figure.layout.paper_bgcolor == theme.paper
    assert figure.layout.template.layout.to_plotly_json() == {}
    assert "80 tiles of 20 photographs" in " ".join(heading.facts(figure))


def test_the_curve_needs_neither_untrained_twins_nor_intervals(run):
    few = obtain(
        layers.LAYERS, run, layers.layers_params(run, "alpha", "beta", "few", "debiased_cka")
    )
    figure = depth_curve(few, None, LIGHT, NAMES)
    assert trace(figure, "Equal depth").name == "Equal depth"
    assert trace(figure, "Tiles shuffled inside each photograph")
    assert not figure.layout.shapes  # no level of chance
    grid = layer_heatmap(few, LIGHT, NAMES)
    hovers = " ".join(trace(grid, "cells").text)
    assert "shuffled inside each photograph" in hovers
    assert "chance" not in hovers and "95 % level" not in hovers
    assert not [t for t in grid.data if "level" in str(t.name)]
    assert "within photograph" in " ".join(heading.facts(figure))


def test_the_heatmap_has_fixed_scales_square_cells_and_the_first_layer_on_top(grid):
    figure = layer_heatmap(grid, LIGHT, NAMES, chosen=(2, 3))
    heat = figure.data[0]
    np.testing.assert_allclose(heat.z, grid.scores.values, rtol=1e-6)
    assert heat.z.dtype == np.float32
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert figure.layout.yaxis.scaleanchor == "x"
    assert figure.layout.yaxis.range == (5.5, -0.5)
    assert figure.layout.xaxis.ticktext == grid.second.layers
    assert figure.layout.plot_bgcolor == LIGHT.missing
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].y0) == (2.5, 1.5)


def test_every_cell_can_be_clicked_and_hovered(grid):
    figure = layer_heatmap(grid, DARK, NAMES)
    cells = trace(figure, "cells")
    assert [tuple(c) for c in cells.customdata] == [(i, j) for i in range(6) for j in range(6)]
    assert cells.marker.opacity == 0
    assert figure.layout.hoverdistance == -1
    assert "95 % CI [" in cells.text[0] and "calibrated" in cells.text[0]


def test_marks_stand_in_the_cells_that_they_speak_of(grid):
    figure = layer_heatmap(grid, LIGHT, NAMES)
    np.testing.assert_array_equal(np.round(trace(figure, "Closest").x - 0.33), grid.best)
    np.testing.assert_array_equal(np.round(trace(figure, "Equal depth").x + 0.33), grid.equal)


def test_calibrated_colours_and_untold_cells(run):
    params = layers_pairs.PairsParams(tuple(run.encoders), "rich", permutations=39)
    found = obtain(layers_pairs.LAYERS_PAIRS, run, params)
    figure = pairs_heatmap(found, LIGHT, {"alpha": "Alpha"}, scale=CALIBRATED)
    assert np.isnan(figure.data[0].z.diagonal()).all()
    np.testing.assert_allclose(figure.data[0].z, found.scores.calibrated, rtol=1e-6)
    assert figure.layout.xaxis.ticktext == ("Alpha", "beta", "gamma", "delta")


def test_a_distance_keeps_its_own_scale_with_near_as_bright(run):
    params = layers.layers_params(run, "alpha", "beta", "rich", "procrustes_angular")
    found = obtain(layers.LAYERS, run, params)
    heat = layer_heatmap(found, LIGHT, NAMES).data[0]
    assert (heat.zmin, heat.zmax, heat.reversescale) == (0, np.pi / 2, True)
    assert "lower is closer" in depth_curve(found, None, LIGHT, NAMES).layout.yaxis.title.text


def test_a_missing_value_stays_blank(run):
    params = layers.layers_params(run, "alpha", "beta", "rich", "bures")
    found = obtain(layers.LAYERS, run, params)
    figure = layer_heatmap(found, LIGHT, NAMES)
    assert np.isnan(figure.data[0].z[0, 0])
    assert "no value" in trace(figure, "cells").text[0]
    assert depth_curve(found, None, LIGHT, NAMES)


def test_the_other_direction_is_that_of_the_same_pairs_of_layers(run):
    params = layers.layers_params(run, "alpha", "beta", "rich", "information_imbalance")
    there, back = (obtain(layers.LAYERS, run, one) for one in (params, params.other_way))
    assert params.other_way.first == "beta" and params.other_way.other_way == params
    figure = depth_curve(there, None, LIGHT, NAMES, back)
    at = there.equal, np.arange(6)
    line = trace(figure, "Equal depth, Beta")
    np.testing.assert_allclose(line.y, back.scores.values[at])
    np.testing.assert_allclose(line.y + line.error_y.array, back.scores.high[at])
    forth = trace(figure, "Equal depth, Alpha")
    np.testing.assert_allclose(forth.y, there.scores.values[np.arange(6), there.equal])
    own = layers.layers_params(run, "alpha", "alpha", "rich", "information_imbalance")
    symmetric = layers.layers_params(run, "alpha", "beta", "rich", "linear_cka")
    assert own.other_way is None and symmetric.other_way is None


def test_the_warped_path_goes_from_both_first_layers_to_both_last(grid):
    path = trace(layer_heatmap(grid, LIGHT, NAMES), "Warped path")
    columns, rows = np.asarray(path.x), np.round(np.asarray(path.y) - path.y[0]).astype(int)
    assert (columns[0], columns[-1], rows[0], rows[-1]) == (0, 5, 0, 5)
    assert (np.diff(columns) >= 0).all() and (np.diff(rows) >= 0).all()
