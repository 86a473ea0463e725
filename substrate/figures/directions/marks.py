"""What lies over the cells of a heatmap: hatching, dots, places to click, an outline."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.directions.cosine_panel import CosinePanel
from substrate.analyses.shared.halves import RELIABLE
from substrate.figures.theme import Theme
from substrate.wording import number, signed

#: Side of the square that the cells share, in pixels.
_PLOT_PX = 470


def hatch(figure: go.Figure, panel: CosinePanel, theme: Theme) -> None:
    """Hatch the rows and columns of directions that do not come back in other samples."""
    rows = ~(panel.reliability_a >= RELIABLE)
    columns = ~(panel.reliability_b >= RELIABLE)
    x: list[float | None] = []
    y: list[float | None] = []
    for i, j in np.argwhere(rows[:, None] | columns):
        for shift in (0.0, 0.5):
            x += [j - 0.5 + shift, j + 0.5, None] if shift else [j - 0.5, j + 0.5, None]
            y += [i + 0.5, i - 0.5 + shift, None] if shift else [i + 0.5, i - 0.5, None]
        x += [j - 0.5, j, None]
        y += [i, i - 0.5, None]
    if x:
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            hoverinfo="skip",
            line={"width": 0.7, "color": theme.muted},
            opacity=0.75,
            name=f"direction with split-half reliability below {RELIABLE:g}",
        )


def dots(figure: go.Figure, panel: CosinePanel) -> None:
    """Mark the cells that exceed what chance, and all untrained twins, reach in the largest one."""
    twins = panel.above_twins
    for marked, symbol, size, name in (
        (panel.estimates.above & ~twins, "circle", 6, "above the largest chance cell"),
        (twins, "diamond", 9, "above the largest cell of chance and of untrained twins"),
    ):
        above = np.argwhere(marked)
        if len(above):
            line = {"width": 1.5, "color": "#000000"}
            figure.add_scatter(
                x=above[:, 1],
                y=above[:, 0],
                mode="markers",
                hoverinfo="skip",
                marker={"size": size, "symbol": symbol, "color": "#FFFFFF", "line": line},
                name=name,
            )


def clickable(figure: go.Figure, panel: CosinePanel, theme: Theme) -> None:
    """Lay invisible points over the cells: a heatmap itself does not report clicks."""
    i, j = (side.ravel() for side in np.indices(panel.values.shape))
    low, high = panel.estimates.low, panel.estimates.high
    first, second = theme.written(panel.name_a), theme.written(panel.name_b)
    text = [
        f"{first}, direction {a + 1}<br>{second}, direction {b + 1}<br>"
        f"<b>{signed(panel.values[a, b])}</b>"
        + ("" if low is None or high is None else f" [{number(low[a, b])}, {number(high[a, b])}]")
        + f"<br>reliability {number(panel.reliability_a[a])} and {number(panel.reliability_b[b])}"
        for a, b in zip(i, j, strict=True)
    ]
    size = max(4.0, _PLOT_PX / max(panel.values.shape))
    figure.add_scatter(
        x=j,
        y=i,
        mode="markers",
        opacity=0,
        text=text,
        hovertemplate="%{text}<extra></extra>",
        customdata=np.column_stack([i, j]).tolist(),
        showlegend=False,
        name="cells",
        marker={"size": size, "symbol": "square"},
    )


def outline(figure: go.Figure, chosen: tuple[int, int], theme: Theme) -> None:
    """Frame the chosen cell."""
    i, j = chosen
    for width, colour in ((5, theme.paper), (2.5, theme.accent)):
        figure.add_shape(
            type="rect",
            x0=j - 0.5,
            x1=j + 0.5,
            y0=i - 0.5,
            y1=i + 0.5,
            line={"width": width, "color": colour},
        )
