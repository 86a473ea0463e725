"""Pairs of units as rows: the pictures of either unit beside each other, with their r."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from substrate.analyses.units.one_to_one import OneToOne
from substrate.analyses.units.pictures import SIDE, UnitPictures
from substrate.figures.theme import TEXT_PX, Theme, base, state
from substrate.figures.units.curves import facts
from substrate.wording import between, number

#: Pictures of a unit, and the height of a row with its line of text; pixels.
PICTURES, ROW = 4, 92
#: Pictures of either unit of a pair, None where there are none.
Pair = tuple[UnitPictures | None, UnitPictures | None]


def pair_cards(
    result: OneToOne,
    rows: Sequence[int],
    pictures: Sequence[Pair],
    theme: Theme,
    names: tuple[str, str],
    *,
    title: str,
) -> go.Figure:
    """Draw some pairs of the matching (rows of ``result.pairs``), one below the other.

    A click on either unit's pictures reports [side, unit].
    """
    figure = base(theme, title=title, height=70 + ROW * len(rows))
    for place, (row, pair) in enumerate(zip(rows, pictures, strict=True)):
        for side, unit_pictures in enumerate(pair):
            place_pictures(figure, side, place, unit_pictures)
        _words(figure, result, row, place, theme)
    _clickable(figure, result, rows)
    figure.update_xaxes(
        side="top",
        tickvals=[0, 1],
        ticktext=list(names),
        range=[-0.5, 1.5],
        showgrid=False,
        zeroline=False,
        ticks="",
    )
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5],
        showticklabels=False,
        showgrid=False,
        zeroline=False,
        ticks="",
    )
    figure.update_layout(margin={"l": 8, "r": 8, "t": 40, "b": 8})
    return state(figure, theme, facts(result))


def _words(figure: go.Figure, result: OneToOne, row: int, place: int, theme: Theme) -> None:
    """Write the numbers of both units, and what the pair's correlation is, above the pictures."""
    pairs = result.pairs
    texts = (
        f"unit {pairs.first[row] + 1} · mean {_mean(result, 0, int(pairs.first[row]))}",
        f"unit {pairs.second[row] + 1} · mean {_mean(result, 1, int(pairs.second[row]))} · "
        f"{correlation(result, row)}",
    )
    for side, text in enumerate(texts):
        figure.add_annotation(
            text=text,
            x=side - 0.48,
            y=place - 0.24,
            xref="x",
            yref="y",
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font={"size": TEXT_PX, "color": theme.ink},
        )


def correlation(result: OneToOne, row: int) -> str:
    """Write a pair's correlation on the photographs that judge, with its interval."""
    pairs = result.pairs
    said = f"r {number(float(pairs.r[row]))}"
    if np.isfinite(pairs.low[row]):
        said += (
            f" {between(float(pairs.low[row]), float(pairs.high[row])).removeprefix('95 % CI ')}"
        )
    return said


def _mean(result: OneToOne, side: int, unit: int) -> str:
    living, active = (
        (result.living_first, result.active_first),
        (result.living_second, result.active_second),
    )[side]
    places = np.flatnonzero(living == unit)
    return number(float(active[places[0]])) if places.size else "–"


def _clickable(figure: go.Figure, result: OneToOne, rows: Sequence[int]) -> None:
    """Lay clear points over the pictures: an image reports no clicks."""
    pairs = result.pairs
    cells = [(place, row, side) for place, row in enumerate(rows) for side in (0, 1)]
    figure.add_scatter(
        x=[side for _, _, side in cells],
        y=[place + 0.1 for place, _, _ in cells],
        mode="markers",
        opacity=0,
        marker={"size": 60, "symbol": "square"},
        customdata=[[side, int((pairs.first, pairs.second)[side][row])] for _, row, side in cells],
        text=[correlation(result, row) for _, row, _ in cells],
        hovertemplate="%{text}: click to open the unit<extra></extra>",
        showlegend=False,
        name="units",
    )


def place_pictures(
    figure: go.Figure,
    x: float,
    place: int,
    unit_pictures: UnitPictures | None,
    most: int = PICTURES,
) -> None:
    """Place a unit's first pictures in the cell at x and this row, where there are any."""
    if unit_pictures is None or not len(unit_pictures.pictures):
        return
    figure.add_layout_image(
        source=strip(unit_pictures.pictures[:most]),
        x=x - 0.48,
        y=place - 0.22,
        sizex=0.96,
        sizey=0.66,
        xref="x",
        yref="y",
        sizing="contain",
        xanchor="left",
        yanchor="top",
        layer="below",
    )


def strip(pictures: np.ndarray) -> str:
    """Return pictures beside each other as the address of one JPEG."""
    side = 2 * SIDE
    sheet = Image.new("RGB", (len(pictures) * side, side), "#808080")
    for index, picture in enumerate(pictures):
        image = Image.fromarray(np.ascontiguousarray(picture))
        sheet.paste(image.resize((side - 4, side - 4), Image.Resampling.NEAREST), (index * side, 2))
    buffer = BytesIO()
    sheet.save(buffer, "JPEG", quality=88)
    return f"data:image/jpeg;base64,{b64encode(buffer.getvalue()).decode()}"
