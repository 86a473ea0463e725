"""What a page places: its exhibits, read back without a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from substrate.exhibits.exhibit import Exhibit
from substrate.ui import charts


@dataclass(frozen=True)
class Placed:
    """A figure as it was placed, with the data and the trace of its exports."""

    figure: Any
    table: pd.DataFrame
    trace: Mapping[str, Any]


def watch_charts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Placed]:
    """Return what pages will place, by the key of the chart."""
    placed: dict[str, Placed] = {}
    exports = charts._exports

    def record(figure, key, table, run, trace):
        placed[key] = Placed(figure, table, trace)
        exports(figure, key, table, run, trace)

    monkeypatch.setattr(charts, "_exports", record)
    return placed


def said(app) -> str:
    """Return every text of a page, as it is read."""
    kinds = ("markdown", "info", "caption", "warning", "error", "subheader")
    text = " ".join(element.value for kind in kinds for element in app.get(kind))
    return text.replace("\u00a0", " ").replace("\\", "")


def assert_same(exhibit: Exhibit, placed: Placed) -> None:
    """Fail unless a page placed this exhibit's figure with its data and trace."""
    assert exhibit.figure is not None and exhibit.table is not None, exhibit.sentence
    assert placed.figure.to_json() == exhibit.figure.to_json()
    pd.testing.assert_frame_equal(placed.table, exhibit.table)
    assert dict(placed.trace) == dict(exhibit.trace)
