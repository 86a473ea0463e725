"""The small pictures of a domain that a store keeps: for pages, and for the pixel controls."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from substrate.domains.spec import Domain

#: Longest side of a stored thumbnail, in pixels; smaller images are kept as they are.
THUMBNAIL = 96
#: Side of the pictures that the pixel controls read, in pixels.
PIXELS = 32


def small_pictures(domain: Domain) -> dict[str, UInt8[np.ndarray, "n _ _ 3"]]:
    """Return a domain's images as pages show them, and at the size of the pixel controls."""
    pictures = list(domain.images())
    side = min(THUMBNAIL, max(max(p.shape[:2]) for p in pictures))
    return {
        "thumbnails": np.stack([letterboxed(p, side) for p in pictures]),
        "pixels": np.stack([squared(p, PIXELS) for p in pictures]),
    }


def shorter_side(domain: Domain) -> int:
    """Return the shorter side of a domain's images in pixels, the middle one of all."""
    return int(np.median([min(picture.shape[:2]) for picture in domain.images()]))


def shrunk(image: UInt8[np.ndarray, "h w 3"], side: int) -> UInt8[np.ndarray, "_ _ 3"]:
    """Return an image with its longer side at most ``side`` pixels, never enlarged."""
    picture = Image.fromarray(image)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def letterboxed(image: UInt8[np.ndarray, "h w 3"], side: int) -> UInt8[np.ndarray, "s s 3"]:
    """Return the whole image inside a grey square."""
    picture = Image.fromarray(shrunk(image, side))
    square = Image.new("RGB", (side, side), (128, 128, 128))
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return np.asarray(square)


def squared(image: UInt8[np.ndarray, "h w 3"], side: int) -> UInt8[np.ndarray, "s s 3"]:
    """Return the centre square of an image at one size, as an encoder would see it."""
    picture = Image.fromarray(image)
    short = min(picture.size)
    left, top = (picture.width - short) // 2, (picture.height - short) // 2
    crop = picture.crop((left, top, left + short, top + short))
    return np.asarray(crop.resize((side, side), Image.Resampling.BILINEAR))
