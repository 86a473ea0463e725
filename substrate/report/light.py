"""What a report holds is made small: pictures as WebP, tables compressed until they are asked for.

A report with every view of seventeen encoders is mostly pictures, each drawn twice as dense as it
is shown. Exported figures keep JPEG, which every program that opens an SVG can read.
"""

from __future__ import annotations

import gzip
import re
from base64 import b64decode, b64encode
from io import BytesIO

from PIL import Image

#: Quality of pictures that came as JPEG; they look the same at the size at which they stand.
QUALITY = 80
_PICTURE = re.compile(r"data:image(?:/|\\u002f)(\w+);base64,((?:[A-Za-z0-9+/=]|\\u002f)+)")


def with_light_pictures(figure: str) -> str:
    """Return a figure's JSON with each JPEG in it as WebP, where that is smaller.

    Plotly writes each of base64's strokes as six letters; here they are one.
    """
    return _PICTURE.sub(_lighter, figure)


def _lighter(address: re.Match[str]) -> str:
    kind, data = address[1], address[2].replace("\\u002f", "/")
    if kind == "jpeg":
        buffer = BytesIO()
        picture = Image.open(BytesIO(b64decode(data)), formats=("JPEG",))
        picture.save(buffer, "WEBP", quality=QUALITY, method=4)
        if len(made := b64encode(buffer.getvalue()).decode()) < len(data):
            kind, data = "webp", made
    return f"data:image/{kind};base64,{data}"


def packed(data: bytes) -> str:
    """Return bytes compressed, as the address of a file of the type gzip; alike at each call."""
    return f"data:application/gzip;base64,{b64encode(gzip.compress(data, mtime=0)).decode()}"
