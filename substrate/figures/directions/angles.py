"""How much two leading subspaces share, angle by angle, beside chance and untrained twins."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.directions.principal_angles import Angles
from substrate.figures.shared import band
from substrate.figures.theme import Theme, base, state


def principal_angles(angles: Angles, theme: Theme) -> go.Figure:
    """Draw the cosines of the principal angles with their interval, null band and twins."""
    figure = base(theme, title="Principal angles of the leading subspaces", height=600)
    rank = np.arange(1, len(angles.cosines) + 1)
    _null_band(figure, angles, rank, theme)
    _twins(figure, angles, rank, theme)
    _cosines(figure, angles, rank, theme)
    figure.update_yaxes(title="cosine of the angle", range=[0, 1.05])
    figure.update_xaxes(title="principal angle", range=[0.5, len(rank) + 0.5], dtick=_step(rank))
    figure.update_layout(margin={"b": 150}, legend={"y": -0.17})
    return state(figure, theme, "<br>".join(_angle_facts(angles, theme)))


def _null_band(figure: go.Figure, angles: Angles, rank: np.ndarray, theme: Theme) -> None:
    if angles.null_low is None or angles.null_high is None:
        return
    band(figure, rank, angles.null_low, angles.null_high, theme.null, _null_name(angles))


def _null_name(angles: Angles) -> str:
    """Name the band; below ten photographs it is no level to exceed."""
    if angles.above is None:
        return angles.null_kind
    return f"chance, 5 to 95 % ({angles.null_kind})"


def _twins(figure: go.Figure, angles: Angles, rank: np.ndarray, theme: Theme) -> None:
    if not len(angles.untrained):
        return
    figure.add_scatter(
        x=rank[: angles.untrained.shape[1]],
        y=np.median(angles.untrained, axis=0),
        mode="lines+markers",
        name=f"untrained twins (median of {len(angles.untrained)})",
        line={"color": theme.untrained, "dash": "dot"},
        marker={"symbol": "square", "size": 5},
    )


def _cosines(figure: go.Figure, angles: Angles, rank: np.ndarray, theme: Theme) -> None:
    bars = None
    if angles.low is not None and angles.high is not None:
        bars = {
            "type": "data",
            "symmetric": False,
            "array": angles.high - angles.cosines,
            "arrayminus": angles.cosines - angles.low,
            "thickness": 1,
            "width": 2,
        }
    figure.add_scatter(
        x=rank,
        y=angles.cosines,
        mode="lines+markers",
        error_y=bars,
        name="cosine",
        line={"color": theme.accent},
        marker={"symbol": "circle", "size": 7},
        hovertemplate="angle %{x}: cosine %{y:.2f}<extra></extra>",
    )


def _step(rank: np.ndarray) -> int:
    return 1 if len(rank) <= 20 else 4


def _angle_facts(angles: Angles, theme: Theme) -> list[str]:
    facts = angles.facts
    lines = [
        f"{theme.written(angles.name_a)} and {theme.written(angles.name_b)}",
        f"{theme.domain(facts.domain)}: {facts.samples} · K {len(angles.cosines)}"
        f" · whitening {facts.scaled} · seed {facts.seed}",
    ]
    reason = " ".join(filter(None, (angles.null_reason, angles.interval_reason)))
    held_out = "" if facts.n_test == facts.n else f"{facts.n_test} to test on · "
    return [*lines, reason or f"{held_out}bars: 95 % jackknife of {facts.nouns.groups}"]
