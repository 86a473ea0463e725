"""What is kept of two networks that were read side by side, layer by layer.

Beside what alignments need there are the patches of images at which the leading eigenvectors
respond most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from jaxtyping import Float, Int, UInt8
from PIL import Image

from substrate.analyses.spec import AnalysisError
from substrate.numerics.weights.alignment import Crossing
from substrate.runs import Run
from substrate.store import CorruptEntryError, Entry, Store, digest

#: Raise it when the same networks and images give other entries.
VERSION = 7
#: Leading eigenvectors that panels show; patches of each at either end, and their side in pixels.
PICTURED, PATCHES, SIDE = 20, 4, 48


@dataclass(frozen=True)
class AlignedParams:
    """Two encoders, the domain that both see, and the seed of what is drawn."""

    first: str
    second: str
    domain: str
    seed: int = 0

    @property
    def names(self) -> tuple[str, str]:
        """Return both encoders."""
        return self.first, self.second


@dataclass(frozen=True, eq=False, kw_only=True)
class CrossedLayer:
    """A layer of either network as it was read: eigenvalues of W'W / n, and their eigenvectors."""

    names: tuple[str, str]
    widths: tuple[tuple[int, int], tuple[int, int]]
    values: tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m2"]]
    crossing: Crossing


@dataclass(frozen=True, eq=False)
class CrossedNetworks:
    """The layers of two networks, and how many images of how many photographs both saw.

    ``twins`` are, by draw and layer of untrained twins, the error of their alignment, S with both
    ends of its range (NaN where it is not told), and the errors of the null's alignments;
    ``twin_reasons`` say why S is not told.
    """

    layers: tuple[CrossedLayer, ...]
    images: int
    photographs: int
    twins: Float[np.ndarray, "t l e"]
    twin_reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Patches:
    """What a network sees where leading eigenvectors of a layer respond most.

    Attributes
    ----------
    pictures
        By eigenvector, end (where the response is highest, and lowest) and place: the receptive
        field in the image, its surroundings grey.
    rows
        The images as rows of the domain, -1 where there are fewer; an image takes part once.
    """

    pictures: UInt8[np.ndarray, "r 2 k s s 3"]
    rows: Int[np.ndarray, "r 2 k"]


def crossed_key(run: Run, params: AlignedParams) -> str:
    """Return the store key of what was read of two networks side by side."""
    return digest(
        {
            "kind": "crossed weights",
            "version": VERSION,
            "networks": [run.encoders[name].weights_digest for name in params.names],
            "images": run.domains[params.domain].samples_digest,
            "seed": params.seed,
        }
    )


def store_crossed(
    store: Store,
    key: str,
    layers: Sequence[CrossedLayer],
    images: tuple[int, int],
    patches: Sequence[tuple[Patches, Patches]] = (),
    twins: Sequence[Float[np.ndarray, "l e"]] = (),
    twin_reasons: Sequence[str] = (),
) -> None:
    """Keep layers that were read side by side, and the patches of either network's eigenvectors.

    ``images`` counts them and their photographs, ``twins`` are those of `CrossedNetworks`.
    """
    arrays: dict[str, np.ndarray] = {"twins": np.array(twins)} if twins else {}
    described = []
    for index, one in enumerate(layers):
        described.append(
            {
                "names": one.names,
                "widths": one.widths,
                "error": one.crossing.error,
                "seen": one.crossing.seen,
                "copied": one.crossing.copied,
            }
        )
        arrays |= {f"{index}/values/{side}": one.values[side] for side in range(2)}
        arrays |= {f"{index}/own/{side}": one.crossing.own[side] for side in range(2)}
        for part in ("error_permuted", "aligned", "plain", "permuted", "halved"):
            if (value := getattr(one.crossing, part)).size:
                arrays[f"{index}/{part}"] = value
    for index, both in enumerate(patches):
        for side, seen in enumerate(both):
            arrays[f"{index}/sheet/{side}"] = _sheet(seen.pictures)
            arrays[f"{index}/rows/{side}"] = seen.rows
    meta = {
        "kind": "crossed weights",
        "layers": described,
        "images": list(images),
        "twin_reasons": list(twin_reasons),
    }
    store.put(key, arrays=arrays, meta=meta)


