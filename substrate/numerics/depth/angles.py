"""A true distance between representations, and its picture in a plane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Real

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
    return places, _stress(places, d)


def planes(
    ds: Sequence[Float[np.ndarray, "l l"]], free: Bool[np.ndarray, " l"]
) -> tuple[Float[np.ndarray, "t l 2"], Float[np.ndarray, " t"]]:
    """Return a plane for each of several sets of distances between the same points, and stresses.

    The last is that of `plane`. In those before, points that are not ``free`` stay where they are
    there, and the free ones are brought to the least stress from where they stand one plane later.
    Where all are free, each plane is turned or mirrored onto the one that follows (orthogonal
    Procrustes, no scaling), so that what seems to move has moved.
    """
    places = [plane(ds[-1])[0]]
    for d in reversed(ds[:-1]):
        own = _brought(d, places[-1], free)
        if free.all():
            own = own - own.mean(axis=0)
            u, _, v = np.linalg.svd(own.T @ places[-1])
            own = own @ u @ v
        places.append(own)
    places = places[::-1]
    return np.array(places), np.array([_stress(p, d) for p, d in zip(places, ds, strict=True)])


def _brought(
    d: Float[np.ndarray, "l l"], start: Float[np.ndarray, "l 2"], free: Bool[np.ndarray, " l"]
) -> Float[np.ndarray, "l 2"]:
    """Move the free points to less stress, by rounds of majorisation, until it hardly falls."""
    places, count, before = start.copy(), len(d), np.inf
    whole = count * np.eye(count) - 1.0
    solve = np.linalg.pinv(whole[np.ix_(free, free)])
    for _ in range(ROUNDS):
        shown = np.linalg.norm(places[:, None] - places, axis=2)
        error = float(np.square(shown - d).sum())
        if before - error <= 1e-9 * error:
            break
        before = error
        ratio = np.divide(d, shown, out=np.zeros_like(d), where=shown > 1e-12)
        pull = np.diag(ratio.sum(axis=1)) - ratio
        held = whole[np.ix_(free, ~free)] @ places[~free]
        places[free] = solve @ ((pull @ places)[free] - held)
    return places


def _stress(places: Float[np.ndarray, "l 2"], d: Float[np.ndarray, "l l"]) -> float:
    shown = np.linalg.norm(places[:, None] - places, axis=2)
    total = float(np.square(d).sum())
    return float(np.sqrt(np.square(shown - d).sum() / total)) if total > 0 else 0.0


def _classical(d: Float[np.ndarray, "l l"]) -> Float[np.ndarray, "l 2"]:
    squared = -np.square(d) / 2
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean()
    values, vectors = np.linalg.eigh(centred)
    return vectors[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 0))
