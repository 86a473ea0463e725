"""Encoders on a labelled domain: what they reach, how scores order them, what scores cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.transfer.all_domains import DomainsResult
from substrate.analyses.transfer.scores import (
    HYBRID,
    LINEAR,
    NEIGHBOURS,
    EncoderRow,
    TransferResult,
)
from substrate.exhibits.transfer.words import (
    NAMES,
    points,
    seconds_table,
)
from substrate.figures.shared import error_bar, guessing
from substrate.figures.theme import (
    BESIDE_NAMES,
    DIVERGING,
    PALETTE,
    Theme,
    base,
    colour,
    legend_below,
    series_marker,
    state,
)
from substrate.wording import (
    signed,
)

if TYPE_CHECKING:
    pass

_SERIES = ((LINEAR, PALETTE[0], "circle", -0.16), (NEIGHBOURS, PALETTE[1], "square", 0.16))


def accuracy_chart(result: TransferResult, theme: Theme, titles: Mapping[str, str],
                   against: str = LINEAR) -> go.Figure:  # fmt: skip
    """Draw what every encoder reaches by both probes, its untrained twin, and chance."""
    rows = result.ordered(against)
    figure = base(theme, title="What each encoder reaches", height=190 + 38 * len(rows))
    guessing(figure, result.chance, theme)
    for name, shade, symbol, shift in _SERIES:
        found = [row.linear if name == LINEAR else row.neighbours for row in rows]
        figure.add_scatter(
            x=[each.value for each in found], y=[i + shift for i in range(len(rows))],
            mode="markers", name=NAMES[name], error_x=error_bar(found, shade),
            marker={"size": 10, "symbol": symbol, "color": shade},
            text=[titles[row.encoder] for row in rows],
            hovertemplate="%{text}: %{x:.1%}<extra></extra>",
        )  # fmt: skip
    _twins(figure, result, rows, titles)
    _encoder_axis(figure, [titles[row.encoder] for row in rows])
    figure.update_xaxes(title="Balanced accuracy on held-out parts" if result.within else
                        "Balanced accuracy on held-out photographs",
                        range=[-0.02, 1.03], tickformat=".0%")  # fmt: skip
    return state(figure, theme, f"{result.sampled}<br>{result.folds}")


def _twins(
    figure: go.Figure, result: TransferResult, rows: list[EncoderRow], titles: Mapping[str, str]
) -> None:
    known = [(i, row) for i, row in enumerate(rows) if row.untrained is not None]
    if known:
        figure.add_scatter(
            x=[row.untrained.value for _, row in known if row.untrained],
            y=[i - 0.16 for i, _ in known], mode="markers",
            name=f"Untrained twin (seed {result.twin}), linear probe",
            marker={"size": 10, "symbol": "diamond-open", "color": PALETTE[3],
                    "line": {"width": 2}},
            text=[titles[row.encoder] for _, row in known],
            hovertemplate="untrained %{text}: %{x:.1%}<extra></extra>",
        )  # fmt: skip


def agreement_chart(result: TransferResult, against: str, theme: Theme) -> go.Figure:
    """Draw both rank correlations of every score with an accuracy, beside what chance gives."""
    rows = [a for a in result.agreements if a.against == against]
    figure = base(theme, title=f"Rank agreement with the {against}",
                  height=200 + 36 * len(rows))  # fmt: skip
    series = (
        ("Kendall's τ", PALETTE[0], "circle", -0.16),
        ("weighted τ", PALETTE[4], "diamond", 0.16),
    )
    for index, (name, shade, symbol, shift) in enumerate(series):
        pairs = [((a.kendall, a.kendall_chance), (a.weighted, a.weighted_chance))[index]
                 for a in rows]  # fmt: skip
        bands = [(i, pair[1]) for i, pair in enumerate(pairs) if pair[1] is not None]
        figure.add_scatter(
            x=[x for _, band in bands for x in (*band, None)],
            y=[y for i, _ in bands for y in (i + shift, i + shift, None)],
            mode="lines", line={"color": theme.null, "width": 11}, hoverinfo="skip",
            name="Encoders shuffled, middle 95 %", showlegend=index == 0,
        )  # fmt: skip
        known = [(i, pair[0]) for i, pair in enumerate(pairs) if pair[0] is not None]
        found = [each for _, each in known]
        figure.add_scatter(
            x=[each.value for each in found], y=[i + shift for i, _ in known], mode="markers",
            name=name, marker={"size": 10, "symbol": symbol, "color": shade},
            error_x=error_bar(found, shade), text=[NAMES[rows[i].score] for i, _ in known],
            customdata=[len(rows[i].encoders) for i, _ in known],
            hovertemplate="%{text}: %{x:.2f} over %{customdata} encoders<extra></extra>",
        )  # fmt: skip
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    names = [f"{NAMES[a.score]} (n = {len(a.encoders)})" for a in rows]
    _encoder_axis(figure, names)
    figure.update_xaxes(title="Rank correlation with the accuracy", range=[-1.05, 1.05])
    return state(figure, theme, _facts(result), BESIDE_NAMES)


def domains_heatmap(
    result: DomainsResult, against: str, theme: Theme, titles: Mapping[str, str]
) -> go.Figure:
    """Draw Kendall's tau of every score (rows) on every domain (columns), the mean at the right."""
    means = [np.nan if m is None else m.value for m in result.means[against]]
    z = np.column_stack([result.taus[against], means]).astype(np.float32)
    names = [*(titles[domain] for domain in result.domains), "<b>mean</b>"]
    figure = base(theme, title=f"Kendall's τ with the {against}", height=250 + 34 * len(z))
    figure.add_heatmap(
        z=z, zmin=-1, zmax=1, zmid=0, colorscale=DIVERGING, xgap=1, ygap=1,
        text=[["" if np.isnan(v) else signed(float(v)) for v in row] for row in z],
        texttemplate="%{text}", customdata=[[[NAMES[s], d] for d in names] for s in result.scores],
        hovertemplate="%{customdata[0]} on %{customdata[1]}: %{z:.3f}<extra></extra>",
        colorbar={"title": {"text": "τ", "side": "right"}, "thickness": 12},
    )  # fmt: skip
    figure.update_xaxes(
        tickvals=list(range(len(names))), ticktext=names, tickangle=-35, showgrid=False
    )
    figure.update_yaxes(
        tickvals=list(range(len(z))), ticktext=[NAMES[s] for s in result.scores],
        autorange="reversed", showgrid=False,
    )  # fmt: skip
    figure.add_vline(len(result.domains) - 0.5, line={"color": theme.ink, "width": 2})
    figure.update_layout(plot_bgcolor=theme.missing, margin={"t": 84, "b": 90})
    return state(
        figure, theme, f"{result.encoders} encoders, folds seed {result.seed}<br>grey: no value"
    )


