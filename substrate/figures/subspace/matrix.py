"""Procrustes-CKA between domains as a matrix, measured and published."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.subspace import published as subspace_published
from substrate.analyses.subspace.comparison import (
    ControlledMatrix,
)
from substrate.figures.shared import outline
from substrate.figures.theme import (
    SEQUENTIAL,
    Theme,
    base,
    heatmap_layout,
    state,
)
from substrate.wording import (
    number,
)


def matrix(
    result: ControlledMatrix, theme: Theme, *, chosen: tuple[int, int] | None = None
) -> go.Figure:
    """Draw the matrix on the fixed scale 0..1; a dagger marks under ten photographs."""
    values = result.values.astype(np.float32)
    sizes, count = result.matrices.sizes, len(values)
    labels = [size.title + (" †" if size.within else "") for size in sizes]
    title = "The panel's directions by domain"
    figure = base(theme, title=title, height=int(np.clip(250 + 38 * count, 420, 620)))
    figure.add_heatmap(
        z=values,
        zmin=0.0,
        zmax=1.0,
        colorscale=SEQUENTIAL,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        texttemplate="%{z:.2f}" if count <= 12 else None,
        textfont={"size": 14},
        colorbar={
            "title": {"text": f"Procrustes-CKA ({result.estimate})", "side": "right"},
            "thickness": 12,
        },
    )
    cells = [(i, j) for i in range(count) for j in range(count)]
    figure.add_scatter(
        x=[j for _, j in cells],
        y=[i for i, _ in cells],
        mode="markers",
        customdata=cells,
        marker={"size": 34, "symbol": "square", "opacity": 0},
        showlegend=False,
        text=[_hover(result, i, j) for i, j in cells],
        hovertemplate="%{text}<extra></extra>",
    )
    if chosen is not None:
        outline(figure, chosen, theme)
    figure.update_xaxes(
        tickvals=list(range(count)),
        ticktext=labels,
        tickangle=-35,
        range=[-0.5, count - 0.5],
        zeroline=False,
    )
    figure.update_yaxes(tickvals=list(range(count)), ticktext=labels, zeroline=False)
    figure.update_layout(
        hoverdistance=-1,
        hovermode="closest",
        plot_bgcolor=theme.missing,
    )
    heatmap_layout(figure)
    figure.update_yaxes(autorange=None, range=[count - 0.5, -0.5])
    return state(figure, theme, _facts(result))


def published(theme: Theme) -> go.Figure:
    """Draw the published matrix in the same look, on its own: other encoders, other images."""
    values = subspace_published.matrix()
    names = list(subspace_published.DOMAINS)
    figure = base(theme, title="Published, for comparison", height=560)
    figure.add_heatmap(
        z=values.astype(np.float32),
        x=names,
        y=names,
        zmin=0.0,
        zmax=1.0,
        xgap=1,
        ygap=1,
        colorscale=SEQUENTIAL,
        texttemplate="%{z:.2f}",
        hovertemplate="%{y} – %{x}: %{z:.3f}<extra></extra>",
        colorbar={"title": {"text": "Procrustes-CKA (biased)", "side": "right"}, "thickness": 12},
    )
    figure.update_xaxes(tickangle=-35)
    heatmap_layout(figure)
    facts = "5 encoders · K = 16 · 1,000 images per domain · no interval"
    return state(figure, theme, f"{subspace_published.SOURCE}<br>{facts}")


def _facts(result: ControlledMatrix) -> str:
    captions = sorted({size.n for size in result.matrices.sizes})
    n = f"n {captions[0]}" + (f" to {captions[-1]}" if len(captions) > 1 else "")
    few = "† under 10 photographs: value only"
    within = any(size.within for size in result.matrices.sizes)
    return f"{result.facts()}<br>{n} per domain" + (f" · {few}" if within else "")


def _hover(result: ControlledMatrix, i: int, j: int) -> str:
    sizes = result.matrices.sizes
    head = f"<b>{sizes[i].title} – {sizes[j].title}</b>"
    if i == j:
        halves = next((c for c in result.all_controls() if c.key == "split_half"), None)
        lines = [head, "1 by definition", sizes[i].caption]
        if halves is not None and np.isfinite(halves.values[int(result.debiased), 0, i]):
            value = number(halves.values[int(result.debiased), 0, i])
            lines.insert(2, f"two halves of it: {value}")
        return "<br>".join(lines)
    value = f"Procrustes-CKA {number(result.values[i, j])}"
    return "<br>".join([head, value, *result.pair_lines(i, j)])
