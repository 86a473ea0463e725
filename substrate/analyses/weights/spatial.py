"""Spatial patterns of all layers: whether encoders are made of the same ones, beside chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.weights.compared import (
    LEADING,
    TWINS,
    FilterLayer,
    later,
    mean_of,
    pools_of,
    read_all,
    why_alone,
)
from substrate.analyses.weights.stored import read_weights
from substrate.encoder_ref import EncoderRef
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import group_jackknife
from substrate.numerics.scales import SHARE
from substrate.numerics.several import holm_adjusted
from substrate.numerics.weights.spatial import (
    NEARLY_TIED,
    SpatialBasis,
    agreement_in,
    aligned_columns,
    basis_of_blocks,
    joined_spaces,
    mean_basis,
    radial_power,
    random_agreements,
)
from substrate.runs import Run

#: Eigenvectors that are shown of larger kernels.
SHOWN = 9
#: Random bases for the agreement of a layer, and for that of two layers.
BASES, PAIR_BASES = 4999, 999
#: Mean agreement of random bases above which nearly tied eigenvalues leave nothing to compare.
TIED = 0.9
ALPHA = 0.05


@dataclass(frozen=True)
class SpatialParams:
    """The encoders whose filters are compared, a domain that all have seen, and the seed."""

    encoders: tuple[str, ...]
    domain: str
    seed: int = 0


@dataclass(frozen=True, eq=False, kw_only=True)
class MeanFilters:
    """The mean basis of layers that follow a first one, for kernels of one side.

    Of all encoders, or of one, whose signs and order within spaces are those of the mean of all.
    ``shares`` are of the columns of ``vectors``.
    """

    encoder: str
    side: int
    layers: int
    vectors: Float[np.ndarray, "s f"]
    shares: Float[np.ndarray, " f"]


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerFilters:
    """The eigenvectors of one layer's spatial covariance, and how far others have the same.

    Attributes
    ----------
    vectors
        The leading ones as columns, with the signs of the mean basis and, within a space, in its
        order; ``ranks`` are their places by eigenvalue.
    shares
        All eigenvalues over their sum, falling.
    spaces
        The number of each eigenvector's space: those not told apart share one.
    agreement
        Mean |cosine| of the first five with those of the mean basis of the other recipes; its
        interval leaves out blocks of neurons. The reason where nothing is compared.
    by_rank
        The same of each rank; ``chance``, ``level`` (95 %) and ``p`` of random bases in the same
        spaces; ``p_of_all`` after Holm's correction over all layers.
    twins
        What the layer of each untrained twin gives in the same spaces.
    frequencies, power
        Radial frequency in cycles per pixel, and mean power there over that of white filters.
    """

    encoder: str
    layer: str
    shape: tuple[int, ...]
    kernels: int
    first: bool
    vectors: Float[np.ndarray, "s f"]
    ranks: Int[np.ndarray, " f"]
    shares: Float[np.ndarray, " s"]
    spaces: Int[np.ndarray, " s"]
    agreement: Estimate
    by_rank: Float[np.ndarray, " c"]
    chance: float
    level: float
    p: float
    p_of_all: float
    twins: Float[np.ndarray, " t"]
    frequencies: Float[np.ndarray, " w"]
    power: Float[np.ndarray, " w"]

    @property
    def side(self) -> int:
        """Pixels along one side of a kernel."""
        return self.shape[-1]

    @property
    def compared(self) -> bool:
        """Say whether its first eigenvectors were compared with the mean basis."""
        return bool(np.isfinite(self.agreement.value))

    @property
    def beyond_bases(self) -> bool:
        """Say whether they agree beyond random bases, all layers at once."""
        return self.compared and self.p_of_all <= ALPHA


@dataclass(frozen=True, eq=False, kw_only=True)
class Spatial:
    """The filters of all layers.

    Attributes
    ----------
    without
        Encoders that have no such layers, or whose weights cannot be read, each with the reason.
    against
        Whose mean basis a layer is compared with.
    similarity, chance, level
        Mean agreement of the first five eigenvectors of every two layers, what random bases give
        in the same spaces, and their 95 % level; ``by_rank`` of each rank. NaN for kernels of two
        sizes and where nearly tied eigenvalues leave nothing to compare.
    means, by_encoder
        The mean basis of all encoders by the side of their kernels, and that of each encoder.
    """

    encoders: tuple[str, ...]
    without: dict[str, str]
    domain: str
    seed: int
    against: str
    layers: tuple[LayerFilters, ...]
    means: tuple[MeanFilters, ...]
    by_encoder: tuple[MeanFilters, ...]
    similarity: Float[np.ndarray, "l l"]
    by_rank: Float[np.ndarray, "l l c"]
    chance: Float[np.ndarray, "l l"]
    level: Float[np.ndarray, "l l"]


def compute_spatial(run: Run, params: SpatialParams) -> Spatial:
    """Decompose every layer and compare it with the mean of the others.

    Raises
    ------
    AnalysisError
        If no encoder has a layer of square kernels.
    """
    layers, without = read_all(run, params.encoders, params.domain)
    if not layers:
        raise AnalysisError(" ".join(dict.fromkeys(without.values())))
    against, pools = pools_of(run, layers)
    compared = [_compared(params, layer, layers, pools) for layer in layers]
    adjusted = _adjusted(compared)
    size = len(layers)
    chance, level = np.full((size, size), np.nan), np.full((size, size), np.nan)
    by_rank = np.full((size, size, LEADING), np.nan, dtype=np.float32)
    for i in range(size):
        for j in range(i, size):
            ranks, mean, high = _pair(layers[i].basis, layers[j].basis, params.seed)
            by_rank[i, j, : len(ranks)] = by_rank[j, i, : len(ranks)] = ranks
            chance[i, j] = chance[j, i] = mean
            level[i, j] = level[j, i] = high
    finite = np.isfinite(by_rank)
    total = np.where(finite, by_rank, 0.0).sum(axis=2, dtype=np.float64)
    similarity = np.divide(
        total, finite.sum(axis=2), out=np.full_like(total, np.nan), where=finite.any(axis=2)
    )
    sides = list(dict.fromkeys(layer.basis.side for layer in layers))
    means = {side: mean_of(layers, side) for side in sides}
    return Spatial(
        encoders=params.encoders,
        without=without,
        domain=params.domain,
        seed=params.seed,
        against=against,
        layers=tuple(
            LayerFilters(**one, p_of_all=p) for one, p in zip(compared, adjusted, strict=True)
        ),
        means=tuple(_mean("", layers, side, means[side]) for side in sides),
        by_encoder=tuple(
            _mean(name, own, side, means[side])
            for name in dict.fromkeys(layer.encoder for layer in layers)
            for side in sides
            if (own := [one for one in layers if (one.encoder, one.basis.side) == (name, side)])
        ),
        similarity=similarity,
        by_rank=by_rank,
        chance=chance,
        level=level,
    )


def _compared(
    params: SpatialParams,
    layer: FilterLayer,
    layers: Sequence[FilterLayer],
    pools: dict[str, list[FilterLayer]],
) -> dict[str, Any]:
    """Return the fields of `LayerFilters` but the corrected p."""
    basis = layer.basis
    pool = [
        one.basis
        for one in pools[layer.encoder]
        if one.basis.side == basis.side and one is not layer
    ]
    frequencies, power = radial_power(basis.covariance)
    out: dict[str, Any] = {
        "encoder": layer.encoder,
        "layer": layer.stored.name,
        "shape": layer.stored.shape,
        "kernels": basis.kernels,
        "first": layer.first,
        "shares": basis.shares,
        "spaces": basis.spaces,
        "frequencies": frequencies,
        "power": power,
        "by_rank": np.full(LEADING, np.nan)[: len(basis.values)],
        "chance": float("nan"),
        "level": float("nan"),
        "p": float("nan"),
        "twins": np.empty(0),
    }
    reference = mean_basis(pool) if pool else None
    out["vectors"], out["ranks"] = aligned_columns(basis, reference, SHOWN)
    if why := basis.lacking(LEADING):
        return out | {"agreement": Estimate(float("nan"), reason=why)}
    if reference is None:
        why = why_alone(layer, layers)
        return out | {"agreement": Estimate(float("nan"), reason=why)}
    spaces = joined_spaces(basis, reference)
    null = random_agreements(
        basis.vectors, reference.vectors, spaces, LEADING, seed=params.seed, draws=BASES
    )
    if null.mean() > TIED:
        why = NEARLY_TIED
        return out | {"agreement": Estimate(float("nan"), reason=why)}

    def mean_agreement(vectors: np.ndarray) -> float:
        return float(agreement_in(vectors, reference.vectors, spaces, LEADING).mean())

    def of_blocks(rows: np.ndarray) -> float:
        kept = basis_of_blocks(layer.stored.sums[rows], layer.stored.counts[rows])
        return mean_agreement(kept.vectors)

    blocks = np.arange(len(layer.stored.counts))
    value = mean_agreement(basis.vectors)
    return out | {
        "agreement": group_jackknife(of_blocks, blocks, unit="blocks of neurons").interval(SHARE),
        "by_rank": agreement_in(basis.vectors, reference.vectors, spaces, LEADING),
        "chance": float(null.mean()),
        "level": float(np.quantile(null, 1 - ALPHA)),
        "p": float((1 + np.count_nonzero(null >= value)) / (1 + BASES)),
        "twins": np.array(
            [mean_agreement(twin.vectors) for twin in layer.twins if not twin.lacking(LEADING)]
        ),
    }


def _adjusted(layers: Sequence[dict[str, Any]]) -> Float[np.ndarray, " l"]:
    """Correct the p-values of all layers that were compared."""
    p = np.array([one["p"] for one in layers], dtype=np.float64)
    finite = np.isfinite(p)
    out = np.full(len(p), np.nan)
    out[finite] = holm_adjusted(p[finite])
    return out


def _mean(
    encoder: str, layers: Sequence[FilterLayer], side: int, reference: SpatialBasis
) -> MeanFilters:
    basis = mean_of(layers, side)
    vectors, ranks = aligned_columns(basis, reference, SHOWN)
    return MeanFilters(
        encoder=encoder,
        side=side,
        layers=len(later(layers, side)),
        vectors=vectors,
        shares=basis.shares[ranks],
    )


def _pair(
    first: SpatialBasis, second: SpatialBasis, seed: int
) -> tuple[Float[np.ndarray, " c"], float, float]:
    """Return the agreement of two layers by rank, and mean and 95 % level of random bases.

    Nothing and NaN where they are not compared.
    """
    none = np.empty(0), float("nan"), float("nan")
    if first.side != second.side or first.lacking(LEADING) or second.lacking(LEADING):
        return none
    spaces = joined_spaces(first, second)
    null = random_agreements(
        first.vectors, second.vectors, spaces, LEADING, seed=seed, draws=PAIR_BASES
    )
    if null.mean() > TIED:
        return none
    ranks = agreement_in(first.vectors, second.vectors, spaces, LEADING)
    return ranks, float(null.mean()), float(np.quantile(null, 1 - ALPHA))


def spatial_params(run: Run, encoders: Sequence[str], domain: str) -> SpatialParams:
    """Return the parameters of a panel."""
    return SpatialParams(tuple(encoders), domain, int(run.study["seed"]))


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield what the Weights page shows at first: nothing where no encoder has such kernels."""
    if any(_may_have_filters(run, name) for name in run.panel):
        yield SPATIAL, spatial_params(run, run.panel, run.main_domain)


def _may_have_filters(run: Run, name: str) -> bool:
    """Say whether an encoder has square kernels, or its weights cannot be read."""
    try:
        return any(layer.spatial for layer in read_weights(run, EncoderRef(name)))
    except AnalysisError:
        return True


def _inputs(run: Run, params: SpatialParams) -> Inputs:
    twins = [
        EncoderRef(name, twin=seed)
        for name in params.encoders
        for seed in run.untrained_seeds(name, params.domain)[:TWINS]
    ]
    return (*params.encoders, *twins), (params.domain,)


SPATIAL = Analysis(
    key="weights.spatial",
    version=2,
    params=SpatialParams,
    result=Spatial,
    inputs=_inputs,
    compute=compute_spatial,
)
