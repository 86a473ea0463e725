"""A figure as a file: PNG, SVG, one HTML page, and the data behind it as CSV."""

from __future__ import annotations

import html as html_text
import json
import os
import re
import shutil
import threading
from collections.abc import Mapping
from typing import Any

import kaleido
import pandas as pd
import plotly.graph_objects as go

from substrate.figures import heading

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
#: In a comment line a spreadsheet sees cells after each of its separators.
_LATER_FORMULA = re.compile(r"([,;\t]\s*)([=+\-@＝＋－＠])")
_lock = threading.Lock()
_started = False


def browser_path() -> str | None:
    """Return the Chrome or Chromium that kaleido can draw with, if there is one."""
    chosen = os.environ.get("BROWSER_PATH")
    return chosen or next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def browser_available() -> bool:
    """Say whether images can be drawn on this machine."""
    return browser_path() is not None


def image(figure: go.Figure, kind: str, *, scale: float = 2.0) -> bytes:
    """Return the figure as "png" or "svg" bytes; the browser is started once and kept."""
    global _started
    width = int(figure.layout.width or 900)
    figure = heading.with_heading(figure, width=width)
    height = int(figure.layout.height or 480)
    with _lock:
        if not _started:
            kaleido.start_sync_server(n=1, timeout=60, path=browser_path(), silence_warnings=True)
            _started = True
        return kaleido.calc_fig_sync(
            figure, opts={"format": kind, "width": width, "height": height, "scale": scale}
        )


def html(figure: go.Figure, facts: Mapping[str, Any]) -> bytes:
    """Return one HTML page that shows the interactive figure without any network."""
    body = heading.with_heading(figure).to_html(
        include_plotlyjs=True, full_html=False, config={"displaylogo": False}
    )
    title = html_text.escape(heading.title(figure) or "Substrate")
    notes = html_text.escape(json.dumps(dict(facts), indent=1, default=str))
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
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
