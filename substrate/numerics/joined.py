"""Encoders side by side whose standardised features are never held all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, overload

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.whitening import Standardisation

#: Numbers of a panel's standardised features that are held in one array (160 MB in float64).
LARGEST = 20_000_000
#: Numbers that are standardised at a time where there are more.
CHUNK = 4_000_000


@dataclass(frozen=True, eq=False)
class Joined:
    """Standardised encoders side by side, made some rows at a time from their features.

    Stands in for the array (n, D) wherever that is multiplied, sliced by encoder, or reduced to its
    D x D products: ``features`` stay as they were stored (float32), so that a panel of 20,000
    samples and 5,120 units takes half of what the array would, and no copies of it.
    """

    features: tuple[Real[np.ndarray, "n _"], ...]
    learnt: tuple[Standardisation, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of samples, and of units of all encoders."""
        return len(self.features[0]), sum(x.shape[1] for x in self.features)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.features[0])

    def __matmul__(self, matrix: Float[np.ndarray, "D k"]) -> Float[np.ndarray, "n k"]:
        """Return the scores of all samples on the columns of a matrix."""
        out = np.empty((len(self), matrix.shape[1]))
        for rows, z in self._chunks():
            out[rows] = z @ matrix
        return out

    def products(self) -> Float[np.ndarray, "D D"]:
        """Return X'X."""
        width = self.shape[1]
        out = np.zeros((width, width))
        for _, z in self._chunks():
            out += z.T @ z
        return out

    def __getitem__(self, index: tuple[slice, slice]) -> Joined:
        """Return the columns of some encoders: all rows, and the edges of their units."""
        rows, columns = index
        edges = np.cumsum([0, *(x.shape[1] for x in self.features)]).tolist()
        if rows != slice(None) or columns.start not in edges or columns.stop not in edges:
            raise IndexError(f"Only whole encoders can be taken, at units {edges}; got {index}.")
        kept = slice(edges.index(columns.start), edges.index(columns.stop))
        return Joined(self.features[kept], self.learnt[kept])

    def reordered(self, orders: Int[np.ndarray, "e n"]) -> Joined:
        """Give each encoder its own order of the rows."""
        moved = tuple(x[order] for x, order in zip(self.features, orders, strict=True))
        return Joined(moved, self.learnt)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return the whole array after all, for what can do nothing with less."""
        out = np.empty(self.shape)
        edges = np.cumsum([0, *(x.shape[1] for x in self.features)])
        for x, learnt, (first, last) in zip(
            self.features, self.learnt, pairwise(edges), strict=True
        ):
            out[:, first:last] = learnt.apply(x)
        return out if dtype is None else out.astype(dtype, copy=False)

    def _chunks(self) -> Iterator[tuple[slice, Float[np.ndarray, "m D"]]]:
        n, width = self.shape
        edges = np.cumsum([0, *(x.shape[1] for x in self.features)])
        step = min(n, max(1, CHUNK // width))
        held = np.empty((step, width))
        for start in range(0, n, step):
            rows = slice(start, min(start + step, n))
            z = held[: rows.stop - start]
            columns = zip(self.features, self.learnt, pairwise(edges), strict=True)
            for x, learnt, (first, last) in columns:
                z[:, first:last] = learnt.apply(x[rows])
            yield rows, z


@dataclass(frozen=True, eq=False)
class Blocks(Sequence[np.ndarray]):
    """The encoders of a panel one by one, each standardised when it is asked for."""

    joined: Joined

    def __len__(self) -> int:
        """Return the number of encoders."""
        return len(self.joined.features)

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[np.ndarray]: ...

    def __getitem__(self, index: int | slice) -> np.ndarray | Sequence[np.ndarray]:
        """Standardise one encoder's features, or those of a few."""
        features, learnt = self.joined.features[index], self.joined.learnt[index]
        if isinstance(learnt, tuple):
            return Blocks(Joined(tuple(features), learnt))
        return learnt.apply(np.asarray(features))


def standardised_blocks(
    features: Sequence[Real[np.ndarray, "n _"]], learnt: Sequence[Standardisation]
) -> Sequence[np.ndarray]:
    """Standardise encoders: a list of arrays, or `Blocks` where these would be large."""
    joined = Joined(tuple(features), tuple(learnt))
    if _large(joined.shape):
        return Blocks(joined)
    return [s.apply(x) for s, x in zip(learnt, features, strict=True)]


def side_by_side_of(
    features: Sequence[Real[np.ndarray, "n _"]], learnt: Sequence[Standardisation]
) -> Any:
    """Standardise encoders and join them: an array (n, D), or `Joined` where it would be large."""
    joined = Joined(tuple(features), tuple(learnt))
    return joined if _large(joined.shape) else np.asarray(joined)


def joined(blocks: Sequence[Float[np.ndarray, "n _"]]) -> Any:
    """Put standardised encoders side by side."""
    return blocks.joined if isinstance(blocks, Blocks) else np.hstack(list(blocks))


def _large(shape: tuple[int, int]) -> bool:
    """Say whether features are too many for an array; wide ones go by their n x n products."""
    return shape[0] * shape[1] > LARGEST and shape[1] <= shape[0]
