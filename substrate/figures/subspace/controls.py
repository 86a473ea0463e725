"""Procrustes-CKA of the trained panel above its controls, on one line each."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.subspace.comparison import ControlledMatrix
from substrate.analyses.subspace.controls import Control
from substrate.figures.theme import PALETTE, Theme, base, state


def controls(result: ControlledMatrix, theme: Theme) -> go.Figure:
    """Draw the trained panel above its controls: a dot per pair or repeat, a bar at the median."""
    named = list(result.all_controls())
    figure = base(
        theme, title="The same measure on its controls", height=170 + 36 * (len(named) + 1)
    )
    names = [result.name("trained"), *(_name(result, c) for c in named)]
    _trained(figure, result, names[0], theme)
    for name, control in zip(names[1:], named, strict=True):
        _control(figure, control, name, theme, debiased=result.debiased)
    if result.controls is not None and not result.debiased:
        expected = result.controls.expected[np.triu_indices(len(result.values), 1)]
        figure.add_scatter(
            x=[float(np.median(expected))],
            y=[names[-1]],
            mode="markers",
            showlegend=False,
            marker={
                "symbol": "diamond-open",
                "size": 13,
                "color": PALETTE[3],
                "line": {"width": 2},
            },
            hovertemplate="K / (K + PR) predicts %{x:.2f}<extra></extra>",
        )
    figure.update_xaxes(
        title=f"Procrustes-CKA ({result.estimate})", range=[-0.1, 1.03], zeroline=False
    )
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1])
    figure.update_layout(hovermode="closest", showlegend=False)
    return state(figure, theme, result.facts())


def _name(result: ControlledMatrix, control: Control) -> str:
    name = result.name(control.key)
    return name if control.k == result.shown_k else f"{name} (K = {control.k})"


def _trained(figure: go.Figure, result: ControlledMatrix, name: str, theme: Theme) -> None:
    rows, columns = np.triu_indices(len(result.values), 1)
    titles = [size.title for size in result.matrices.sizes]
    text = [f"{titles[i]} – {titles[j]}" for i, j in zip(rows, columns, strict=True)]
    strip(figure, result.values[rows, columns], text, name, theme.accent)
    error = None
    bounds = result.median_bounds
    if bounds is not None:
        error = {
            "type": "data",
            "array": [bounds[1] - result.median],
            "arrayminus": [result.median - bounds[0]],
            "thickness": 2,
            "width": 6,
            "color": theme.accent,
        }
    bar(figure, result.median, name, theme.accent, error)


def _control(
    figure: go.Figure, control: Control, name: str, theme: Theme, *, debiased: bool
) -> None:
    values = control.flat(debiased=debiased)
    if not np.isfinite(values).any():
        return
    colour = theme.untrained if control.key == "untrained" else theme.muted
    if len(control.repeats) > 1:
        repeats = [theme.encoder(repeat) for repeat in control.repeats]
        strip(figure, control.medians(debiased=debiased), repeats, name, colour)
    else:
        strip(figure, values[0], [name] * values.shape[1], name, colour)
    bar(figure, float(np.nanmedian(values)), name, colour, None)


def strip(figure: go.Figure, x: np.ndarray, text: list[str], name: str, colour: str) -> None:
    """Add one dot per value on the line of this name."""
    figure.add_scatter(
        x=x,
        y=[name] * len(x),
        mode="markers",
        text=text,
        name=name,
        marker={"size": 7, "color": colour, "opacity": 0.55},
        hovertemplate="%{text}: %{x:.2f}<extra></extra>",
    )


def bar(figure: go.Figure, x: float, name: str, colour: str, error: dict[str, Any] | None) -> None:
    """Add the bar at a line's median, with its interval."""
    figure.add_scatter(
        x=[x],
        y=[name],
        mode="markers",
        name=f"{name}, median",
        error_x=error,
        marker={"symbol": "line-ns", "size": 20, "line": {"width": 3, "color": colour}},
        hovertemplate="median %{x:.2f}<extra></extra>",
    )
