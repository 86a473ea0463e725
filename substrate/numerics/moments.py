"""Count, mean and second moment of features side by side: what stays when samples are let go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Real
from scipy.linalg import blas

from substrate.numerics.metrics import (
    METRICS,
    procrustes,
)
from substrate.numerics.spectra import (
    Directions,
    directions_of_covariance,
)

CHUNK = 4096  # rows that are brought to float64 at a time


class MomentsError(ValueError):
    """Moments that cannot be taken, added or used as asked; the message says why."""


class Moments:
    """Moments of the concatenated features of several blocks (an encoder's layer each).

    Accumulates in one pass and in float64, about the mean of the first batch, so that an offset
    costs no digits. Memory is one matrix of the total width, whatever the number of samples.

    Parameters
    ----------
    widths
        Number of units of each named block, in the order of concatenation.
    """

    def __init__(self, widths: Mapping[str, int]) -> None:
        self.widths = dict(widths)
        self.count = 0
        d = sum(self.widths.values())
        self._origin = np.zeros(d)
        self._sum = np.zeros(d)
        self._upper = np.zeros((d, d), order="F")

    @property
    def width(self) -> int:
        """Total number of units."""
        return self._sum.size

    def update(
        self, batch: Mapping[str, Real[np.ndarray, "n p"]] | Real[np.ndarray, "n D"]
    ) -> None:
        """Add samples: features already side by side, or one array per block."""
        x = self._side_by_side(batch) if isinstance(batch, Mapping) else batch
        if x.ndim != 2 or x.shape[1] != self.width:
            raise MomentsError(f"The batch has shape {x.shape}, expected (samples, {self.width}).")
        if self.count == 0 and len(x):
            self._origin = x.mean(axis=0, dtype=np.float64)
        total = np.zeros_like(self._sum)
        for start in range(0, len(x), CHUNK):
            part = x[start : start + CHUNK] - self._origin
            total += part.sum(axis=0)
            if not np.isfinite(total).all():
                unit = int(np.flatnonzero(~np.isfinite(total))[0])
                raise MomentsError(f"Unit {unit} of the batch holds NaN or Inf. Start anew.")
            self._upper = blas.dsyrk(1.0, part.T, beta=1.0, c=self._upper, overwrite_c=1)
        self._sum += total
        self.count += len(x)

    def _side_by_side(
        self, batch: Mapping[str, Real[np.ndarray, "n p"]]
    ) -> Real[np.ndarray, "n D"]:
        if list(batch) != list(self.widths):
            raise MomentsError(f"The batch has blocks {list(batch)}, expected {list(self.widths)}.")
        return np.hstack(list(batch.values()))

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both samples together; neither is changed."""
        if self.widths != other.widths or list(self.widths) != list(other.widths):
            raise MomentsError(
                f"Blocks {self.widths} and {other.widths} differ: only moments of the same "
                "features in the same order add up."
            )
        if not self.count or not other.count:
            return (self if self.count else other)._copy()
        out, shift = self._copy(), other._origin - self._origin
        out.count += other.count
        out._sum += other._sum + other.count * shift
        out._upper += other._upper + np.outer(shift, other._sum) + np.outer(other._sum, shift)
        out._upper += other.count * np.outer(shift, shift)
        return out

    def _copy(self) -> Moments:
        out = Moments(self.widths)
        out.count, out._origin, out._sum = self.count, self._origin.copy(), self._sum.copy()
        out._upper = self._upper.copy(order="F")
        return out

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all there is to store; `from_arrays` reads it back."""
        return {
            "count": np.array(self.count),
            "origin": self._origin,
            "sum": self._sum,
            "upper": np.triu(self._upper),
        }

    @classmethod
    def from_arrays(cls, widths: Mapping[str, int], arrays: Mapping[str, np.ndarray]) -> Moments:
        """Rebuild stored moments."""
        out = cls(widths)
        out.count = int(np.asarray(arrays["count"]).item())  # a store may keep it as one of one
        out._origin, out._sum = arrays["origin"].copy(), arrays["sum"].copy()
        out._upper = np.array(arrays["upper"], order="F")
        return out

    @property
    def mean(self) -> Float[np.ndarray, " D"]:
        """Mean of every unit."""
        return self._origin + self._sum / self._at_least(1)

    @property
    def covariance(self) -> Float[np.ndarray, "D D"]:
        """Covariance, divided by n - 1."""
        return self._covariance(slice(None), slice(None))

    def _covariance(self, rows: slice, columns: slice) -> Float[np.ndarray, "p q"]:
        n = self._at_least(2)
        upper = self._upper[rows, columns]
        if rows == columns:
            full = np.triu(upper) + np.triu(upper, 1).T
        elif (rows.start or 0) < (columns.start or 0):
            full = upper
        else:
            full = self._upper[columns, rows].T
        return (full - np.outer(self._sum[rows], self._sum[columns]) / n) / (n - 1)

    def _at_least(self, n: int) -> int:
        if self.count < n:
            raise MomentsError(
                f"{self.count} samples have been added, and at least {n} are needed."
            )
        return self.count

    def block(self, a: str, b: str | None = None) -> Float[np.ndarray, "p q"]:
        """Covariance of one block, or cross-covariance of two."""
        return self._covariance(self._place(a), self._place(a if b is None else b))

    def _place(self, name: str) -> slice:
        if name not in self.widths:
            raise MomentsError(f"There is no block {name!r}; there are {list(self.widths)}.")
        names = list(self.widths)
        start = sum(self.widths[other] for other in names[: names.index(name)])
        return slice(start, start + self.widths[name])

    def principal_directions(self, k: int, *, standardised: bool = False) -> Directions:
        """Leading directions of all blocks together, of z-scored units where asked."""
        return directions_of_covariance(self.correlation if standardised else self.covariance, k)

    @property
    def correlation(self) -> Float[np.ndarray, "D D"]:
        """Covariance of z-scored units."""
        covariance = self.covariance
        scale = np.sqrt(np.diagonal(covariance))
        if not scale.all():
            raise MomentsError(f"Unit {int(np.argmin(scale))} is constant and has no z-score.")
        return covariance / np.outer(scale, scale)

    def score(self, key: str, a: str, b: str) -> float:
        """Score two blocks by a metric that moments suffice for.

        Raises
        ------
        MomentsError
            Where the metric needs samples, with the reason.
        """
        metric = METRICS[key]
        if metric.from_moments is None:
            raise MomentsError(f"{key} cannot be had from moments: {metric.needs_samples}.")
        more: dict[str, Any] = {}
        if metric.from_moments is procrustes.size_and_shape_from_moments:
            more["n"] = self.count
        return metric.from_moments(self.block(a), self.block(a, b), self.block(b), **more)
