"""Procrustes-CKA between domains as a matrix, measured and published."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.subspace import published as subspace_published
from substrate.analyses.subspace.comparison import (
    ControlledMatrix,
)
from substrate.figures import cells
from substrate.figures.shared import outline
from substrate.figures.theme import (
    SEQUENTIAL,
    Theme,
    base,
    state,
)
from substrate.wording import (
    common_nouns,
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
    figure = base(theme, title=title)
    figure.add_heatmap(
        z=values,
        zmin=0.0,
        zmax=1.0,
        colorscale=SEQUENTIAL,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={
            "title": {"text": f"Procrustes-CKA ({result.estimate})", "side": "right"},
            "thickness": 12,
        },
    )
    fitted = cells.fit(figure, labels, labels)
    cells.numbers(figure, [[_short(v) for v in row] for row in values], fitted)
    hovers = [_hover(result, i, j) for i in range(count) for j in range(count)]
    cells.clicks(figure, values.shape, fitted, hovers)
    if chosen is not None:
        outline(figure, chosen, theme)
    cells.missing(figure, theme)
    return state(figure, theme, _facts(result))


def published(theme: Theme) -> go.Figure:
    """Draw the published matrix in the same look, on its own: other encoders, other images."""
    values = subspace_published.matrix()
    names = list(subspace_published.DOMAINS)
    figure = base(theme, title="Published, for comparison")
    figure.add_heatmap(
        z=values.astype(np.float32),
        zmin=0.0,
        zmax=1.0,
        xgap=1,
        ygap=1,
        colorscale=SEQUENTIAL,
        hoverinfo="skip",
        colorbar={"title": {"text": "Procrustes-CKA (biased)", "side": "right"}, "thickness": 12},
    )
    fitted = cells.fit(figure, names, names)
    cells.numbers(figure, [[_short(v) for v in row] for row in values], fitted)
    hovers = [
        f"{a} – {b}: {number(float(values[i, j]))}"
        for i, a in enumerate(names)
        for j, b in enumerate(names)
    ]
    cells.clicks(figure, values.shape, fitted, hovers)
    facts = "5 encoders · K = 16 · 1,000 images per domain · no interval"
    return state(figure, theme, f"{subspace_published.SOURCE}<br>{facts}")


def _short(value: float) -> str:
    return number(value) if np.isfinite(value) else ""


def _facts(result: ControlledMatrix) -> str:
    captions = sorted({size.n for size in result.matrices.sizes})
    n = f"n {captions[0]}" + (f" to {captions[-1]}" if len(captions) > 1 else "")
    groups = common_nouns(size.nouns for size in result.matrices.sizes).groups
    few = f"† under 10 {groups}: value only"
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
