"""How every score orders encoders on every labelled domain, and on average."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.transfer.all_domains import DomainsResult
from substrate.analyses.transfer.tables import NAMES
from substrate.figures import cells
from substrate.figures.shared import error_bar, name_rows
from substrate.figures.theme import Theme, base, reached, state
from substrate.wording import signed


def domains_heatmap(
    result: DomainsResult, against: str, theme: Theme, titles: Mapping[str, str]
) -> go.Figure:
    """Draw Kendall's tau of every score (rows) on every domain (columns), the mean at the right."""
    means = [np.nan if m is None else m.value for m in result.means[against]]
    z = np.column_stack([result.taus[against], means]).astype(np.float32)
    names = [*(titles[domain] for domain in result.domains), "mean"]
    scores = [NAMES[score] for score in result.scores]
    figure = base(theme, title=f"Kendall's τ with the {against}")
    figure.add_heatmap(
        z=z,
        zmin=-1,
        zmax=1,
        zmid=0,
        colorscale=theme.diverging,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={"title": {"text": "τ", "side": "right"}, "thickness": 12},
    )
    fitted = cells.fit(figure, scores, names)
    texts = [["" if np.isnan(v) else signed(float(v)) for v in row] for row in z]
    cells.numbers(figure, texts, fitted)
    hovers = [
        f"{a} on {b}: {texts[i][j] or 'no value'}"
        for i, a in enumerate(scores)
        for j, b in enumerate(names)
    ]
    cells.clicks(figure, z.shape, fitted, hovers)
    figure.add_vline(len(result.domains) - 0.5, line={"color": theme.ink, "width": 2})
    cells.missing(figure, theme)
    return state(
        figure, theme, f"{result.encoders} encoders, folds seed {result.seed}<br>grey: no value"
    )


def domains_means(result: DomainsResult, against: str, theme: Theme) -> go.Figure:
    """Draw the mean over domains of every score's tau, with its interval over encoders."""
    figure = base(theme, title="Mean over domains", height=200 + 34 * len(result.scores))
    means = [(i, mean) for i, mean in enumerate(result.means[against]) if mean is not None]
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    figure.add_scatter(
        x=[mean.value for _, mean in means],
        y=[i for i, _ in means],
        mode="markers",
        name="measured, 95 % CI over encoders",
        marker={"size": 10, "color": theme.accent},
        error_x=error_bar([mean for _, mean in means], theme.accent),
        text=[NAMES[result.scores[i]] for i, _ in means],
        hovertemplate="%{text}: %{x:.2f}<extra></extra>",
    )
    name_rows(figure, [NAMES[key] for key in result.scores])
    figure.update_xaxes(title=f"Mean τ with the {against}", range=reached(figure, axis="x"))
    return state(figure, theme, f"{result.encoders} encoders, {len(result.domains)} domains")
