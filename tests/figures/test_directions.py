"""What the directions figures draw, read back from their traces."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from substrate.analyses.directions.basis import (
    BasisParams,
    find_basis,
)
from substrate.analyses.directions.choice import PAPER
from substrate.analyses.directions.kinds import (
    MAPPED,
)
from substrate.analyses.directions.partners import (
    MatchedParams,
    find_partners,
)
from substrate.analyses.directions.principal_angles import (
    compare_subspaces,
)
from substrate.analyses.directions.spatial_map import SpatialMap
from substrate.analyses.directions.spectrum import (
    measure_spectrum,
)
from substrate.analyses.directions.two_encoders import compare_directions
from substrate.figures import heading
from substrate.figures.directions.angles import principal_angles
from substrate.figures.directions.cards import (
    partner_plot,
    score_histogram,
    spatial_overlay,
)
from substrate.figures.directions.heatmap import (
    cosine_heatmap,
    paper_scale_refusal,
)
from substrate.figures.directions.scatter import (
    LEGEND,
    Points,
    sample_scatter,
)
from substrate.figures.directions.spectra import eigenspectra
from substrate.figures.theme import DARK, LIGHT
from tests.support.directions import pair, subspaces
from tests.support.planted import planted_run

SIDES = ("alpha", "penultimate", "beta", "penultimate")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("figures"))


@pytest.fixture(scope="module")
def panel(run):
    return compare_directions(run, pair(*SIDES, "rich", permutations=40))


@pytest.fixture(scope="module")
def mapped(run):
    return compare_directions(run, pair(*SIDES, "rich", kind=MAPPED, permutations=20))


def traces(figure, kind):
    return [trace for trace in figure.data if trace.type == kind]


def notes(figure):
    return " ".join(heading.facts(figure))


def named(figure, start):
    return next(t for t in figure.data if (t.name or "").startswith(start))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_heatmap_has_a_fixed_diverging_scale_and_states_its_null(panel, theme):
    figure = cosine_heatmap(panel, theme)
    (cells,) = traces(figure, "heatmap")
    np.testing.assert_allclose(cells.z, panel.values, atol=1e-6)
    assert np.asarray(cells.z).dtype == np.float32
    assert (cells.zmin, cells.zmax, cells.zmid) == (-1, 1, 0)
    assert "chance" in cells.colorbar.title.text
    assert figure.layout.yaxis.scaleanchor == "x"
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert figure.layout.plot_bgcolor == theme.missing
    assert figure.layout.paper_bgcolor == theme.paper
    assert "layout" not in figure.layout.template.to_plotly_json()
    for fact in ("120 tiles of 30 photographs", "K 16", "whitening none", "seed 0", "permuted"):
        assert fact in notes(figure)


def test_heatmap_marks_what_exceeds_chance_and_hatches_the_unreliable(panel):
    figure = cosine_heatmap(panel, LIGHT)
    dots = named(figure, "above")
    marked = {(int(i), int(j)) for i, j in zip(dots.y, dots.x, strict=True)}
    assert marked == {tuple(cell) for cell in np.argwhere(panel.estimates.above)}
    sound = replace(panel, reliability_a=np.ones(16), reliability_b=np.ones(16))
    assert not [t for t in cosine_heatmap(sound, LIGHT).data if "reliability" in (t.name or "")]
    one = replace(sound, reliability_a=np.where(np.arange(16) == 3, 0.2, 1.0))
    hatch = named(cosine_heatmap(one, LIGHT), "direction with")
    inside = [y for y in hatch.y if y is not None]
    assert min(inside) >= 2.5
    assert max(inside) <= 3.5


def test_heatmap_cells_can_be_clicked_and_the_chosen_one_is_outlined(panel):
    figure = cosine_heatmap(panel, LIGHT, chosen=(2, 5))
    cells = named(figure, "cells")
    assert cells.marker.symbol == "square"
    assert cells.opacity == 0
    assert [list(pair) for pair in cells.customdata][17] == [1, 1]
    assert figure.layout.hoverdistance == -1
    assert {(shape.x0, shape.y0) for shape in figure.layout.shapes} == {(4.5, 1.5)}


def test_mapped_heatmap_prints_the_length_that_is_left(mapped):
    figure = cosine_heatmap(mapped, LIGHT)
    assert "|Q\u00a0w|" in figure.layout.xaxis.title.text
    assert f"{mapped.norms_b[0]:.2f}" in figure.layout.xaxis.ticktext[0]
    assert "refitted" in notes(figure)


def test_the_papers_scale_runs_from_white_to_black_and_is_refused_for_few_dimensions(panel, mapped):
    (cells,) = traces(cosine_heatmap(mapped, LIGHT, scale=PAPER), "heatmap")
    assert cells.zmin == pytest.approx(1 / np.sqrt(40))
    assert cells.zmax == pytest.approx(5 / np.sqrt(40))
    assert (cells.colorscale[0][1], cells.colorscale[-1][1]) == ("#FFFFFF", "#000000")
    np.testing.assert_allclose(cells.z, np.abs(mapped.values), atol=1e-6)
    assert "no dimension" in paper_scale_refusal(panel)
    narrow = replace(mapped, dimension=16)
    assert "more than 1" in paper_scale_refusal(narrow)
    assert traces(cosine_heatmap(narrow, LIGHT, scale=PAPER), "heatmap")[0].zmin == -1


def test_missing_cells_stay_missing(panel):
    values = panel.values.copy()
    values[0, 0] = np.nan
    estimates = replace(
        panel.estimates, values=values, level=None, p=None, null_reason="No null: why."
    )
    figure = cosine_heatmap(replace(panel, estimates=estimates), LIGHT)
    assert np.isnan(traces(figure, "heatmap")[0].z[0][0])
    assert "No null: why." in notes(figure)


def test_spectra_are_logarithmic_and_mark_nearly_coincident_eigenvalues(run):
    found = [
        measure_spectrum(run, BasisParams(name, "penultimate", "rich"))
        for name in ("alpha", "beta")
    ]
    figure = eigenspectra(found, LIGHT)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    line = named(figure, "alpha on rich")
    np.testing.assert_allclose(line.y, found[0].shares[found[0].shares > 0])
    is_open = np.array([symbol.endswith("-open") for symbol in line.marker.symbol])
    np.testing.assert_array_equal(is_open, found[0].near[: len(is_open)])
    assert "effective rank" in notes(figure)
    assert named(figure, "its units shuffled")
    assert named(figure, "its untrained twins")
    marks = [s for s in figure.layout.shapes if s.type == "line" and s.xref == "x"]
    assert [mark.x0 for mark in marks] == [s.effective_rank.value for s in found]


def test_angles_have_a_fixed_scale_a_band_and_bars(run):
    found = compare_subspaces(run, subspaces(*SIDES, "rich", permutations=40))
    figure = principal_angles(found, LIGHT)
    line = named(figure, "cosine")
    np.testing.assert_allclose(line.y, found.cosines)
    np.testing.assert_allclose(line.error_y.array, found.high - found.cosines)
    assert figure.layout.yaxis.range == (0, 1.05)
    band = named(figure, "chance")
    assert len(band.y) == 2 * len(found.cosines) and band.mode == "lines"
    assert named(figure, "untrained twins")
    few = compare_subspaces(run, subspaces(*SIDES, "few", components=8, permutations=20))
    assert named(principal_angles(few, DARK), "cosine").error_y.array is None
    assert "3 photographs" in notes(principal_angles(few, DARK))


def test_histogram_counts_every_sample(run):
    basis = find_basis(run, BasisParams("alpha", "penultimate", "rich"))
    figure = score_histogram(basis, 1, LIGHT)
    assert sum(figure.data[0].y) == 120
    assert "direction 2" in notes(figure)


def test_partners_stand_beside_their_chance_level(run):
    found = find_partners(
        run, MatchedParams(BasisParams("alpha", "penultimate", "rich"), permutations=20)
    )
    figure = partner_plot(found, 0, LIGHT)
    dots = named(figure, "|correlation|")
    assert list(dots.y) == [
        f"{name} · {pick + 1}" for name, pick in zip(found.others, found.partner[:, 0], strict=True)
    ]
    np.testing.assert_allclose(dots.x, found.values[:, 0])
    np.testing.assert_allclose(named(figure, "chance").x, found.level[:, 0])
    assert figure.layout.xaxis.range == (-0.02, 1.02)


def test_overlay_is_symmetric_about_zero():
    found = SpatialMap(np.array([[0.5, -2.0], [1.0, 0.0]]), -0.1, -0.1, "spatial")
    figure = spatial_overlay(
        found, np.zeros((8, 8, 3), dtype=np.uint8), LIGHT, title="A tile", limit=2.0
    )
    (heat,) = traces(figure, "heatmap")
    assert (heat.zmin, heat.zmax) == (-2.0, 2.0)
    assert list(heat.x) == [0.25, 0.75]
    assert len(traces(figure, "image")) == 2


def points(n, rng):
    names = [f"s{i}" for i in range(n)]
    return Points(rng.normal(size=(n, 2)), names, "x", "y", "Samples", "n facts")


def test_scatter_colours_numbers_on_a_scale_and_words_by_category():
    rng = np.random.default_rng(0)
    number = pd.Series(rng.normal(size=30), name="mean luminance")
    figure = sample_scatter(points(30, rng), number, LIGHT, selected=[3, 4])
    np.testing.assert_allclose(figure.data[0].marker.color, number)
    assert [list(row) for row in figure.data[0].customdata][5] == [5]
    assert len(named(figure, "selected").x) == 2
    words = pd.Series([f"class{i % 3}" for i in range(30)], name="label")
    figure = sample_scatter(points(30, rng), words, DARK)
    assert [trace.name for trace in figure.data] == ["class0", "class1", "class2"]
    assert len({trace.marker.symbol for trace in figure.data}) == 3
    rows = sorted(row[0] for trace in figure.data for row in trace.customdata)
    assert rows == list(range(30))


def test_scatter_of_many_categories_says_that_colours_are_shared():
    rng = np.random.default_rng(0)
    words = pd.Series([f"g{i}" for i in range(LEGEND + 4)], name="group")
    figure = sample_scatter(points(LEGEND + 4, rng), words, LIGHT)
    assert not figure.layout.showlegend
    assert "share colours" in notes(figure)
