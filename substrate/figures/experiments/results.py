"""The experiments' results: differences between arms, agreement with texts, shares of the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.experiments.distill import (
    ARMS,
    BASELINE,
    SHUFFLED,
    Difference,
    DistillRepeat,
    DistillSummary,
    share,
)
from substrate.analyses.experiments.emergence import (
    EmergenceRepeat,
    EmergenceSummary,
    told,
)
from substrate.analyses.experiments.modality import (
    ModalityRepeat,
    ModalitySummary,
)
from substrate.figures.shared import two_lines
from substrate.figures.theme import Theme, base, colour, dash, marker, state
from substrate.figures.training.steps import step_positions
from substrate.figures.whiskers import whiskers

#: Short names for the axis; the arms' full names are in the table and the hover.
SHORT = {
    "substrate": "+ substrate of the panel",
    "label_free": "+ substrate, label-free encoders",
    SHUFFLED: "+ scores of other images (null)",
    "untrained": "+ substrate, untrained (control)",
    "within": "+ supervised teacher",
    "across": "+ contrastive teacher",
}


def distill_differences(found: DistillSummary, theme: Theme) -> go.Figure:
    """Draw each arm's change in accuracy against cross-entropy, one colour per share of labels."""
    figure = base(theme, title="Gain in accuracy over cross-entropy alone", height=520)
    names, count = list(SHORT), len(found.fractions)
    for index, fraction in enumerate(found.fractions):
        rows = [d for d in found.differences if d.fraction == fraction and d.difference is not None]
        offset = 0.34 * ((index + 0.5) / count - 0.5) * (2 if count > 1 else 0)
        y = [names.index(d.arm) + offset for d in rows]
        _null_band(figure, rows, offset, theme, names)
        _each_seed(figure, rows, y, colour(index))
        figure.add_scatter(
            x=[100 * (d.difference or 0.0) for d in rows], y=y, mode="markers",
            name=f"{share(fraction)} of the labels ({rows[0].images:,} images)" if rows else "",
            marker={"color": colour(index), "symbol": marker(index), "size": 10},
            error_x=whiskers(
                [(d.difference, d.low, d.high) for d in rows], colour(index), scale=100
            ),
            customdata=[[ARMS[d.arm], 100 * d.accuracy, d.alignment] for d in rows],
            hovertemplate="%{customdata[0]}<br>%{x:+.1f} points, accuracy %{customdata[1]:.1f} %"
            "<br>CKA with the substrate %{customdata[2]:.2f}<extra></extra>",
        )  # fmt: skip
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=list(SHORT.values()), showgrid=False,
        range=[len(names) - 0.4, -0.6], zeroline=False,
    )  # fmt: skip
    figure.update_xaxes(title="Percentage points of accuracy, paired by seed")
    figure.update_layout(
        margin={"t": 100, "b": 110}, legend={"yref": "container", "y": 0, "yanchor": "bottom"}
    )
    return state(figure, theme, _facts(found))


def _facts(found: DistillSummary) -> str:
    lines = two_lines(found.facts)
    return f"{lines}<br>Whiskers: 95 % t intervals over {len(found.seeds)} paired seeds"


def _null_band(
    figure: go.Figure, rows: Sequence[Difference], offset: float, theme: Theme, names: list[str]
) -> None:
    """Shade what the scores of other images do, behind all arms of one share of the labels."""
    null = next((d for d in rows if d.arm == SHUFFLED and d.low is not None), None)
    if null is None or null.low is None or null.high is None:
        return
    for place in range(len(names)):
        figure.add_shape(
            type="rect", x0=100 * null.low, x1=100 * null.high, y0=place + offset - 0.13,
            y1=place + offset + 0.13, fillcolor=theme.null, line={"width": 0}, layer="below",
        )  # fmt: skip


def _each_seed(figure: go.Figure, rows: Sequence[Difference], y: Sequence[float], ink: str) -> None:
    points = [(100 * v, place) for d, place in zip(rows, y, strict=True) for v in d.each]
    figure.add_scatter(
        x=[x for x, _ in points], y=[place for _, place in points], mode="markers",
        showlegend=False, name="each seed", marker={"color": ink, "size": 5, "opacity": 0.55},
        hovertemplate="one seed: %{x:+.1f} points<extra></extra>",
    )  # fmt: skip


