"""The directions of one side against those of the other, cell by cell."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.directions.choice import PAPER, SIGNED
from substrate.analyses.directions.cosine_panel import CosinePanel
from substrate.figures.directions import marks
from substrate.figures.shared import LEGEND_AT_FOOT
from substrate.figures.theme import Theme, base, heatmap_layout, state
from substrate.wording import MINUS, number

#: Coordinates below which the end of the paper's scale, 5 / sqrt(d), exceeds 1.
PAPER_NEEDS = 25
#: Round values on the colour bar.
PLAIN = (-1.0, -0.5, 0.0, 0.5, 1.0)


def paper_scale_refusal(panel: CosinePanel) -> str:
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
    panel: CosinePanel,
    theme: Theme,
    *,
    scale: str = SIGNED,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw every cell; dots exceed chance, hatched cells belong to unreliable directions."""
    paper = scale == PAPER and not paper_scale_refusal(panel)
    figure = base(theme, title=f"{panel.kind.capitalize()} of directions", height=690)
    figure.add_trace(_cells(panel, theme, paper=paper))
    marks.hatch(figure, panel, theme)
    marks.dots(figure, panel)
    marks.clickable(figure, panel, theme)
    if chosen is not None:
        marks.outline(figure, chosen, theme)
    _axes(figure, panel, theme)
    figure.update_layout(
        plot_bgcolor=theme.missing,
        hoverdistance=-1,
        margin={"r": 12, "b": 126},  # the axis and its title, and up to three lines of legend
        legend=LEGEND_AT_FOOT,
    )
    return state(figure, theme, facts(panel, theme))


def facts(panel: CosinePanel, theme: Theme) -> str:
    """State what the panel rests on."""
    rows, columns = panel.values.shape
    stated = panel.facts
    size = f"{rows}" if rows == columns else f"{rows} × {columns}"
    lines = [
        f"{theme.domain(stated.domain)}: {stated.samples} · K {size} · whitening {stated.scaled} · "
        f"seed {stated.seed}",
        _null_line(panel),
    ]
    if stated.n_fit != stated.n:
        lines.insert(1, f"{stated.n_fit} to fit on, {stated.n_test} to test on")
    return "<br>".join(lines)


def _null_line(panel: CosinePanel) -> str:
    level = panel.estimates.level
    if level is None:
        return panel.estimates.null_reason
    text = f"largest chance cell {level:.2f} (95 %, {panel.facts.permutations} ×)"
    if panel.typical is not None:
        text += f" · random directions: 1/√{panel.dimension} = {panel.typical:.2f}"
    return f"{text}<br>chance: {panel.null_kind}"


def _cells(panel: CosinePanel, theme: Theme, *, paper: bool) -> go.Heatmap:
    values = panel.values.astype(np.float32)
    bar = {"thickness": 12, "len": 0.92, "outlinewidth": 0, "tickfont": {"color": theme.ink}}
    if paper and panel.dimension is not None:
        low, high = 1 / np.sqrt(panel.dimension), 5 / np.sqrt(panel.dimension)
        return go.Heatmap(
            z=np.abs(values),
            zmin=low,
            zmax=high,
            hoverinfo="skip",
            colorscale=[[0, "#FFFFFF"], [1, "#000000"]],
            colorbar={
                **bar,
                "title": {"text": "|cos|", "side": "top"},
                "tickvals": [low, 3 * low, high],
                "ticktext": [f"{low:.2f} = 1/√d", f"{3 * low:.2f}", f"{high:.2f} = 5/√d"],
            },
        )
    ticks, labels = _bar_ticks(panel.estimates.level)
    short = "r" if panel.dimension is None else "cos"
    if len(ticks) > len(set(ticks) & set(PLAIN)):
        short += ", ◂ chance"
    return go.Heatmap(
        z=values,
        zmin=-1,
        zmax=1,
        zmid=0,
        colorscale=theme.diverging,
        hoverinfo="skip",
        colorbar={
            **bar,
            "title": {"text": short, "side": "top"},
            "tickvals": ticks,
            "ticktext": labels,
        },
    )


def _bar_ticks(level: float | None) -> tuple[list[float], list[str]]:
    """Mark the chance level on the colour bar, and leave out round values that it would cover."""
    if level is None or not 0 < level < 1:
        return list(PLAIN), [_plain(tick) for tick in PLAIN]
    kept = [tick for tick in PLAIN if min(abs(tick - level), abs(tick + level)) > 0.12]
    ticks = sorted([*kept, -level, level])
    return ticks, [_plain(tick) if tick in kept else f"{number(tick)} ◂" for tick in ticks]


def _plain(tick: float) -> str:
    """Write a round value as short as it goes, with a true minus sign."""
    return f"{tick:g}".replace("-", MINUS)


def _axes(figure: go.Figure, panel: CosinePanel, theme: Theme) -> None:
    heatmap_layout(figure)
    rows, columns = panel.values.shape
    figure.update_yaxes(
        title=theme.written(panel.name_a),
        zeroline=False,
        **_ticks(rows, panel.norms_a),
        range=[rows - 0.5, -0.5],
        autorange=None,
    )
    figure.update_xaxes(
        title=theme.written(panel.name_b)
        + ("" if panel.norms_b is None else " (below each: |Q\u00a0w|)"),
        zeroline=False,
        range=[-0.5, columns - 0.5],
        **_ticks(columns, panel.norms_b, below=True),
    )


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
