"""One shared direction: its agreement in each encoder, its scores, what it follows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.responses import Responses
from substrate.analyses.sharedness.wall import Wall
from substrate.figures.theme import Theme, base, reachable, state
from substrate.figures.whiskers import whiskers

_BINS = 30
#: Image statistics that are drawn of a direction, the most closely followed ones.
STATISTICS = 12


def agreement(result: Wall, direction: int, titles: Mapping[str, str], theme: Theme) -> go.Figure:
    """Draw each encoder's correlation with the others along a direction, beside its nulls."""
    shared = result.shared
    names = [titles[name] for name in shared.encoders]
    looks = [theme.look(name, place) for place, name in enumerate(shared.encoders)]
    figure = base(theme, title="Agreement in each encoder", height=170 + 32 * len(names))
    value = shared.correlations[:, direction]
    if np.isfinite(result.twins[:, direction]).any():
        figure.add_scatter(
            x=result.twins[:, direction],
            y=names,
            mode="markers",
            name=f"95 % level of untrained panels ({result.draws} draws), same rank",
            marker={
                "symbol": "line-ns",
                "size": 16,
                "line": {"width": 3, "color": theme.untrained},
            },
            hovertemplate="untrained %{x:.2f}<extra></extra>",
        )
    ends = zip(value, shared.low[:, direction], shared.high[:, direction], strict=True)
    figure.add_scatter(
        x=value,
        y=names,
        mode="markers",
        error_x=whiskers(ends, theme.muted, width=3),
        name="correlation with the other encoders",
        marker={
            "size": 10,
            "symbol": [look.marker for look in looks],
            "color": [look.colour for look in looks],
        },
        hovertemplate="%{y}: %{x:.2f}<extra></extra>",
    )
    if result.level is not None:
        figure.add_vline(result.level, line={"color": theme.muted, "dash": "dot"})
    figure.update_xaxes(title="held-out correlation", range=reachable(figure, axis="x"))
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_layout(
        margin={"b": 90}, legend={"yref": "container", "y": 0, "yanchor": "bottom"}
    )
    level = "" if result.level is None else " · dotted: largest cell of shuffled panels"
    return state(figure, theme, f"{_facts(shared)}{level}")


def score_spread(shared: Sharedness, direction: int, theme: Theme) -> go.Figure:
    """Draw how the held-out samples' panel scores on a direction are spread, in deviations."""
    scores = shared.scores[:, direction] / shared.scores[:, direction].std()
    counts, edges = np.histogram(scores, bins=_BINS)
    figure = base(theme, title="Scores of the samples", height=260)
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker={"color": theme.accent, "line": {"width": 0.5, "color": theme.paper}},
        hovertemplate="%{y} samples at %{x:.1f}<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(title="score of the panel, in standard deviations")
    figure.update_yaxes(title="samples")
    figure.update_layout(bargap=0)
    return state(figure, theme, _facts(shared))


def correlates(result: Responses, direction: int, theme: Theme) -> go.Figure:
    """Draw the image statistics that a direction's scores follow most closely."""
    row = result.correlations[direction]
    finite = np.flatnonzero(np.isfinite(row))
    chosen = finite[np.argsort(-np.abs(row[finite]), kind="stable")][:STATISTICS]
    figure = base(theme, title="Correlation with image statistics", height=120 + 26 * len(chosen))
    low, high = result.low[direction, chosen], result.high[direction, chosen]
    ends = zip(row[chosen], low, high, strict=True)
    figure.add_scatter(
        x=row[chosen],
        y=[result.names[i] for i in chosen],
        mode="markers",
        error_x=whiskers(ends, theme.accent, width=3),
        marker={"size": 9, "color": theme.accent},
        hovertemplate="%{y}: %{x:.2f}<extra></extra>",
        showlegend=False,
    )
    if np.isfinite(result.tau):
        for edge in (-result.tau, result.tau):
            figure.add_vline(edge, line={"color": theme.muted, "dash": "dot"})
    figure.update_xaxes(title="correlation with the panel's scores", range=[-1.02, 1.02])
    figure.update_yaxes(autorange="reversed", type="category")
    beyond = result.no_chance or "dotted: the largest cell by chance (95 % of permutations)"
    return state(figure, theme, f"{result.n_test} held-out of {result.size.caption} · {beyond}")


def _facts(shared: Sharedness) -> str:
    return (
        f"{shared.n_test} held-out of {shared.size.caption} · K = {shared.k} · "
        f"{shared.whitening} · seed {shared.seed}"
    )
