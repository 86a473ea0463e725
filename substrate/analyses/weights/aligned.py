"""Channels of two networks through the alignment of what their layers see: S along depth.

Networks and images are read side by side where those are at hand (`substrate.paired.weights`);
what that leaves in the store is measured here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.spec import Analysis, Inputs
from substrate.analyses.weights.alignable import MATRICES
from substrate.analyses.weights.channels import learned_or_reason, spread
from substrate.analyses.weights.crossed import AlignedParams, CrossedLayer, read_crossed
from substrate.numerics.weights.alignment import Crossing
from substrate.numerics.weights.similarity import FAINT, Learned, Similarity, comparison, reference
from substrate.numerics.weights.spectrum import effective_rank
from substrate.runs import Run
from substrate.wording import CHANGED

#: Alignments that are fitted to photographs that do not belong together; draws of rotations,
#: resamples and planted samples.
SHUFFLES, DRAWS, PLANTED = 5, 20, 10
#: Share of the S of identical weights that an alignment must leave them, to be read through.
WHOLE = 0.95
PARTIAL = (
    "The images show too few directions of its inputs: even identical weights would look different "
    "through the alignment."
)
COPIES = (
    "As far as half precision tells, what goes into every layer of both and what its weights make "
    "of it are the same, in the same or another order and scaled or not: up to its last layer one "
    "network is a copy of the other, and that they agree says nothing."
)
#: Draws of both networks' untrained twins that are compared too: each takes as long as the pair.
TWINS = 2
#: Leading eigenvectors that are compared one by one.
SHOWN = 32


@dataclass(frozen=True, eq=False, kw_only=True)
class AlignedLayer:
    """One layer of two networks.

    Attributes
    ----------
    names
        Of the layer in the first and in the second network.
    widths
        Neurons and inputs of either.
    error, error_permuted
        Of the alignment on photographs that it was not fitted to: 0 is perfect. The second one are
        those of alignments that were fitted to photographs that do not belong together.
    similarity
        S of the learned covariances; ``forth`` and ``back`` are both orders, the ends its range
        over rotations and Gaussian resamples (`Similarity`). NaN where ``reason`` says why.
    unaligned, permuted
        S as if both had the same inputs (NaN where they cannot), and through the null's alignments.
    planted
        What the estimator gives for two samples of one covariance of this size: mean and
        standard deviation, of both networks' covariances together, between mean levels as S itself;
        NaN where one of both is too faint for a scale. Their noise is independent.
    halved
        S through an alignment fitted to half of the photographs that the other one is fitted to.
    seen
        How many directions the alignment carries: of d inputs, fewer where the images show fewer.
    identical, identical_seen
        S of each network with itself, whose noise it shares too, in full and carried over and
        back: the mean of both networks, or that of fewer inputs alone.
    ranks, planted_ranks
        Effective ranks of both, and the mean of what the same estimator gives for samples of
        either covariance.
    aligned, plain, null
        |cosine| of the leading eigenvectors: through the alignment, without one, and through one
        of those of the null.
    null_largest
        The largest of these through each of the null's alignments.
    copied
        Whether both see the same channels, in the same or another order and scaled or not, and have
        the same weights over them.
    """

    names: tuple[str, str]
    widths: tuple[tuple[int, int], tuple[int, int]]
    error: float
    error_permuted: Float[np.ndarray, " t"]
    similarity: float
    forth: float
    back: float
    low: float
    high: float
    unaligned: float
    permuted: Float[np.ndarray, " u"]
    planted: tuple[float, float]
    ranks: tuple[float, float]
    planted_ranks: tuple[float, float]
    halved: float
    seen: int
    identical: float
    identical_seen: float
    aligned: Float[np.ndarray, "r s"]
    plain: Float[np.ndarray, "r2 s2"]
    null: Float[np.ndarray, "r s"]
    null_largest: Float[np.ndarray, " v"]
    copied: bool
    reason: str

    @property
    def inputs(self) -> int:
        """Return how many directions an alignment can carry: the inputs of the narrower layer."""
        return min(width[1] for width in self.widths)

    @property
    def changed(self) -> bool:
        """Say whether S through half of the photographs is marked as another one."""
        return abs(self.similarity - self.halved) > CHANGED


@dataclass(frozen=True, eq=False, kw_only=True)
class Aligned:
    """All layers of two networks, in their order, and the images that aligned them.

    ``twins`` are those of `CrossedNetworks`, of both networks' untrained twins.
    """

    first: str
    second: str
    domain: str
    images: int
    photographs: int
    seed: int
    layers: tuple[AlignedLayer, ...]
    twins: Float[np.ndarray, "t l e"]
    twin_reasons: tuple[str, ...]

    @property
    def copied(self) -> bool:
        """Say whether one network is a copy of the other; one layer alone any two may share."""
        return len(self.layers) > 1 and all(one.copied for one in self.layers)

    @property
    def extended(self) -> bool:
        """Say whether there are matrices of a transformer, which the published method has not."""
        return any(one.names[0].endswith(MATRICES) for one in self.layers)


def measured(layer: CrossedLayer, *, seed: int) -> AlignedLayer:
    """Compare the learned covariances of a layer, beside their nulls and what can be reached."""
    crossed = layer.crossing
    sides = [
        learned_or_reason(v, *width) for v, width in zip(layer.values, layer.widths, strict=True)
    ]
    learned = [
        Learned(np.empty(0) if separated is None or reason else separated.learned, *width)
        for (separated, reason), width in zip(sides, layer.widths, strict=True)
    ]
    reason = " ".join(dict.fromkeys(reason for _, reason in sides if reason))
    nan = float("nan")
    said, planted, planted_ranks = UNTOLD, (nan, nan), (nan, nan)
    identical = nan, nan
    if not reason:
        similarities, identical = _similarities(learned, crossed, seed)
        planted, planted_ranks = _planted(learned, seed)
        if not np.isfinite(similarities.through.value):
            reason = FAINT
        elif identical[1] < WHOLE * identical[0]:
            reason = PARTIAL
        else:
            said = similarities
    nulls = np.abs(crossed.permuted)[:, :SHOWN, :SHOWN]
    return AlignedLayer(
        names=layer.names,
        widths=layer.widths,
        error=crossed.error,
        error_permuted=crossed.error_permuted,
        similarity=said.through.value,
        forth=said.through.forth,
        back=said.through.back,
        low=said.through.low,
        high=said.through.high,
        unaligned=said.plain,
        permuted=said.permuted,
        planted=planted,
        ranks=(effective_rank(learned[0].values), effective_rank(learned[1].values)),
        planted_ranks=planted_ranks,
        halved=said.halved,
        seen=crossed.seen,
        identical=identical[0],
        identical_seen=identical[1],
        aligned=np.abs(crossed.aligned)[:SHOWN, :SHOWN],
        plain=np.abs(crossed.plain)[:SHOWN, :SHOWN],
        null=nulls[0] if len(nulls) else np.full_like(crossed.aligned[:SHOWN, :SHOWN], nan),
        null_largest=nulls.max(axis=(1, 2)) if nulls.size else np.empty(0),
        copied=crossed.copied,
        reason=reason,
    )


@dataclass(frozen=True, eq=False)
class _Similarities:
    """S through the alignment, without one, through the null's and through that of half."""

    through: Similarity
    plain: float
    permuted: Float[np.ndarray, " t"]
    halved: float


