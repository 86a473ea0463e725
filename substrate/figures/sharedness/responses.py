"""What the shared directions respond to, and which encoders own them."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.sharedness.by_paradigm import Paradigms
from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.responses import Responses
from substrate.figures import cells
from substrate.figures.looks import of_objective
from substrate.figures.sharedness.spectrum import shuffled_band
from substrate.figures.theme import SEQUENTIAL, Theme, base, colour, reachable, state
from substrate.wording import between, number, percent


def responses(result: Responses, theme: Theme, *, chosen: int | None = None) -> go.Figure:
    """Draw correlations of directions (rows) with image statistics (columns), fixed -1..1."""
    figure = base(theme, title="What each direction follows", height=250 + 20 * result.k)
    columns = len(result.names)
    figure.add_heatmap(
        z=result.correlations.astype(np.float32),
        zmin=-1,
        zmax=1,
        zmid=0,
        colorscale=theme.diverging,
        hoverinfo="skip",
        xgap=1,
        ygap=1,
        colorbar={"title": {"text": "r", "side": "top"}, "thickness": 12},
    )
    cells = [(i, j) for i in range(result.k) for j in range(columns)]
    figure.add_scatter(
        x=[j for _, j in cells],
        y=[i for i, _ in cells],
        mode="markers",
        showlegend=False,
        marker={"size": 14, "symbol": "square", "opacity": 0},
        customdata=cells,
        text=[_hover(result, i, j) for i, j in cells],
        hovertemplate="%{text}<extra></extra>",
    )
    beyond = np.argwhere(np.abs(np.nan_to_num(result.correlations)) > result.tau)
    figure.add_scatter(
        x=beyond[:, 1],
        y=beyond[:, 0],
        mode="markers",
        hoverinfo="skip",
        showlegend=False,
        marker={"size": 4, "color": theme.ink, "symbol": "circle"},
    )
    if chosen is not None:
        figure.add_shape(
            type="rect",
            x0=-0.5,
            x1=columns - 0.5,
            y0=chosen - 0.5,
            y1=chosen + 0.5,
            line={"color": theme.ink, "width": 2},
        )
    starts = [i for i in range(columns) if i == 0 or result.families[i] != result.families[i - 1]]
    figure.update_xaxes(
        tickvals=starts,
        ticktext=[result.families[i] for i in starts],
        range=[-0.5, columns - 0.5],
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(
        title="Direction",
        tickvals=list(range(result.k)),
        ticktext=[str(k + 1) for k in range(result.k)],
        range=[result.k - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )
    figure.update_layout(
        hoverdistance=-1,
        hovermode="closest",
        plot_bgcolor=theme.missing,
    )
    facts = f"{result.n_test} held-out of {result.size.caption} · K = {result.k}"
    interval = result.reason or f"95 % CIs over {result.size.nouns.groups} on hover"
    if result.no_chance:
        return state(
            figure,
            theme,
            f"{facts} · within these {result.size.nouns.groups}<br>{result.no_chance}",
        )
    return state(
        figure,
        theme,
        f"{facts} · a dot marks |r| > {result.tau:.2f}<br>the largest cell by chance (95 % of "
        f"permutations) · {interval}",
    )


def _hover(result: Responses, i: int, j: int) -> str:
    lines = [f"<b>direction {i + 1}</b>: {result.names[j]}"]
    value = result.correlations[i, j]
    lines.append(
        f"r = {number(value)}" if np.isfinite(value) else "constant on these images: no value"
    )
    if np.isfinite(result.low[i, j]):
        lines.append(between(result.low[i, j], result.high[i, j]))
    return "<br>".join(lines)


def owners(
    result: Sharedness, paradigms: list[str], titles: dict[str, str], theme: Theme
) -> go.Figure:
    """Draw each encoder's share of each direction's loadings, encoders grouped by paradigm."""
    order = np.argsort(paradigms, kind="stable")
    labels = [f"{titles[result.encoders[e]]} · {paradigms[e]}" for e in order]
    figure = base(theme, title="Loadings by encoder", height=200 + 26 * len(order))
    figure.add_heatmap(
        z=result.loading_shares[order].astype(np.float32),
        zmin=0,
        zmax=1,
        colorscale=SEQUENTIAL,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={"title": {"text": "share of loadings", "side": "right"}, "thickness": 12},
    )
    numbers = [str(k + 1) for k in range(result.k)]
    fitted = cells.fit(figure, labels, numbers, across="Direction of the shared subspace")
    shares = result.loading_shares[order]
    hovers = [
        f"{label}<br>direction {k}: {percent(float(shares[i, j]))}"
        for i, label in enumerate(labels)
        for j, k in enumerate(numbers)
    ]
    cells.clicks(figure, shares.shape, fitted, hovers)
    return state(
        figure,
        theme,
        f"{result.size.caption} · K = {result.k} · {result.whitening}; "
        f"equal shares would be {percent(1 / len(order))}",
    )


def by_paradigm(result: Sharedness, kinds: Paradigms, theme: Theme) -> go.Figure:
    """Draw the mean leave-encoder-out correlation of each paradigm's encoders by direction."""
    figure = base(theme, title="The sharedness spectrum by objective", height=460)
    k = np.arange(1, result.k + 1)
    shuffled_band(figure, result, k, theme)
    marks = of_objective(kinds.names)
    spread = 0.5 / max(len(kinds.names), 1)
    for index, (kind, count) in enumerate(zip(kinds.names, kinds.counts, strict=True)):
        y, below, above = (v[index] for v in (kinds.values, kinds.low, kinds.high))
        error = {
            "type": "data",
            "array": above - y,
            "arrayminus": y - below,
            "thickness": 1,
            "width": 2,
        }
        figure.add_scatter(
            x=k + spread * (index - (len(kinds.names) - 1) / 2),
            y=y,
            mode="lines+markers",
            name=f"{kind} ({count})",
            error_y=None if kinds.reason else error,
            customdata=k,
            line={"color": colour(index), "dash": marks[kind][1], "width": 2},
            marker={"symbol": marks[kind][0], "size": 8},
            hovertemplate=f"{kind}, direction %{{customdata}}: %{{y:.2f}}<extra></extra>",
        )
    figure.update_xaxes(title="Direction of the shared subspace", dtick=1 if result.k <= 24 else 4)
    figure.update_yaxes(title="Correlation with all other encoders", range=reachable(figure))
    figure.update_layout(
        margin={"b": 130}, legend={"yref": "container", "y": 0, "yanchor": "bottom"}
    )
    facts = (
        f"{result.n_test} held-out of {result.size.caption} · K = {result.k} · seed {result.seed}"
    )
    interval = kinds.reason or f"95 % CIs over {result.size.nouns.groups}"
    return state(figure, theme, f"{facts}<br>{interval}")
