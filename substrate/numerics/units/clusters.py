"""Many to many: clusters of units of both networks, and whether they span one space.

Li et al., "Convergent Learning" (ICLR 2016), section 5: spectral clustering (Ng, Jordan, Weiss,
2001, by scikit-learn) of the units of both networks, and hierarchical clustering (by SciPy).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.linalg
from jaxtyping import Float, Int
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.cluster import SpectralClustering

from substrate.numerics.units.blocks import JointCovariance, UnitsError

#: Clusters that are considered at most where their number is left open.
MOST_CLUSTERS = 40
#: Directions below this share of a cluster's leading variance are rounding.
RANK_TOLERANCE = 1e-8
Method = Literal["spectral", "hierarchical"]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Units of both sides in clusters, the largest first.

    Attributes
    ----------
    a, b
        Numbers of the living units.
    labels_a, labels_b
        The cluster of each, from 0.
    eigenvalues
        Smallest eigenvalues of the normalised Laplacian, ascending: the eigengap chooses.
    """

    a: Int[np.ndarray, " p"]
    b: Int[np.ndarray, " q"]
    labels_a: Int[np.ndarray, " p"]
    labels_b: Int[np.ndarray, " q"]
    eigenvalues: Float[np.ndarray, " m"]

    @property
    def count(self) -> int:
        """Number of clusters."""
        return 1 + int(max(self.labels_a.max(), self.labels_b.max()))

    def order(self) -> tuple[Int[np.ndarray, " p"], Int[np.ndarray, " q"]]:
        """Return the units of either side, cluster by cluster."""
        return (
            self.a[np.argsort(self.labels_a, kind="stable")],
            self.b[np.argsort(self.labels_b, kind="stable")],
        )


def affinity(covariance: JointCovariance) -> Float[np.ndarray, "pq pq"]:
    """Return absolute correlations of the living units of both sides, zeros on the diagonal."""
    a, b = (np.flatnonzero(one) for one in covariance.living)
    if len(a) + len(b) < 3 or not len(a) or not len(b):
        raise UnitsError(
            f"{len(a)} and {len(b)} units vary on these images: too few to cluster. Choose wider "
            "layers."
        )
    z = covariance.standardised().of_units(a, b)
    out = np.abs(np.block([[z.aa, z.ab], [z.ab.T, z.bb]]))
    np.fill_diagonal(out, 0.0)
    return np.clip(out, 0.0, 1.0)


def laplacian_eigenvalues(similarity: Float[np.ndarray, "m m"]) -> Float[np.ndarray, " m"]:
    r"""Return the eigenvalues of I - D^{-1/2} S D^{-1/2}, ascending, in [0, 2]."""
    degree = similarity.sum(axis=1)
    root = np.divide(1.0, np.sqrt(degree), out=np.zeros_like(degree), where=degree > 0)
    values = scipy.linalg.eigvalsh(np.eye(len(degree)) - root[:, None] * similarity * root)
    return np.asarray(values)


def eigengap(eigenvalues: Float[np.ndarray, " m"], most: int = MOST_CLUSTERS) -> int:
    """Return the number of clusters before the largest gap, at least 2 (von Luxburg, 2007)."""
    most = min(most, len(eigenvalues) - 1)
    return 2 + int(np.argmax(np.diff(eigenvalues)[1:most])) if most > 1 else 2


def clusters(
    covariance: JointCovariance,
    count: int | None = None,
    *,
    method: Method = "spectral",
    seed: int = 0,
) -> Clusters:
    """Cluster the living units of both sides together by their absolute correlations.

    ``count`` is chosen by the eigengap where it is not given. The hierarchical way joins by
    average distance 1 - |c|.

    Raises
    ------
    UnitsError
        If fewer than three units vary, or fewer than the clusters asked for.
    """
    similarity = affinity(covariance)
    a, b = (np.flatnonzero(one) for one in covariance.living)
    values = laplacian_eigenvalues(similarity)
    wanted = eigengap(values) if count is None else count
    if not 2 <= wanted < len(similarity):
        raise UnitsError(
            f"{wanted} clusters of {len(similarity)} units: give from 2 to {len(similarity) - 1}."
        )
    if method == "spectral":
        model = SpectralClustering(
            wanted, affinity="precomputed", assign_labels="kmeans", random_state=seed, n_init=10
        )
        labels = model.fit_predict(similarity)
    else:
        distance = squareform(1 - similarity - np.eye(len(similarity)), checks=False)
        labels = fcluster(linkage(distance, "average"), wanted, "maxclust") - 1
    labels = _largest_first(np.asarray(labels))
    return Clusters(a, b, labels[: len(a)], labels[len(a) :], values[: MOST_CLUSTERS + 2])


