"""What encoders share, summarised for every domain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.untrained import UntrainedSharedness
from substrate.figures.theme import Theme, base, reachable, state
from substrate.wording import common_nouns


def by_domain(
    results: Sequence[Sharedness],
    untrained: Sequence[UntrainedSharedness | None],
    theme: Theme,
    *,
    chosen: str = "",
) -> go.Figure:
    """Draw every domain's summary beside its untrained and shuffled panels."""
    figure = base(theme, title="The same in every domain", height=230 + 44 * len(results))
    names = [_domain_label(result, theme) for result in results]
    _nulls_by_domain(figure, results, untrained, names, theme)
    for within in (False, True):
        rows = [i for i, result in enumerate(results) if result.within == within]
        if rows:
            _summaries(figure, [results[i] for i in rows], [names[i] for i in rows], theme, within)
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    figure.update_xaxes(
        title="Leave-encoder-out correlation", range=reachable(figure, axis="x"), zeroline=False
    )
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=True)
    figure.update_layout(
        hovermode="closest",
        margin={"b": 140},
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )
    if chosen in [result.size.domain for result in results]:
        row = len(results) - 1 - [result.size.domain for result in results].index(chosen)
        figure.add_hrect(
            y0=row - 0.5, y1=row + 0.5, fillcolor=theme.null, line={"width": 0}, layer="below"
        )
    first, groups = results[0], common_nouns(r.size.nouns for r in results).groups
    note = (
        f"Mean over {len(first.encoders)} encoders and K = {first.k} directions, weighted by "
        f"variance · {first.whitening} · seed {first.seed}<br>"
        f"tested on held-out {groups}; hollow: on other parts of the same few {groups}"
    )
    return state(figure, theme, note)


def _domain_label(result: Sharedness, theme: Theme) -> str:
    caption = f'<span style="color:{theme.muted}">{result.size.caption}</span>'
    return f"{result.size.title}<br>{caption}"


def _nulls_by_domain(
    figure: go.Figure,
    results: Sequence[Sharedness],
    untrained: Sequence[UntrainedSharedness | None],
    names: Sequence[str],
    theme: Theme,
) -> None:
    shuffled: dict[str, list[tuple[float, str]]] = {}
    for result, n in zip(results, names, strict=True):
        shuffled.setdefault(result.held_out.shuffled, []).extend(
            (v, n) for v in result.shuffled_summaries
        )
    for name, points in shuffled.items():
        figure.add_scatter(
            x=[v for v, _ in points],
            y=[n for _, n in points],
            mode="markers",
            name=name,
            hovertemplate=f"{name.lower()} %{{x:.2f}}<extra></extra>",
            marker={"symbol": "line-ns", "size": 12, "line": {"width": 1.5, "color": theme.muted}},
        )
    twins = [
        (v, n, seed)
        for result, n in zip(untrained, names, strict=True)
        if result is not None
        for v, seed in zip(result.summaries, result.seeds, strict=True)
    ]
    if twins:
        figure.add_scatter(
            x=[v for v, _, _ in twins],
            y=[n for _, n, _ in twins],
            mode="markers",
            name="Untrained panels, each seed",
            text=[f"seed {seed}" for _, _, seed in twins],
            hovertemplate="untrained, %{text}: %{x:.2f}<extra></extra>",
            marker={"symbol": "x-thin", "size": 8, "line": {"width": 2, "color": theme.untrained}},
        )


def _summaries(
    figure: go.Figure,
    results: Sequence[Sharedness],
    names: Sequence[str],
    theme: Theme,
    within: bool,
) -> None:
    values = [result.summary.value for result in results]
    error = None
    if any(result.summary.low is not None for result in results):
        bounds = np.array([[r.summary.low, r.summary.high] for r in results], dtype=np.float64)
        low, high = np.array(values) - bounds[:, 0], bounds[:, 1] - np.array(values)
        error = {
            "type": "data",
            "array": high,
            "arrayminus": low,
            "thickness": 1.5,
            "width": 5,
            "color": theme.accent,
        }
    groups = common_nouns(result.size.nouns for result in results).groups
    label = f"Trained, within few {groups}" if within else "Trained"
    figure.add_scatter(
        x=values,
        y=list(names),
        mode="markers",
        error_x=error,
        name=f"{label}, 95 % CI" if error else label,
        customdata=[[result.size.domain] for result in results],
        hovertemplate="trained %{x:.2f}<extra></extra>",
        marker={
            "symbol": "circle-open" if within else "circle",
            "size": 12,
            "color": theme.accent,
            "line": {"width": 2},
        },
    )
