"""Every layer of every encoder against every layer of all: one matrix, encoder by encoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.layers.every_layer import EveryLayer
from substrate.figures.theme import SEQUENTIAL, Theme, base, state
from substrate.wording import family_title

#: Side of the matrix, pixels: per layer, at least and at most.
PER_LAYER, LEAST, MOST = 14, 420, 860
#: Families up to which every cell has its number.
WRITTEN = 9


def every_layer_heatmap(result: EveryLayer, theme: Theme, titles: Mapping[str, str]) -> go.Figure:
    """Draw the matrix with a line around each encoder's layers; rows are where a metric starts."""
    count = len(result.layers)
    side = int(np.clip(PER_LAYER * count, LEAST, MOST))
    figure = base(theme, title="All layers of all encoders", height=side + 220)
    names = [
        f"{titles[result.encoders[at]]} {layer}"
        for at, layer in zip(result.owner, result.layers, strict=True)
    ]
    _add_matrix(figure, result, result.values.astype(np.float32), names)
    figure.update_layout(plot_bgcolor=theme.missing)
    starts = np.flatnonzero(np.diff(result.owner, prepend=-1))
    ends = np.append(starts[1:], count)
    for edge in starts[1:]:
        for one in ({"x0": edge - 0.5, "x1": edge - 0.5}, {"y0": edge - 0.5, "y1": edge - 0.5}):
            whole = {"x0": -0.5, "x1": count - 0.5, "y0": -0.5, "y1": count - 0.5}
            figure.add_shape(type="line", **{**whole, **one}, line={"color": theme.ink, "width": 2})
    middles = [names[(a + b - 1) // 2] for a, b in zip(starts, ends, strict=True)]
    ticks = {"tickvals": middles, "ticktext": [titles[name] for name in result.encoders]}
    figure.update_xaxes(**ticks, showgrid=False, constrain="domain")
    figure.update_yaxes(
        **ticks, showgrid=False, autorange="reversed", scaleanchor="x", constrain="domain"
    )
    return state(figure, theme, facts(result))


def _add_matrix(
    figure: go.Figure, result: EveryLayer, values: np.ndarray, names: list[str], **options: Any
) -> None:
    """Add a matrix of the metric's values on the scale that all views of a result share."""
    low, high = _ends(result)
    figure.add_heatmap(
        z=values,
        x=names,
        y=names,
        zmin=low,
        zmax=high,
        colorscale=SEQUENTIAL,
        reversescale=result.closer == "lower",
        colorbar={"title": {"text": _title(result), "side": "right"}, "thickness": 12},
        hovertemplate="%{y} – %{x}<br>%{z:.3f}<extra></extra>",
        showlegend=False,
        **options,
    )


def family_heatmap(result: EveryLayer, theme: Theme) -> go.Figure:
    """Draw the mean of all layers of two encoders, for every two families."""
    count = len(result.families)
    names = [family_title(one) for one in result.families]
    figure = base(theme, title="Families", height=int(np.clip(260 + 52 * count, 380, 780)))
    means = np.asarray(result.kin.value[:-1]).reshape(count, count)
    written = "%{z:.2f}" if count <= WRITTEN else None
    _add_matrix(figure, result, means, names, texttemplate=written)
    figure.update_layout(plot_bgcolor=theme.missing)
    figure.update_xaxes(showgrid=False, constrain="domain")
    figure.update_yaxes(
        showgrid=False, autorange="reversed", scaleanchor="x", constrain="domain", tickangle=0
    )
    return state(figure, theme, facts(result))


def _title(result: EveryLayer) -> str:
    return result.label + (" (lower is closer)" if result.closer == "lower" else "")


def _ends(result: EveryLayer) -> tuple[float, float]:
    """Return the ends of the colours: 0 and 1 at least, further where values lie beyond."""
    finite = result.values[np.isfinite(result.values)]
    return min(0.0, float(finite.min(initial=0.0))), max(1.0, float(finite.max(initial=1.0)))


def facts(result: EveryLayer) -> str:
    """State what the matrix rests on."""
    layers = f"{len(result.layers)} layers of {len(result.encoders)} encoders"
    return f"{result.size.caption}, {layers} · {result.label}"
