"""A figure as a file: PNG, SVG, one HTML page, and the data behind it as CSV."""

from __future__ import annotations

import html as html_text
import json
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from substrate.figures import fonts, heading, printing

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
#: In a comment line a spreadsheet sees cells after each of its separators.
_LATER_FORMULA = re.compile(r"([,;\t]\s*)([=+\-@＝＋－＠])")
#: Widths of one and of two columns of a journal, in millimetres.
COLUMNS_MM = (89, 183)
#: Pixels of a figure on a millimetre of paper: those of the screen are 7 points of text as 14 px.
PAPER_PX_PER_MM = 96 / 25.4 * 14 / (7 * 96 / 72)
#: A title and its facts need a picture at least this wide; pixels.
LEAST_PX = 640


def browser_available() -> bool:
    """Say whether images can be drawn on this machine."""
    return printing.browser_path() is not None


def image(figure: go.Figure, kind: str, *, scale: float = 2.0) -> bytes:
    """Return the figure with its title and facts as "png" or "svg" bytes, the font in it."""
    width = max(int(figure.layout.width or 900), LEAST_PX)
    headed = heading.with_heading(figure, width=width)
    narrower = width - int(figure.layout.width or width)
    headed.update_layout(width=width, margin={"r": (figure.layout.margin.r or 0) + narrower})
    height = int(headed.layout.height or 480)
    picture = printing.svg(headed, width, height, title=heading.title(figure))
    if kind == "svg":
        return picture.encode()
    return printing.photographed(picture, width, height, scale=scale)


def paper(figure: go.Figure, kind: str, *, width_mm: int) -> bytes:
    """Return the figure as "pdf" or "svg" for a paper, as wide as one of its columns.

    Text of 14 pixels is of 7 points there. Title and facts are left to the paper's own caption; a
    matrix keeps the size of its cells, and is made smaller only where the column is.
    """
    column = round(width_mm * PAPER_PX_PER_MM)
    width = int(figure.layout.width or column)
    height = int(figure.layout.height or 480)
    size = width_mm * min(1.0, width / column)
    wide = f"{size:.2f}mm"
    picture = printing.svg(figure, width, height, size=wide, title=heading.title(figure))
    if kind == "svg":
        return picture.encode()
    return printing.printed(picture, width=wide, height=f"{size * height / width:.2f}mm")


def html(figure: go.Figure, facts: Mapping[str, Any]) -> bytes:
    """Return one HTML page that shows the interactive figure without any network."""
    body = heading.with_heading(figure).to_html(
        include_plotlyjs=True, full_html=False, config={"displaylogo": False}
    )
    title = html_text.escape(heading.title(figure) or "Substrate")
    notes = html_text.escape(json.dumps(dict(facts), indent=1, default=str))
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{fonts.face()}</style></head>"
        f'<body style="background:{figure.layout.paper_bgcolor or "#fff"}">{body}'
        f'<pre style="color:#808894;font-size:12px">{notes}</pre></body></html>'
    )
    return page.encode()


def csv(table: pd.DataFrame, facts: Mapping[str, Any]) -> bytes:
    """Return the data as CSV, what it rests on in comment lines before it.

    Text that a spreadsheet would take for a formula has an apostrophe before it (`inert`).
    """
    head = "".join(f"# {_one_line(name)}: {_one_line(value)}\n" for name, value in facts.items())
    return (head + inert(table).to_csv(index=False)).encode()


def inert(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table no cell or heading of which is a formula to a spreadsheet.

    Text is one if it begins with ``=``, ``+``, ``-``, ``@`` or the wide form of one of them,
    white space aside; an apostrophe before it, which spreadsheets hide, keeps it text. Line breaks
    become spaces.
    """
    words = table.rename(columns=_inert_cell)
    for place, dtype in enumerate(words.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            words.isetitem(place, words.iloc[:, place].map(_inert_cell).to_numpy())
    return words


def _inert_cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    line = value.replace("\r", " ").replace("\n", " ")  # a cell after a line break is the first
    return f"'{line}" if _FORMULA.match(line) else line


def _one_line(value: Any) -> str:
    text = " ".join(str(value).split())
    return _LATER_FORMULA.sub(r"\1'\2", text)
