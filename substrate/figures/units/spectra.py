"""Mean activation spectra: sorted relative means of every encoder, its twins dotted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.units.filters import Filters
from substrate.analyses.units.spectra import Spectra
from substrate.figures.looks import Look
from substrate.figures.theme import Theme, base, legend_below, reached, state
from substrate.figures.whiskers import whiskers

#: Encoders from which all but the first are faint, and how faint.
MANY, FAINT = 8, 0.45


def spectra(
    result: Spectra, looks: Mapping[str, Look], titles: Mapping[str, str], theme: Theme
) -> go.Figure:
    """Draw the relative mean activation of every unit against the share of units above it.

    Of many encoders the first alone has its band and its twins, and the others are faint.
    """
    figure = base(theme, title="Mean activations, sorted", height=470)
    for place, one in enumerate(result.spectra):
        faint = place > 0 and len(result.spectra) >= MANY
        look, share = looks[one.encoder], _share(len(one.means))
        low, high = one.low / one.scale, one.high / one.scale
        if np.isfinite(low).all() and not faint:
            figure.add_scatter(
                x=np.concatenate([share, share[::-1]]),
                y=np.concatenate([high, low[::-1]]),
                fill="toself",
                fillcolor=look.colour,
                opacity=0.18,
                mode="none",
                hoverinfo="skip",
                showlegend=False,
                name=f"{titles[one.encoder]}, 95 % CI",
            )
        figure.add_scatter(
            x=share,
            y=one.means / one.scale,
            mode="lines",
            name=f"{titles[one.encoder]}, {one.layer}",
            line={"color": look.colour, "dash": look.dash, "width": 1.4 if faint else 2.2},
            opacity=FAINT if faint else 1,
            text=[f"unit {unit + 1}" for unit in one.units],
            hovertemplate="%{text}: %{y:.2f}<extra>%{fullData.name}</extra>",
        )
        if len(one.twins) and not faint:
            figure.add_scatter(
                x=share,
                y=one.twins.mean(axis=0),
                mode="lines",
                line={"color": look.colour, "dash": "dot", "width": 1.2},
                opacity=0.8,
                name=f"{titles[one.encoder]}, untrained",
                showlegend=False,
                hovertemplate="%{y:.2f}<extra>%{fullData.name}</extra>",
            )
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="lines",
        line={"color": theme.untrained, "dash": "dot", "width": 1.2},
        name="Untrained twins, each in its encoder's colour",
    )
    figure.update_xaxes(title="Share of units, most active first", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(title="Mean activation / mean size", range=reached(figure))
    legend_below(figure, len(result.spectra) + 1)
    return state(figure, theme, facts(result))


def _share(count: int) -> np.ndarray:
    return (np.arange(count) + 0.5) / count


def facts(result: Spectra) -> str:
    """Return what the figure of spectra rests on."""
    return f"{result.size.caption} · {len(result.from_twins)} draws of untrained twins"


def filters(result: Filters, title: str, theme: Theme) -> go.Figure:
    """Draw the mean activation of every unit against the centre frequency of its filter."""
    figure = base(theme, title=f"Filters of {title}, {result.layer}", height=430)
    ends = zip(result.means, result.low, result.high, strict=True)
    figure.add_scatter(
        x=result.frequencies,
        y=result.means,
        mode="markers",
        marker={"color": theme.accent, "size": 8, "opacity": 0.8},
        error_y=whiskers(ends, theme.muted),
        text=[f"unit {unit + 1}" for unit in range(len(result.means))],
        hovertemplate="%{text}: %{y:.2f} at %{x:.2f} cycles per pixel<extra></extra>",
        name="Units",
        showlegend=False,
    )
    figure.update_xaxes(title="Centre frequency of the filter (cycles per pixel)")
    figure.update_yaxes(title="Mean activation")
    side = f"{result.kernel} x {result.kernel}"
    return state(figure, theme, f"{result.size.caption} · {side} filters")
