"""Agreement of image features with texts."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from substrate.analyses.experiments.modality import (
    PANEL,
    PIXELS,
    UNTRAINED,
    ModalityRepeat,
    ModalitySummary,
)
from substrate.figures.looks import Look
from substrate.figures.shared import LEGEND_AT_FOOT
from substrate.figures.theme import Theme, base, state
from substrate.figures.whiskers import whiskers
from substrate.wording import probability


def modality_rows(summary: ModalitySummary, theme: Theme) -> go.Figure:
    """Draw each set of image features beside the texts, over what shuffled photographs give."""
    rows: Sequence[ModalityRepeat] = summary.rows
    figure = base(
        theme,
        title=f"Agreement with texts: {summary.scope_name.lower()}",
        height=190 + 30 * len(rows),
    )
    y = list(range(len(rows)))
    for place, row in zip(y, rows, strict=True):
        figure.add_shape(
            type="rect",
            x0=row.null_low,
            x1=row.null_high,
            y0=place - 0.3,
            y1=place + 0.3,
            fillcolor=theme.null,
            line={"width": 0},
            layer="below",
        )
    looks = [_look(row, place, theme) for place, row in zip(y, rows, strict=True)]
    tested = [(row.tau, place) for place, row in zip(y, rows, strict=True) if row.p is not None]
    if tested:
        figure.add_scatter(
            x=[tau for tau, _ in tested],
            y=[place for _, place in tested],
            mode="markers",
            name="95 % level of chance",
            marker={"symbol": "line-ns", "size": 16, "line": {"width": 2, "color": theme.muted}},
            hovertemplate="95 % level %{x:.3f}<extra></extra>",
        )
    figure.add_scatter(
        x=[r.value for r in rows],
        y=y,
        mode="markers",
        name="Measured",
        marker={
            "color": [look.colour for look in looks],
            "symbol": [look.marker for look in looks],
            "size": 10,
        },
        error_x=whiskers([(r.value, r.low, r.high) for r in rows], theme.muted),
        customdata=[[r.features, "p not given" if r.p is None else probability(r.p)] for r in rows],
        hovertemplate="%{customdata[0]}<br>CKA %{x:.3f}, %{customdata[1]}<extra></extra>",
    )
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name="Photographs permuted, middle 95 %",
        marker={"symbol": "square", "size": 12, "color": theme.null},
    )
    figure.update_yaxes(
        tickvals=y,
        ticktext=[r.features for r in rows],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(title="Linear CKA with the texts", range=[0, 1])
    figure.update_layout(margin={"b": 110}, legend=LEGEND_AT_FOOT)
    reason = rows[0].reason or "Whiskers: 95 % jackknife over photographs"
    return state(figure, theme, f"{summary.facts}<br>{reason}")


def _look(row: ModalityRepeat, place: int, theme: Theme) -> Look:
    """Return how a row's mark looks: an encoder's as everywhere, the panel's and the controls'."""
    own = {PANEL: theme.accent, UNTRAINED: theme.untrained, PIXELS: theme.ink}
    if row.kind not in own:
        return theme.titled(row.features, place)
    return Look(row.features, own[row.kind], "star" if row.kind == PANEL else "asterisk-open", "")
