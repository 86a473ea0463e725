"""A figure for a wall: all that is measured in pixels is larger by one factor, its data are not."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

#: Numbers that are pixels, by the name of the object that holds them.
_PIXELS = {
    "layout": ("height", "width"),
    "margin": ("l", "r", "t", "b", "pad"),
    "marker": ("size",),
    "line": ("width",),
    "colorbar": ("thickness", "xpad", "ypad", "outlinewidth"),
    "error_x": ("thickness", "width"),
    "error_y": ("thickness", "width"),
    "annotations": ("xshift", "yshift", "arrowwidth"),
    "pad": ("l", "r", "t", "b"),
}


def enlarged(figure: go.Figure, factor: float) -> go.Figure:
    """Return a copy whose text, margins, marks and own width and height are ``factor`` as large."""
    fields = figure.to_dict()
    layout = _grown("layout", fields["layout"], factor)
    data = [_grown("trace", trace, factor) for trace in fields["data"]]
    return go.Figure({"data": data, "layout": layout})


def _grown(name: str, value: Any, factor: float) -> Any:
    """Return a part of a figure, named by what holds it, with its pixels multiplied."""
    if isinstance(value, list | tuple) and name in ("annotations", "shapes", "images"):
        return [_grown(name, one, factor) for one in value]
    if not isinstance(value, dict) or name in ("meta", "customdata"):
        return value
    measured = ("size",) if name.endswith("font") else _PIXELS.get(name, ())
    if name == "colorbar" and value.get("lenmode") == "pixels":
        measured = (*measured, "len")
    return {
        key: _times(inner, factor)
        if key in measured and not isinstance(inner, dict)
        else _grown(key, inner, factor)
        for key, inner in value.items()
    }


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value * factor
    if value is None or isinstance(value, str):
        return value
    return [_times(one, factor) for one in value]
