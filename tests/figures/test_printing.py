"""Figures for papers: of a column's width, with the shipped font in them, in PDF and SVG."""

import re

import pytest

from substrate.figures import cells, export, fonts, printing
from substrate.figures.theme import LIGHT, base, state

drawable = pytest.mark.skipif(not export.browser_available(), reason="no Chrome or Chromium")


def curve():
    figure = base(LIGHT, title="Agreement <of> layers")
    figure.add_scatter(x=[0, 1], y=[0.2, 0.9], name="Trained")
    return state(figure, LIGHT, "n = 5 · K = 16")


def test_the_browser_is_started_once(monkeypatch):
    started = []
    monkeypatch.setattr(printing, "_started", False)
    monkeypatch.setattr(printing, "_start", lambda: started.append(True))
    monkeypatch.setattr(
        printing.kaleido, "calc_fig_sync", lambda *_, **__: b"<svg a='1'><g/></svg>"
    )
    for _ in range(3):
        assert "<g/>" in printing.svg(curve(), 200, 100)
    assert started == [True]


def matrix(count):
    figure = base(LIGHT, title="Pairs")
    figure.add_heatmap(z=[[0.5] * count] * count, zmin=0, zmax=1, colorscale="Cividis")
    cells.fit(figure, ["name"] * count, ["name"] * count)
    return figure


def test_the_font_is_whole_and_open():
    face = fonts.face()
    assert face.startswith("@font-face") and len(face) > 200_000
    for path in fonts.FILES.values():
        assert path.read_bytes()[:4] == b"wOF2"
        assert "SIL OPEN FONT LICENSE" in path.with_name("OFL.txt").read_text()
    assert base(LIGHT, title="").layout.font.family == fonts.FAMILY


@drawable
@pytest.mark.parametrize("width", export.COLUMNS_MM)
def test_an_svg_is_of_the_columns_width_with_text_of_seven_points(width):
    picture = export.paper(curve(), "svg", width_mm=width).decode()
    tag = picture.split(">")[0]
    assert float(re.search(r'width="([\d.]+)mm"', tag)[1]) == width
    pixels = float(re.search(r'viewBox="0 0 (\d+) ', tag)[1])
    points = 14 * width / pixels * 72 / 25.4
    assert points == pytest.approx(7, abs=0.02)
    assert fonts.face() in picture and "Agreement &lt;of&gt; layers</title>" in picture
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", picture)


@drawable
def test_a_pdf_is_one_page_of_that_size_with_its_letters_in_it():
    pdf = export.paper(curve(), "pdf", width_mm=89)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    _, _, wide, high = map(float, re.search(rb"/MediaBox\s*\[([^\]]*)\]", pdf)[1].split())
    assert wide == pytest.approx(89 * 72 / 25.4, abs=1)
    assert high == pytest.approx(wide * 420 / 505, rel=0.02)
    assert b"SourceSans3-Regular" in pdf and b"/ToUnicode" in pdf  # letters that can be searched


@drawable
def test_the_letters_of_a_pdf_are_truetype_and_not_drawings():
    """Journals refuse Type 3 fonts; embedded TrueType is a Type 0 font with a FontFile2."""
    figure = curve().update_layout(annotations=[{"text": "<b>bold</b>", "x": 0.5, "y": 0.5}])
    pdf = export.paper(figure, "pdf", width_mm=89)
    kinds = set(re.findall(rb"/Type\s*/Font\s*/Subtype\s*/(\w+)", pdf)) | set(
        re.findall(rb"/Subtype\s*/(Type0|Type1|Type3|TrueType|CIDFontType2)\b", pdf)
    )
    assert kinds == {b"Type0", b"CIDFontType2"}
    names = set(re.findall(rb"/BaseFont\s*/(?:[A-Z]{6}\+)?([\w-]+)", pdf))
    assert names == {b"SourceSans3-Regular", b"SourceSans3-Semibold"}
    assert len(re.findall(rb"/FontFile2\b", pdf)) == 2


@drawable
def test_a_matrix_keeps_its_cells_and_is_never_wider_than_the_column():
    small = export.paper(matrix(2), "svg", width_mm=183).decode().split(">")[0]
    large = export.paper(matrix(30), "svg", width_mm=89).decode().split(">")[0]
    assert float(re.search(r'width="([\d.]+)mm"', small)[1]) < 60
    assert float(re.search(r'width="([\d.]+)mm"', large)[1]) == 89
