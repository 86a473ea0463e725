"""The directions of one side against those of the other, cell by cell."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.directions.basis import RELIABLE
from substrate.analyses.directions.choice import PAPER, SIGNED
from substrate.analyses.directions.cosine_panel import Panel
from substrate.figures.theme import DIVERGING, Theme, base, heatmap_layout, state

#: Coordinates below which the end of the paper's scale, 5 / sqrt(d), exceeds 1.
PAPER_NEEDS = 25
_PLOT_PX = 470


def paper_scale_refusal(panel: Panel) -> str:
    """Say why the paper's scale cannot be drawn, or nothing where it can."""
    if panel.dimension is None:
        return "The paper's scale is for cosines: a correlation of scores has no dimension d."
    if panel.dimension < PAPER_NEEDS:
        return (
            f"The paper's scale ends at 5/√d, which is more than 1 for d = {panel.dimension}: "
            f"it needs d of at least {PAPER_NEEDS}."
        )
    return ""


def cosine_heatmap(
    panel: Panel,
    theme: Theme,
    *,
    scale: str = SIGNED,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw every cell; dots exceed chance, hatched cells belong to unreliable directions."""
    paper = scale == PAPER and not paper_scale_refusal(panel)
    figure = base(theme, title=f"{panel.kind.capitalize()} of directions", height=640)
    figure.add_trace(_cells(panel, theme, paper=paper))
    _hatch(figure, panel, theme)
    _dots(figure, panel)
    _clickable(figure, panel)
    if chosen is not None:
        _outline(figure, chosen, theme)
    _axes(figure, panel)
    figure.update_layout(
        plot_bgcolor=theme.missing,
        hoverdistance=-1,
        margin={"t": 124, "r": 12, "b": 60},
        legend={"y": -0.14},
    )
    return state(figure, theme, facts(panel))


def facts(panel: Panel) -> str:
    """State what the panel rests on."""
    rows, columns = panel.values.shape
    known = panel.facts
    size = f"{rows}" if rows == columns else f"{rows} × {columns}"
    lines = [
        f"{known.domain}: {known.samples} · K {size} · whitening {known.scaled} · "
        f"seed {known.seed}",
        _null_line(panel),
    ]
    if known.n_fit != known.n:
        lines.insert(1, f"{known.n_fit} to fit on, {known.n_test} to test on")
    return "<br>".join(lines)


def _null_line(panel: Panel) -> str:
    level = panel.judged.level
    if level is None:
        return panel.judged.null_reason
    text = f"largest chance cell {level:.2f} (95 %, {panel.facts.permutations} ×)"
    if panel.typical is not None:
        text += f" · random directions: 1/√{panel.dimension} = {panel.typical:.2f}"
    return f"{text}<br>chance: {panel.null_kind}"


def _cells(panel: Panel, theme: Theme, *, paper: bool) -> go.Heatmap:
    values = panel.values.astype(np.float32)
    bar = {"thickness": 12, "len": 0.92, "outlinewidth": 0, "tickfont": {"color": theme.ink}}
    if paper and panel.dimension is not None:
        low, high = 1 / np.sqrt(panel.dimension), 5 / np.sqrt(panel.dimension)
        return go.Heatmap(
            z=np.abs(values), zmin=low, zmax=high, hoverinfo="skip",
            colorscale=[[0, "#FFFFFF"], [1, "#000000"]],
            colorbar={**bar, "title": {"text": "|cos|", "side": "top"},
                      "tickvals": [low, 3 * low, high],
                      "ticktext": [f"{low:.2f} = 1/√d", f"{3 * low:.2f}", f"{high:.2f} = 5/√d"]},
        )  # fmt: skip
    ticks, labels = _bar_ticks(panel.judged.level)
    short = "r" if panel.dimension is None else "cos"
    return go.Heatmap(
        z=values, zmin=-1, zmax=1, zmid=0, colorscale=DIVERGING, hoverinfo="skip",
        colorbar={**bar, "title": {"text": short, "side": "top"}, "tickvals": ticks,
                  "ticktext": labels},
    )  # fmt: skip


def _bar_ticks(level: float | None) -> tuple[list[float], list[str]]:
    """Mark the chance level on the colour bar, and leave out round values that it would cover."""
    plain = [-1.0, -0.5, 0.0, 0.5, 1.0]
    if level is None or not 0 < level < 1:
        return plain, [f"{tick:g}" for tick in plain]
    kept = [tick for tick in plain if min(abs(tick - level), abs(tick + level)) > 0.12]
    ticks = sorted([*kept, -level, level])
    return ticks, [f"{tick:g}" if tick in kept else f"{tick:.2f} ◂ chance" for tick in ticks]


def _hatch(figure: go.Figure, panel: Panel, theme: Theme) -> None:
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
            x=x, y=y, mode="lines", hoverinfo="skip", line={"width": 0.7, "color": theme.muted},
            opacity=0.75, name=f"direction with split-half reliability below {RELIABLE:g}",
        )  # fmt: skip


def _dots(figure: go.Figure, panel: Panel) -> None:
    above = np.argwhere(panel.judged.above)
    if len(above):
        figure.add_scatter(
            x=above[:, 1], y=above[:, 0], mode="markers", hoverinfo="skip",
            marker={"size": 6, "color": "#FFFFFF", "line": {"width": 1.5, "color": "#000000"}},
            name="above the largest chance cell",
        )  # fmt: skip


def _clickable(figure: go.Figure, panel: Panel) -> None:
    """Lay invisible points over the cells: a heatmap itself does not report clicks."""
    i, j = (side.ravel() for side in np.indices(panel.values.shape))
    low, high = panel.judged.low, panel.judged.high
    text = [
        f"{panel.name_a}, direction {a + 1}<br>{panel.name_b}, direction {b + 1}<br>"
        f"<b>{panel.values[a, b]:+.2f}</b>"
        + ("" if low is None or high is None else f" [{low[a, b]:.2f}, {high[a, b]:.2f}]")
        + f"<br>reliability {panel.reliability_a[a]:.2f} and {panel.reliability_b[b]:.2f}"
        for a, b in zip(i, j, strict=True)
    ]
    size = max(4.0, _PLOT_PX / max(panel.values.shape))
    figure.add_scatter(
        x=j, y=i, mode="markers", opacity=0, text=text, hovertemplate="%{text}<extra></extra>",
        customdata=np.column_stack([i, j]).tolist(), showlegend=False, name="cells",
        marker={"size": size, "symbol": "square"},
    )  # fmt: skip


def _outline(figure: go.Figure, chosen: tuple[int, int], theme: Theme) -> None:
    i, j = chosen
    for width, colour in ((5, theme.paper), (2.5, theme.accent)):
        figure.add_shape(
            type="rect", x0=j - 0.5, x1=j + 0.5, y0=i - 0.5, y1=i + 0.5,
            line={"width": width, "color": colour},
        )  # fmt: skip


def _axes(figure: go.Figure, panel: Panel) -> None:
    heatmap_layout(figure)
    rows, columns = panel.values.shape
    figure.update_yaxes(
        title=panel.name_a, zeroline=False, **_ticks(rows, panel.norms_a),
        range=[rows - 0.5, -0.5], autorange=None,
    )  # fmt: skip
    figure.update_xaxes(
        title=panel.name_b + ("" if panel.norms_b is None else " (below each: |Q w|)"),
        zeroline=False, range=[-0.5, columns - 0.5], **_ticks(columns, panel.norms_b, below=True),
    )  # fmt: skip


def _ticks(count: int, norms: np.ndarray | None, *, below: bool = False) -> dict:
    step = 1 if count <= 20 else 2 if count <= 32 else 4
    places = list(range(0, count, step))
    labels = [f"{place + 1}" for place in places]
    if norms is not None and below:
        labels = [
            f"{label}<br><span style='font-size:9px'>{norms[place]:.2f}</span>"
            for label, place in zip(labels, places, strict=True)
        ]
    return {"tickvals": places, "ticktext": labels, "tickangle": 0}
