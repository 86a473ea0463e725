"""The domain detector: accuracies and controls, confusion, K, the basis, and one image."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.detector.accuracy import (
    DetectorResult,
    PixelResult,
    SweepResult,
    WithoutResult,
)
from substrate.analyses.detector.image import DetectionResult
from substrate.exhibits.detector.words import (
    BY_PHOTOGRAPH,
    detector_rows,
)
from substrate.figures.shared import error_bar, guessing
from substrate.figures.theme import PALETTE, SEQUENTIAL, Theme, base, heatmap_layout, state

_BOTTOM = {"yref": "container", "y": 0.0, "yanchor": "bottom"}


def accuracies(result: DetectorResult, pixels: PixelResult | None, theme: Theme) -> go.Figure:
    """Draw what the detector reaches by photograph beside the splits and features that flatter."""
    rows = detector_rows(result, pixels)
    figure = base(theme, title="How often the domain is named rightly", height=190 + 36 * len(rows))
    guessing(figure, 1 / len(result.by_photograph.classes), theme)
    for held, name, colour, symbol in (
        (True, "Photographs not seen before", PALETTE[0], "circle"),
        (False, "Parts of the same photographs: flatters", PALETTE[1], "square-open"),
    ):
        at = [(i, row[1].balanced) for i, row in enumerate(rows) if row[2] == held]
        figure.add_scatter(
            x=[found.value for _, found in at], y=[i for i, _ in at], mode="markers", name=name,
            marker={"size": 11, "symbol": symbol, "color": colour,
                    "line": {"width": 2, "color": colour}},
            error_x=error_bar([found for _, found in at], colour),
            text=[rows[i][0] for i, _ in at], hovertemplate="%{text}: %{x:.1%}<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=[row[0] for row in rows],
        range=[len(rows) - 0.5, -0.5], zeroline=False,
    )  # fmt: skip
    figure.update_xaxes(title="Balanced accuracy", range=[-0.02, 1.03], tickformat=".0%")
    figure.update_layout(margin={"t": 84, "b": 110}, legend=_BOTTOM)
    return state(figure, theme, _lines(result.facts))


def confusion(
    result: DetectorResult, theme: Theme, titles: Mapping[str, str], split: str = BY_PHOTOGRAPH
) -> go.Figure:
    """Draw the share of each true domain (rows) that is given to each domain (columns)."""
    found = result.by_photograph if split == BY_PHOTOGRAPH else result.naive
    names = [titles[name] for name in found.classes]
    counts = found.confusion
    figure = base(theme, title="What is taken for what", height=250 + 46 * len(names))
    figure.add_heatmap(
        z=(counts / counts.sum(axis=1, keepdims=True)).astype(np.float32), zmin=0, zmax=1,
        colorscale=SEQUENTIAL, xgap=1, ygap=1, text=counts, texttemplate="%{text}",
        customdata=[[[a, b] for b in names] for a in names],
        hovertemplate="%{customdata[0]} taken for %{customdata[1]}: %{text} images, %{z:.0%}"
        "<extra></extra>",
        colorbar={"title": {"text": "share of the row", "side": "right"}, "thickness": 12,
                  "tickformat": ".0%"},
    )  # fmt: skip
    ticks = {"tickvals": list(range(len(names))), "ticktext": names}
    figure.update_xaxes(tickangle=-35, **ticks)
    figure.update_yaxes(**ticks)
    figure.update_layout(plot_bgcolor=theme.missing, margin={"t": 84, "b": 90})
    facts = f"true domains in rows, named ones in columns, {split}<br>{result.facts}"
    return state(heatmap_layout(figure), theme, facts)


def sweep_curve(result: SweepResult, theme: Theme) -> go.Figure:
    """Draw balanced accuracy against the number of directions, by photograph and naively."""
    figure = base(theme, title="How many directions it takes", height=430)
    guessing(figure, result.chance, theme, horizontal=True)
    for name, found, colour, dash, symbol in (
        ("By photograph", result.by_photograph, PALETTE[0], "solid", "circle"),
        ("Random split: flatters", result.naive, PALETTE[1], "dash", "square"),
    ):
        figure.add_scatter(
            x=list(result.components), y=[each.value for each in found], mode="lines+markers",
            name=name, line={"color": colour, "dash": dash, "width": 2.2},
            marker={"symbol": symbol, "size": 8}, error_y=error_bar(list(found), colour),
            hovertemplate="K = %{x}: %{y:.1%}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(
        type="log", title="Directions, K (logarithmic)", tickvals=list(result.components),
        ticktext=[str(k) for k in result.components],
    )  # fmt: skip
    figure.update_yaxes(title="Balanced accuracy", range=[-0.02, 1.03], tickformat=".0%")
    figure.update_layout(margin={"t": 84, "b": 110}, legend=_BOTTOM)
    return state(figure, theme, f"{result.counted}<br>z-scored · 5 folds, seed {result.seed}")


def without_chart(
    result: WithoutResult, everything: DetectorResult, theme: Theme, titles: Mapping[str, str]
) -> go.Figure:
    """Draw each domain's recall, the basis made of all domains and made without that one."""
    figure = base(
        theme, title="A basis that never saw the domain", height=210 + 44 * len(result.domains)
    )
    full = everything.by_photograph
    series = (
        ("basis of all domains", PALETTE[0], "circle", -0.14,
         [full.recalls[full.classes.index(d)] for d in result.domains]),
        ("basis without this domain", PALETTE[2], "diamond-open", 0.14, list(result.recalls)),
    )  # fmt: skip
    for name, colour, symbol, shift, found in series:
        figure.add_scatter(
            x=[each.value for each in found], y=[i + shift for i in range(len(found))],
            mode="markers", name=name, error_x=error_bar(found, colour),
            marker={"size": 11, "symbol": symbol, "color": colour,
                    "line": {"width": 2, "color": colour}},
            text=[titles[d] for d in result.domains],
            hovertemplate="%{text}: %{x:.1%}<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(result.domains))), zeroline=False,
        ticktext=[titles[d] for d in result.domains], range=[len(result.domains) - 0.5, -0.5],
    )  # fmt: skip
    figure.update_xaxes(
        title="Share of the domain's images named rightly", range=[-0.02, 1.03], tickformat=".0%"
    )
    figure.update_layout(margin={"t": 84, "b": 110}, legend=_BOTTOM)
    return state(
        figure, theme,
        f"{result.counted}<br>K = {result.components}, z-scored · 5 folds, seed {result.seed}",
    )  # fmt: skip


