"""Directions that flow from encoder to encoder, or from layer to layer."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.encoders.flow import Flow
from substrate.figures.cells import text_width
from substrate.figures.theme import Theme, base, colour, state
from substrate.wording import number, percent


def flow(result: Flow, titles: dict[str, str], theme: Theme) -> go.Figure:
    """Draw an alluvial of matches; a band is as wide as the squared correlation."""
    steps, k = result.shares.shape
    title = "Directions from layer to layer" if result.layers_of else "Directions across encoders"
    figure = base(theme, title=title, height=560)
    source, target, value, colours, text = [], [], [], [], []
    for s in range(steps - 1):
        correlations = np.nan_to_num(result.correlations[s])
        for i, j in np.argwhere(result.joined(s)):
            source.append(s * k + i)
            target.append((s + 1) * k + j)
            value.append(float(correlations[i, j] ** 2))
            colours.append(_faint(colour(int(i))))
            chance = "" if result.reason else f", by chance under {number(result.taus[s])}"
            text.append(f"r = {number(correlations[i, j])}{chance}")
    names = [titles.get(step, step) for step in result.steps]
    # Plotly drops nodes without links but not their places, so only linked nodes are handed over.
    nodes = sorted({*source, *target})
    place = {node: index for index, node in enumerate(nodes)}
    figure.add_sankey(
        arrangement="snap",
        domain={"y": [0.02, 0.97]},
        node={
            "label": [str(node % k + 1) for node in nodes],
            "x": [min(0.999, max(0.001, node // k / (steps - 1))) for node in nodes],
            "y": [(node % k + 0.5) / k for node in nodes],
            "color": [colour(int(node) % k) for node in nodes],
            "customdata": [
                f"{names[node // k]}, direction {node % k + 1}, "
                f"{percent(float(result.shares[node // k, node % k]), 1)} of variance"
                for node in nodes
            ],
            "hovertemplate": "%{customdata}<extra></extra>",
            "pad": 8,
            "thickness": 12,
            "line": {"width": 0},
        },
        link={
            "source": [place[node] for node in source],
            "target": [place[node] for node in target],
            "value": value,
            "color": colours,
            "customdata": text,
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    )
    slanted = steps > 5
    for s, name in enumerate(names):
        figure.add_annotation(
            x=s / (steps - 1),
            y=-0.02,
            xref="paper",
            yref="paper",
            text=name,
            showarrow=False,
            yanchor="top",
            xanchor="right" if s or slanted else "left",
            textangle=-25 if slanted else 0,
            font={"size": 14},
        )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.update_layout(margin={"b": 90, "l": 24 + slanted * int(max(map(text_width, names)))})
    groups = result.size.nouns.groups
    bands = (
        f"each direction's largest alone, within these {groups}<br>{result.reason}"
        if result.reason
        else f"bands below the largest of 95 % of 199 permutations of {groups} are left out"
    )
    facts = f"{result.n_test} held-out of {result.size.caption} · K = {k} · {result.units.text}"
    return state(
        figure,
        theme,
        f"{facts} · seed {result.seed}<br>width: squared correlation; {bands}; no interval".replace(
            ".;", ";"
        ),
    )


def _faint(hexadecimal: str) -> str:
    red, green, blue = (int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.38)"
