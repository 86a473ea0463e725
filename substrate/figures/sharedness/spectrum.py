"""The sharedness spectrum: by direction for one domain, and summarised for every domain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.untrained import UntrainedSharedness
from substrate.exhibits.sharedness.words import (
    facts,
)
from substrate.figures.theme import PALETTE, Theme, base, colour, series_marker, state
from substrate.wording import (
    number,
)

#: Seeds from which a percentile of untrained twins may be drawn instead of each seed.
PERCENTILE_SEEDS = 20
UNTRAINED_COLOUR = PALETTE[1]
UNTRAINED_FILL = "rgba(230,159,0,0.25)"


def spectrum(
    found: Sharedness,
    untrained: UntrainedSharedness | None,
    theme: Theme,
    *,
    titles: dict[str, str],
    chosen: int | None = None,
) -> go.Figure:
    """Draw each encoder's leave-encoder-out correlation by direction, between null and ceiling."""
    legend = 60 + 20 * (2 + len(found.encoders) // 4)
    title = f"What encoders share on {found.size.title}"
    figure = base(theme, title=title, height=400 + legend)
    k = np.arange(1, found.k + 1)
    _shuffled(figure, found, k, theme)
    if untrained is not None:
        _untrained(figure, untrained, theme)
    ceiling = _median_over_encoders(found.ceiling)
    figure.add_scatter(
        x=k, y=ceiling, mode="lines", name="Split-half ceiling",
        line={"color": PALETTE[2], "dash": "dash", "width": 2}, connectgaps=False,
        hovertemplate="ceiling %{y:.2f}<extra></extra>",
    )  # fmt: skip
    _mean(figure, found, k, theme)
    _dots(figure, found, k, theme, titles)
    if chosen is not None:
        figure.add_vrect(
            x0=chosen + 0.5, x1=chosen + 1.5, line={"width": 1, "color": theme.ink},
            fillcolor=theme.null, layer="below",
        )  # fmt: skip
    figure.add_hline(0, line={"color": theme.muted, "width": 1})
    figure.update_xaxes(title="Direction of the shared subspace", dtick=1 if found.k <= 24 else 4,
                        range=[0.4, found.k + 0.6], zeroline=False)  # fmt: skip
    figure.update_yaxes(title="Correlation with the other encoders", range=[-1.02, 1.02])
    figure.update_layout(
        hovermode="closest", margin={"t": 84, "b": legend},
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )  # fmt: skip
    return state(figure, theme, _two_lines(facts(found, untrained)))


def _shuffled(figure: go.Figure, found: Sharedness, k: np.ndarray, theme: Theme) -> None:
    low, high = np.quantile(found.shuffled, [0.025, 0.975], axis=(0, 1))
    figure.add_scatter(
        x=np.concatenate([k, k[::-1]]), y=np.concatenate([low, high[::-1]]), fill="toself",
        mode="lines", line={"width": 0}, fillcolor=theme.null, hoverinfo="skip",
        name="Images shuffled between encoders, middle 95 %",
    )  # fmt: skip


def _untrained(figure: go.Figure, untrained: UntrainedSharedness, theme: Theme) -> None:
    means = untrained.correlations.mean(axis=1)
    k = np.arange(1, means.shape[1] + 1)
    if len(untrained.seeds) >= PERCENTILE_SEEDS:
        low, high = np.quantile(means, [0.05, 0.95], axis=0)
        figure.add_scatter(
            x=np.concatenate([k, k[::-1]]), y=np.concatenate([low, high[::-1]]), fill="toself",
            mode="lines", line={"width": 0}, fillcolor=UNTRAINED_FILL, hoverinfo="skip",
            name=f"Untrained panels, middle 90 % of {len(untrained.seeds)} seeds",
        )  # fmt: skip
        return
    for seed, mean in zip(untrained.seeds, means, strict=True):
        figure.add_scatter(
            x=k, y=mean, mode="lines", legendgroup="untrained", name="Untrained panels, each seed",
            showlegend=seed == untrained.seeds[0],
            line={"color": UNTRAINED_COLOUR, "dash": "dot", "width": 1.5},
            hovertemplate=f"untrained, seed {seed}: %{{y:.2f}}<extra></extra>",
        )  # fmt: skip


def _median_over_encoders(values: np.ndarray) -> np.ndarray:
    """Median of the encoders that have a ceiling, where at least half of them do."""
    enough = np.isfinite(values).sum(axis=0) * 2 >= len(values)
    out = np.full(values.shape[1], np.nan)
    out[enough] = np.nanmedian(values[:, enough], axis=0)
    return out


def _mean(figure: go.Figure, found: Sharedness, k: np.ndarray, theme: Theme) -> None:
    error = None
    if np.isfinite(found.mean_low).any():
        error = {"type": "data", "array": found.mean_high - found.mean,
                 "arrayminus": found.mean - found.mean_low, "thickness": 1.3, "width": 4,
                 "color": theme.ink}  # fmt: skip
    figure.add_scatter(
        x=k, y=found.mean, mode="lines", error_y=error, line={"color": theme.ink, "width": 2},
        name="Mean over encoders, 95 % interval" if error else "Mean over encoders",
        hoverinfo="skip",
    )  # fmt: skip


def _dots(
    figure: go.Figure, found: Sharedness, k: np.ndarray, theme: Theme, titles: dict[str, str]
) -> None:
    for e, encoder in enumerate(found.encoders):
        figure.add_scatter(
            x=k, y=found.correlations[e], mode="markers", name=titles.get(encoder, encoder),
            customdata=[[direction, encoder] for direction in range(found.k)],
            marker={"color": colour(e), "symbol": series_marker(e), "size": 9,
                    "line": {"width": 1, "color": theme.paper}},
            text=[_hover(found, e, direction, titles) for direction in range(found.k)],
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip


def _hover(found: Sharedness, e: int, direction: int, titles: dict[str, str]) -> str:
    encoder = found.encoders[e]
    lines = [
        f"<b>{titles.get(encoder, encoder)}, direction {direction + 1}</b>",
        f"correlation {number(found.correlations[e, direction])}",
    ]
    if np.isfinite(found.low[e, direction]):
        low, high = number(found.low[e, direction]), number(found.high[e, direction])
        lines[-1] += f" (95 % interval {low} to {high})"
    if np.isfinite(found.ceiling[e, direction]):
        lines.append(f"ceiling {number(found.ceiling[e, direction])}")
    lines.append(f"owns {found.loading_shares[e, direction]:.0%} of the direction's loadings")
    return "<br>".join(lines)


def _two_lines(text: str) -> str:
    parts = text.split(" · ")
    return " · ".join(parts[:4]) + "<br>" + " · ".join(parts[4:])


def by_domain(
    found: Sequence[Sharedness],
    untrained: Sequence[UntrainedSharedness | None],
    theme: Theme,
    *,
    chosen: str = "",
) -> go.Figure:
    """Draw every domain's summary beside its untrained and shuffled panels."""
    figure = base(theme, title="The same in every domain", height=230 + 44 * len(found))
    names = [_domain_label(each) for each in found]
    _nulls_by_domain(figure, found, untrained, names, theme)
    for within in (False, True):
        rows = [i for i, each in enumerate(found) if each.within == within]
        if rows:
            _summaries(figure, [found[i] for i in rows], [names[i] for i in rows], theme, within)
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    figure.update_xaxes(title="Leave-encoder-out correlation", range=[-1.02, 1.02], zeroline=False)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=True)
    figure.update_layout(
        hovermode="closest", margin={"t": 84, "b": 140},
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )  # fmt: skip
    if chosen in [each.size.domain for each in found]:
        row = len(found) - 1 - [each.size.domain for each in found].index(chosen)
        figure.add_hrect(y0=row - 0.5, y1=row + 0.5, fillcolor=theme.null, line={"width": 0},
                         layer="below")  # fmt: skip
    first = found[0]
    note = (
        f"Mean over {len(first.encoders)} encoders of the median over K = {first.k} directions · "
        f"{first.whitening} · seed {first.seed}<br>"
        "tested on held-out photographs; hollow: on other parts of the same few photographs"
    )
    return state(figure, theme, note)


def _domain_label(found: Sharedness) -> str:
    return f"{found.size.title}<br><sub>{found.size.caption}</sub>"


def _nulls_by_domain(
    figure: go.Figure,
    found: Sequence[Sharedness],
    untrained: Sequence[UntrainedSharedness | None],
    names: Sequence[str],
    theme: Theme,
) -> None:
    shuffled = [
        (v, n) for each, n in zip(found, names, strict=True) for v in each.shuffled_summaries
    ]
    figure.add_scatter(
        x=[v for v, _ in shuffled], y=[n for _, n in shuffled], mode="markers",
        name="Images shuffled between encoders", hovertemplate="shuffled %{x:.2f}<extra></extra>",
        marker={"symbol": "line-ns", "size": 12, "line": {"width": 1.5, "color": theme.muted}},
    )  # fmt: skip
    twins = [
        (v, n, seed)
        for each, n in zip(untrained, names, strict=True)
        if each is not None
        for v, seed in zip(each.summaries, each.seeds, strict=True)
    ]
    if twins:
        figure.add_scatter(
            x=[v for v, _, _ in twins], y=[n for _, n, _ in twins], mode="markers",
            name="Untrained panels, each seed", text=[f"seed {seed}" for _, _, seed in twins],
            hovertemplate="untrained, %{text}: %{x:.2f}<extra></extra>",
            marker={"symbol": "x-thin", "size": 8, "line": {"width": 2, "color": UNTRAINED_COLOUR}},
        )  # fmt: skip


def _summaries(
    figure: go.Figure, found: Sequence[Sharedness], names: Sequence[str], theme: Theme, within: bool
) -> None:
    values = [each.summary.value for each in found]
    error = None
    if any(each.summary.low is not None for each in found):
        bounds = np.array([[e.summary.low, e.summary.high] for e in found], dtype=np.float64)
        low, high = np.array(values) - bounds[:, 0], bounds[:, 1] - np.array(values)
        error = {"type": "data", "array": high, "arrayminus": low, "thickness": 1.5, "width": 5,
                 "color": theme.accent}  # fmt: skip
    label = "Trained, within few photographs" if within else "Trained"
    figure.add_scatter(
        x=values, y=list(names), mode="markers", error_x=error,
        name=f"{label}, 95 % interval" if error else label,
        customdata=[[each.size.domain] for each in found],
        hovertemplate="trained %{x:.2f}<extra></extra>",
        marker={"symbol": "circle-open" if within else "circle", "size": 12,
                "color": theme.accent, "line": {"width": 2}},
    )  # fmt: skip
