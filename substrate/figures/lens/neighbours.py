"""How many nearest neighbours of one image each two encoders have in common."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.lens.neighbours import Neighbours
from substrate.figures import cells
from substrate.figures.theme import SEQUENTIAL, Theme, base, state
from substrate.wording import number


def shared(result: Neighbours, place: int, titles: Mapping[str, str], theme: Theme) -> go.Figure:
    """Draw the counts of all pairs from 0 to all of them; the diagonal has no value."""
    names = [titles[name] for name in result.encoders]
    counts = result.shared(place).astype(np.float32)
    np.fill_diagonal(counts, np.nan)
    figure = base(theme, title="Neighbours that encoders share")
    figure.add_heatmap(
        z=counts,
        zmin=0,
        zmax=max(result.count(place), 1),
        colorscale=SEQUENTIAL,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={"title": {"text": "Shared neighbours"}, "tickformat": "d"},
    )
    fitted = cells.fit(figure, names, names)
    texts = [["" if np.isnan(v) else f"{v:.0f}" for v in row] for row in counts]
    cells.numbers(figure, texts, fitted)
    hovers = [
        f"<b>{a} – {b}</b><br>"
        + ("itself" if i == j else f"{texts[i][j]} of {result.count(place)}")
        for i, a in enumerate(names)
        for j, b in enumerate(names)
    ]
    cells.clicks(figure, counts.shape, fitted, hovers)
    cells.missing(figure, theme)
    return state(figure, theme, facts(result, place))


def facts(result: Neighbours, place: int) -> str:
    """State among what neighbours were sought, and what chance gives."""
    groups = result.size.nouns.group
    return (
        f"the {result.count(place)} nearest of {int(result.among[place])} images of other "
        f"{groups}s · cosine of penultimate features · drawn at "
        f"random: {number(result.by_chance(place))} shared"
    )
