"""The font of pages and charts, shipped so that a figure looks alike everywhere and offline.

Source Sans by Adobe (SIL Open Font License 1.1, `OFL.txt`), one file for all weights. Streamlit
serves the same font to its pages; reports and exported figures hold it themselves.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

#: Name of the font as Streamlit's pages have it, and what stands in for it elsewhere.
NAME = "Source Sans"
FAMILY = f"'{NAME}', 'Source Sans 3', 'Helvetica Neue', Helvetica, Arial, sans-serif"

_FILE = Path(__file__).with_name("source-sans.woff2")


@cache
def face() -> str:
    """Return the font as a CSS rule that holds it whole."""
    return (
        f"@font-face {{ font-family: '{NAME}'; font-weight: 200 900; font-style: normal; "
        f"src: url({_data()}) format('woff2'); }}"
    )


@cache
def script() -> str:
    """Return JavaScript that gives the font to a page before anything is measured on it."""
    return (
        f"document.fonts.add(new FontFace('{NAME}', \"url({_data()})\", {{weight: '200 900'}}));"
        f"document.fonts.load(\"14px '{NAME}'\"); document.fonts.load(\"600 18px '{NAME}'\");"
    )


def _data() -> str:
    return f"data:font/woff2;base64,{base64.b64encode(_FILE.read_bytes()).decode()}"
