"""One unit: how it correlates with the units of the other layer."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.units.one_to_one import OneToOne
from substrate.figures.theme import PALETTE, Theme, base, state
from substrate.figures.units.curves import facts

#: Units of the other layer that are drawn.
PARTNERS = 12


def partners(result: OneToOne, side: int, unit: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the units of the other layer by |r| with a living unit, the closest first, and r."""
    living = (result.living_first, result.living_second)
    r = (result.between if side == 0 else result.between.T)[
        int(np.flatnonzero(living[side] == unit)[0])
    ]
    order = np.argsort(-(np.abs(r) if result.absolute else r), kind="stable")
    return living[1 - side][order], r[order]


def partner_bars(
    result: OneToOne, side: int, unit: int, theme: Theme, names: tuple[str, str]
) -> go.Figure:
    """Draw the closest units of the other layer; the one it is matched to is filled."""
    units, r = (values[:PARTNERS] for values in partners(result, side, unit))
    order = (result.order_first, result.order_second)
    place = np.flatnonzero(order[side] == unit)
    matched = int(order[1 - side][place[0]]) if place.size else -1
    figure = base(theme, title=f"Closest units of {names[1 - side]}", height=150 + 26 * len(units))
    figure.add_scatter(
        x=r,
        y=[f"unit {number + 1}" for number in units],
        mode="markers",
        marker={
            "size": 11,
            "symbol": ["circle" if number == matched else "circle-open" for number in units],
            "color": [theme.accent if number == matched else PALETTE[7] for number in units],
        },
        hovertemplate="%{y}: r = %{x:.2f}<extra></extra>",
        showlegend=False,
        name="units",
        customdata=[[1 - side, int(number)] for number in units],
    )
    figure.update_xaxes(title="Correlation r", range=[-1.02, 1.02])
    figure.update_yaxes(autorange="reversed", type="category")
    return state(figure, theme, f"{facts(result)} · filled: matched one to one")
