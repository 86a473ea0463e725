"""The font of pages and charts, shipped so that a figure looks alike everywhere and offline.

Source Sans 3.052 by Adobe (SIL Open Font License 1.1, `OFL.txt`), its files of two weights as they
are released. Streamlit serves the same font to its pages as one variable file; reports and exported
figures hold these two, as browsers write a variable font into a PDF as drawings of letters (Type 3)
that journals refuse.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

#: Name of the font as Streamlit's pages have it, and what stands in for it elsewhere.
NAME = "Source Sans"
FAMILY = f"'{NAME}', 'Source Sans 3', 'Helvetica Neue', Helvetica, Arial, sans-serif"

#: The font of charts, as a file.
REGULAR = Path(__file__).with_name("source-sans-regular.woff2")
#: The files by the weights that they stand for.
FILES = {
    "200 500": REGULAR,
    "600 900": Path(__file__).with_name("source-sans-semibold.woff2"),
}


@cache
def face() -> str:
    """Return the font as CSS rules that hold it whole."""
    return "".join(
        f"@font-face {{ font-family: '{NAME}'; font-weight: {weights}; font-style: normal; "
        f"src: url({_data(path)}) format('woff2'); }}"
        for weights, path in FILES.items()
    )


@cache
def script() -> str:
    """Return JavaScript that gives the font to a page before anything is measured on it."""
    added = "".join(
        f"document.fonts.add("
        f"new FontFace('{NAME}', \"url({_data(path)})\", {{weight: '{weights}'}}));"
        for weights, path in FILES.items()
    )
    return (
        f"{added}document.fonts.load(\"14px '{NAME}'\");document.fonts.load(\"600 18px '{NAME}'\");"
    )


def _data(path: Path) -> str:
    return f"data:font/woff2;base64,{base64.b64encode(path.read_bytes()).decode()}"
