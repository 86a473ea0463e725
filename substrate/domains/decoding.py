"""From the bytes of an image file to 8-bit RGB pixels, or the reason why not."""

import io
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

#: The decoders that may run. Pillow has others, and picks by content whatever a file is called:
#: one of them, for EPS, starts Ghostscript, which runs the file as a program.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
MAX_PIXELS = 80_000_000  # a decompression bomb is small on disk and fills the memory
MAX_BYTES = 2**28  # of a file: 80 million pixels of three bytes fit; a film is not read whole
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


def file_bytes(path: Path) -> bytes:
    """Return a file's bytes, or raise `Unreadable` for what is no file or too large to be one."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would wait for its writer for ever
            raise Unreadable("not a regular file")
        if status.st_size > MAX_BYTES:
            size, most = status.st_size / 2**20, MAX_BYTES // 2**20
            raise Unreadable(f"too large: {size:,.0f} MiB; at most {most} MiB are read")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from error


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
            formats = ", ".join(FORMATS)
            raise Unreadable(f"not an image of a known format ({formats})") from error
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
    image = Image.open(io.BytesIO(data), formats=FORMATS)
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
