"""One channel eigenvector of either network: its eigenvalue, its patches, and where else it is.

An eigenvector is found again in another network through the alignment of what both layers see, so
that there is a match only where the two were read side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, UInt8

from substrate.analyses.spec import AnalysisError
from substrate.analyses.weights.aligned import Aligned
from substrate.analyses.weights.channels import Channels
from substrate.analyses.weights.crossed import (
    PICTURED,
    AlignedParams,
    CrossedLayer,
    CrossedNetworks,
    is_crossed,
    read_crossed,
    read_patches,
)
from substrate.runs import Run

#: Ends of the names of matrices whose neurons are read from the other side between two networks.
WRITING = ("attn.proj", "mlp.fc2")


@dataclass(frozen=True, eq=False)
class NearestEigenvector:
    """The nearest eigenvector of another network's layer, of those that panels show.

    ``level`` is the largest |cosine| with any of them through alignments to shuffled photographs.
    """

    encoder: str
    layer: str
    rank: int
    cosine: float
    level: float


@dataclass(frozen=True, eq=False)
class Eigenvector:
    """One channel eigenvector.

    Attributes
    ----------
    rank
        Its place by eigenvalue, from 0.
    share
        Of its eigenvalue among all.
    error
        Standard error of the share, where neurons are Gaussian.
    before, after
        How far the next larger and the next smaller eigenvalue lie, in standard errors; NaN where
        there is none.
    highest, lowest
        Patches where the response is highest and lowest; empty where none were kept.
    nearest
        Its match in every encoder that was read side by side with this one.
    apart
        Encoders that were not.
    """

    encoder: str
    layer: str
    rank: int
    share: float
    error: float
    before: float
    after: float
    highest: UInt8[np.ndarray, "k s s 3"]
    lowest: UInt8[np.ndarray, "k s s 3"]
    nearest: tuple[NearestEigenvector, ...]
    apart: tuple[str, ...]

    @property
    def tied(self) -> bool:
        """Say whether the gap to a neighbour is below its own standard error."""
        gaps = [gap for gap in (self.before, self.after) if np.isfinite(gap)]
        return bool(gaps) and bool(min(gaps) < np.sqrt(2))  # of two eigenvalues as large


@dataclass(frozen=True, eq=False)
class Cell:
    """Two eigenvectors, one of either network, and their |cosine|.

    ``level`` is the largest |cosine| of any of the ``cells`` that panels show through alignments to
    shuffled photographs: a cell is picked from all of them. ``plain`` is NaN where the inputs
    cannot be compared without an alignment.
    """

    first: Eigenvector
    second: Eigenvector
    cosine: float
    plain: float
    level: float
    cells: int


def strongest(
    run: Run, params: AlignedParams, result: Aligned, layer: str
) -> tuple[int, int] | None:
    """Return the ranks of the two leading eigenvectors of a layer that agree most.

    None where nothing learned is told in it.
    """
    if next(one for one in result.layers if one.names[0] == layer).reason:
        return None
    crossed = _layer(read_crossed(run, params), layer)[1].crossing
    shown = np.abs(crossed.aligned[:PICTURED, :PICTURED])
    i, j = np.unravel_index(int(shown.argmax()), shown.shape)
    return int(i), int(j)


def opened(run: Run, params: AlignedParams, layer: str, ranks: tuple[int, int]) -> Cell:
    """Return two eigenvectors of a layer of the first network and of the second one's beside it.

    The second one's patches are turned to the sign of the first one.

    Raises
    ------
    AnalysisError
        If the networks have not been read side by side, or the layer has no such eigenvectors.
    """
    read = read_crossed(run, params)
    index, one = _layer(read, layer)
    aligned, (i, j) = one.crossing.aligned, ranks
    if not (i < min(PICTURED, aligned.shape[0]) and j < min(PICTURED, aligned.shape[1])):
        raise AnalysisError(f"{layer} has no eigenvectors {i + 1} and {j + 1} to show.")
    first = _eigenvector(run, params, read, index, 0, i)
    second = _eigenvector(run, params, read, index, 1, j)
    if aligned[i, j] < 0:
        second = replace(second, highest=second.lowest, lowest=second.highest)
    plain = one.crossing.plain
    return Cell(
        first,
        second,
        float(abs(aligned[i, j])),
        float(abs(plain[i, j])) if plain.size else float("nan"),
        *_level_of_all(one),
    )


def _layer(read: CrossedNetworks, name: str) -> tuple[int, CrossedLayer]:
    for index, one in enumerate(read.layers):
        if one.names[0] == name:
            return index, one
    raise AnalysisError(f"No layer {name!r} was read side by side.")


def _eigenvector(
    run: Run, params: AlignedParams, read: CrossedNetworks, index: int, side: int, rank: int
) -> Eigenvector:
    one, encoder = read.layers[index], params.names[side]
    patches = read_patches(run, params, index, side)
    none = np.empty((0, 1, 1, 3), dtype=np.uint8)
    ends = (none, none)
    if patches is not None and rank < len(patches.pictures):
        there = patches.rows[rank] >= 0
        ends = tuple(patches.pictures[rank, end][there[end]] for end in range(2))  # type: ignore[assignment]
    nearest = tuple(_nearest(run, params, encoder, one.names[side], rank))
    matched = {match.encoder for match in nearest}
    return Eigenvector(
        encoder=encoder,
        layer=one.names[side],
        rank=rank,
        **_size(one.values[side], one.widths[side][0], rank),
        highest=ends[0],
        lowest=ends[1],
        nearest=nearest,
        apart=tuple(n for n in run.encoders if n != encoder and n not in matched),
    )


def _size(values: Float[np.ndarray, " m"], neurons: int, rank: int) -> dict[str, float]:
    """Return the share of an eigenvalue, its standard error, and the gaps to its neighbours."""
    error = np.sqrt(2 / neurons) * values[rank]

    def gap(other: int) -> float:
        there = 0 <= other < len(values) and error > 0
        return float(abs(values[rank] - values[other]) / error) if there else float("nan")

    total = values.sum()
    return {
        "share": float(values[rank] / total),
        "error": float(error / total),
        "before": gap(rank - 1),
        "after": gap(rank + 1),
    }


def of_spectrum(run: Run, channels: Channels, layer: str, rank: int, domain: str) -> Eigenvector:
    """Return an eigenvector of one network's layer, by its place in the spectrum.

    Its patches and its matches are there where the layer was read beside another network's, and
    the eigenvector is among those that were kept.

    Raises
    ------
    AnalysisError
        If the layer has no such eigenvalue.
    """
    one = next((one for one in channels.layers if one.layer == layer), None)
    if one is None or rank >= len(one.values):
        raise AnalysisError(f"{layer} has no eigenvalue {rank + 1} to show.")
    vectors = [
        _eigenvector(run, params, read, index, side, rank)
        for params, read, index, side in _beside(run, channels, layer, domain)
        if rank < min(PICTURED, read.layers[index].crossing.aligned.shape[side])
    ]
    if vectors:
        return max(vectors, key=lambda vector: len(vector.highest))
    none = np.empty((0, 1, 1, 3), dtype=np.uint8)
    return Eigenvector(
        encoder=channels.encoder,
        layer=layer,
        rank=rank,
        **_size(one.values, one.neurons, rank),
        highest=none,
        lowest=none,
        nearest=(),
        apart=tuple(name for name in run.encoders if name != channels.encoder),
    )


def _beside(
    run: Run, channels: Channels, layer: str, domain: str
) -> Iterator[tuple[AlignedParams, CrossedNetworks, int, int]]:
    """Yield the readings of a layer beside other networks: its number there, and its side."""
    if layer.endswith(WRITING):
        return
    for name in run.encoders:
        for side in range(2):
            pair = (channels.encoder, name) if side == 0 else (name, channels.encoder)
            params = AlignedParams(*pair, domain, channels.seed)
            if name == channels.encoder or not is_crossed(run, params):
                continue
            read = read_crossed(run, params)
            for index, one in enumerate(read.layers):
                if one.names[side] == layer:
                    yield params, read, index, side


def _nearest(
    run: Run, params: AlignedParams, encoder: str, layer: str, rank: int
) -> Iterator[NearestEigenvector]:
    """Yield the match in every other encoder that has been read side by side with this one."""
    for name in run.encoders:
        for pair in ((encoder, name), (name, encoder)):
            beside = replace(params, first=pair[0], second=pair[1])
            if name == encoder or not is_crossed(run, beside):
                continue
            side = pair.index(encoder)
            layers = [one for one in read_crossed(run, beside).layers if one.names[side] == layer]
            if layers:
                yield _match(layers[0], side, rank, name)
                break


def _match(one: CrossedLayer, side: int, rank: int, encoder: str) -> NearestEigenvector:
    cosines = np.abs(one.crossing.aligned[:PICTURED, :PICTURED])
    of_one = cosines[rank] if side == 0 else cosines[:, rank]
    best = int(of_one.argmax())
    return NearestEigenvector(
        encoder, one.names[1 - side], best, float(of_one[best]), _level(one, side, rank)
    )


def _level_of_all(one: CrossedLayer) -> tuple[float, int]:
    """Return the largest |cosine| of all cells through the null's alignments, and their number."""
    null = np.abs(one.crossing.permuted[:, :PICTURED, :PICTURED])
    level = float(null.max()) if null.size else float("nan")
    return level, one.crossing.aligned[:PICTURED, :PICTURED].size


def _level(one: CrossedLayer, side: int, rank: int) -> float:
    """Return the largest |cosine| of an eigenvector through alignments to shuffled photographs."""
    null: Float[np.ndarray, "t r s"] = np.abs(one.crossing.permuted[:, :PICTURED, :PICTURED])
    if not null.size:
        return float("nan")
    return float((null[:, rank] if side == 0 else null[:, :, rank]).max())