def domains_means(result: DomainsResult, against: str, theme: Theme) -> go.Figure:
    """Draw the mean over domains of every score's tau, with its interval over encoders."""
    figure = base(theme, title="Mean over domains", height=200 + 34 * len(result.scores))
    known = [(i, mean) for i, mean in enumerate(result.means[against]) if mean is not None]
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    figure.add_scatter(
        x=[mean.value for _, mean in known], y=[i for i, _ in known], mode="markers",
        name="measured, 95 % interval over encoders", marker={"size": 10, "color": theme.accent},
        error_x=error_bar([mean for _, mean in known], theme.accent),
        text=[NAMES[result.scores[i]] for i, _ in known],
        hovertemplate="%{text}: %{x:.2f}<extra></extra>",
    )  # fmt: skip
    _encoder_axis(figure, [NAMES[key] for key in result.scores])
    figure.update_xaxes(title=f"Mean τ with the {against}", range=[-1.05, 1.05])
    return state(figure, theme, f"{result.encoders} encoders, {len(result.domains)} domains")


def score_scatter(
    result: TransferResult, score: str, against: str, theme: Theme, titles: Mapping[str, str]
) -> go.Figure:
    """Draw one score against an accuracy, an encoder a point."""
    table = points(result, score, against)
    figure = base(theme, title=f"{NAMES[score]} against the {against}", height=400)
    x, y = table["score"].to_numpy(float), table["accuracy"].to_numpy(float)
    low, high = table["low"].to_numpy(float), table["high"].to_numpy(float)
    bounded = bool(len(low)) and bool(np.isfinite(low).all())
    for index, name in enumerate(table["encoder"]):
        error = None
        if bounded:
            error = {"type": "data", "array": [high[index] - y[index]], "thickness": 1.2,
                     "arrayminus": [y[index] - low[index]], "width": 4}  # fmt: skip
        figure.add_scatter(
            x=x[index : index + 1], y=y[index : index + 1], mode="markers", error_y=error,
            name=titles[name], cliponaxis=False, hovertemplate="%{x:.3f}, %{y:.1%}",
            marker={"size": 10, "color": colour(index), "symbol": series_marker(index)},
        )  # fmt: skip
    bottom, top = 0.0, 1.0
    if len(x):
        reach = max(np.ptp(x) * 0.1, 1e-3 * max(abs(x).max(), 1.0))
        figure.update_xaxes(range=[x.min() - reach, x.max() + reach])
        bottom = float(min(np.nanmin(low) if bounded else y.min(), y.min()))
        top = float(max(np.nanmax(high) if bounded else y.max(), y.max()))
    if np.isfinite(result.chance) and result.chance > bottom - 0.1:
        guessing(figure, result.chance, theme, horizontal=True)
        bottom = min(bottom, result.chance)
    figure.update_xaxes(title=NAMES[score])
    figure.update_yaxes(title="Balanced accuracy", range=[bottom - 0.03, top + 0.03],
                        tickformat=".0%")  # fmt: skip
    legend_below(figure, len(table))
    return state(figure, theme, f"{_facts(result)}<br>guessing reaches {result.chance:.0%}")


