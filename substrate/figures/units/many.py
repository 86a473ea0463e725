"""Many to many: matrices ordered by cluster, angles inside clusters, and clusters with pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.units.many_to_many import ManyToMany
from substrate.analyses.units.pictures import UnitPictures
from substrate.figures.theme import (
    ABOVE_PX,
    PALETTE,
    SEQUENTIAL,
    TEXT_PX,
    Theme,
    base,
    legend_below,
    state,
)
from substrate.figures.units.cards import place_pictures
from substrate.figures.units.curves import read_at
from substrate.figures.units.matrices import MOST_CELLS, block_means
from substrate.wording import many, number

#: Units of either side that are shown of a cluster, and the height of its row in pixels.
UNITS, ROW = 4, 100
#: Side of a matrix, and the room beside it; pixels.
SIDE, ROOM = 380, 80
#: Lines between clusters: white stands out on all of the scale, on a light and on a dark page.
BETWEEN = "#FFFFFF"
#: Pictures of units by side and number.
Known = Mapping[tuple[int, int], UnitPictures | None]


def facts(result: ManyToMany) -> str:
    """Return what every figure of clusters rests on."""
    how = "spectral" if result.method == "spectral" else "hierarchical"
    chosen = "by the eigengap" if result.chosen else "chosen"
    return (
        f"{result.size.caption} · {result.positions:,} positions{read_at(result.grids)} · "
        f"{many(len(result.clusters), 'cluster')} ({how}, {chosen}) · seed {result.place.seed}"
    )


def matrices(result: ManyToMany, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw absolute correlations of the units of both layers, as they come and by cluster."""
    labels = np.concatenate([result.labels_first, result.labels_second])
    order = np.argsort(labels, kind="stable")
    figure = base(theme, title=f"Units of {names[0]} and {names[1]}, by cluster")
    figure.update_layout(
        width=2 * (SIDE + ROOM) + 90,
        height=SIDE + ROOM + ABOVE_PX + 40,
        margin={"l": 60, "r": 80, "t": 44, "b": 60},
    )
    p = len(result.first)
    for index, (title, values, ends) in enumerate(
        (
            ("As they come", result.similarity, [p]),
            ("By cluster", result.similarity[np.ix_(order, order)], _ends(labels)),
        )
    ):
        _panel(figure, index, title, values, ends)
    size = -(-len(labels) // MOST_CELLS)
    blocks = f" · cells are means of {size} x {size} units" if size > 1 else ""
    return state(figure, theme, f"{facts(result)}{blocks}")


def _ends(labels: np.ndarray) -> list[int]:
    """Return where each cluster but the last ends."""
    return np.cumsum(np.bincount(labels))[:-1].tolist()


def _panel(figure: go.Figure, index: int, title: str, values: np.ndarray, ends: list[int]) -> None:
    axis = "" if index == 0 else "2"
    left = 0.55 * index
    plain = {"showgrid": False, "zeroline": False, "ticks": "outside", "nticks": 5}
    size = -(-len(values) // MOST_CELLS)
    figure.update_layout(
        {
            f"xaxis{axis}": {
                **plain,
                "domain": [left, left + 0.45],
                "constrain": "domain",
                "constraintoward": "left",
                "anchor": f"y{axis}",
                "title": {"text": "Units of A, then of B" if index == 0 else "Units, by cluster"},
            },
            f"yaxis{axis}": {
                **plain,
                "anchor": f"x{axis}",
                "autorange": "reversed",
                "scaleanchor": f"x{axis}",
                "constrain": "domain",
                "constraintoward": "top",
            },
        }
    )
    figure.add_heatmap(
        z=block_means(values),
        x0=(1 + size) / 2,
        dx=size,
        y0=(1 + size) / 2,
        dy=size,
        zmin=0.0,
        zmax=1.0,
        colorscale=SEQUENTIAL,
        xaxis=f"x{axis}",
        yaxis=f"y{axis}",
        showscale=index == 1,
        colorbar={"title": {"text": "|r|", "side": "top"}, "thickness": 12},
        hovertemplate="%{y}, %{x}: |r| = %{z:.2f}<extra></extra>",
        name=title,
    )
    for end in ends:
        for line in ({"x0": end, "x1": end}, {"y0": end, "y1": end}):
            across = "x0" in line
            place = {k: v + 0.5 for k, v in line.items()}
            whole = {"y0": 0, "y1": 1} if across else {"x0": 0, "x1": 1}
            figure.add_shape(
                type="line",
                xref=f"x{axis}" if across else f"x{axis} domain",
                yref=f"y{axis} domain" if across else f"y{axis}",
                line={"color": BETWEEN, "width": 1},
                **place,
                **whole,
            )
    figure.add_annotation(
        text=title,
        x=left,
        y=1.0,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"size": TEXT_PX},
    )


def angles(result: ManyToMany, theme: Theme) -> go.Figure:
    """Draw the cosines of the principal angles inside each cluster, with random clusters'."""
    figure = base(theme, title="Angles inside clusters", height=420)
    both = [k for k, one in enumerate(result.clusters) if len(one.cosines)]
    names = [name(result, k) for k in both]
    cosines = [(text, k) for text, k in zip(names, both, strict=True)]
    figure.add_scatter(
        x=[text for text, k in cosines for _ in result.clusters[k].cosines],
        y=[float(c) for _, k in cosines for c in result.clusters[k].cosines],
        mode="markers",
        name="Each angle",
        marker={"symbol": "circle-open", "size": 7, "color": PALETTE[7]},
        hovertemplate="%{x}: %{y:.2f}<extra></extra>",
    )
    for title, values, symbol, colour in (
        (
            "Mean of the cluster",
            [float(result.clusters[k].cosines.mean()) for k in both],
            "diamond",
            theme.accent,
        ),
        (
            "Mean of random clusters of its sizes",
            [float(result.clusters[k].null_mean.mean()) for k in both],
            "line-ew-open",
            theme.muted,
        ),
        (
            "95 % level of that mean",
            [result.clusters[k].level for k in both],
            "triangle-down-open",
            theme.ink,
        ),
    ):
        figure.add_scatter(
            x=names,
            y=values,
            mode="markers",
            name=title,
            marker={"symbol": symbol, "size": 12, "color": colour, "line": {"width": 2}},
            hovertemplate="%{x}: %{y:.2f}<extra></extra>",
        )
    figure.update_xaxes(title="Cluster, with its units of A and B", type="category")
    figure.update_yaxes(title="Cosine of the principal angle", range=[-0.02, 1.02])
    legend_below(figure, 4)
    return state(figure, theme, f"{facts(result)} · {many(len(result.random), 'random draw')}")


def name(result: ManyToMany, index: int) -> str:
    """Return a cluster's number with its units of either side: ``1 (5 + 4)``."""
    one = result.clusters[index]
    return f"{index + 1} ({len(one.first)} + {len(one.second)})"


def cards(
    result: ManyToMany,
    rows: Sequence[int],
    pictures: Known,
    theme: Theme,
    names: tuple[str, str],
) -> go.Figure:
    """Draw some clusters, one below the other: units of A, then units of B, by their top image.

    A click on a unit reports [side, unit].
    """
    figure = base(theme, title="Clusters", height=70 + ROW * max(len(rows), 1))
    points: list[tuple[float, int, int, int]] = []
    for place, index in enumerate(rows):
        one = result.clusters[index]
        for side, units in enumerate((one.first, one.second)):
            for column, unit in enumerate(units[:UNITS]):
                x = column + side * (UNITS + 0.4)
                place_pictures(figure, x, place, pictures.get((side, int(unit))), most=1)
                points.append((x, place, side, int(unit)))
        mean = number(float(one.cosines.mean())) if len(one.cosines) else "–"
        figure.add_annotation(
            text=f"cluster {name(result, index)} · mean cosine {mean}, random {number(one.level)} "
            "at the 95 % level",
            x=-0.48,
            y=place - 0.24,
            xref="x",
            yref="y",
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font={"size": TEXT_PX, "color": theme.ink},
        )
    figure.add_scatter(
        x=[x for x, *_ in points],
        y=[place + 0.1 for _, place, *_ in points],
        mode="markers",
        opacity=0,
        marker={"size": 56, "symbol": "square"},
        customdata=[[side, unit] for *_, side, unit in points],
        text=[f"unit {unit + 1} of {'AB'[side]}" for *_, side, unit in points],
        hovertemplate="%{text}: click to open the unit<extra></extra>",
        showlegend=False,
        name="units",
    )
    bare = {"showgrid": False, "zeroline": False, "showline": False, "ticks": ""}
    middle = (UNITS - 1) / 2
    figure.update_xaxes(
        side="top",
        tickvals=[middle, middle + UNITS + 0.4],
        ticktext=list(names),
        range=[-0.5, 2 * UNITS],
        **bare,
    )
    figure.update_yaxes(range=[max(len(rows), 1) - 0.5, -0.5], showticklabels=False, **bare)
    figure.update_layout(margin={"l": 8, "r": 8, "t": 40, "b": 8})
    return state(figure, theme, facts(result))