UNTOLD = _Similarities(Similarity(*[float("nan")] * 5), float("nan"), np.empty(0), float("nan"))


def _similarities(
    learned: list[Learned], crossed: Crossing, seed: int
) -> tuple[_Similarities, tuple[float, float]]:
    """Return what S is through every alignment, and of identical weights in full and seen."""
    r, s = (len(one.values) for one in learned)
    compared = comparison(learned[0], learned[1], seed=seed, draws=DRAWS)
    same = crossed.plain.size > 0
    similarities = _Similarities(
        compared.through(crossed.aligned[:r, :s]),
        compared.through(crossed.plain[:r, :s]).value if same else float("nan"),
        np.array([compared.through(one[:r, :s]).value for one in crossed.permuted]),
        compared.through(crossed.halved[:r, :s]).value,
    )
    fewest = min(one.inputs for one in learned)
    ceilings = []
    for side, one in enumerate(learned):
        if one.inputs == fewest:  # of more inputs no alignment can carry all
            own, seen = compared.itself(side), crossed.own[side][: len(one.values)]
            ceilings.append(
                (own.through(np.eye(len(seen))).value, own.through(seen[:, : len(seen)]).value)
            )
    full, carried = np.mean(ceilings, axis=0)
    return similarities, (float(full), float(carried))


def _planted(learned: list[Learned], seed: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return mean and deviation of S of planted samples, and the mean rank of either's."""
    first, second = (
        reference(one.values, one.neurons, one.inputs, seed=seed, draws=PLANTED) for one in learned
    )
    similarities = np.concatenate([first.similarities, second.similarities])
    untold = first.reason or second.reason
    nan = float("nan"), float("nan")
    return nan if untold else spread(similarities), (
        spread(first.ranks)[0],
        spread(second.ranks)[0],
    )


def compute_aligned(run: Run, params: AlignedParams) -> Aligned:
    """Measure every layer that was read.

    Raises
    ------
    AnalysisError
        If the networks have not been read side by side.
    """
    read = read_crossed(run, params)
    layers = [measured(one, seed=params.seed) for one in read.layers]
    return Aligned(
        first=params.first,
        second=params.second,
        domain=params.domain,
        images=read.images,
        photographs=read.photographs,
        seed=params.seed,
        layers=tuple(layers),
        twins=read.twins,
        twin_reasons=read.twin_reasons,
    )


def _inputs(_run: Run, params: AlignedParams) -> Inputs:
    return params.names, (params.domain,)


ALIGNED = Analysis(
    key="weights.aligned",
    version=8,
    params=AlignedParams,
    result=Aligned,
    inputs=_inputs,
    compute=compute_aligned,
)
