"""How variance is spread over directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.directions.spectrum import (
    Spectrum,
)
from substrate.figures.looks import Look, apart, hollow
from substrate.figures.theme import Theme, base, state
from substrate.wording import samples_of

if TYPE_CHECKING:
    from substrate.numerics.estimates import Estimate


def eigenspectra(spectra: Sequence[Spectrum], theme: Theme) -> go.Figure:
    """Draw shares of variance against rank on logarithmic axes, with the gaps below them."""
    figure = base(theme, title="Eigenspectra and eigengaps", height=600)
    own = [theme.look(spectrum.encoder, index) for index, spectrum in enumerate(spectra)]
    for spectrum, look in zip(spectra, apart(own, theme.ink), strict=True):
        _spectrum(figure, spectrum, theme, look)
        _gaps(figure, spectrum, look)
    for error in sorted({spectrum.sampling_error for spectrum in spectra}):
        figure.add_shape(
            type="line",
            xref="x domain",
            x0=0,
            x1=1,
            yref="y2",
            y0=error,
            y1=error,
            line={"color": theme.muted, "dash": "dot", "width": 1.5},
        )
    longest = max(len(spectrum.shares) for spectrum in spectra)
    style = figure.layout.yaxis.to_plotly_json()
    figure.update_layout(
        xaxis={
            "type": "log",
            "title": "rank of the direction",
            "anchor": "y2",
            "range": [-0.05, float(np.log10(longest)) + 0.05],
            "tickvals": [t for t in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512) if t <= longest],
        },
        yaxis={
            "type": "log",
            "title": "share of variance",
            "domain": [0.4, 1.0],
            "tickformat": ".0%" if longest < 2 else "~%",
            "dtick": 1,
            "minor": {"ticks": ""},
        },
        yaxis2={
            **style,
            "title": {"text": "nearest gap"},
            "domain": [0.0, 0.3],
            "range": [0, 1.05],
            "tickvals": [0, 0.5, 1],
        },
        legend={"y": -0.17},
        margin={"b": 150},
    )
    return state(figure, theme, "<br>".join(_facts(spectrum, theme) for spectrum in spectra))


def _facts(spectrum: Spectrum, theme: Theme) -> str:
    samples = samples_of(spectrum.n, spectrum.photographs, spectrum.nouns)
    return (
        f"{theme.layer(spectrum.encoder, spectrum.layer, spectrum.domain)}: effective rank "
        f"{estimate(spectrum.effective_rank)}<br>{samples} · whitening {spectrum.scaling} · "
        f"seed {spectrum.seed}"
    )


def estimate(value: Estimate) -> str:
    """Write a number with its interval, if it has one."""
    if value.low is None or value.high is None:
        return f"{value.value:.1f}"
    return f"{value.value:.1f} [{value.low:.1f}, {value.high:.1f}]"


def _spectrum(figure: go.Figure, spectrum: Spectrum, theme: Theme, look: Look) -> None:
    name = theme.layer(spectrum.encoder, "", spectrum.domain)
    shares = spectrum.shares[spectrum.shares > 0]
    rank = np.arange(1, len(shares) + 1)
    near = spectrum.near[: len(shares)]
    sizes = np.where(rank <= 64, 6, 0)
    figure.add_scatter(
        x=rank,
        y=shares,
        mode="lines+markers",
        name=name,
        legendgroup=name,
        line={"color": look.colour, "dash": look.dash, "width": 2},
        marker={
            "symbol": [hollow(look.marker) if n else look.marker for n in near],
            "size": sizes,
            "line": {"width": 1.2, "color": look.colour},
        },
        hovertemplate=f"{name}<br>direction %{{x}}: %{{y:.2%}}<extra></extra>",
    )
    _chance(figure, spectrum, name, look)
    _twins(figure, spectrum, name, theme, look)
    _rank_mark(figure, spectrum.effective_rank, look)


def _chance(figure: go.Figure, spectrum: Spectrum, name: str, look: Look) -> None:
    if spectrum.chance is not None:
        chance = spectrum.chance[spectrum.chance > 0]
        figure.add_scatter(
            x=np.arange(1, len(chance) + 1),
            y=chance,
            mode="lines",
            hoverinfo="skip",
            line={"color": look.colour, "dash": "dot", "width": 1.2},
            opacity=0.8,
            name="its units shuffled (95 %)",
            legendgroup=name,
        )


def _twins(figure: go.Figure, spectrum: Spectrum, name: str, theme: Theme, look: Look) -> None:
    if len(spectrum.untrained):
        middle = np.median(spectrum.untrained, axis=0)
        middle = middle[middle > 0]
        figure.add_scatter(
            x=np.arange(1, len(middle) + 1),
            y=middle,
            mode="lines",
            hoverinfo="skip",
            line={"color": theme.untrained, "dash": look.dash, "width": 1.2},
            name=f"its untrained twins (median of {len(spectrum.untrained)})",
            legendgroup=name,
        )


def _rank_mark(figure: go.Figure, value: Estimate, look: Look) -> None:
    figure.add_shape(
        type="line",
        xref="x",
        x0=value.value,
        x1=value.value,
        yref="y domain",
        y0=0,
        y1=1,
        line={"color": look.colour, "dash": look.dash, "width": 1},
    )
    if value.low is not None and value.high is not None and value.low > 0:
        figure.add_shape(
            type="rect",
            xref="x",
            x0=value.low,
            x1=value.high,
            yref="y domain",
            y0=0,
            y1=1,
            line={"width": 0},
            fillcolor=look.colour,
            opacity=0.12,
        )


def _gaps(figure: go.Figure, spectrum: Spectrum, look: Look) -> None:
    shown = spectrum.isolation[: min(64, len(spectrum.isolation))]
    figure.add_scatter(
        x=np.arange(1, len(shown) + 1),
        y=shown,
        yaxis="y2",
        mode="lines+markers",
        line={"color": look.colour, "dash": look.dash, "width": 1},
        marker={"symbol": look.marker, "size": 4},
        showlegend=False,
        hovertemplate="direction %{x}: nearest eigenvalue %{y:.0%} away<extra></extra>",
    )
