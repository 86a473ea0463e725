"""Correlations of units with their best and their matched partners, sorted, beside nulls."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.units.one_to_one import OneToOne
from substrate.figures.theme import PALETTE, Theme, base, legend_below, reachable, state
from substrate.wording import many, number


def sorted_curves(result: OneToOne, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw r of every unit of A with its best (light) and its matched partner in B (dark)."""
    figure = base(theme, title=f"Units of {names[0]} and their partners in {names[1]}", height=430)
    ends = partner_lines(figure, result.greedy_r, result.matched_r, theme, "r = %{y:.2f}")
    for name, draws, colour, dash in nulls(result, theme):
        level_line(figure, name, draws, ends, colour, dash)
    figure.update_xaxes(title=f"Units of {names[0]}, sorted by r")
    figure.update_yaxes(title="Correlation r", range=reachable(figure))
    legend_below(figure, 3)
    return state(figure, theme, facts(result))


def partner_lines(
    figure: go.Figure, best: np.ndarray, matched: np.ndarray, theme: Theme, hover: str
) -> tuple[float, float]:
    """Draw what units reach with their best and their matched partners; return the ends of x."""
    for name, values, colour, dash in (
        ("Best partner, repeats allowed", best, PALETTE[5], "dash"),
        ("Matched one to one", matched, theme.accent, "solid"),
    ):
        figure.add_scatter(
            x=np.arange(1, len(values) + 1),
            y=values.astype(np.float32),
            mode="lines",
            name=name,
            line={"color": colour, "dash": dash, "width": 2.4},
            hovertemplate=f"%{{x}}: {hover}<extra></extra>",
        )
    return 1.0, float(max(len(best), len(matched)))


def level_line(
    figure: go.Figure,
    name: str,
    draws: np.ndarray,
    ends: tuple[float, float],
    colour: str,
    dash: str,
) -> None:
    """Draw the mean of a null from one end of x to the other; nothing where it has no draws."""
    if not draws.size:
        return
    mean = float(draws.mean())
    figure.add_scatter(
        x=list(ends),
        y=[mean, mean],
        mode="lines",
        name=f"{name}, mean {number(mean)} of {many(len(draws), 'draw')}",
        line={"color": colour, "dash": dash, "width": 1.6},
        hoverinfo="skip",
    )


def nulls(result: OneToOne, theme: Theme) -> list[tuple[str, np.ndarray, str, str]]:
    """Return name, draws, colour and dash of every null that there is."""
    kinds = [
        ("Randomly rotated axes", result.rotations, theme.ink, "dot"),
        ("Units of untrained twins", result.twins, theme.untrained, "dashdot"),
        (
            f"{result.size.nouns.groups.capitalize()} shuffled",
            result.shuffled,
            theme.muted,
            "longdash",
        ),
    ]
    return [one for one in kinds if one[1].size]


def facts(result: OneToOne) -> str:
    """Return what every figure of two layers rests on."""
    place = result.place
    how = "absolute" if result.absolute else "signed"
    return (
        f"{result.size.caption} · {result.positions:,} positions{read_at(result.grids)} · {how} "
        f"correlations · seed {place.seed}"
    )


def read_at(grids: tuple[tuple[int, int], tuple[int, int]]) -> str:
    """Say where a larger map was read at the positions of a smaller one."""
    first, second = grids
    if first == second:
        return ""
    larger, smaller = sorted((first, second), key=lambda grid: -grid[0] * grid[1])
    return f", maps of {larger[0]} x {larger[1]} read at {smaller[0]} x {smaller[1]} (bilinear)"
