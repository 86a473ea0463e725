"""The wall: shared directions by encoders, each cell an encoder's top images and its r."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO

import numpy as np
import plotly.graph_objects as go
from jaxtyping import UInt8
from PIL import Image

from substrate.analyses.sharedness.wall import Wall
from substrate.figures.theme import Theme, base, state
from substrate.wording import number

TITLE = "The wall of shared directions"

#: Images of a cell, the side of each and the height of the line below them, in pixels.
IMAGES, SIDE, LINE = 4, 48, 26
#: What the cells of a row share, and the least height of one with two rows of images; pixels.
ROW, LEAST = 860, 56
#: Encoders from which a cell's images stand two by two.
MANY = 7
#: Marks of what exceeds chance and twins, chance alone, or neither.
BOTH, CHANCE, NEITHER = "◆", "●", "○"


def wall(
    result: Wall,
    pictures: UInt8[np.ndarray, "n s s 3"],
    titles: Mapping[str, str],
    theme: Theme,
    *,
    rows: int | None = None,
) -> go.Figure:
    """Draw the wall; ``pictures`` are those of all samples of the domain.

    With ``rows`` the most shared directions alone, so many of them.
    """
    shared = result.shared
    shown = result.order[:rows]
    columns = 2 if len(shared.encoders) >= MANY else IMAGES
    high = SIDE if columns == IMAGES else _high(len(shared.encoders))
    height = 90 + LINE * (result.level is not None) + (high + LINE) * len(shown)
    figure = base(theme, title=TITLE, height=height)
    share = high / (high + LINE)
    if pictures.shape[1]:
        cells = [(p, int(d), e) for p, d in enumerate(shown) for e in range(len(shared.encoders))]
        figure.update_layout(  # all at once: adding one validates all before it again
            images=[
                {
                    "source": _strip(
                        pictures[result.top(encoder, direction, IMAGES)], columns, high
                    ),
                    "x": encoder - 0.48,
                    "y": place - 0.5 + share,  # on its line of text, however narrow the page
                    "sizex": 0.96,
                    "sizey": share,
                    "xref": "x",
                    "yref": "y",
                    "sizing": "contain",
                    "xanchor": "left",
                    "yanchor": "bottom",
                    "layer": "below",
                }
                for place, direction, encoder in cells
            ]
        )
    _labels(figure, result, shown, theme, share)
    _clickable(figure, result, shown, titles)
    figure.update_xaxes(
        side="top",
        tickvals=list(range(len(shared.encoders))),
        ticktext=[titles[name] for name in shared.encoders],
        range=[-0.5, len(shared.encoders) - 0.5],
        showgrid=False,
        zeroline=False,
        ticks="",
    )
    figure.update_yaxes(
        title="Direction of the shared subspace",
        tickvals=list(range(len(shown))),
        ticktext=[str(direction + 1) for direction in shown],
        range=[len(shown) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        ticks="",
    )
    _name_marks(figure, result, theme)
    figure.update_layout(
        margin={"t": 50 + LINE * (result.level is not None), "b": 12, "r": 8},
        legend={"yref": "container", "y": 1, "yanchor": "top", "x": 0, "xref": "paper"},
        hoverdistance=-1,
        hovermode="closest",
    )
    return state(figure, theme, facts(result))


def _high(encoders: int) -> int:
    """Return the height of a cell whose images stand two by two, in pixels."""
    return int(np.clip(ROW // encoders, LEAST, 2 * SIDE))


def facts(result: Wall) -> str:
    """State what the wall rests on, and what its marks mean."""
    shared = result.shared
    lines = [
        f"{shared.n_test} held-out of {shared.size.caption}",
        f"K = {shared.k}",
        shared.whitening,
        f"seed {shared.seed}",
    ]
    if result.level is None:
        return " · ".join([*lines, result.reason])
    lines.append(f"{CHANCE} above {number(result.level)}, the largest cell of shuffled panels")
    if result.draws:
        lines.append(f"{BOTH} above all {result.draws} untrained panels at that rank as well")
    return " · ".join(lines)


def mark(result: Wall, encoder: int, direction: int) -> str:
    """Return the mark of a cell, nothing where there is no chance level."""
    if result.level is None:
        return ""
    if result.above_both[encoder, direction]:
        return BOTH
    return CHANCE if result.above_chance[encoder, direction] else NEITHER


def _labels(figure: go.Figure, result: Wall, shown: np.ndarray, theme: Theme, share: float) -> None:
    x, y, text, colours = [], [], [], []
    for place, direction in enumerate(shown):
        for encoder, value in enumerate(result.shared.correlations[:, direction]):
            plain = f"{mark(result, encoder, direction)} {number(float(value))}".strip()
            both = bool(result.above_both[encoder, direction])
            x.append(encoder - 0.47)
            y.append(place - 0.5 + (1 + share) / 2)
            text.append(f"<b>{plain}</b>" if both else plain)
            colours.append(theme.ink if both else theme.muted)
    figure.add_scatter(
        x=x,
        y=y,
        text=text,
        mode="text",
        textposition="middle right",
        textfont={"color": colours},
        hoverinfo="skip",
        showlegend=False,
    )


def _name_marks(figure: go.Figure, result: Wall, theme: Theme) -> None:
    """Name the marks above the wall, where cells are compared with chance."""
    if result.level is None:
        return
    named = [("not above chance", "circle-open", theme.muted)]
    named.insert(0, ("above shuffled panels", "circle", theme.muted))
    if result.draws:
        named.insert(0, ("above untrained panels as well", "diamond", theme.ink))
    for name, symbol, colour in named:
        mark = {"symbol": symbol, "size": 9, "color": colour}
        figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=mark)


def _clickable(
    figure: go.Figure, result: Wall, shown: np.ndarray, titles: Mapping[str, str]
) -> None:
    shared = result.shared
    cells = [(p, int(d), e) for p, d in enumerate(shown) for e in range(len(shared.encoders))]
    figure.add_scatter(
        x=[encoder for _, _, encoder in cells],
        y=[place for place, _, _ in cells],
        mode="markers",
        opacity=0,
        marker={"size": SIDE, "symbol": "square"},
        customdata=[[direction, shared.encoders[encoder]] for _, direction, encoder in cells],
        text=[_hover(result, titles, direction, encoder) for _, direction, encoder in cells],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
        name="cells",
    )


def _hover(result: Wall, titles: Mapping[str, str], direction: int, encoder: int) -> str:
    shared = result.shared
    lines = [
        f"<b>{titles[shared.encoders[encoder]]}</b>, direction {direction + 1}",
        f"r with the others {number(shared.correlations[encoder, direction])}",
    ]
    if np.isfinite(shared.low[encoder, direction]):
        low, high = shared.low[encoder, direction], shared.high[encoder, direction]
        lines[-1] += f" [{number(low)}, {number(high)}]"
    if np.isfinite(result.twins[encoder, direction]):
        lines.append(f"untrained, 95 % level {number(result.twins[encoder, direction])}")
    return "<br>".join(lines)


def _strip(pictures: UInt8[np.ndarray, "c s s 3"], columns: int, high: int) -> str:
    """Return a cell's pictures beside each other as the address of one JPEG.

    It has twice the pixels that its height on the page has, for dense screens.
    """
    rows = -(-len(pictures) // columns)
    side = 2 * high // rows
    sheet = Image.new("RGB", (columns * side, rows * side), "#808080")
    coarse = pictures.shape[1] <= SIDE
    how = Image.Resampling.NEAREST if coarse else Image.Resampling.BICUBIC
    for index, picture in enumerate(pictures):
        image = Image.fromarray(np.ascontiguousarray(picture)).resize((side - 4, side - 4), how)
        sheet.paste(image, ((index % columns) * side + 2, (index // columns) * side + 2))
    buffer = BytesIO()
    sheet.save(buffer, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{b64encode(buffer.getvalue()).decode()}"
