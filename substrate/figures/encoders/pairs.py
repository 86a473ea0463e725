"""All pairs of encoders: calibrated similarity, differences between paradigms, and a map."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.encoders.pairs import EncoderPairs
from substrate.figures import cells
from substrate.figures.theme import Theme, base, colour, legend_below, marker, reached, state
from substrate.wording import MINUS, between, number, percent

LABELS = {
    "cka": "CKA, all samples",
    "knn10": "10 shared neighbours",
    "knn30": "30 shared neighbours",
    "knn100": "100 shared neighbours",
}


def pairs_matrix(result: EncoderPairs, key: str, theme: Theme) -> go.Figure:
    """Draw calibrated similarities in the hierarchical order, fixed -1..1 with 0 for chance."""
    order = result.order
    names = [theme.encoder(result.names[i]) for i in order]
    count = len(names)
    figure = base(theme, title=f"Encoders by {LABELS[key]}, calibrated")
    values = result.similarities[key][np.ix_(order, order)]
    raw, low, high = (m[np.ix_(order, order)] for m in (result.raw[key], result.low, result.high))
    zero = f"0 {result.size.shuffled.lower() if result.size.within else 'chance'}, 1 identical"
    figure.add_heatmap(
        z=values.astype(np.float32),
        zmin=-1,
        zmax=1,
        zmid=0,
        colorscale=theme.diverging,
        hoverinfo="skip",
        xgap=1,
        ygap=1,
        colorbar={"title": {"text": zero, "side": "right"}, "thickness": 12},
    )
    fitted = cells.fit(figure, names, names)
    shown = [[number(float(v)) if np.isfinite(v) else "" for v in row] for row in values]
    cells.numbers(figure, shown, fitted)
    hovers = [
        _hover(result, key, (names[i], names[j]), (raw[i, j], low[i, j], high[i, j]))
        + f"<br>calibrated {shown[i][j] or 'without a value'}"
        for i in range(count)
        for j in range(count)
    ]
    cells.clicks(figure, values.shape, fitted, hovers)
    cells.missing(figure, theme)
    facts = result.facts.split(" · ")
    if key != "cka":
        facts = [result.size.caption, facts[1], "pairs have no interval", facts[-1]]
    tau = f"closest pair by chance {number(result.taus[key])}"
    if result.size.within:
        tau = f"within these {result.size.nouns.group}s: {result.size.shuffled.lower()}"
    return state(figure, theme, " · ".join(facts[:2]) + f" · {tau}<br>" + " · ".join(facts[2:]))


def _hover(
    result: EncoderPairs, key: str, names: tuple[str, str], cell: tuple[float, float, float]
) -> str:
    raw, low, high = cell
    text = f"<b>{names[0]} – {names[1]}</b><br>{LABELS[key]} {number(raw)}"
    if key == "cka" and np.isfinite(low) and names[0] != names[1]:
        text += f" ({between(low, high)})"
    return text


def comparisons(result: EncoderPairs, theme: Theme) -> go.Figure:
    """Draw the differences between kinds of pairs with their encoder-jackknife intervals."""
    figure = base(
        theme,
        title="Differences between kinds of pairs",
        height=200 + 34 * max(1, len(result.comparisons)),
    )
    for index, key in enumerate(result.similarities):
        chosen = [c for c in result.comparisons if c.key == key]
        values = np.array([c.difference.value for c in chosen])
        bounds = np.array([[c.difference.low, c.difference.high] for c in chosen], dtype=float)
        bounds = bounds.reshape(len(chosen), 2)
        error = None
        if np.isfinite(bounds).any():
            error = {
                "type": "data",
                "array": bounds[:, 1] - values,
                "arrayminus": values - bounds[:, 0],
                "thickness": 1.3,
            }
        ratios = [
            f"{number(c.first)} against {number(c.second)}; as a ratio "
            + (number(c.ratio) if c.ratio else "undefined")
            + (f"<br>{c.difference.reason}" if c.difference.reason else "")
            for c in chosen
        ]
        figure.add_scatter(
            x=values,
            y=[f"<br>{MINUS} ".join(c.kinds) for c in chosen],
            mode="markers",
            error_x=error,
            name=LABELS[key],
            text=ratios,
            marker={"color": colour(index), "symbol": marker(index), "size": 10},
            hovertemplate="difference %{x:.2f}<br>%{text}<extra></extra>",
        )
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    figure.update_xaxes(title="Difference of calibrated similarities", zeroline=False)
    figure.update_xaxes(range=reached(figure, axis="x"))
    figure.update_layout(
        margin={"b": 120},
        scattermode="group",
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )
    reasons = dict.fromkeys(c.difference.reason for c in result.comparisons if c.difference.reason)
    note = " ".join(reasons) or "bars: 95 %, encoder jackknife"
    return state(figure, theme, note)


def encoder_map(result: EncoderPairs, theme: Theme) -> go.Figure:
    """Place encoders in the plane by the angle arccos(CKA), each in its look, twins hollow."""
    figure = base(theme, title="A map of the encoders", height=400)
    twins = np.array([kind == "untrained" for kind in result.paradigms])
    for row in np.flatnonzero(~twins):
        name = theme.encoder(result.names[row])
        look = theme.look(result.names[row], int(row))
        figure.add_scatter(
            x=result.positions[[row], 0],
            y=result.positions[[row], 1],
            mode="markers",
            name=name,
            hovertemplate=f"{name} ({result.paradigms[row]})<extra></extra>",
            marker={"color": look.colour, "symbol": look.marker, "size": 11},
        )
    if twins.any():
        figure.add_scatter(
            x=result.positions[twins, 0],
            y=result.positions[twins, 1],
            mode="markers",
            name="Untrained twins",
            text=[theme.encoder(result.names[i]) for i in np.flatnonzero(twins)],
            hovertemplate="%{text}<extra></extra>",
            marker={"color": theme.untrained, "symbol": "circle-open", "size": 11},
        )
    figure.update_yaxes(scaleanchor="x", title="radians", zeroline=False)
    figure.update_xaxes(title="radians", zeroline=False)
    figure.update_layout(hovermode="closest")
    legend_below(figure, 1 + int((~twins).sum()) // 2)
    counted = result.facts.split(" · ")[0]
    shown = f"classical scaling, shows {percent(result.shown)} of the squared distances"
    return state(figure, theme, f"{counted} · arccos(CKA), a true metric<br>{shown}")
