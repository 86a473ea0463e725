"""The parts of images at which units are most and least active, cut out by receptive field."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from substrate.analyses.units.pictures import SIDE, pictures_key
from substrate.analyses.units.place import PlaceParams, read_place, trained
from substrate.domains.spec import Domain
from substrate.encoders.fields import ReceptiveField, receptive_field
from substrate.encoders.spec import Encoder
from substrate.extraction import framed
from substrate.numerics.units.extremes import End, Extremes
from substrate.runs import Run

ENDS: tuple[End, End] = ("highest", "lowest")


def store_pictures(
    run: Run,
    params: PlaceParams,
    side: int,
    units: Sequence[int],
    encoder: Encoder,
    domain: Domain,
) -> None:
    """Store the pictures of some units of the first (0) or second (1) layer, each once.

    An entry (`pictures_key`) holds for either end "pictures", 8-bit RGB squares (images, s, s, 3),
    the units' "values" there, and the "images" as rows of the domain.
    """
    missing = [unit for unit in units if pictures_key(run, params, side, unit) not in run.store]
    if not missing:
        return
    data = read_place(run, params, trained(params))
    layer = (params.first_layer, params.second_layer)[side]
    info = next(one for one in encoder.layers if one.name == layer)
    size = framed(domain.read(0), encoder.preprocessing).size[0]
    field = receptive_field(encoder.network, size, info)
    columns = data.grids[side][1]
    for unit in missing:
        arrays: dict[str, np.ndarray] = {}
        for end in ENDS:
            arrays |= _of_end(data.ends[side, end], unit, field, columns, encoder, domain, end)
        key = pictures_key(run, params, side, unit)
        run.store.put(key, arrays=arrays, meta={"kind": "pictures of a unit", "unit": int(unit)})


def _of_end(
    extremes: Extremes,
    unit: int,
    field: ReceptiveField,
    columns: int,
    encoder: Encoder,
    domain: Domain,
    end: End,
) -> dict[str, np.ndarray]:
    """Return what is stored of one end of a unit."""
    there = extremes.images[:, unit] >= 0
    rows, positions = extremes.images[there, unit], extremes.positions[there, unit]
    pictures = [
        patch(framed(domain.read(int(row)), encoder.preprocessing), field, int(place), columns)
        for row, place in zip(rows, positions, strict=True)
    ]
    return {
        f"{end}/pictures": np.array(pictures, dtype=np.uint8).reshape(-1, SIDE, SIDE, 3),
        f"{end}/values": extremes.values[there, unit],
        f"{end}/images": rows,
    }


def patch(
    image: Image.Image, field: ReceptiveField, position: int, columns: int, *, side: int = SIDE
) -> UInt8[np.ndarray, "s s 3"]:
    """Return the receptive field of a position, what lies beyond the image in grey, as a square."""
    left, top, right, bottom = field.box(position // columns, position % columns, image.size[0])
    cut = image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    how = Image.Resampling.NEAREST if max(cut.size) <= side else Image.Resampling.BICUBIC
    scale = side / max(cut.size)
    shape = (max(1, round(cut.size[0] * scale)), max(1, round(cut.size[1] * scale)))
    square = Image.new("RGB", (side, side), "#808080")
    place = ((side - shape[0]) // 2, (side - shape[1]) // 2)
    square.paste(cut.convert("RGB").resize(shape, how), place)
    return np.asarray(square)
