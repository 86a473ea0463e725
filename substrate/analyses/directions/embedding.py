"""The samples of one layer on a plane, by PCA or UMAP, and how much of them the plane keeps."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from substrate.analyses.directions.basis import (
    BasisParams,
    representation,
    scaled,
)
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.numerics.metrics.support.features import squared_distances
from substrate.numerics.spectra import (
    eigenspectrum,
    principal_directions,
)
from substrate.runs import Run
from substrate.wording import Nouns

PCA, UMAP = METHODS = ("PCA", "UMAP")
#: Neighbours that UMAP looks at, and that the kept share is counted over.
NEIGHBOURS = 15


@dataclass(frozen=True)
class EmbeddingParams:
    """Whose samples, by which method."""

    basis: BasisParams
    method: str = PCA


@dataclass(frozen=True, eq=False)
class Embedding:
    """A place on the plane for every sample.

    ``kept`` is the share of each sample's nearest neighbours among other photographs that are
    still its nearest on the plane, on average, and ``kept_by_chance`` what random places give.
    ``shares`` are the shares of the variance along the axes, for PCA.
    """

    encoder: str
    layer: str
    domain: str
    method: str
    scaling: str
    seed: int
    places: Float[np.ndarray, "n 2"]
    shares: tuple[float, ...]
    kept: float | None
    kept_by_chance: float | None
    kept_reason: str
    nouns: Nouns


def _inputs(_run: Run, params: EmbeddingParams) -> Inputs:
    return (params.basis.ref,), (params.basis.domain,)


def embed(run: Run, params: EmbeddingParams) -> Embedding:
    """Lay the samples out on a plane."""
    basis = params.basis
    features = representation(run, basis)
    n = len(features.features)
    x, _ = scaled(features, np.arange(n), basis.scaling, run.groups(basis.domain))
    if np.count_nonzero(eigenspectrum(x)) < 2:
        raise AnalysisError(f"{features.name} varies along fewer than two directions: no plane.")
    if params.method == PCA:
        directions = principal_directions(x, 2)
        places, shares = x @ directions.vectors, tuple(float(share) for share in directions.shares)
    elif params.method == UMAP:
        places, shares = umap_places(x, basis.seed), ()
    else:
        raise AnalysisError(f"Method {params.method!r} is unknown; choose {' or '.join(METHODS)}.")
    kept, chance, reason = kept_neighbours(x, places, run.groups(basis.domain))
    return Embedding(
        encoder=str(basis.ref),
        layer=basis.layer,
        domain=basis.domain,
        method=params.method,
        scaling=basis.scaling,
        seed=basis.seed,
        places=places,
        shares=shares,
        kept=kept,
        kept_by_chance=chance,
        kept_reason=reason,
        nouns=run.domains[basis.domain].nouns,
    )


def umap_places(x: Float[np.ndarray, "n p"], seed: int) -> Float[np.ndarray, "n 2"]:
    """Return UMAP's plane (McInnes et al., 2018), the same for the same seed."""
    if len(x) <= NEIGHBOURS + 1:
        raise AnalysisError(
            f"UMAP looks at {NEIGHBOURS} neighbours and needs more samples than {len(x)}."
        )
    with warnings.catch_warnings():  # numba's compilation notes, and that a seed means one thread
        warnings.simplefilter("ignore")
        import umap

        model = umap.UMAP(n_neighbors=NEIGHBOURS, min_dist=0.1, random_state=seed, n_jobs=1)
        return np.asarray(model.fit_transform(x), dtype=np.float64)


def kept_neighbours(
    x: Float[np.ndarray, "n p"], places: Float[np.ndarray, "n 2"], groups: np.ndarray
) -> tuple[float | None, float | None, str]:
    """Return the share of neighbours among other photographs that the plane keeps, and chance's."""
    other = groups[:, None] != groups
    if other.sum(axis=1).min() <= NEIGHBOURS:
        return None, None, "too few samples outside some photograph to count neighbours"
    near = [_nearest(side, other) for side in (x, places)]
    kept = (near[0] & near[1]).sum(axis=1) / NEIGHBOURS
    return float(kept.mean()), float((NEIGHBOURS / other.sum(axis=1)).mean()), ""


def _nearest(
    x: Float[np.ndarray, "n p"], other: Bool[np.ndarray, "n n"]
) -> Bool[np.ndarray, "n n"]:
    distances = np.where(other, squared_distances(x), np.inf)
    near = np.zeros(other.shape, dtype=bool)
    picked = np.argsort(distances, axis=1, kind="stable")[:, :NEIGHBOURS]
    np.put_along_axis(near, picked, True, axis=1)
    return near


EMBEDDING = Analysis(
    key="directions.embedding",
    version=3,
    params=EmbeddingParams,
    result=Embedding,
    inputs=_inputs,
    compute=embed,
)
