"""Encoders on a labelled domain: what they reach, how scores order them, one score alone."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.transfer.scores import (
    LINEAR,
    NEIGHBOURS,
    EncoderRow,
    ScoreAgreement,
    TransferResult,
)
from substrate.analyses.transfer.tables import NAMES, score_points
from substrate.figures.shared import error_bar, guessing, name_rows
from substrate.figures.theme import (
    PALETTE,
    Theme,
    base,
    legend_below,
    reached,
    state,
)
from substrate.wording import percent

#: Colour, marker and place in its row of each probe, and of each rank correlation.
_PROBES = ((LINEAR, PALETTE[0], "circle", -0.16), (NEIGHBOURS, PALETTE[1], "square", 0.16))
_CORRELATIONS = (
    ("Kendall's τ", PALETTE[0], "circle", -0.16),
    ("weighted τ", PALETTE[4], "diamond", 0.16),
)


def accuracy_chart(
    result: TransferResult, theme: Theme, titles: Mapping[str, str], against: str = LINEAR
) -> go.Figure:
    """Draw what every encoder reaches by both probes, its untrained twin, and chance."""
    rows = result.ordered(against)
    names = [titles[row.encoder] for row in rows]
    figure = base(theme, title="What each encoder reaches", height=190 + 38 * len(rows))
    guessing(figure, result.chance, theme)
    for probe, shade, symbol, shift in _PROBES:
        reached = [row.reached(probe) for row in rows]
        figure.add_scatter(
            x=[accuracy.value for accuracy in reached],
            y=[i + shift for i in range(len(rows))],
            mode="markers",
            name=NAMES[probe],
            error_x=error_bar(reached, shade),
            marker={"size": 10, "symbol": symbol, "color": shade},
            text=names,
            hovertemplate="%{text}: %{x:.1%}<extra></extra>",
        )
    _twins(figure, result, rows, titles, theme)
    name_rows(figure, names)
    parts = "parts" if result.within else result.nouns.groups
    figure.update_xaxes(
        title=f"Balanced accuracy on held-out {parts}", range=[-0.02, 1.03], tickformat=".0%"
    )
    return state(figure, theme, f"{result.sampled}<br>{result.folds}")


def _twins(
    figure: go.Figure,
    result: TransferResult,
    rows: list[EncoderRow],
    titles: Mapping[str, str],
    theme: Theme,
) -> None:
    with_twins = [(i, row) for i, row in enumerate(rows) if row.untrained is not None]
    if with_twins:
        figure.add_scatter(
            x=[row.untrained.value for _, row in with_twins if row.untrained],
            y=[i - 0.16 for i, _ in with_twins],
            mode="markers",
            name=f"Untrained twin (seed {result.twin}), linear probe",
            marker={
                "size": 10,
                "symbol": "diamond-open",
                "color": theme.untrained,
                "line": {"width": 2},
            },
            text=[titles[row.encoder] for _, row in with_twins],
            hovertemplate="untrained %{text}: %{x:.1%}<extra></extra>",
        )


def agreement_chart(result: TransferResult, against: str, theme: Theme) -> go.Figure:
    """Draw both rank correlations of every score with an accuracy, beside what chance gives."""
    rows = [a for a in result.agreements if a.against == against]
    title = f"Rank agreement with the {against}"
    figure = base(theme, title=title, height=200 + 36 * len(rows))
    for index in range(len(_CORRELATIONS)):
        _chance(figure, rows, theme, index)
        _correlations(figure, rows, index)
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    name_rows(figure, [f"{NAMES[a.score]} (n = {len(a.encoders)})" for a in rows])
    figure.update_xaxes(title="Rank correlation with the accuracy", range=reached(figure, axis="x"))
    return state(figure, theme, _facts(result))


def _chance(figure: go.Figure, rows: list[ScoreAgreement], theme: Theme, index: int) -> None:
    """Draw the middle 95 % of one rank correlation over permutations of the encoders."""
    shift = _CORRELATIONS[index][3]
    bands = [(a.kendall_chance, a.weighted_chance)[index] for a in rows]
    bands_at = [(i + shift, band) for i, band in enumerate(bands) if band is not None]
    if not bands_at:
        return
    figure.add_scatter(
        x=[x for _, band in bands_at for x in (*band, None)],
        y=[y for at, _ in bands_at for y in (at, at, None)],
        mode="lines",
        line={"color": theme.null, "width": 11},
        hoverinfo="skip",
        name="Encoders shuffled, middle 95 %",
        showlegend=index == 0,
    )


def _correlations(figure: go.Figure, rows: list[ScoreAgreement], index: int) -> None:
    name, shade, symbol, shift = _CORRELATIONS[index]
    values = [(a.kendall, a.weighted)[index] for a in rows]
    correlations = [(i, value) for i, value in enumerate(values) if value is not None]
    intervals = [value for _, value in correlations]
    figure.add_scatter(
        x=[interval.value for interval in intervals],
        y=[i + shift for i, _ in correlations],
        mode="markers",
        name=name,
        marker={"size": 10, "symbol": symbol, "color": shade},
        error_x=error_bar(intervals, shade),
        text=[NAMES[rows[i].score] for i, _ in correlations],
        customdata=[len(rows[i].encoders) for i, _ in correlations],
        hovertemplate="%{text}: %{x:.2f} over %{customdata} encoders<extra></extra>",
    )


def score_scatter(
    result: TransferResult, score: str, against: str, theme: Theme, titles: Mapping[str, str]
) -> go.Figure:
    """Draw one score against an accuracy, an encoder a point."""
    table = score_points(result, score, against)
    figure = base(theme, title=f"{NAMES[score]} against the {against}", height=400)
    reached = {row.encoder: row.reached(against) for row in result.rows}
    points = zip(table["encoder"], table["score"], strict=True)
    for index, (encoder, value) in enumerate(points):
        look = theme.look(encoder, index)
        figure.add_scatter(
            x=[value],
            y=[reached[encoder].value],
            mode="markers",
            error_y=error_bar([reached[encoder]], look.colour),
            name=titles[encoder],
            cliponaxis=False,
            hovertemplate="%{x:.3f}, %{y:.1%}",
            marker={"size": 10, "color": look.colour, "symbol": look.marker},
        )
    bottom, top = _span(table[["accuracy", "low", "high"]].to_numpy(float))
    if np.isfinite(result.chance) and result.chance > bottom - 0.1:
        guessing(figure, result.chance, theme, horizontal=True)
        bottom = min(bottom, result.chance)
    figure.update_xaxes(title=NAMES[score], range=_beyond(table["score"].to_numpy(float)))
    figure.update_yaxes(
        title="Balanced accuracy", range=[bottom - 0.03, top + 0.03], tickformat=".0%"
    )
    legend_below(figure, math.ceil(len(table) / 2))
    return state(figure, theme, f"{_facts(result)}<br>guessing reaches {percent(result.chance)}")


def _span(accuracies: np.ndarray) -> tuple[float, float]:
    """Return the least and the most of accuracies and bounds, 0 to 1 where there are none."""
    if not accuracies.size:
        return 0.0, 1.0
    return float(np.nanmin(accuracies)), float(np.nanmax(accuracies))


def _beyond(scores: np.ndarray) -> list[float] | None:
    """Return a range a tenth wider than the scores on either side."""
    if not scores.size:
        return None
    reach = max(np.ptp(scores) * 0.1, 1e-3 * max(abs(scores).max(), 1.0))
    return [float(scores.min() - reach), float(scores.max() + reach)]


def _facts(result: TransferResult) -> str:
    return f"{result.sampled}<br>{result.consensus} · {result.folds}"
