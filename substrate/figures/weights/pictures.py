"""Filters as small pictures: negative red, positive blue, nothing in the page's own lightness."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, UInt8
from PIL import Image

from substrate.figures.theme import TEXT_PX, Theme

#: Side of a filter's picture in a grid, and the room between two; pixels.
SIDE, GAP = 50, 8


def coloured(
    values: Float[np.ndarray, "h w"], theme: Theme, most: float
) -> UInt8[np.ndarray, "h w 3"]:
    """Return the colours of weights from -most to most on the page's diverging scale."""
    share = np.clip(0.5 + values.ravel() / (2 * most if most > 0 else 1.0), 0, 1)
    at = [place for place, _ in theme.diverging]
    ends = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for _, c in theme.diverging])
    colours = np.stack([np.interp(share, at, ends[:, part]) for part in range(3)], axis=1)
    return np.round(colours).astype(np.uint8).reshape(*values.shape, 3)


def address(picture: UInt8[np.ndarray, "h w 3"], scale: int) -> str:
    """Return a picture, each pixel ``scale`` times as large, as the address of a PNG."""
    large = Image.fromarray(np.repeat(np.repeat(picture, scale, axis=0), scale, axis=1))
    buffer = BytesIO()
    large.save(buffer, "PNG")
    return f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}"


def filter_address(vector: Float[np.ndarray, " s"], theme: Theme, *, side: int = SIDE) -> str:
    """Return a filter, scaled to its own largest weight, as the address of a picture."""
    pixels = round(len(vector) ** 0.5)
    picture = coloured(vector.reshape(pixels, pixels), theme, float(np.abs(vector).max()))
    return address(picture, max(1, round(2 * side / pixels)))


@dataclass
class Board:
    """Pictures, texts and lines of a figure whose axes count pixels, downwards.

    They are laid on the figure at once: each update of a layout takes milliseconds.
    """

    images: list[dict[str, Any]] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def place(self, source: str, left: float, top: float, wide: float, high: float = 0.0) -> None:
        """Place a picture, a square one where no height is given."""
        self.images.append(
            {
                "source": source,
                "x": left,
                "y": top,
                "sizex": wide,
                "sizey": high or wide,
                "xref": "x",
                "yref": "y",
                "xanchor": "left",
                "yanchor": "top",
                "sizing": "stretch",
                "layer": "above",
            }
        )

    def write(
        self,
        text: str,
        x: float,
        y: float,
        *,
        colour: str,
        across: str = "center",
        down: str = "middle",
        angle: float = 0,
    ) -> None:
        """Write a text at a point: its middle, or what ``across`` and ``down`` say."""
        self.texts.append(
            {
                "text": text,
                "x": x,
                "y": y,
                "xref": "x",
                "yref": "y",
                "xanchor": across,
                "yanchor": down,
                "textangle": angle,
                "showarrow": False,
                "font": {"size": TEXT_PX, "color": colour},
            }
        )

    def line(self, x: tuple[float, float], y: float, colour: str) -> None:
        """Draw a level line."""
        ends = {"x0": x[0], "x1": x[1], "y0": y, "y1": y}
        self.lines.append({"type": "line", **ends, "line": {"color": colour, "width": 3}})

    def frame(self, left: float, top: float, side: float, colour: str) -> None:
        """Frame a square picture."""
        ends = {"x0": left - 3, "x1": left + side + 3, "y0": top - 3, "y1": top + side + 3}
        self.lines.append({"type": "rect", **ends, "line": {"color": colour, "width": 3}})

    def onto(self, figure: go.Figure, wide: float, high: float) -> None:
        """Lay all of it on a figure, which gets this size and axes that count its pixels."""
        hidden = {"visible": False, "fixedrange": True}
        figure.update_layout(
            images=self.images,
            annotations=self.texts,
            shapes=self.lines,
            xaxis={**hidden, "range": [0, wide]},
            yaxis={**hidden, "range": [high, 0]},
            width=int(wide),
            height=int(high),
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            hovermode="closest",
        )


def clicks(
    figure: go.Figure,
    centres: Sequence[tuple[float, float]],
    data: Sequence[Sequence[int]],
    hovers: Sequence[str],
    *,
    side: int = SIDE,
) -> None:
    """Lay clear points over pictures, which report no clicks themselves."""
    figure.add_scatter(
        x=[x for x, _ in centres],
        y=[y for _, y in centres],
        mode="markers",
        opacity=0,
        marker={"size": side, "symbol": "square"},
        customdata=[list(one) for one in data],
        text=list(hovers),
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
        name="filters",
    )
