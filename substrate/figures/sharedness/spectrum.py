"""The sharedness spectrum of one domain, direction by direction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.untrained import UntrainedSharedness
from substrate.figures.shared import band, null_name
from substrate.figures.theme import Theme, base, reachable, state
from substrate.wording import between, number, percent

#: Seeds from which a percentile of untrained twins may be drawn instead of each seed.
PERCENTILE_SEEDS = 20
#: Encoders from which single ones are faint behind the middle half of them, until one is chosen.
MANY = 8
#: Opacity of what is not chosen.
FAINT = 0.3


def spectrum(
    result: Sharedness,
    untrained: UntrainedSharedness | None,
    theme: Theme,
    *,
    titles: dict[str, str],
    chosen: int | None = None,
    focus: str = "",
) -> go.Figure:
    """Draw each encoder's leave-encoder-out correlation by direction, between null and ceiling.

    Of many encoders the middle half is a band and each alone is faint, except the one in
    ``focus``.
    """
    legend = 60 + 20 * (2 + len(result.encoders) // 4)
    title = f"What encoders share on {result.size.title}"
    figure = base(theme, title=title, height=400 + legend)
    k = np.arange(1, result.k + 1)
    shuffled_band(figure, result, k, theme)
    if untrained is not None:
        _untrained(figure, untrained, theme)
    ceiling = _median_over_encoders(result.ceiling)
    figure.add_scatter(
        x=k,
        y=ceiling,
        mode="lines",
        name="Split-half ceiling",
        line={"color": theme.ceiling, "dash": "longdash", "width": 2},
        connectgaps=False,
        hovertemplate="ceiling %{y:.2f}<extra></extra>",
    )
    many = len(result.encoders) >= MANY
    if many:
        _middle(figure, result, k, theme)
    _mean(figure, result, k, theme)
    _dots(figure, result, k, theme, titles, focus=focus, faint=many)
    if chosen is not None:
        figure.add_vrect(
            x0=chosen + 0.5,
            x1=chosen + 1.5,
            line={"width": 1, "color": theme.ink},
            fillcolor=theme.null,
            layer="below",
        )
    figure.add_hline(0, line={"color": theme.muted, "width": 1})
    figure.update_xaxes(
        title="Direction of the shared subspace",
        dtick=1 if result.k <= 24 else 4,
        range=[0.4, result.k + 0.6],
        zeroline=False,
    )
    figure.update_yaxes(title="Correlation with the other encoders", range=reachable(figure))
    figure.update_layout(
        hovermode="closest",
        margin={"b": legend},
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )
    return state(figure, theme, facts(result, untrained))


def shuffled_band(figure: go.Figure, result: Sharedness, k: np.ndarray, theme: Theme) -> None:
    """Fill where correlations of shuffled images lie, direction by direction."""
    low, high = np.quantile(result.shuffled, [0.025, 0.975], axis=(0, 1))
    name = null_name(result.held_out.shuffled, within=result.held_out.within)
    band(figure, k, low, high, theme.null, name)


def _untrained(figure: go.Figure, untrained: UntrainedSharedness, theme: Theme) -> None:
    means = untrained.correlations.mean(axis=1)
    k = np.arange(1, means.shape[1] + 1)
    if len(untrained.seeds) >= PERCENTILE_SEEDS:
        low, high = np.quantile(means, [0.05, 0.95], axis=0)
        name = f"Untrained panels, middle 90 % of {len(untrained.seeds)} seeds"
        band(figure, k, low, high, theme.untrained_fill, name)
        return
    for seed, mean in zip(untrained.seeds, means, strict=True):
        figure.add_scatter(
            x=k,
            y=mean,
            mode="lines",
            legendgroup="untrained",
            name="Untrained panels, each seed",
            showlegend=seed == untrained.seeds[0],
            line={"color": theme.untrained, "dash": "dot", "width": 1.5},
            hovertemplate=f"untrained, seed {seed}: %{{y:.2f}}<extra></extra>",
        )


def _median_over_encoders(values: np.ndarray) -> np.ndarray:
    """Median of the encoders that have a ceiling, where at least half of them do."""
    enough = np.isfinite(values).sum(axis=0) * 2 >= len(values)
    out = np.full(values.shape[1], np.nan)
    out[enough] = np.nanmedian(values[:, enough], axis=0)
    return out


def _mean(figure: go.Figure, result: Sharedness, k: np.ndarray, theme: Theme) -> None:
    error = None
    if np.isfinite(result.mean_low).any():
        error = {
            "type": "data",
            "array": result.mean_high - result.mean,
            "arrayminus": result.mean - result.mean_low,
            "thickness": 1.3,
            "width": 4,
            "color": theme.ink,
        }
    figure.add_scatter(
        x=k,
        y=result.mean,
        mode="lines",
        error_y=error,
        line={"color": theme.ink, "width": 2},
        name="Mean over encoders, 95 % CI" if error else "Mean over encoders",
        hoverinfo="skip",
    )


def _middle(figure: go.Figure, result: Sharedness, k: np.ndarray, theme: Theme) -> None:
    low, high = np.quantile(result.correlations, [0.25, 0.75], axis=0)
    band(figure, k, low, high, theme.accent, "Middle half of the encoders", opacity=FAINT)


def _dots(
    figure: go.Figure,
    result: Sharedness,
    k: np.ndarray,
    theme: Theme,
    titles: dict[str, str],
    *,
    focus: str,
    faint: bool,
) -> None:
    last = sorted(enumerate(result.encoders), key=lambda place: place[1] == focus)
    for e, encoder in last:
        look, lit = theme.look(encoder, e), encoder == focus
        figure.add_scatter(
            x=k,
            y=result.correlations[e],
            mode="lines+markers" if lit else "markers",
            line={"color": look.colour, "dash": look.dash, "width": 2.5},
            opacity=FAINT if faint and not lit else 1,
            name=titles.get(encoder, encoder),
            customdata=[[direction, encoder] for direction in range(result.k)],
            marker={
                "color": look.colour,
                "symbol": look.marker,
                "size": 9,
                "line": {"width": 1, "color": theme.paper},
            },
            text=[_hover(result, e, direction, titles) for direction in range(result.k)],
            hovertemplate="%{text}<extra></extra>",
        )


def _hover(result: Sharedness, e: int, direction: int, titles: dict[str, str]) -> str:
    encoder = result.encoders[e]
    lines = [
        f"<b>{titles.get(encoder, encoder)}, direction {direction + 1}</b>",
        f"correlation {number(result.correlations[e, direction])}",
    ]
    if np.isfinite(result.low[e, direction]):
        lines[-1] += f" ({between(result.low[e, direction], result.high[e, direction])})"
    if np.isfinite(result.ceiling[e, direction]):
        lines.append(f"ceiling {number(result.ceiling[e, direction])}")
    lines.append(
        f"{percent(float(result.loading_shares[e, direction]))} of the direction's loadings"
    )
    return "<br>".join(lines)


def facts(result: Sharedness, untrained: UntrainedSharedness | None) -> str:
    """Return what the chart rests on, in one line."""
    seeds = "none" if untrained is None else _seeds(untrained.seeds)
    interval_of = "95 % for these directions" if np.isfinite(result.mean_low).any() else "none"
    return (
        f"{result.n_test} held-out of {result.size.caption} · K = {result.k} · {result.whitening}, "
        f"{result.units.text} · "
        f"{len(result.shuffled)} shuffles · untrained seeds {seeds} · seed {result.seed} · "
        f"interval {interval_of}"
    )


def _seeds(seeds: Sequence[int]) -> str:
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))