def seconds_chart(result: TransferResult, theme: Theme) -> go.Figure:
    """Draw the seconds that each score takes for one encoder, on a logarithmic axis."""
    table = seconds_table(result).sort_values("median").reset_index(drop=True)
    figure = base(theme, title="Seconds for one encoder", height=180 + 30 * len(table))
    figure.add_scatter(
        x=[x for least, most in zip(table["least"], table["most"], strict=True)
           for x in (least, most, None)],
        y=[y for i in range(len(table)) for y in (i, i, None)],
        mode="lines", line={"color": theme.null, "width": 9}, name="least to most",
        hoverinfo="skip",
    )  # fmt: skip
    hybrid = [name == NAMES[HYBRID] for name in table["score"]]
    figure.add_scatter(
        x=table["median"], y=list(range(len(table))), mode="markers", name="median encoder",
        marker={"size": 10, "color": theme.accent,
                "symbol": ["diamond" if h else "circle" for h in hybrid]},
        text=table["score"], hovertemplate="%{text}: %{x:.2g} s<extra></extra>",
    )  # fmt: skip
    _encoder_axis(figure, table["score"].tolist())
    figure.update_xaxes(type="log", title="Seconds (logarithmic)", exponentformat="power",
                        dtick=1)  # fmt: skip
    facts = "measured one after the other in one thread; a run has others at work"
    return state(figure, theme, facts, BESIDE_NAMES)


def _encoder_axis(figure: go.Figure, names: list[str]) -> None:
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.5, -0.5],
        zeroline=False,
    )  # fmt: skip
    figure.update_layout(
        margin={"t": 84, "b": 120}, legend={"yref": "container", "y": 0.0, "yanchor": "bottom"}
    )


def _facts(result: TransferResult) -> str:
    return f"{result.sampled}<br>{result.consensus} · {result.folds}"
