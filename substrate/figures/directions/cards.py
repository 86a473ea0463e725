"""One direction at a time: its scores, its partners elsewhere, and where on an image it lies."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from io import BytesIO

import numpy as np
import plotly.graph_objects as go
from jaxtyping import UInt8
from PIL import Image

from substrate.analyses.directions.basis import Basis
from substrate.analyses.directions.partners import Matched
from substrate.analyses.directions.spatial_map import SpatialMap
from substrate.figures.theme import Theme, base, state
from substrate.figures.whiskers import whiskers
from substrate.wording import samples_of

_BINS = 30
#: Longest side of the picture below a map, in pixels.
_PICTURE = 192


def score_histogram(basis: Basis, direction: int, theme: Theme, *, index: int = 0) -> go.Figure:
    """Draw how the samples' scores on one direction are spread, in their own deviations."""
    scores = basis.scores[:, direction] / basis.scores[:, direction].std()
    name = theme.layer(basis.encoder, basis.layer) + f", direction {direction + 1}"
    figure = base(theme, title="Scores of the samples", height=220)
    counts, edges = np.histogram(scores, bins=_BINS)
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        name=name,
        marker={
            "color": theme.look(basis.encoder, index).colour,
            "line": {"width": 0.5, "color": theme.paper},
        },
        hovertemplate="%{y} samples at %{x:.1f}<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(title="score, in standard deviations")
    figure.update_yaxes(title="samples")
    figure.update_layout(margin={"b": 40, "l": 48, "r": 8}, bargap=0)
    return state(
        figure, theme, f"{name} · {samples_of(len(scores), basis.photographs, basis.nouns)}"
    )


def partner_plot(matched: Matched, direction: int, theme: Theme) -> go.Figure:
    """Draw the partner of one direction in every other encoder, with interval and chance level."""
    others = [
        f"{theme.encoder(name)} · {pick + 1}"
        for name, pick in zip(matched.others, matched.partner[:, direction], strict=True)
    ]
    looks = [theme.look(name, place) for place, name in enumerate(matched.others)]
    values = matched.values[:, direction]
    figure = base(theme, title="Best match in other encoders", height=150 + 26 * len(others))
    if matched.level is not None:
        figure.add_scatter(
            x=matched.level[:, direction],
            y=others,
            mode="markers",
            name="chance, 95 % level",
            marker={"symbol": "line-ns", "size": 14, "line": {"width": 2, "color": theme.muted}},
            hovertemplate="chance %{x:.2f}<extra></extra>",
        )
    ends: Iterable[tuple[float, float, float]] = ()
    if matched.low is not None and matched.high is not None:
        ends = zip(values, matched.low[:, direction], matched.high[:, direction], strict=True)
    figure.add_scatter(
        x=values,
        y=others,
        mode="markers",
        error_x=whiskers(ends, theme.muted, width=3),
        name="|correlation|",
        marker={
            "symbol": [look.marker for look in looks],
            "size": 9,
            "color": [look.colour for look in looks],
        },
        customdata=matched.layers,
        hovertemplate="%{y} (%{customdata}): %{x:.2f}<extra></extra>",
    )
    figure.update_xaxes(title="held-out |correlation|", range=[-0.02, 1.02], tick0=0, dtick=0.25)
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_layout(
        margin={"t": 40, "b": 44, "l": 8, "r": 8},
        showlegend=True,
        legend={"y": 1.02, "x": 0, "xanchor": "left", "yanchor": "bottom"},
    )
    return figure


def spatial_overlay(
    scores: SpatialMap,
    picture: UInt8[np.ndarray, "s s 3"],
    theme: Theme,
    *,
    title: str,
    limit: float,
) -> go.Figure:
    """Draw a direction's score at each position beside and over the image.

    Colours run from ``-limit`` to ``limit``, which maps that stand side by side have in common.
    """
    figure = base(theme, title=title, height=260)
    h, w = scores.values.shape
    source, side = _encoded(picture)
    for axis in ("", "2"):
        figure.add_trace(
            go.Image(
                source=source,
                x0=0.5 / side,
                dx=1 / side,
                y0=0.5 / side,
                dy=1 / side,
                xaxis=f"x{axis}",
                yaxis=f"y{axis}",
                hoverinfo="skip",
            )
        )
    figure.add_trace(
        go.Heatmap(
            z=scores.values.astype(np.float32),
            xaxis="x2",
            yaxis="y2",
            x=(np.arange(w) + 0.5) / w,
            y=(np.arange(h) + 0.5) / h,
            zmin=-limit,
            zmax=limit,
            zmid=0,
            colorscale=theme.diverging,
            opacity=0.6,
            colorbar={"thickness": 10, "title": {"text": "score", "side": "top"}, "nticks": 5},
            hovertemplate="score %{z:.2f}<extra></extra>",
        )
    )
    plain = {"visible": False, "range": [0, 1], "constrain": "domain"}
    figure.update_layout(
        xaxis={**plain, "domain": [0, 0.47]},
        yaxis={**plain, "range": [1, 0], "scaleanchor": "x"},
        xaxis2={**plain, "domain": [0.5, 0.97], "anchor": "y2"},
        yaxis2={**plain, "range": [1, 0], "scaleanchor": "x2", "anchor": "x2"},
        margin={"b": 8, "l": 8, "r": 8},
    )
    return figure


def _encoded(picture: UInt8[np.ndarray, "s s 3"]) -> tuple[str, int]:
    """Return a picture as the address of a small JPEG, and its side."""
    image = Image.fromarray(picture)
    image.thumbnail((_PICTURE, _PICTURE))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return f"data:image/jpeg;base64,{b64encode(buffer.getvalue()).decode()}", image.width
