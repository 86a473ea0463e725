"""Domains cut from the photographs that the installed image libraries carry; nothing is fetched."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import UInt8

from substrate.domains.photographs import (
    FACES,
    PACKAGED_DOMAINS,
    PackagedPhotographs,
    Photograph,
    digit_images,
    face_images,
    pixels,
    writer,
)
from substrate.domains.selection import spread
from substrate.domains.spec import (
    Domain,
    DomainError,
    DomainInfo,
    DomainSource,
    check_keys,
    check_sizes,
    nearest_name,
    sample_table,
)

# Tiles whose luminance varies by less than this standard deviation (of 255) show nothing: sky,
# a margin, the black surround of a fundus camera.
NEARLY_CONSTANT = 2.0
MOSTLY_KNOWN = 0.9  # the share of a tile's pixels that were measured, where some were not
LUMINANCE = np.array([0.2125, 0.7154, 0.0721])  # ITU-R BT.709, as scikit-image weighs colours

_KEYS = ("source", "name", "rest")


def names() -> list[DomainInfo]:
    """List the packaged domains."""
    return [
        DomainInfo(
            d.name,
            d.title,
            d.description,
            "; ".join(dict.fromkeys(p.licence for p in d.photographs)) or d.licence,
            len(d.photographs) or d.items,
        )
        for d in PACKAGED_DOMAINS.values()
    ]


def load(
    config: str | Mapping[str, Any], *, limit: int | None = None, seed: int = 0, tile: int = 32
) -> Domain:
    """Read a packaged domain by name, or by a configuration `{name: ..., rest: false}`.

    `rest: true` adds to the faces the 100 patches without a face of the same data set, which
    makes a two-class problem out of them.
    """
    config = {"name": config} if isinstance(config, str) else config
    check_keys(config, _KEYS, "packaged")
    check_sizes(limit=limit, tile=tile)
    name, rest = str(config.get("name", "")), bool(config.get("rest", False))
    if name not in PACKAGED_DOMAINS:
        raise DomainError(
            f"there is no packaged domain {name!r}{nearest_name(name, PACKAGED_DOMAINS)} "
            f"Packaged are {', '.join(PACKAGED_DOMAINS)}."
        )
    if rest and name != "face":
        raise DomainError(f"rest: true belongs to the domain 'face' alone; {name!r} has no rest.")
    domain = PACKAGED_DOMAINS[name]
    rows, images = _items(domain, rest=rest) if domain.items else _tiles(domain, tile)
    return _chosen(domain, rows, images, limit=limit, seed=seed, rest=rest)


def _chosen(
    domain: PackagedPhotographs,
    rows: list[dict[str, str]],
    images: list[UInt8[np.ndarray, "h w 3"]],
    *,
    limit: int | None,
    seed: int,
    rest: bool,
) -> Domain:
    """Drop repeated contents, choose, and bind the images to the table."""
    distinct = list(
        {row["content_sha256"]: i for i, row in reversed(list(enumerate(rows)))}.values()
    )
    distinct.sort()
    columns = [[rows[i][c] for i in distinct] for c in ("label", "group", "content_sha256")]
    kept = [distinct[i] for i in spread(*columns, limit=limit, seed=seed)]
    if not kept:
        raise DomainError(
            f"packaged domain {domain.name!r} has no tile left at this side; choose a smaller tile."
        )
    chosen = [images[i] for i in kept]
    return Domain(
        name="face-and-rest" if rest else domain.name,
        title="Faces and other patches" if rest else domain.title,
        samples=sample_table([rows[i] for i in kept]),
        skipped=(),
        available=len(distinct),
        read=lambda row: chosen[row].copy(),
        of="writer" if domain.name == "digit" else "photograph",
    )


def _tiles(
    domain: PackagedPhotographs, tile: int
) -> tuple[list[dict[str, str]], list[UInt8[np.ndarray, "h w 3"]]]:
    """Cut every photograph of a domain into disjoint tiles, row by row from the top left."""
    rows, images = [], []
    for photograph in domain.photographs:
        image, measured = pixels(photograph)
        for top in range(0, image.shape[0] - tile + 1, tile):
            for left in range(0, image.shape[1] - tile + 1, tile):
                here = np.s_[top : top + tile, left : left + tile]
                if measured is not None and measured[here].mean() < MOSTLY_KNOWN:
                    continue
                if (image[here] @ LUMINANCE).std() < NEARLY_CONSTANT:
                    continue
                box = [photograph.reduction * v for v in (left, top, left + tile, top + tile)]
                rows.append(_tile_row(domain, photograph, box, image[here]))
                images.append(image[here])
    return rows, images


def _tile_row(
    domain: PackagedPhotographs, photograph: Photograph, box: list[int], image: np.ndarray
) -> dict[str, str]:
    """Describe one tile."""
    averaged = photograph.reduction
    return {
        "sample_id": f"{domain.name}/{photograph.name}@{box[0]},{box[1]}",
        "content_sha256": content_digest(image),
        "domain": domain.name,
        "label": photograph.label,
        "group": photograph.name,
        "box": ",".join(map(str, box)),
        "source": photograph.source
        + (f", {averaged} x {averaged} pixels averaged" if averaged > 1 else ""),
        "licence": photograph.licence,
    }


def _items(
    domain: PackagedPhotographs, *, rest: bool
) -> tuple[list[dict[str, str]], list[UInt8[np.ndarray, "h w 3"]]]:
    """List the images of a domain that comes as many small images, each its own photograph."""
    if domain.name == "face":
        images = face_images()
        labels = [("face" if i < FACES else "other") if rest else "" for i in range(len(images))]
        images = images if rest else images[:FACES]
    else:
        images, labels = digit_images()
    rows = [
        {
            "sample_id": f"{domain.name}/{i:04d}",
            "content_sha256": content_digest(image),
            "domain": "face-and-rest" if rest else domain.name,
            "label": label,
            "group": writer(i) if domain.name == "digit" else f"{domain.name}-{i:04d}",
            "box": "",
            "source": domain.source,
            "licence": domain.licence,
        }
        for i, (image, label) in enumerate(zip(images, labels, strict=False))
    ]
    return rows, images


def content_digest(image: UInt8[np.ndarray, "h w 3"]) -> str:
    """SHA-256 of an image's size and pixels."""
    size = f"{image.shape[0]}x{image.shape[1]}:".encode()
    return hashlib.sha256(size + np.ascontiguousarray(image).tobytes()).hexdigest()


PACKAGED = DomainSource("packaged", "Packaged photographs", names, load)
