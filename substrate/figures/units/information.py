"""Mutual information of matched units: sorted curves, and beside their correlation."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.units.mutual_information import MutualInformation
from substrate.figures.theme import Theme, base, legend_below, reached, state
from substrate.figures.units.curves import level_line, partner_lines, read_at

#: Correlations at which the curve of Gaussian variables is drawn; it is endless at 1.
GAUSSIAN = np.linspace(-0.995, 0.995, 200)


def sorted_information(
    result: MutualInformation, theme: Theme, names: tuple[str, str]
) -> go.Figure:
    """Draw the information of every unit of A with its best and its matched partner in B."""
    figure = base(
        theme, title=f"Information that units of {names[0]} share with {names[1]}", height=430
    )
    ends = partner_lines(figure, result.greedy_bits, result.matched_bits, theme, "%{y:.2f} bits")
    groups = result.size.nouns.groups.capitalize()
    level_line(figure, "Units of untrained twins", result.twins, ends, theme.untrained, "dashdot")
    level_line(figure, f"{groups} shuffled", result.shuffled, ends, theme.muted, "longdash")
    figure.update_xaxes(title=f"Units of {names[0]}, sorted by information")
    figure.update_yaxes(title="Mutual information (bits)", range=reached(figure))
    legend_below(figure, 3)
    return state(figure, theme, facts(result))


def beside_correlation(
    result: MutualInformation, theme: Theme, names: tuple[str, str]
) -> go.Figure:
    """Draw the held-out information of matched pairs against their correlation.

    The line is that of Gaussian variables, whose information is -log2(1 - r^2) / 2.
    """
    figure = base(theme, title="Information and correlation of matched units", height=430)
    pairs = result.pairs
    top = float(max(pairs.bits.max(), 0.1))
    gaussian = -0.5 * np.log2(1 - GAUSSIAN**2)
    below = gaussian <= top * 1.2
    figure.add_scatter(
        x=GAUSSIAN[below],
        y=gaussian[below],
        mode="lines",
        name="Two Gaussian variables",
        line={"color": theme.muted, "dash": "dash", "width": 1.8},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=pairs.r.astype(np.float32),
        y=pairs.bits.astype(np.float32),
        mode="markers",
        name="Pairs matched by information",
        marker={"color": theme.accent, "size": 7, "opacity": 0.75},
        text=[f"A {a + 1}, B {b + 1}" for a, b in zip(pairs.first, pairs.second, strict=True)],
        hovertemplate="%{text}: %{y:.2f} bits, r = %{x:.2f}<extra></extra>",
    )
    figure.update_xaxes(title="Held-out correlation r", range=[-1.02, 1.02], zeroline=True)
    figure.update_yaxes(title="Held-out mutual information (bits)")
    legend_below(figure, 2)
    return state(figure, theme, facts(result))


def facts(result: MutualInformation) -> str:
    """Return what every figure of information rests on."""
    return (
        f"{result.size.caption} · {result.counted:,} positions, "
        f"{result.positions_per_image} of each{read_at(result.grids)} · 10 bins and one for "
        f"zeros · seed {result.place.seed}"
    )
