"""One image before the detector: the probability of each domain, and its substrate scores."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.detector.image import DetectionResult
from substrate.analyses.detector.tables import probability_table
from substrate.figures.theme import Theme, base, state


def probabilities(result: DetectionResult, theme: Theme, titles: Mapping[str, str]) -> go.Figure:
    """Draw the probability that the classifier gives to each domain."""
    table = probability_table(result)
    rows = list(range(len(table)))
    figure = base(theme, title="Probability of each domain", height=190 + 34 * len(rows))
    figure.add_bar(
        x=table["probability"].tolist(),
        y=rows,
        orientation="h",
        marker={"color": theme.accent if result.inside else theme.missing},
        text=[f"{value:.1%}" for value in table["probability"]],
        textposition="auto",
        name="probability",
        hovertemplate="%{x:.2%}<extra></extra>",
    )
    figure.update_yaxes(
        tickvals=rows,
        ticktext=[titles[name] for name in table["domain"]],
        range=[len(rows) - 0.5, -0.5],
        zeroline=False,
    )
    figure.update_xaxes(title="Probability", range=[0, 1.02], tickformat=".0%")
    return state(figure, theme, result.facts)


def image_scores(result: DetectionResult, theme: Theme) -> go.Figure:
    """Draw an image's substrate scores in deviations of the training samples."""
    figure = base(theme, title="Substrate scores of this image", height=360)
    figure.add_hrect(-2, 2, fillcolor=theme.null, line_width=0)
    figure.add_bar(
        x=list(range(1, len(result.scores) + 1)),
        y=result.scores,
        marker={"color": theme.accent},
        name="score",
        hovertemplate="direction %{x}: %{y:.2f}<extra></extra>",
    )
    reach = max(3.0, 1.1 * float(np.abs(result.scores).max()))
    figure.update_yaxes(title="Deviations of the training samples", range=[-reach, reach])
    figure.update_xaxes(title="Direction of the substrate")
    return state(figure, theme, "grey band: two deviations either way")
