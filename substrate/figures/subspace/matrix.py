"""Procrustes-CKA between domains as a matrix, and its controls on one line each."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.subspace import published as subspace_published
from substrate.analyses.subspace.comparison import (
    NAMES,
    Beside,
)
from substrate.analyses.subspace.controls import Control
from substrate.figures.theme import (
    BESIDE_NAMES,
    PALETTE,
    SEQUENTIAL,
    Theme,
    base,
    heatmap_layout,
    state,
)
from substrate.wording import (
    number,
)


def matrix(beside: Beside, theme: Theme, *, chosen: tuple[int, int] | None = None) -> go.Figure:
    """Draw the matrix on the fixed scale 0..1; a dagger marks under ten photographs."""
    values = beside.values.astype(np.float32)
    sizes, count = beside.matrices.sizes, len(values)
    labels = [size.title + (" †" if size.within else "") for size in sizes]
    title = "The panel's directions by domain"
    figure = base(theme, title=title, height=int(np.clip(250 + 38 * count, 420, 620)))
    figure.add_heatmap(
        z=values, zmin=0.0, zmax=1.0, colorscale=SEQUENTIAL, xgap=1, ygap=1, hoverinfo="skip",
        texttemplate="%{z:.2f}" if count <= 12 else None, textfont={"size": 12},
        colorbar={"title": {"text": f"Procrustes-CKA ({beside.estimate})", "side": "right"},
                  "thickness": 12},
    )  # fmt: skip
    cells = [(i, j) for i in range(count) for j in range(count)]
    figure.add_scatter(
        x=[j for _, j in cells], y=[i for i, _ in cells], mode="markers", customdata=cells,
        marker={"size": 34, "symbol": "square", "opacity": 0}, showlegend=False,
        text=[_hover(beside, i, j) for i, j in cells], hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    if chosen is not None:
        i, j = chosen
        figure.add_shape(
            type="rect", x0=j - 0.5, x1=j + 0.5, y0=i - 0.5, y1=i + 0.5,
            line={"color": theme.ink, "width": 3},
        )  # fmt: skip
    figure.update_xaxes(tickvals=list(range(count)), ticktext=labels, tickangle=-35,
                        range=[-0.5, count - 0.5], zeroline=False)  # fmt: skip
    figure.update_yaxes(tickvals=list(range(count)), ticktext=labels, zeroline=False)
    figure.update_layout(hoverdistance=-1, hovermode="closest", plot_bgcolor=theme.missing,
                         margin={"t": 76})  # fmt: skip
    heatmap_layout(figure)
    figure.update_yaxes(autorange=None, range=[count - 0.5, -0.5])
    return state(figure, theme, _facts(beside), BESIDE_NAMES)


def published(theme: Theme) -> go.Figure:
    """Draw the published matrix in the same look, on its own: other encoders, other images."""
    values = subspace_published.matrix()
    names = list(subspace_published.DOMAINS)
    figure = base(theme, title="Published, for comparison", height=560)
    figure.add_heatmap(
        z=values.astype(np.float32), x=names, y=names, zmin=0.0, zmax=1.0, xgap=1, ygap=1,
        colorscale=SEQUENTIAL, texttemplate="%{z:.2f}",
        hovertemplate="%{y} – %{x}: %{z:.3f}<extra></extra>",
        colorbar={"title": {"text": "Procrustes-CKA (biased)", "side": "right"}, "thickness": 12},
    )  # fmt: skip
    figure.update_xaxes(tickangle=-35)
    figure.update_layout(margin={"t": 76})
    heatmap_layout(figure)
    facts = "5 encoders · K = 16 · 1,000 images per domain · no interval"
    return state(figure, theme, f"{subspace_published.SOURCE}<br>{facts}")


def _facts(beside: Beside) -> str:
    captions = sorted({size.n for size in beside.matrices.sizes})
    n = f"n {captions[0]}" + (f" to {captions[-1]}" if len(captions) > 1 else "")
    few = "† under 10 photographs: value only"
    within = any(size.within for size in beside.matrices.sizes)
    return f"{beside.facts()}<br>{n} per domain" + (f" · {few}" if within else "")


def _hover(beside: Beside, i: int, j: int) -> str:
    sizes = beside.matrices.sizes
    head = f"<b>{sizes[i].title} – {sizes[j].title}</b>"
    if i == j:
        halves = next((c for c in beside.all_controls() if c.key == "split_half"), None)
        lines = [head, "1 by definition", sizes[i].caption]
        if halves is not None and np.isfinite(halves.values[int(beside.debiased), 0, i]):
            value = number(halves.values[int(beside.debiased), 0, i])
            lines.insert(2, f"two halves of it: {value}")
        return "<br>".join(lines)
    value = f"Procrustes-CKA {number(beside.values[i, j])}"
    return "<br>".join([head, value, *beside.pair_lines(i, j)])


def controls(beside: Beside, theme: Theme) -> go.Figure:
    """Draw the trained panel above its controls: a dot per pair or repeat, a bar at the median."""
    found = list(beside.all_controls())
    figure = base(theme, title="The same measure on its controls",
                  height=170 + 36 * (len(found) + 1))  # fmt: skip
    names = [NAMES["trained"], *(_name(c, beside.shown_k) for c in found)]
    _trained(figure, beside, names[0], theme)
    for name, control in zip(names[1:], found, strict=True):
        _control(figure, control, name, theme, debiased=beside.debiased)
    if beside.controls is not None and not beside.debiased:
        expected = beside.controls.expected[np.triu_indices(len(beside.values), 1)]
        figure.add_scatter(
            x=[float(np.median(expected))], y=[names[-1]], mode="markers", showlegend=False,
            marker={"symbol": "diamond-open", "size": 13, "color": PALETTE[3],
                    "line": {"width": 2}},
            hovertemplate="K / (K + PR) predicts %{x:.2f}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title=f"Procrustes-CKA ({beside.estimate})", range=[-0.1, 1.03],
                        zeroline=False)  # fmt: skip
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1])
    figure.update_layout(hovermode="closest", showlegend=False, margin={"t": 76})
    return state(figure, theme, beside.facts().replace(" · ", "<br>", 1), BESIDE_NAMES)


def _name(control: Control, k: int) -> str:
    name = NAMES[control.key]
    return name if control.k == k else f"{name} (K = {control.k})"


def _trained(figure: go.Figure, beside: Beside, name: str, theme: Theme) -> None:
    rows, columns = np.triu_indices(len(beside.values), 1)
    titles = [size.title for size in beside.matrices.sizes]
    text = [f"{titles[i]} – {titles[j]}" for i, j in zip(rows, columns, strict=True)]
    strip(figure, beside.values[rows, columns], text, name, theme.accent)
    error = None
    bounds = beside.median_bounds
    if bounds is not None:
        error = {"type": "data", "array": [bounds[1] - beside.median],
                 "arrayminus": [beside.median - bounds[0]], "thickness": 2, "width": 6,
                 "color": theme.accent}  # fmt: skip
    bar(figure, beside.median, name, theme.accent, error)


def _control(
    figure: go.Figure, control: Control, name: str, theme: Theme, *, debiased: bool
) -> None:
    values = control.flat(debiased=debiased)
    if not np.isfinite(values).any():
        return
    colour = PALETTE[1] if control.key == "untrained" else theme.muted
    if len(control.repeats) > 1:
        strip(figure, control.medians(debiased=debiased), list(control.repeats), name, colour)
    else:
        strip(figure, values[0], [NAMES[control.key]] * values.shape[1], name, colour)
    bar(figure, float(np.nanmedian(values)), name, colour, None)


def strip(figure: go.Figure, x: np.ndarray, text: list[str], name: str, colour: str) -> None:
    """Add one dot per value on the line of this name."""
    figure.add_scatter(
        x=x, y=[name] * len(x), mode="markers", text=text, name=name,
        marker={"size": 7, "color": colour, "opacity": 0.55},
        hovertemplate="%{text}: %{x:.2f}<extra></extra>",
    )  # fmt: skip


def bar(figure: go.Figure, x: float, name: str, colour: str, error: dict | None) -> None:
    """Add the bar at a line's median, with its interval."""
    figure.add_scatter(
        x=[x], y=[name], mode="markers", name=f"{name}, median", error_x=error,
        marker={"symbol": "line-ns", "size": 20, "line": {"width": 3, "color": colour}},
        hovertemplate="median %{x:.2f}<extra></extra>",
    )  # fmt: skip