def _sheet(pictures: UInt8[np.ndarray, "r 2 k s s 3"]) -> UInt8[np.ndarray, " b"]:
    """Return patches as the bytes of one JPEG: a row per eigenvector, the highest ones first."""
    rows, ends, kept, side = pictures.shape[:4]
    sheet = pictures.transpose(0, 3, 1, 2, 4, 5).reshape(rows * side, ends * kept * side, 3)
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(sheet)).save(buffer, "JPEG", quality=88)
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8)


def _pictures(sheet: UInt8[np.ndarray, " b"], kept: int) -> UInt8[np.ndarray, "r 2 k s s 3"]:
    """Return the patches of a sheet."""
    pixels = np.asarray(Image.open(BytesIO(sheet.tobytes()), formats=["JPEG"]).convert("RGB"))
    rows = len(pixels) // SIDE
    return pixels.reshape(rows, SIDE, 2, kept, SIDE, 3).transpose(0, 2, 3, 1, 4, 5)


def is_crossed(run: Run, params: AlignedParams) -> bool:
    """Say whether two networks have been read side by side."""
    return crossed_key(run, params) in run.store


def read_crossed(run: Run, params: AlignedParams) -> CrossedNetworks:
    """Return the layers of two networks that were read side by side.

    Raises
    ------
    AnalysisError
        If they were not; a damaged entry is removed, so that they are read again.
    """
    entry = _entry(run, params)
    meta = entry.manifest["meta"]
    layers = []
    for index, one in enumerate(meta["layers"]):

        def part(name: str, *shape: int, index: int = index) -> np.ndarray:
            there = f"{index}/{name}" in entry.names
            return entry.array(f"{index}/{name}") if there else np.empty(shape)

        aligned = part("aligned", 0, 0)
        crossed = Crossing(
            float(one["error"]),
            part("error_permuted", 0),
            aligned,
            part("plain", 0, 0),
            part("permuted", 0, *aligned.shape),
            part("halved", *aligned.shape),
            int(one["seen"]),
            (part("own/0", 0, 0), part("own/1", 0, 0)),
            bool(one["copied"]),
        )
        a, b = one["widths"]
        layers.append(
            CrossedLayer(
                names=tuple(one["names"]),
                widths=((int(a[0]), int(a[1])), (int(b[0]), int(b[1]))),
                values=(part("values/0", 0), part("values/1", 0)),
                crossing=crossed,
            )
        )
    images, photographs = (int(count) for count in meta["images"])
    twins = entry.array("twins") if "twins" in entry.names else np.empty((0, len(layers), 0))
    reasons = tuple(str(one) for one in meta["twin_reasons"])
    return CrossedNetworks(tuple(layers), images, photographs, twins, reasons)


def read_patches(run: Run, params: AlignedParams, layer: int, side: int) -> Patches | None:
    """Return the patches of a layer's eigenvectors in the first (0) or the second (1) network.

    None where none were kept.

    Raises
    ------
    AnalysisError
        If the networks have not been read side by side.
    """
    entry = _entry(run, params)
    if f"{layer}/sheet/{side}" not in entry.names:
        return None
    rows = entry.array(f"{layer}/rows/{side}")
    return Patches(_pictures(entry.array(f"{layer}/sheet/{side}"), rows.shape[2]), rows)


def _entry(run: Run, params: AlignedParams) -> Entry:
    key = crossed_key(run, params)
    try:
        entry = run.store.get(key)
    except CorruptEntryError:
        run.store.remove_damaged(key)
        entry = None
    if entry is None:
        titles = [run.encoders[name].title for name in params.names]
        raise AnalysisError(f"{titles[0]} and {titles[1]} have not been read side by side yet.")
    return entry
