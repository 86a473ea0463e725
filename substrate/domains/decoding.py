"""From the bytes of an image file to 8-bit RGB pixels, or the reason why not."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 80_000_000  # a decompression bomb is small on disk and fills the memory
SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
UNSCALED = ("I", "F")  # 32-bit integers and floats: the file does not say where white is

# What Pillow's plugins raise on damaged files, beside UnidentifiedImageError (an OSError).
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
)


class Unreadable(ValueError):  # noqa: N818 - a reason, shown to the user as it is
    """The bytes are no image that can be read; the message is the reason."""


def decode(data: bytes) -> UInt8[np.ndarray, "h w 3"]:
    """Decode an image as it is meant to be seen, or raise `Unreadable`.

    The first frame of an animation and the first page of a document are taken, the EXIF
    orientation is applied, grey is repeated to RGB, 16 bits are scaled to 8, and transparency is
    put on white.
    """
    with _reasons(), _open(data) as image:
        return _rgb(ImageOps.exif_transpose(image))


def verify(data: bytes) -> None:
    """Raise `Unreadable` for bytes that `decode` could not decode.

    A JPEG is decoded at an eighth of its size, which reads the whole stream at a fraction of the
    cost.
    """
    with _reasons(), _open(data) as image:
        if image.format == "JPEG":
            image.draft(image.mode, (image.width // 8 + 1, image.height // 8 + 1))
        image.load()
        ImageOps.exif_transpose(image.resize((2, 2)))


@contextmanager
def _reasons() -> Iterator[None]:
    """Turn what Pillow raises into a reason, and silence what it warns of and reads past."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except Unreadable:
            raise
        except UnidentifiedImageError as error:
            raise Unreadable("not an image of a known format") from error
        except Image.DecompressionBombError as error:
            raise Unreadable(
                f"too large: more than {MAX_PIXELS / 1e6:.0f} million pixels"
            ) from error
        except _DAMAGED as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise Unreadable(f"damaged: {lines[0]}") from error


def _open(data: bytes) -> Image.Image:
    """Read an image's header, refusing what is empty, too large or without a scale."""
    if not data:
        raise Unreadable("empty file (0 bytes)")
    image = Image.open(io.BytesIO(data))
    if image.width * image.height > MAX_PIXELS:
        raise Unreadable(
            f"too large: {image.width} x {image.height} pixels; "
            f"at most {MAX_PIXELS / 1e6:.0f} million are read"
        )
    if image.mode in UNSCALED:
        raise Unreadable("32-bit pixels, whose white is not defined; save it with 8 or 16 bits")
    return image


def _rgb(image: Image.Image) -> UInt8[np.ndarray, "h w 3"]:
    """Bring any 8- or 16-bit mode to RGB."""
    if image.mode in SIXTEEN_BITS:
        grey = np.rint(np.asarray(image).astype(np.float64) / 257).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=-1)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return np.array(image.convert("RGB"))
