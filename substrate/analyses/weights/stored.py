"""What is kept of an encoder's weights: spatial covariances, first filters, and eigenvalues.

Networks are at hand where runs extract features, and in the worker; whole tensors stay there. What
they leave in the store, once for the same weights, is read here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.spec import AnalysisError
from substrate.encoder_ref import Encoder, EncoderRef, as_ref
from substrate.numerics.weights.spatial import block_sums
from substrate.numerics.weights.spectrum import channel_eigenvalues, neurons
from substrate.runs import Run
from substrate.store import CorruptEntryError, Store, digest

#: Raise it when the same weights give other entries.
VERSION = 2
#: Blocks of neurons that can be left out, and raw filters that are kept: so many outputs by inputs.
BLOCKS, FIRST = 20, 16
#: A layer wider than this on both sides has no eigenvalues here: they would take minutes.
WIDEST = 4096
#: A layer with spatial patterns has at least this many kernels: fewer have no covariance.
FEWEST_KERNELS = 20
AGAIN = "Run the study again: only this is computed."


def without_network(title: str) -> str:
    """Say that an encoder is known by its features alone."""
    return f"{title} was read from files of features: without its network there are no weights."


class Named(Protocol):
    """The weights of one layer, as a network gives them."""

    @property
    def name(self) -> str:
        """Name of its module."""

    @property
    def weights(self) -> np.ndarray:
        """Its matrix or kernels, outputs first."""


@dataclass(frozen=True, eq=False, kw_only=True)
class StoredLayer:
    """What is kept of one layer.

    ``sums`` and ``counts`` are those of `block_sums`, ``filters`` the first raw kernels; all three
    are empty where there are no square kernels of more than a pixel, or too few. ``values`` are the
    eigenvalues of W'W / n, falling; empty where they were not read.
    """

    name: str
    shape: tuple[int, ...]
    finite: bool
    sums: Float[np.ndarray, "b s s"]
    counts: Int[np.ndarray, " b"]
    filters: Float[np.ndarray, "o i k k"]
    values: Float[np.ndarray, " m"]

    @property
    def spatial(self) -> bool:
        """Say whether it has kernels that spatial patterns can be read from."""
        return len(self.counts) > 0

    @property
    def square(self) -> bool:
        """Say whether its kernels have a square extent of more than one pixel."""
        return _square(self.shape)

    @property
    def width(self) -> tuple[int, int]:
        """Return the neurons over input channels and their inputs (`neurons`)."""
        return int(np.prod((self.shape[0], *self.shape[2:]))), self.shape[1]


def weights_key(run: Run, ref: EncoderRef) -> str:
    """Return the store key of what is kept of the weights of an encoder, or of an untrained twin.

    The same weights have the same key in every run. Twins are drawn from the encoder's weights;
    where several encoders have the same ones, the later ones' twins are others.
    """
    record = run.encoders[ref.name]
    parts = {"kind": "weights", "version": VERSION, "weights": record.weights_digest}
    if ref.twin is None:
        return digest(parts)
    names = list(run.encoders)
    before = names[: names.index(ref.name)]
    copy = sum(run.encoders[name].weights_digest == record.weights_digest for name in before)
    return digest(parts | {"twin": ref.twin, "copy": copy})


def store_weights(store: Store, key: str, layers: Iterable[Named], *, raw: bool = True) -> None:
    """Keep what `StoredLayer` holds of some layers, unless it is there.

    Raw filters are left out where ``raw`` is false: those of twins are never shown.
    """
    with store.computing(key):
        try:
            if store.get(key) is not None:
                return
        except CorruptEntryError:
            store.remove_damaged(key)
        arrays: dict[str, np.ndarray] = {}
        described = []
        for index, layer in enumerate(layers):
            finite = bool(np.isfinite(layer.weights).all())
            described.append([layer.name, list(layer.weights.shape), finite])
            if finite:
                arrays |= _reduced(index, layer.weights, raw=raw)
        meta = {"kind": "weights", "layers": described}
        store.put(key, arrays=arrays or {"none": np.empty(0)}, meta=meta)


def _square(shape: tuple[int, ...]) -> bool:
    return len(shape) == 4 and shape[2] == shape[3] > 1


def _reduced(index: int, w: np.ndarray, *, raw: bool) -> dict[str, np.ndarray]:
    """Return the arrays that are kept of one layer."""
    out: dict[str, np.ndarray] = {}
    if _square(w.shape) and w.shape[0] * w.shape[1] >= FEWEST_KERNELS:
        sums, counts = block_sums(w, BLOCKS)
        out |= {f"{index}/sums": sums, f"{index}/counts": counts}
        if raw:
            out[f"{index}/filters"] = w[:FIRST, :FIRST].astype(np.float32)
    if w.shape[1] > 1:
        rows = neurons(w)
        if min(rows.shape) <= WIDEST:
            out[f"{index}/values"] = channel_eigenvalues(rows)
    return out


def unread(run: Run, networks: Iterable[Encoder]) -> list[EncoderRef]:
    """Return the encoders and twins whose weights were not kept, of those that have a network."""
    return [
        ref
        for ref in map(as_ref, networks)
        if run.encoders[ref.name].source != "features" and weights_key(run, ref) not in run.store
    ]


def read_weights(run: Run, ref: EncoderRef) -> list[StoredLayer]:
    """Return what is kept of the weights of an encoder, layer by layer.

    Raises
    ------
    AnalysisError
        If they have not been read yet, or cannot be: the encoder is known by its features alone.
    """
    title = run.encoders[ref.name].title
    if run.encoders[ref.name].source == "features":
        raise AnalysisError(without_network(title))
    try:
        entry = run.store.get(weights_key(run, ref))
    except CorruptEntryError as error:
        raise AnalysisError(
            f"What is kept of the weights of {title} is damaged. {AGAIN}"
        ) from error
    if entry is None:
        raise AnalysisError(f"The weights of {title} have not been read yet. {AGAIN}")
    empty = np.empty((0, 0, 0)), np.empty(0, np.int64), np.empty((0, 0, 0, 0)), np.empty(0)
    arrays = dict.fromkeys(("sums", "counts", "filters", "values"))
    out = []
    for index, (name, shape, finite) in enumerate(entry.manifest["meta"]["layers"]):
        held = {
            part: entry.array(f"{index}/{part}") if f"{index}/{part}" in entry.names else none
            for part, none in zip(arrays, empty, strict=True)
        }
        out.append(StoredLayer(name=name, shape=tuple(shape), finite=finite, **held))
    return out
