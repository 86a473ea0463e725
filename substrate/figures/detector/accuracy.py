"""The domain detector: accuracies beside what flatters them, and what is taken for what."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.detector.accuracy import DetectorResult, PixelResult
from substrate.analyses.detector.tables import BY_PHOTOGRAPH, accuracy_of, detector_rows, split_name
from substrate.figures import cells
from substrate.figures.shared import error_bar, guessing, name_rows
from substrate.figures.theme import PALETTE, SEQUENTIAL, Theme, base, state
from substrate.wording import percent

#: Whether photographs were held out, with name, colour and marker.
_KINDS = (
    (True, "{} not seen before", PALETTE[0], "circle"),
    (False, "Parts of the same {}: flatters", PALETTE[1], "square-open"),
)


def accuracies(result: DetectorResult, pixels: PixelResult | None, theme: Theme) -> go.Figure:
    """Draw what the detector reaches by photograph beside the splits and features that flatter."""
    rows = detector_rows(result, pixels)
    title = "How often the domain is named correctly"
    figure = base(theme, title=title, height=190 + 36 * len(rows))
    if result.by_photograph.balanced.low is not None:
        guessing(figure, 1 / len(result.by_photograph.classes), theme)
    for held_out, template, colour, symbol in _KINDS:
        name = template.format(result.nouns.groups)
        places = [i for i, row in enumerate(rows) if row[2] == held_out]
        intervals = [rows[i][1].balanced for i in places]
        figure.add_scatter(
            x=[interval.value for interval in intervals],
            y=places,
            mode="markers",
            name=name[0].upper() + name[1:],
            marker={
                "size": 11,
                "symbol": symbol,
                "color": colour,
                "line": {"width": 2, "color": colour},
            },
            error_x=error_bar(intervals, colour),
            text=[rows[i][0] for i in places],
            hovertemplate="%{text}: %{x:.1%}<extra></extra>",
        )
    name_rows(figure, [name for name, _, _ in rows], foot=110)
    figure.update_xaxes(title="Balanced accuracy", range=[-0.02, 1.03], tickformat=".0%")
    return state(figure, theme, result.facts)


def confusion(
    result: DetectorResult, theme: Theme, titles: Mapping[str, str], split: str = BY_PHOTOGRAPH
) -> go.Figure:
    """Draw the share of each true domain (rows) that is given to each domain (columns)."""
    accuracy = accuracy_of(result, split)
    names = [titles[name] for name in accuracy.classes]
    counts = accuracy.confusion
    figure = base(theme, title="Confusion matrix")
    figure.add_heatmap(
        z=(counts / counts.sum(axis=1, keepdims=True)).astype(np.float32),
        zmin=0,
        zmax=1,
        colorscale=SEQUENTIAL,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={
            "title": {"text": "share of the row", "side": "right"},
            "thickness": 12,
            "tickformat": ".0%",
        },
    )
    fitted = cells.fit(figure, names, names)
    cells.numbers(figure, [[str(count) for count in row] for row in counts], fitted)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    hovers = [
        f"{a} named as {b}: {counts[i, j]} images, {percent(float(shares[i, j]))}"
        for i, a in enumerate(names)
        for j, b in enumerate(names)
    ]
    cells.clicks(figure, counts.shape, fitted, hovers)
    cells.missing(figure, theme)
    kind = split_name(split, result.nouns)
    facts = f"true domains in rows, named ones in columns, {kind}<br>{result.facts}"
    return state(figure, theme, facts)