def probabilities(found: DetectionResult, theme: Theme, titles: Mapping[str, str]) -> go.Figure:
    """Draw the probability that the classifier gives to each domain."""
    ordered = sorted(found.probabilities.items(), key=lambda item: -item[1])
    figure = base(theme, title="Probability of each domain", height=190 + 34 * len(ordered))
    figure.add_bar(
        x=[value for _, value in ordered], y=list(range(len(ordered))), orientation="h",
        marker={"color": theme.accent if found.inside else theme.missing},
        text=[f"{value:.1%}" for _, value in ordered], textposition="auto", name="probability",
        hovertemplate="%{x:.2%}<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(ordered))), ticktext=[titles[name] for name, _ in ordered],
        range=[len(ordered) - 0.5, -0.5], zeroline=False,
    )  # fmt: skip
    figure.update_xaxes(title="Probability", range=[0, 1.02], tickformat=".0%")
    figure.update_layout(margin={"t": 84})
    return state(figure, theme, _lines(found.facts))


def image_scores(found: DetectionResult, theme: Theme) -> go.Figure:
    """Draw an image's substrate scores in deviations of the training samples."""
    k = len(found.scores)
    figure = base(theme, title="Substrate scores of this image", height=360)
    figure.add_hrect(-2, 2, fillcolor=theme.null, line_width=0)
    figure.add_bar(
        x=list(range(1, k + 1)), y=found.scores, marker={"color": theme.accent}, name="score",
        hovertemplate="direction %{x}: %{y:.2f}<extra></extra>",
    )  # fmt: skip
    reach = max(3.0, 1.1 * float(np.abs(found.scores).max()))
    figure.update_yaxes(title="Deviations of the training samples", range=[-reach, reach])
    figure.update_xaxes(title="Direction of the substrate")
    return state(figure, theme, "grey band: two deviations either way")


def _lines(facts: str) -> str:
    first, *rest = facts.split(" · ")
    return f"{first}<br>{' · '.join(rest)}"