def distill_alignment(
    repeats: Sequence[DistillRepeat], found: DistillSummary, theme: Theme
) -> go.Figure:
    """Draw every student: how close it came to the substrate, and how accurate it is."""
    figure = base(theme, title="Every student: alignment and accuracy", height=520)
    for index, arm in enumerate((BASELINE, *SHORT)):
        mine = [r for r in repeats if r.arm == arm]
        figure.add_scatter(
            x=[r.alignment for r in mine], y=[r.accuracy for r in mine], mode="markers",
            name=SHORT.get(arm, "Cross-entropy alone"),
            marker={"color": colour(index), "symbol": marker(index), "size": 9},
            customdata=[[100 * r.fraction, r.seed] for r in mine],
            hovertemplate="%{customdata[0]:g} % of the labels, seed %{customdata[1]}<br>CKA "
            "%{x:.2f}, accuracy %{y:.1%}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="Linear CKA with the panel's substrate, test images", range=[0, 1])
    figure.update_yaxes(title={"text": "Test accuracy", "standoff": 12}, tickformat=".0%")
    figure.update_layout(
        margin={"t": 100, "b": 150}, legend={"yref": "container", "y": 0, "yanchor": "bottom"}
    )
    return state(figure, theme, two_lines(found.facts))


def modality_rows(found: ModalitySummary, theme: Theme) -> go.Figure:
    """Draw each set of image features beside the texts, over what shuffled photographs give."""
    rows: Sequence[ModalityRepeat] = found.rows
    figure = base(theme, title=f"Agreement with texts: {found.scope_name.lower()}",
                  height=190 + 30 * len(rows))  # fmt: skip
    y = list(range(len(rows)))
    for place, row in zip(y, rows, strict=True):
        figure.add_shape(
            type="rect", x0=row.null_low, x1=row.null_high, y0=place - 0.3, y1=place + 0.3,
            fillcolor=theme.null, line={"width": 0}, layer="below",
        )  # fmt: skip
    figure.add_scatter(
        x=[r.tau for r in rows], y=y, mode="markers", name="95 % level of chance",
        marker={"symbol": "line-ns", "size": 16, "line": {"width": 2, "color": theme.muted}},
        hovertemplate="95 % level %{x:.3f}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[r.value for r in rows], y=y, mode="markers", name="Measured",
        marker={"color": [theme.accent if r.kind == "panel" else theme.ink for r in rows],
                "symbol": ["diamond" if r.kind == "panel" else "circle" for r in rows], "size": 10},
        error_x=whiskers([(r.value, r.low, r.high) for r in rows], theme.muted),
        customdata=[[r.features, "not given" if r.p is None else f"{r.p:.3f}"] for r in rows],
        hovertemplate="%{customdata[0]}<br>CKA %{x:.3f}, p %{customdata[1]}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[None], y=[None], mode="markers", name="Photographs permuted, middle 95 %",
        marker={"symbol": "square", "size": 12, "color": theme.null},
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=y, ticktext=[r.features for r in rows], range=[len(rows) - 0.4, -0.6],
        showgrid=False, zeroline=False,
    )  # fmt: skip
    figure.update_xaxes(title="Linear CKA with the texts", range=[0, 1])
    figure.update_layout(
        margin={"t": 100, "b": 110}, legend={"yref": "container", "y": 0, "yanchor": "bottom"}
    )
    reason = rows[0].reason or "Whiskers: 95 % jackknife over photographs"
    return state(figure, theme, f"{two_lines(found.facts)}<br>{reason}")


def emergence_shares(found: EmergenceSummary, theme: Theme) -> go.Figure:
    """Draw the share of its way that alignment had made half-way through accuracy's gain."""
    trainings = list(dict.fromkeys(r.encoder for r in found.every))
    titles = {r.encoder: r.title for r in found.every}
    figure = base(theme, title="How far alignment had come when accuracy was half way",
                  height=230 + 62 * len(trainings))  # fmt: skip
    for index, domain in enumerate(found.domains):
        rows = [r for r in found.every if r.domain == domain and told(r)]
        offset = 0.6 * ((index + 0.5) / len(found.domains) - 0.5)
        ends = [(r.share.value, r.share.low, r.share.high) for r in rows]
        title = next(r.domain_title for r in found.every if r.domain == domain)
        within = any(r.within for r in found.every if r.domain == domain)
        figure.add_scatter(
            x=[r.share.value for r in rows], y=[trainings.index(r.encoder) + offset for r in rows],
            mode="markers", name=f"{title}{' (within photographs)' if within else ''}",
            marker={"color": colour(index), "symbol": f"{marker(index)}{'-open' if within else ''}",
                    "size": 10, "line": {"width": 1.5}},
            error_x=whiskers(ends, colour(index)),
            customdata=[[r.title, r.photographs] for r in rows],
            hovertemplate="%{customdata[0]}, %{customdata[1]} photographs<br>%{x:.0%} of the way"
            "<extra></extra>",
        )  # fmt: skip
    figure.add_vline(0.5, line={"color": theme.muted, "dash": "dot", "width": 1.5})
    figure.update_yaxes(
        tickvals=list(range(len(trainings))), ticktext=[titles[t] for t in trainings],
        range=[len(trainings) - 0.4, -0.6], showgrid=False, zeroline=False,
    )  # fmt: skip
    figure.update_xaxes(title="Share of the whole change in alignment", tickformat=".0%")
    figure.update_layout(
        margin={"t": 100, "b": 120}, legend={"yref": "container", "y": 0, "yanchor": "bottom"}
    )
    silent = len(found.every) - sum(told(r) for r in found.every)
    facts = "Whiskers: 95 % jackknife over photographs; open: under ten photographs, no interval"
    if silent:
        facts += f"<br>Left out: {silent} whose change does not exceed its interval"
    return state(figure, theme, f"{facts}<br>Dotted line: in step with accuracy")


def emergence_curves(found: EmergenceSummary, theme: Theme) -> go.Figure:
    """Draw every training's alignment on one domain (solid) and its accuracy (dashed)."""
    figure = base(theme, title=f"Along training, on {found.domain_title}", height=540)
    for index, row in enumerate(found.here):
        _curve(figure, row, index)
    longest = max((r.steps for r in found.here), key=len)
    at = step_positions(np.array(longest))
    figure.update_xaxes(
        title="Training step (logarithmic)", tickvals=at, ticktext=[f"{s:,}" for s in longest],
        tickangle=-40,
    )  # fmt: skip
    figure.update_yaxes(title=found.here[0].metric, range=[-0.12, 1.02])
    figure.update_layout(
        yaxis2={"title": "Accuracy (dashed)", "overlaying": "y", "side": "right",
                "range": [-0.12, 1.02], "tickformat": ".0%", "showgrid": False, "zeroline": False,
                "color": theme.muted},
        margin={"t": 100, "r": 72, "b": 140},
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )  # fmt: skip
    return state(figure, theme, two_lines(found.facts))


def _curve(figure: go.Figure, row: EmergenceRepeat, index: int) -> None:
    x, ink = step_positions(np.array(row.steps)), colour(index)
    ends = list(zip(row.values, row.low, row.high, strict=True))
    for y, name, style in (
        (row.values, row.title, {"color": ink, "dash": "solid", "width": 2.4}),
        (row.tau, f"{row.title}, 95 % of shuffled", {"color": ink, "dash": "dot", "width": 1}),
    ):
        measured = y is row.values
        figure.add_scatter(
            x=x, y=y, mode="lines+markers" if measured else "lines", name=name, line=style,
            legendgroup=row.encoder, showlegend=measured, customdata=row.steps,
            marker={"symbol": marker(index), "size": 7},
            error_y=whiskers(ends, ink) if measured else None,
            hovertemplate=f"{name}<br>step %{{customdata:,}}: %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=x, y=row.accuracy, yaxis="y2", mode="lines", showlegend=False, legendgroup=row.encoder,
        line={"color": ink, "dash": dash(1), "width": 1.4}, name=f"{row.title}, accuracy",
        hovertemplate=f"{row.title}<br>{row.accuracy_kind} %{{y:.1%}}<extra></extra>",
    )  # fmt: skip
