"""How far two layers span one space, whatever its axes: canonical correlations, held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from substrate.numerics.units.blocks import (
    CONSTANT,
    LEAST_BLOCKS,
    JointCovariance,
    PairedBlocks,
    UnitsError,
    parts,
)

#: Share of the variance of z-scored units that the kept components of a side hold.
VARIANCE = 0.99


def canonical_directions(
    choose: JointCovariance, share: float = VARIANCE
) -> tuple[Float[np.ndarray, "p k"], Float[np.ndarray, "q k"]]:
    r"""Return weights of the canonical directions of two sides, dead units with weight 0.

    Units are z-scored and each side keeps its leading components (`share` of the variance), so that
    directions that hardly vary give none; k is the smaller number of them.

    .. math:: \Sigma_{AA}^{-1/2} \Sigma_{AB} \Sigma_{BB}^{-1/2} = P S R^\top

    Hotelling 1936; truncated as in SVCCA (Raghu et al., NeurIPS 2017).

    Raises
    ------
    UnitsError
        If all units of a side are dead.
    """
    z = choose.standardised()
    whitened = [
        _whitening(own, living, share)
        for own, living in zip((z.aa, z.bb), choose.living, strict=True)
    ]
    left, _, right = np.linalg.svd(whitened[0].T @ z.ab @ whitened[1], full_matrices=False)
    scales = [_inverse_deviations(own) for own in (choose.aa, choose.bb)]
    return (
        scales[0][:, None] * (whitened[0] @ left),
        scales[1][:, None] * (whitened[1] @ right.T),
    )


def _whitening(
    correlations: Float[np.ndarray, "p p"], living: np.ndarray, share: float
) -> Float[np.ndarray, "p r"]:
    if not living.any():
        raise UnitsError(CONSTANT)
    values, vectors = np.linalg.eigh(correlations)
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = 1 + int(np.searchsorted(np.cumsum(values) / values.sum(), share))
    return vectors[:, :kept] / np.sqrt(values[:kept])


def _inverse_deviations(covariance: Float[np.ndarray, "p p"]) -> Float[np.ndarray, " p"]:
    deviations = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    return np.divide(1.0, deviations, out=np.zeros_like(deviations), where=deviations > 0)


def held_out_canonical(choose: JointCovariance, judge: JointCovariance) -> float:
    """Return the mean correlation, on other photographs, of the chosen canonical directions.

    In [-1, 1]; 1 where the smaller space lies in the larger one, 0 where nothing is shared. Turning
    the axes of either side changes nothing but for the z-scores.
    """
    a, b = canonical_directions(choose)
    cross = np.einsum("pk,pq,qk->k", a, judge.ab, b, optimize=True)
    own = np.einsum("pk,pq,qk->k", a, judge.aa, a, optimize=True)
    other = np.einsum("pk,pq,qk->k", b, judge.bb, b, optimize=True)
    scale = np.sqrt(own * other)
    return float(np.divide(cross, scale, out=np.zeros_like(cross), where=scale > 0).mean())


def crossed_canonical(blocks: PairedBlocks, halves: Sequence[Sequence[int]] | None = None) -> float:
    """Return `held_out_canonical`, chosen on one half of the blocks and judged on the other.

    Both ways; ``halves`` are even and odd blocks by default.
    """
    first, second = (blocks.covariance(h) for h in halves or parts(len(blocks.blocks)))
    return (held_out_canonical(first, second) + held_out_canonical(second, first)) / 2


def canonical_left_out(blocks: PairedBlocks) -> Float[np.ndarray, " m"]:
    """Return the same without each block in turn; empty below `LEAST_BLOCKS` blocks."""
    count = len(blocks.blocks)
    if count < LEAST_BLOCKS:
        return np.empty(0)
    return np.array(
        [
            crossed_canonical(
                blocks, [[block for block in part if block != out] for part in parts(count)]
            )
            for out in range(count)
        ]
    )
