"""Matrices: cells of 28 to 56 pixels, numbers where they fit, ink by the luminance below it."""

import numpy as np
import plotly.graph_objects as go
import pytest

from substrate.figures import cells
from substrate.figures.looks import luminance
from substrate.figures.theme import DARK, LIGHT, SEQUENTIAL, base

TITLES = [f"Encoder number {i}" for i in range(1, 31)]


def drawn(count, scale=SEQUENTIAL, low=0.0, theme=LIGHT, values=None):
    figure = base(theme, title="")
    values = np.linspace(low, 1, count * count).reshape(count, count) if values is None else values
    figure.add_heatmap(
        z=values,
        zmin=low,
        zmax=1.0,
        colorscale=scale,
        colorbar={"title": {"text": "CKA (debiased)"}},
    )
    return figure, cells.fit(figure, TITLES[:count], TITLES[:count])


@pytest.mark.parametrize("count", [1, 2, 5, 8, 10, 13, 17, 20, 30])
def test_cells_are_square_and_of_28_to_56_pixels_in_what_the_margins_leave(count):
    figure, fitted = drawn(count)
    layout = figure.layout
    wide = layout.width - layout.margin.l - layout.margin.r
    high = layout.height - layout.margin.t - layout.margin.b
    assert 28 <= fitted.side <= 56
    assert wide == pytest.approx(fitted.side * count, abs=2)
    assert high == pytest.approx(fitted.side * count, abs=2)


def test_seventeen_encoders_keep_28_pixels_and_ten_domains_their_numbers():
    seventeen, small = drawn(17)
    ten, large = drawn(10)
    assert small.side == 28
    assert not cells.numbers(seventeen, [["0.68"] * 17] * 17, small)
    assert len(seventeen.data) == 1
    assert cells.numbers(ten, [["0.68"] * 10] * 10, large)
    assert sum(len(trace.x) for trace in ten.data[1:]) == 100
    assert seventeen.layout.width <= 720  # what a page of 1024 pixels has beside its menu


def test_long_ticks_of_the_colour_bar_get_the_room_that_they_take():
    margins = []
    for ticks in (None, ("0", "1"), ("0", "as alike as chance would make them")):
        figure, _ = drawn(5)
        figure.data[0].colorbar.update(title={"text": ""}, ticktext=ticks)
        cells.fit(figure, TITLES[:5], TITLES[:5])
        margins.append(figure.layout.margin.r)
    plain, short, long = margins
    assert short <= plain < 100
    assert long - short == pytest.approx(
        cells.text_width("as alike as chance would make them") - cells.text_width("0"), abs=1
    )


def test_a_longer_text_needs_a_larger_cell():
    fitted = cells.Fitted(cells.side_of(13, 13))
    assert fitted.fits(["0.68"])
    assert not fitted.fits(["−0.6812"])


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("signed", [False, True])
def test_each_number_has_a_contrast_of_4_5_to_its_cell(theme, signed):
    """WCAG 2.2, 1.4.3; the ink is the better of the two wherever one is drawn."""
    scale, low = (theme.diverging, -1.0) if signed else (SEQUENTIAL, 0.0)
    figure, fitted = drawn(10, scale, low, theme)
    assert cells.numbers(figure, [["0.00"] * 10] * 10, fitted)
    heat = figure.data[0]
    for trace in figure.data[1:]:
        ink = luminance(tuple(int(trace.textfont.color[i : i + 2], 16) / 255 for i in (1, 3, 5)))
        for x, y in zip(trace.x, trace.y, strict=True):
            share = (heat.z[y][x] - low) / (1 - low)
            below = luminance(_mixed(heat.colorscale, share))
            lighter, darker = max(ink, below), min(ink, below)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (theme.name, share)


def _mixed(scale, share):
    """Return the colour between the two nearest of a scale, mixed linearly."""
    at = np.array([place for place, _ in scale])
    rgb = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for _, c in scale])
    return tuple(np.interp(share, at, rgb[:, part]) for part in range(3))


def test_a_signed_scale_has_the_pages_lightness_at_zero_and_leaves_it_at_both_ends():
    for theme in (LIGHT, DARK):
        page = luminance(tuple(int(theme.panel[i : i + 2], 16) / 255 for i in (1, 3, 5)))
        tones = [luminance(_mixed(theme.diverging, s)) for s in np.linspace(0, 1, 21)]
        away = np.abs(np.array(tones) - page)
        assert away.argmin() == 10
        assert (np.diff(away[:11]) < 0.02).all() and (np.diff(away[10:]) > -0.02).all()


def test_cells_without_a_value_have_no_number_and_every_cell_can_be_clicked():
    values = np.full((5, 5), 0.5)
    values[1, 3] = np.nan
    figure, fitted = drawn(5, values=values)
    cells.numbers(figure, [["0.50"] * 5] * 5, fitted)
    cells.clicks(figure, (5, 5), fitted, [str(i) for i in range(25)])
    written = {(x, y) for t in figure.data[1:-1] for x, y in zip(t.x, t.y, strict=True)}
    assert len(written) == 24 and (3, 1) not in written
    assert [tuple(cell) for cell in figure.data[-1].customdata] == list(np.ndindex(5, 5))
    assert isinstance(figure.data[0], go.Heatmap)
