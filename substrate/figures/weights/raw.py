"""Raw filters of a layer, and the power of all layers' filters by frequency."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from substrate.analyses.weights.kernels import Kernels
from substrate.analyses.weights.spatial import LayerFilters
from substrate.figures.theme import TEXT_PX, Theme, base, state
from substrate.figures.weights import pictures

#: Pixels of one weight and of the lines between filters, and the width of the whole at most.
LARGEST, LINE, WIDE = 9, 2, 470
LEFT, TOP = 34, 30


def raw_filters(kernels: Kernels, title: str, theme: Theme) -> go.Figure:
    """Draw the first filters of a layer: rows are its outputs, columns its input channels."""
    w = kernels.filters
    outputs, inputs, side = w.shape[0], w.shape[1], w.shape[2]
    scale = max(1, min(LARGEST, (WIDE - LEFT) // (max(16, inputs) * side)))
    step = side * scale + LINE
    most = float(np.quantile(np.abs(w), 0.99))
    sheet = np.empty((outputs * step - LINE, inputs * step - LINE, 3), np.uint8)
    sheet[:] = tuple(int(theme.missing[i : i + 2], 16) for i in (1, 3, 5))
    for o in range(outputs):
        for i in range(inputs):
            small = pictures.coloured(w[o, i].astype(np.float64), theme, most)
            large = np.repeat(np.repeat(small, scale, axis=0), scale, axis=1)
            sheet[o * step : o * step + side * scale, i * step : i * step + side * scale] = large
    figure = base(theme, title=f"Raw filters of {title}, {kernels.layer}")
    high, wide = sheet.shape[:2]
    board = pictures.Board()
    board.place(pictures.address(sheet, 1), LEFT, TOP, wide, high)
    shown = f"{inputs} of {kernels.shape[1]} input channels"
    board.write(shown, LEFT, TOP / 2, colour=theme.muted, across="left")
    neurons = f"{outputs} of {kernels.shape[0]} neurons"
    board.write(neurons, LEFT / 2, TOP + high / 2, colour=theme.muted, angle=-90)
    board.onto(figure, max(LEFT + wide + 10, 330), TOP + high + 10)
    return state(figure, theme, f"{outputs} x {inputs} kernels of {side} x {side} · one scale")


def power_curves(
    layers: list[LayerFilters], title: str, theme: Theme, *, ends: tuple[float, float]
) -> go.Figure:
    """Draw the power of an encoder's filters by frequency, a line for each layer by its depth."""
    figure = base(theme, title=f"Power of the filters of {title}", height=400)
    at = np.linspace(0.1, 0.9, len(layers)) if len(layers) > 1 else np.array([0.5])
    for place, (one, colour) in enumerate(
        zip(layers, sample_colorscale("Viridis", at.tolist()), strict=True)
    ):
        figure.add_scatter(
            x=one.frequencies,
            y=one.power,
            mode="lines",
            line={"color": colour, "width": 2, "dash": "dash" if one.first else "solid"},
            name=one.layer,
            showlegend=False,
            hovertemplate=f"<b>{one.layer}</b><br>%{{x:.2f}} cycles per pixel: %{{y:.2f}}"
            "<extra></extra>",
            legendrank=place,
        )
    figure.add_hline(1.0, line={"color": theme.ink, "dash": "dot", "width": 1.5})
    figure.add_annotation(
        text="white filters",
        x=0.5,
        y=np.log10(1.0),
        xanchor="right",
        yanchor="bottom",
        showarrow=False,
        font={"size": TEXT_PX, "color": theme.muted},
    )
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        marker={
            "colorscale": "Viridis",
            "cmin": 0,
            "cmax": 1,
            "color": [0.5],
            "showscale": True,
            "colorbar": {
                "title": {"text": "depth", "side": "top"},
                "thickness": 12,
                "tickvals": [0.1, 0.9],
                "ticktext": ["first", "last"],
            },
        },
        showlegend=False,
        hoverinfo="skip",
        name="depth",
    )
    figure.update_xaxes(title="Radial frequency, cycles per pixel", range=[0, 0.5])
    figure.update_yaxes(
        title="Power over that of white filters",
        type="log",
        range=np.log10(ends).tolist(),
        tickvals=[0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10],
    )
    rings = len(layers[0].frequencies)
    return state(figure, theme, f"{len(layers)} layers · mean over {rings} rings of frequency")
