"""How every score orders encoders on every labelled domain, and on average."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.transfer.all_domains import DomainsResult
from substrate.analyses.transfer.tables import NAMES
from substrate.figures.shared import error_bar, name_rows
from substrate.figures.theme import DIVERGING, Theme, base, state
from substrate.wording import signed


def domains_heatmap(
    result: DomainsResult, against: str, theme: Theme, titles: Mapping[str, str]
) -> go.Figure:
    """Draw Kendall's tau of every score (rows) on every domain (columns), the mean at the right."""
    means = [np.nan if m is None else m.value for m in result.means[against]]
    z = np.column_stack([result.taus[against], means]).astype(np.float32)
    names = [*(titles[domain] for domain in result.domains), "<b>mean</b>"]
    figure = base(theme, title=f"Kendall's τ with the {against}", height=250 + 34 * len(z))
    figure.add_heatmap(
        z=z,
        zmin=-1,
        zmax=1,
        zmid=0,
        colorscale=DIVERGING,
        xgap=1,
        ygap=1,
        text=[["" if np.isnan(v) else signed(float(v)) for v in row] for row in z],
        texttemplate="%{text}",
        customdata=[[[NAMES[s], d] for d in names] for s in result.scores],
        hovertemplate="%{customdata[0]} on %{customdata[1]}: %{z:.3f}<extra></extra>",
        colorbar={"title": {"text": "τ", "side": "right"}, "thickness": 12},
    )
    figure.update_xaxes(
        tickvals=list(range(len(names))), ticktext=names, tickangle=-35, showgrid=False
    )
    figure.update_yaxes(
        tickvals=list(range(len(z))),
        ticktext=[NAMES[s] for s in result.scores],
        autorange="reversed",
        showgrid=False,
    )
    figure.add_vline(len(result.domains) - 0.5, line={"color": theme.ink, "width": 2})
    figure.update_layout(plot_bgcolor=theme.missing, margin={"b": 90})
    return state(
        figure, theme, f"{result.encoders} encoders, folds seed {result.seed}<br>grey: no value"
    )


def domains_means(result: DomainsResult, against: str, theme: Theme) -> go.Figure:
    """Draw the mean over domains of every score's tau, with its interval over encoders."""
    figure = base(theme, title="Mean over domains", height=200 + 34 * len(result.scores))
    known = [(i, mean) for i, mean in enumerate(result.means[against]) if mean is not None]
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    figure.add_scatter(
        x=[mean.value for _, mean in known],
        y=[i for i, _ in known],
        mode="markers",
        name="measured, 95 % interval over encoders",
        marker={"size": 10, "color": theme.accent},
        error_x=error_bar([mean for _, mean in known], theme.accent),
        text=[NAMES[result.scores[i]] for i, _ in known],
        hovertemplate="%{text}: %{x:.2f}<extra></extra>",
    )
    name_rows(figure, [NAMES[key] for key in result.scores])
    figure.update_xaxes(title=f"Mean τ with the {against}", range=[-1.05, 1.05])
    return state(figure, theme, f"{result.encoders} encoders, {len(result.domains)} domains")
