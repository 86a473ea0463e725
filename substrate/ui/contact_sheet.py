"""Many small pictures with captions as one image, which a page can send in a millisecond."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO

import numpy as np
import streamlit as st
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from substrate.figures.fonts import REGULAR
from substrate.figures.theme import Theme
from substrate.ui.literal import literal
from substrate.ui.shared.linked_sheet import Opens, linked_sheet
from substrate.ui.shared.present import LARGE_PX, presenting

#: Pixels of the sheet per pixel on the page: captions stay sharp on dense screens. Sheets of
#: more than 1460 pixels are shrunk by Streamlit, so keep to ten columns of the usual side.
SCALE = 2
_GAP = 8
#: Sides from which captions are set larger; height of their letters and lines, in pixels.
_LARGE, _LETTERS, _LINES = 90, {False: 12, True: 14}, {False: 15, True: 18}


def contact_sheet(
    thumbnails: UInt8[np.ndarray, "n s s 3"],
    captions: Sequence[str],
    theme: Theme,
    *,
    columns: int = 8,
    side: int = 72,
) -> bytes:
    r"""Return one JPEG with a picture per thumbnail and its caption (lines split at \n) below.

    ``side`` is a picture's width on the page; a caption's line is cut where it would run into the
    next picture. Without thumbnails there is no sheet: say so on the page instead.
    """
    if len(captions) != len(thumbnails) or not len(thumbnails):
        raise ValueError(
            f"A sheet of {len(thumbnails)} pictures got {len(captions)} captions; "
            "give one caption for each, and at least one picture."
        )
    columns = min(columns, len(thumbnails))
    large = side >= _LARGE
    cell = tuple(SCALE * pixels for pixels in _cell(captions, side))
    rows = -(-len(thumbnails) // columns)
    sheet = Image.new("RGB", (columns * cell[0], rows * cell[1]), theme.paper)
    draw = ImageDraw.Draw(sheet)
    for index, (picture, caption) in enumerate(zip(thumbnails, captions, strict=True)):
        x, y = (index % columns) * cell[0], (index // columns) * cell[1]
        sheet.paste(_enlarged(picture, side), (x, y))
        for number, line in enumerate(caption.split("\n")):
            text = _fitted(line, cell[0] - _GAP, large)
            top = y + (side + 2 + number * _LINES[large]) * SCALE
            fill = theme.ink if number == 0 else theme.muted
            draw.text((x, top), text, fill=fill, font=_font(large))
    return _jpeg(sheet)


def show_sheet(
    thumbnails: UInt8[np.ndarray, "n s s 3"],
    captions: Sequence[str],
    theme: Theme,
    *,
    alt: str,
    columns: int = 8,
    side: int = 72,
    opens: Opens | None = None,
) -> None:
    """Place a contact sheet on the page; ``alt`` says in words what it shows.

    With ``opens`` each picture is a link to its image in the lens.
    """
    if not len(thumbnails):
        st.caption("No images to show.")
        return
    if not thumbnails.shape[1]:
        st.caption(f"There are no images: these features were read from files. {literal(alt)}.")
        return
    sheet = contact_sheet(thumbnails, captions, theme, columns=columns, side=side)
    # A fixed width of the image itself would make Streamlit shrink its pixels to that width.
    grown = LARGE_PX / _LETTERS[side >= _LARGE] if presenting() else 1
    with st.container(width=int(grown * min(columns, len(thumbnails)) * (side + _GAP))):
        if opens is None:
            st.image(sheet, width="stretch", alt=alt)
        else:
            linked_sheet(sheet, alt, _boxes(captions, columns, side), opens)


def _boxes(captions: Sequence[str], columns: int, side: int) -> list[dict[str, str]]:
    """Return where each picture stands on its sheet, in per cent of the sheet."""
    columns, (wide, high) = min(columns, len(captions)), _cell(captions, side)
    rows = -(-len(captions) // columns)
    return [
        {
            "left": f"{100 * (index % columns) / columns:.3f}%",
            "top": f"{100 * (index // columns) / rows:.3f}%",
            "width": f"{100 * side / (columns * wide):.3f}%",
            "height": f"{100 * side / (rows * high):.3f}%",
        }
        for index in range(len(captions))
    ]


def _cell(captions: Sequence[str], side: int) -> tuple[int, int]:
    """Return the width and the height of a picture with its caption and gaps, on the page."""
    lines = max(caption.count("\n") + 1 if caption else 0 for caption in captions)
    return side + _GAP, side + _GAP + _LINES[side >= _LARGE] * lines


def _enlarged(picture: UInt8[np.ndarray, "s s 3"], side: int) -> Image.Image:
    target = (side * SCALE, side * SCALE)
    coarse = 4 * picture.shape[0] <= target[0]
    filtering = Image.Resampling.NEAREST if coarse else Image.Resampling.BICUBIC
    return Image.fromarray(np.ascontiguousarray(picture)).resize(target, filtering)


@cache
def _font(large: bool) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font of charts; Pillow's own where its FreeType was built without WOFF2."""
    size = _LETTERS[large] * SCALE
    try:
        return ImageFont.truetype(REGULAR, size)
    except OSError:
        return ImageFont.load_default(size=size)


def _fitted(text: str, width: int, large: bool) -> str:
    font = _font(large)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"


def _jpeg(sheet: Image.Image) -> bytes:
    buffer = BytesIO()
    sheet.save(buffer, "JPEG", quality=90, subsampling=0)
    return buffer.getvalue()
