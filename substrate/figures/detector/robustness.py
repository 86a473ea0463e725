"""The detector against the number of directions, and with a basis that never saw the domain."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from substrate.analyses.detector.accuracy import DetectorResult, SweepResult, WithoutResult
from substrate.figures.shared import LEGEND_AT_FOOT, error_bar, guessing, name_rows
from substrate.figures.theme import PALETTE, Theme, base, state


def sweep_curve(result: SweepResult, theme: Theme) -> go.Figure:
    """Draw balanced accuracy against the number of directions, by photograph and naively."""
    figure = base(theme, title="How many directions it takes", height=430)
    if result.by_photograph[-1].low is not None:
        guessing(figure, result.chance, theme, horizontal=True)
    for name, intervals, colour, dash, symbol in (
        (f"By {result.nouns.group}", result.by_photograph, PALETTE[0], "solid", "circle"),
        ("Random split: flatters", result.naive, PALETTE[1], "dash", "square"),
    ):
        figure.add_scatter(
            x=list(result.components),
            y=[interval.value for interval in intervals],
            mode="lines+markers",
            name=name,
            line={"color": colour, "dash": dash, "width": 2.2},
            marker={"symbol": symbol, "size": 8},
            error_y=error_bar(intervals, colour),
            hovertemplate="K = %{x}: %{y:.1%}<extra></extra>",
        )
    figure.update_xaxes(
        type="log",
        title="Directions, K (logarithmic)",
        tickvals=list(result.components),
        ticktext=[str(k) for k in result.components],
    )
    figure.update_yaxes(title="Balanced accuracy", range=[-0.02, 1.03], tickformat=".0%")
    figure.update_layout(margin={"b": 110}, legend=LEGEND_AT_FOOT)
    facts = f"{result.units.text}, z-scored · 5 folds, seed {result.seed}"
    return state(figure, theme, f"{result.counted}<br>{facts}")


def without_chart(
    result: WithoutResult, everything: DetectorResult, theme: Theme, titles: Mapping[str, str]
) -> go.Figure:
    """Draw each domain's recall, the basis made of all domains and made without that one."""
    names = [titles[domain] for domain in result.domains]
    title = "A basis that never saw the domain"
    figure = base(theme, title=title, height=210 + 44 * len(names))
    full = everything.by_photograph
    recalls = [full.recalls[full.classes.index(domain)] for domain in result.domains]
    for name, colour, symbol, shift, intervals in (
        ("basis of all domains", PALETTE[0], "circle", -0.14, recalls),
        ("basis without this domain", PALETTE[2], "diamond-open", 0.14, result.recalls),
    ):
        figure.add_scatter(
            x=[interval.value for interval in intervals],
            y=[i + shift for i in range(len(intervals))],
            mode="markers",
            name=name,
            error_x=error_bar(intervals, colour),
            marker={
                "size": 11,
                "symbol": symbol,
                "color": colour,
                "line": {"width": 2, "color": colour},
            },
            text=names,
            hovertemplate="%{text}: %{x:.1%}<extra></extra>",
        )
    name_rows(figure, names, foot=110)
    figure.update_xaxes(
        title="Share of the domain's images named correctly",
        range=[-0.02, 1.03],
        tickformat=".0%",
    )
    units = f"K = {result.components} of {result.units.text}"
    facts = f"{units}, z-scored · 5 folds, seed {result.seed}"
    return state(figure, theme, f"{result.counted}<br>{facts}")
