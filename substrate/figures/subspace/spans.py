"""Grassmann similarity and rotation disparity between domains, and their controls."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.shared.samples import median_of
from substrate.analyses.subspace.spans import (
    MEASURES,
    Spans,
)
from substrate.analyses.subspace.tables import span_table
from substrate.figures import cells
from substrate.figures.subspace.controls import (
    bar,
    strip,
)
from substrate.figures.theme import (
    PALETTE,
    SEQUENTIAL,
    Theme,
    base,
    state,
)
from substrate.wording import between, common_nouns, number

#: The largest value that each measure can take.
LARGEST = (1.0, 2.0)


def matrix(result: Spans, measure: int, theme: Theme) -> go.Figure:
    """Draw one measure between all domains, on its whole range; a dagger marks few photographs."""
    count = len(result.sizes)
    labels = [size.title + (" †" if size.within else "") for size in result.sizes]
    name, reversed_scale = MEASURES[measure], "_r" if measure else ""
    title = f"{name[0].upper()}{name[1:]} by domain"
    figure = base(theme, title=title)
    values = result.values[measure]
    figure.add_heatmap(
        z=values.astype(np.float32),
        zmin=0.0,
        zmax=LARGEST[measure],
        xgap=1,
        ygap=1,
        colorscale=SEQUENTIAL + reversed_scale,
        hoverinfo="skip",
        colorbar={"title": {"text": name, "side": "right"}, "thickness": 12},
    )
    fitted = cells.fit(figure, labels, labels)
    shown = [[number(float(v)) if np.isfinite(v) else "" for v in row] for row in values]
    cells.numbers(figure, shown, fitted)
    hovers = [_hover(result, measure, i, j) for i in range(count) for j in range(count)]
    cells.clicks(figure, values.shape, fitted, hovers)
    cells.missing(figure, theme)
    groups = common_nouns(size.nouns for size in result.sizes).groups
    few = f" · † under 10 {groups}: value only" if any(s.within for s in result.sizes) else ""
    return state(figure, theme, f"{_facts(result)}<br>{_counts(result)}{few}")


def controls(result: Spans, measure: int, theme: Theme) -> go.Figure:
    """Draw the trained panel's pairs above each control, with what random bases should give."""
    named = list(result.controls(measure))
    figure = base(theme, title="The same measure on its controls", height=206 + 36 * len(named))
    table = span_table(result, measure)
    pairs = [f"{a} – {b}" for a, b in zip(table["first"], table["second"], strict=True)]
    strip(figure, table["value"].to_numpy(), pairs, "Trained panel", theme.accent)
    error, bounds, median = None, result.bounds(measure), result.median(measure)
    if bounds is not None:
        error = {
            "type": "data",
            "array": [bounds[1] - median],
            "thickness": 2,
            "width": 6,
            "arrayminus": [median - bounds[0]],
            "color": theme.accent,
        }
    bar(figure, median, "Trained panel", theme.accent, error)
    for name, draws in named:
        there = draws[np.isfinite(draws)]
        if there.size:
            colour = theme.untrained if name.startswith("Untrained") else theme.muted
            strip(figure, there, [name] * there.size, name, colour)
            bar(figure, median_of(there), name, colour, None)
    if measure == 0:
        figure.add_scatter(
            x=[result.k / result.width],
            y=["Random bases"],
            mode="markers",
            showlegend=False,
            marker={
                "symbol": "diamond-open",
                "size": 13,
                "color": PALETTE[3],
                "line": {"width": 2},
            },
            hovertemplate="K / D predicts %{x:.3f}<extra></extra>",
        )
    low = -0.05 * LARGEST[measure]
    figure.update_xaxes(
        title=MEASURES[measure], range=[low, 1.03 * LARGEST[measure]], zeroline=False
    )
    order = ["Trained panel", *(name for name, _ in named)]
    figure.update_yaxes(categoryorder="array", categoryarray=order[::-1])
    figure.update_layout(hovermode="closest", showlegend=False)
    return state(figure, theme, _facts(result))


def _facts(result: Spans) -> str:
    space = f"K = {result.k} of D = {result.width}"
    return f"{len(result.encoders)} encoders · {space} · {result.whitening}"


def _counts(result: Spans) -> str:
    counts = sorted({size.n for size in result.sizes})
    return f"n {counts[0]}" + (f" to {counts[-1]}" if len(counts) > 1 else "") + " per domain"


def _hover(result: Spans, measure: int, i: int, j: int) -> str:
    first, second = result.sizes[i], result.sizes[j]
    value = result.values[measure, i, j]
    lines = [f"<b>{first.title} – {second.title}</b>", f"{MEASURES[measure]} {number(value)}"]
    low, high = result.intervals.low[measure, i, j], result.intervals.high[measure, i, j]
    if np.isfinite(low):
        lines.append(between(low, high))
    elif i != j:
        lines.append(
            f"no interval: under 10 {common_nouns((first.nouns, second.nouns)).groups}"
            if first.within or second.within
            else "no interval for this K"
        )
    if i != j and result.seeds:
        lines.append(f"untrained {number(float(np.median(result.untrained[measure, :, i, j])))}")
    return "<br>".join(lines)
