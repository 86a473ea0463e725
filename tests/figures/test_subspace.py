"""The subspace figures: what was computed is what is drawn, on fixed scales."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses import panel_choice
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.sharedness.untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.spec import obtain
from substrate.analyses.subspace.comparison import (
    NAMES,
    ControlledMatrix,
)
from substrate.analyses.subspace.controls import CONTROLS
from substrate.analyses.subspace.image_controls import IMAGE_CONTROLS
from substrate.analyses.subspace.intervals import INTERVALS
from substrate.analyses.subspace.procrustes_cka import MATRIX
from substrate.analyses.subspace.spans import (
    MEASURES,
    SPANS,
)
from substrate.analyses.subspace.untrained import UNTRAINED
from substrate.figures import heading
from substrate.figures.sharedness import by_domain as sharedness_by_domain
from substrate.figures.sharedness import spectrum as sharedness
from substrate.figures.subspace import (
    controls as subspace_controls,
)
from substrate.figures.subspace import (
    matrix as subspace_matrix,
)
from substrate.figures.subspace import (
    spans as subspace_spans,
)
from substrate.figures.theme import DARK, LIGHT
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("figures"), n=60, groups=20, untrained=2)


@pytest.fixture(scope="module")
def spectra(run):
    choice = panel_choice.default_choice(run)
    return {
        domain: (
            obtain(SHAREDNESS, run, choice.sharedness(domain)),
            obtain(UNTRAINED_SHAREDNESS, run, choice.untrained_sharedness(domain)),
        )
        for domain in run.domains
    }


@pytest.fixture(scope="module")
def beside(run):
    choice = panel_choice.default_choice(run)
    return ControlledMatrix(
        obtain(MATRIX, run, choice.matrix()),
        16,
        debiased=False,
        intervals=obtain(INTERVALS, run, choice.intervals()),
        controls=obtain(CONTROLS, run, choice.controls()),
        images=obtain(IMAGE_CONTROLS, run, choice.image_controls()),
        untrained=obtain(UNTRAINED, run, choice.untrained()),
    )


def named(figure, name):
    return next(trace for trace in figure.data if trace.name and name in trace.name)


def test_the_spectrum_draws_each_encoder_between_null_and_ceiling(spectra):
    found, twins = spectra["rich"]
    figure = sharedness.spectrum(found, twins, LIGHT, titles={"alpha": "Alpha"}, chosen=2)
    dots = named(figure, "Alpha")
    assert np.allclose(dots.y, found.correlations[0])
    assert list(dots.customdata[3]) == [3, "alpha"]
    low, high = figure.layout.yaxis.range
    assert high == 1.02 and -1.02 <= low < np.nanmin(found.correlations)
    seeds = [t for t in figure.data if t.legendgroup == "untrained"]
    assert np.allclose(seeds[1].y, twins.correlations[1].mean(axis=0))
    band = np.array(named(figure, "shuffled").y)
    assert np.allclose(band[:16], np.quantile(found.shuffled, 0.025, axis=(0, 1)))
    mean = named(figure, "Mean over encoders, 95 % CI")
    assert np.allclose(mean.y + np.array(mean.error_y.array), found.mean_high)
    assert "20 photographs" in " ".join(heading.facts(figure))


def test_without_an_interval_none_is_drawn(spectra):
    figure = sharedness.spectrum(*spectra["few"], LIGHT, titles={})
    assert named(figure, "Mean over encoders").error_y.array is None


def test_twenty_seeds_become_a_band(spectra):
    found, twins = spectra["rich"]
    many = replace(
        twins, seeds=tuple(range(20)), correlations=np.tile(twins.correlations, (10, 1, 1))
    )
    figure = sharedness.spectrum(found, many, DARK, titles={})
    assert named(figure, "middle 90 % of 20 seeds").fill == "toself"


def test_every_domain_has_its_row_and_its_nulls(spectra):
    found, twins = zip(*spectra.values(), strict=True)
    figure = sharedness_by_domain.by_domain(found, twins, DARK, chosen="few")
    trained, within = named(figure, "Trained, 95 %"), named(figure, "within few")
    assert np.allclose(trained.x, found[0].summary.value)
    assert np.allclose(within.x, found[1].summary.value)
    assert within.marker.symbol == "circle-open"
    assert "60 tiles of 3 photographs" in within.y[0] and "<sub>" not in within.y[0]
    assert len(named(figure, "Untrained").x) == 4
    low, high = figure.layout.xaxis.range
    drawn = min(min(named(figure, "Untrained").x), min(named(figure, "shuffled").x, default=0))
    assert -1.02 <= low < min(drawn, 0) and high == 1.02


def test_the_matrix_reads_back_with_fixed_scale_and_square_cells(beside):
    figure = subspace_matrix.matrix(beside, LIGHT, chosen=(0, 1))
    heat = figure.data[0]
    assert np.allclose(heat.z, beside.values, atol=1e-6)
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert figure.layout.yaxis.scaleanchor == "x"
    assert tuple(figure.layout.yaxis.range) == (1.5, -0.5)
    assert list(figure.layout.xaxis.ticktext) == ["Rich", "Few †"]
    assert figure.layout.plot_bgcolor == LIGHT.missing
    points = named(figure, "cells")
    assert list(points.customdata[1]) == [0, 1]
    assert "within photograph" in points.text[1]
    assert "K = 16" in heading.facts(figure)


def test_the_controls_are_drawn_in_order_with_their_medians(beside):
    figure = subspace_controls.controls(beside, LIGHT)
    order = [name.split(" (K")[0] for name in figure.layout.yaxis.categoryarray][::-1]
    inside = "Shuffled between encoders; inside photographs where they are under ten"
    assert order == [inside if key == "shuffled" else NAMES[key] for key in NAMES]
    bar = named(figure, "Pixel space, median")
    assert np.isclose(bar.x[0], beside.images.all[0].medians(debiased=False)[0])
    dots = next(t for t in figure.data if t.name == "Single encoders")
    assert np.allclose(dots.x, beside.controls.single.medians(debiased=False))
    diamond = figure.data[-1]
    assert np.isclose(diamond.x[0], beside.controls.expected[0, 1])
    assert tuple(figure.layout.xaxis.range) == (-0.1, 1.03)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_figures_state_their_own_colours(beside, spectra, theme):
    found, twins = spectra["rich"]
    for figure in (
        subspace_matrix.matrix(beside, theme),
        subspace_controls.controls(beside, theme),
        sharedness.spectrum(found, twins, theme, titles={}),
        sharedness_by_domain.by_domain([found], [None], theme),
    ):
        assert figure.layout.paper_bgcolor == theme.paper
        assert figure.layout.font.color == theme.ink


@pytest.mark.parametrize("measure", [0, 1])
def test_spans_are_drawn_on_their_whole_range_with_their_controls(run, measure):
    found = obtain(SPANS, run, panel_choice.default_choice(run).spans())
    drawn = subspace_spans.matrix(found, measure, LIGHT).data[0]
    np.testing.assert_allclose(drawn.z, found.values[measure], atol=1e-6)
    assert (drawn.zmin, drawn.zmax) == (0, 1 + measure)
    assert drawn.colorbar.title.text.replace("<br>", " ") == MEASURES[measure]
    figure = subspace_spans.controls(found, measure, DARK)
    lines = {trace.y[0] for trace in figure.data}
    assert {"Trained panel", "Untrained panels", "Random bases"} <= lines
    assert any(t.marker.symbol == "diamond-open" for t in figure.data) == (measure == 0)


def test_of_many_encoders_the_chosen_one_stands_out(spectra):
    found = spectra["rich"][0]
    names = tuple(f"net {i}" for i in range(8))
    rows = np.arange(8) % len(found.encoders)
    many = replace(
        found,
        encoders=names,
        **{
            field: getattr(found, field)[rows]
            for field in ("correlations", "low", "high", "ceiling", "loading_shares")
        },
    )
    titles = {name: name.upper() for name in names}
    figure = sharedness.spectrum(many, None, LIGHT, titles=titles, focus="net 3")
    dots = {one.name: one for one in figure.data if one.name in titles.values()}
    assert {one.opacity for name, one in dots.items() if name != "NET 3"} == {0.3}
    assert dots["NET 3"].opacity == 1 and dots["NET 3"].mode == "lines+markers"
    assert figure.data[-1].name == "NET 3"  # in front of the others
    band, half = named(figure, "Middle half"), len(many.correlations[0])
    low, high = np.quantile(many.correlations, [0.25, 0.75], axis=0)
    assert np.allclose(band.y[:half], low) and np.allclose(band.y[half:], high[::-1])
    few = sharedness.spectrum(found, None, LIGHT, titles={})
    assert not any("Middle half" in (one.name or "") for one in few.data)
    assert {one.opacity for one in few.data if one.mode == "markers"} <= {1, None}
