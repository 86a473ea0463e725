"""In which order encoders stand in a matrix: as listed, or so that neighbours are alike."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

ORDERS = LISTED, CLUSTERED = "as listed", "clustered"
#: Encoders from which a matrix is clustered at first.
MANY = 8
#: Fields that hold a value per encoder.
_NAMED = ("encoders", "paradigms", "identical")

Result = TypeVar("Result")


def alike_order(distances: Float[np.ndarray, "e e"]) -> Int[np.ndarray, " e"]:
    """Order encoders so that neighbours are alike: average linkage, best order of its leaves.

    Bar-Joseph, Gifford and Jaakkola, Bioinformatics 17 (2001). A distance that differs by
    direction is averaged; fewer than three stay as they are.
    """
    if len(distances) < 3:
        return np.arange(len(distances))
    condensed = squareform((distances + distances.T) / 2, checks=False)
    tree = optimal_leaf_ordering(linkage(condensed, "average"), condensed)
    return np.asarray(leaves_list(tree), dtype=np.int64)


def similarity_order(similarities: Float[np.ndarray, "e e"]) -> Int[np.ndarray, " e"]:
    """Order encoders by similarities of at most 1; pairs without one count as the least alike."""
    finite = similarities[np.isfinite(similarities)]
    least = float(finite.min()) if finite.size else 0.0
    return alike_order(1 - np.minimum(np.where(np.isfinite(similarities), similarities, least), 1))


def reordered(result: Result, order: Int[np.ndarray, " e"]) -> Result:
    """Return a result on a panel of encoders with the encoders in another order.

    Every array whose last two axes are pairs of encoders is permuted along both, what stands for
    one encoder each (names, paradigms, self-similarities) along its own, also in results inside.
    """
    if not is_dataclass(result) or isinstance(result, type):
        return result
    changed = {
        one.name: _permuted(one.name, getattr(result, one.name), order) for one in fields(result)
    }
    return replace(result, **changed)


def _permuted(name: str, value: Any, order: Int[np.ndarray, " e"]) -> Any:
    size = len(order)
    if name in _NAMED and len(value) == size:
        return tuple(value[i] for i in order) if isinstance(value, tuple) else value[order]
    if isinstance(value, np.ndarray) and value.shape[-2:] == (size, size):
        return value[..., order, :][..., order]
    return reordered(value, order) if is_dataclass(value) else value
