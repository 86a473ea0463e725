"""A true distance between representations, and its picture in a plane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Real

#: Most rounds of stress majorisation.
ROUNDS = 300


def angular_distances(layers: Sequence[Real[np.ndarray, "n _"]]) -> Float[np.ndarray, "l l"]:
    r"""Return the angle between the centred Gram matrices of every two layers, in radians.

    .. math:: d(X, Y) = \arccos \frac{\langle K_X, K_Y \rangle}{\|K_X\| \|K_Y\|}, \qquad
        K = H X X^T H

    The arc cosine of linear CKA: a metric on representations up to rotation, shift and scale
    (Williams et al., NeurIPS 2021), between 0 and pi/2. A layer without variance is at pi/2 from
    all others.
    """
    grams = []
    for x in layers:
        centred = np.asarray(x, dtype=np.float64) - np.mean(x, axis=0, dtype=np.float64)
        gram = (centred @ centred.T).ravel()
        size = np.linalg.norm(gram)
        grams.append(gram / size if size > 0 else gram)
    stacked = np.array(grams)
    out: Float[np.ndarray, "l l"] = np.arccos(np.clip(stacked @ stacked.T, 0.0, 1.0))
    np.fill_diagonal(out, 0.0)
    return out


def plane(d: Float[np.ndarray, "l l"]) -> tuple[Float[np.ndarray, "l 2"], float]:
    """Return places in a plane whose distances are as near to these as they get, and the stress.

    Metric multidimensional scaling by stress majorisation (de Leeuw) from the classical solution:
    no draw, so the same distances give the same picture. Each axis points to where its largest
    place is. The stress is Kruskal's first: the root of the squared errors over the squared
    distances, 0 for a faithful picture.
    """
    from sklearn.manifold import smacof  # half a second of imports, where nothing else needs them

    start = _classical(d)
    places, _ = smacof(d, n_components=2, init=start, n_init=1, max_iter=ROUNDS, eps=1e-9)
    places = places - places.mean(axis=0)
    u, s, _ = np.linalg.svd(places, full_matrices=False)
    places = u * s
    largest = np.abs(places).argmax(axis=0)
    places *= np.where(places[largest, [0, 1]] < 0, -1.0, 1.0)
    shown = np.linalg.norm(places[:, None] - places, axis=2)
    total = float(np.square(d).sum())
    stress = float(np.sqrt(np.square(shown - d).sum() / total)) if total > 0 else 0.0
    return places, stress


def _classical(d: Float[np.ndarray, "l l"]) -> Float[np.ndarray, "l 2"]:
    squared = -np.square(d) / 2
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean()
    values, vectors = np.linalg.eigh(centred)
    return vectors[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 0))
