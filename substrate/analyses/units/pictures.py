"""Pictures of units in the store: where they lie, and how they are read."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from substrate.analyses.units.place import VERSION, PlaceParams, place_inputs
from substrate.numerics.units.extremes import End
from substrate.runs import Run
from substrate.store import CorruptEntryError, digest

#: Side of a picture of a unit, in pixels.
SIDE = 48
#: Pairs that are shown of either end of the matching.
SHOWN = 8


@dataclass(frozen=True, eq=False)
class UnitPictures:
    """The images at one end of a unit's activation, cut to its receptive field.

    ``values`` are the unit's activations there, the most extreme one first; ``images`` rows of the
    domain. An image takes part once.
    """

    pictures: UInt8[np.ndarray, "n s s 3"]
    values: Float[np.ndarray, " n"]
    images: Int[np.ndarray, " n"]


def pictures_key(run: Run, params: PlaceParams, side: int, unit: int) -> str:
    """Return the store key of the pictures of a unit of the first (0) or the second (1) layer."""
    return digest(
        {
            "kind": "pictures of a unit",
            "version": [VERSION, 1],
            "place": asdict(params),
            "inputs": list(run.input_digests(*place_inputs(run, params)).items()),
            "side": side,
            "unit": int(unit),
        }
    )


def unit_pictures(
    run: Run, params: PlaceParams, side: int, unit: int, end: End = "highest"
) -> UnitPictures | None:
    """Return the stored pictures of a unit, None where there are none (yet) or they are damaged."""
    try:
        entry = run.store.get(pictures_key(run, params, side, unit))
        if entry is None:
            return None
        return UnitPictures(*(entry.array(f"{end}/{name}") for name in _ARRAYS))
    except CorruptEntryError:
        run.store.remove_damaged(pictures_key(run, params, side, unit))
        return None


_ARRAYS = ("pictures", "values", "images")