def _largest_first(labels: Int[np.ndarray, " m"]) -> Int[np.ndarray, " m"]:
    names, sizes = np.unique(labels, return_counts=True)
    rank = np.empty(names.max() + 1, dtype=np.int64)
    rank[names[np.argsort(-sizes, kind="stable")]] = np.arange(len(names))
    return rank[labels]


def cluster_cosines(
    clustered: Clusters, covariance: JointCovariance
) -> list[Float[np.ndarray, " k"]]:
    """Return the cosines of the principal angles between the two sides of each cluster.

    Canonical correlations of the cluster's units of A with those of B (Hotelling, 1936), on the
    photographs of ``covariance``: take others than those that made the clusters. Empty where a
    cluster has units of one side alone.
    """
    return [
        canonical_correlations(covariance.of_units(clustered.a[own], clustered.b[other]))
        for own, other in _members(clustered)
    ]


def random_cosines(
    clustered: Clusters, covariance: JointCovariance, count: int, seed: int
) -> list[Float[np.ndarray, "count k"]]:
    """Return the same for random clusters of equal sizes, ``count`` draws of each cluster."""
    rng = np.random.default_rng(seed)
    out = []
    for own, other in _members(clustered):
        draws = []
        for _ in range(count):
            a = rng.choice(clustered.a, len(own), replace=False)
            b = rng.choice(clustered.b, len(other), replace=False)
            draws.append(canonical_correlations(covariance.of_units(a, b)))
        width = max((len(one) for one in draws), default=0)
        out.append(np.array([np.pad(one, (0, width - len(one))) for one in draws]))
    return out


def mean_cosine(cosines: list[Float[np.ndarray, " _"]]) -> float:
    """Return the mean cosine over all principal angles of all clusters; NaN where there is none."""
    every = np.concatenate(cosines)
    return float(every.mean()) if every.size else float("nan")


def mean_of_draws(
    cosines: list[Float[np.ndarray, " _"]], draws: list[Float[np.ndarray, "count _"]]
) -> Float[np.ndarray, " count"]:
    """Return the same of random clusters, draw by draw; as many angles of each cluster.

    NaN where no cluster has units of both sides.
    """
    kept = [one[:, : len(own)] for own, one in zip(cosines, draws, strict=True)]
    every = np.concatenate(kept, axis=1)
    return np.asarray(every.mean(axis=1)) if every.size else np.full(len(every), np.nan)


def _members(clustered: Clusters) -> list[tuple[Int[np.ndarray, " k"], Int[np.ndarray, " l"]]]:
    return [
        (np.flatnonzero(clustered.labels_a == one), np.flatnonzero(clustered.labels_b == one))
        for one in range(clustered.count)
    ]


def canonical_correlations(covariance: JointCovariance) -> Float[np.ndarray, " k"]:
    """Return the canonical correlations of two sides from their covariances, largest first."""
    if not len(covariance.aa) or not len(covariance.bb):
        return np.empty(0)
    left, right = (_inverse_root(own) for own in (covariance.aa, covariance.bb))
    values = scipy.linalg.svdvals(left @ covariance.ab @ right)
    rank = min(np.linalg.matrix_rank(left), np.linalg.matrix_rank(right))
    return np.asarray(np.clip(values[:rank], 0.0, 1.0))


def _inverse_root(c: Float[np.ndarray, "p p"]) -> Float[np.ndarray, "p p"]:
    values, vectors = scipy.linalg.eigh(c)
    kept = values > RANK_TOLERANCE * max(values[-1], 0.0)
    scaled = vectors[:, kept] / np.sqrt(values[kept])
    return scaled @ vectors[:, kept].T
