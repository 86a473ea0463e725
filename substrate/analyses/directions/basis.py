"""The principal directions of one layer on one domain, every score, and how far to trust them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from jaxtyping import Float, Int, Shaped

from substrate.analyses.shared.halves import RELIABLE
from substrate.analyses.shared.units import Units
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.domains.spec import DomainError
from substrate.domains.splits import split
from substrate.encoder_ref import EncoderRef
from substrate.numerics.spectra import (
    Directions,
    centred,
    column_correlations,
    eigengaps,
    eigenspectrum,
    existing_directions,
    isolation,
    signs_towards,
)
from substrate.numerics.whitening import (
    Standardisation,
    Whitening,
    WhiteningError,
    standardisation,
)
from substrate.representation import Representation
from substrate.runs import Run
from substrate.wording import Nouns

#: Most directions that are kept of a layer.
COMPONENTS = 64
#: Random divisions of the photographs in two that reliability is the median of.
REPEATS = 10
#: Which rows the directions are found in.
FIT, TEST, ALL = "fit", "test", "all"
SCALINGS = ("none", "z-score")


@dataclass(frozen=True)
class BasisParams:
    """Whose directions, found where: in the fit rows, the test rows or all of them.

    ``twin`` is the seed of an untrained twin, None for the encoder as it was trained.
    """

    encoder: str
    layer: str
    domain: str
    part: str = FIT
    scaling: str = "none"
    seed: int = 0
    twin: int | None = None

    @property
    def ref(self) -> EncoderRef:
        """Return the encoder, or its untrained twin."""
        return EncoderRef(self.encoder, twin=self.twin)

    def untrained(self, seed: int) -> BasisParams:
        """Return the same directions of the untrained twin of a seed."""
        return replace(self, twin=seed)


@dataclass(frozen=True, eq=False)
class Basis:
    """The leading directions of one layer, found in one part of a domain.

    ``vectors`` are orthonormal in features scaled by ``gains`` (statistics of the fit rows, or of
    all rows where those are used); a sample's scores are ``(features - mean) @ loadings``.
    ``shares`` are of the variance where the directions were found, ``held_out_shares`` of the
    variance in the other part. ``isolation`` is the distance to the nearest eigenvalue and ``gap``
    that to the next one, both as a share of the direction's own variance. ``reliability`` is the
    median over random halves of the absolute correlation between the scores of the two halves'
    k-th directions.
    """

    encoder: str
    layer: str
    domain: str
    part: str
    scaling: str
    seed: int
    unit: str
    photographs: int
    fit: Int[np.ndarray, " f"]
    test: Int[np.ndarray, " t"]
    mean: Float[np.ndarray, " p"]
    gains: Float[np.ndarray, " p"]
    vectors: Float[np.ndarray, "p k"]
    scores: Float[np.ndarray, "n k"]
    shares: Float[np.ndarray, " k"]
    held_out_shares: Float[np.ndarray, " k"] | None
    gap: Float[np.ndarray, " k"]
    isolation: Float[np.ndarray, " k"]
    reliability: Float[np.ndarray, " k"]
    reliability_low: Float[np.ndarray, " k"]
    reliability_high: Float[np.ndarray, " k"]
    nouns: Nouns

    def __post_init__(self) -> None:
        """Refuse scores that are no finite numbers, as a damaged result may hold them."""
        if not np.isfinite(self.scores).all():
            raise ValueError(f"scores of {self.encoder} on {self.domain} are no finite numbers")

    @property
    def params(self) -> BasisParams:
        """Return the parameters that the directions were found with.

        Every field of `BasisParams` is a field of this result too, but ``twin``, which ``encoder``
        names; one that is not raises AttributeError.
        """
        ref = EncoderRef.parse(self.encoder)
        names = [f.name for f in fields(BasisParams) if f.name not in ("encoder", "twin")]
        held = {name: getattr(self, name) for name in names}
        return BasisParams(encoder=ref.name, twin=ref.twin, **held)

    @property
    def loadings(self) -> Float[np.ndarray, "p k"]:
        """Return the weights of the encoder's own units in each direction's score."""
        return self.gains[:, None] * self.vectors

    @property
    def units(self) -> Units:
        """Return how many units took part in the directions."""
        return Units(int(np.count_nonzero(self.gains == 0)), len(self.gains))

    @property
    def count(self) -> int:
        """Return how many directions there are."""
        return self.vectors.shape[1]

    @property
    def unreliable(self) -> np.ndarray:
        """Tell which directions may not come back in other samples."""
        return ~(self.reliability >= RELIABLE)


def representation(run: Run, params: BasisParams) -> Representation:
    """Return the features that the directions are those of."""
    return run.representation(params.ref, params.domain, params.layer)


def scaled(
    features: Representation,
    rows: Int[np.ndarray, " r"],
    scaling: str,
    groups: Shaped[np.ndarray, " n"],
) -> tuple[Float[np.ndarray, "n p"], Standardisation]:
    """Return all rows in the units of some of them: centred, or z-scored as well.

    ``groups`` are the photographs of all rows: a unit needs activity in enough of them.
    """
    if scaling not in SCALINGS:
        raise AnalysisError(f"Scaling {scaling!r} is unknown; choose {' or '.join(SCALINGS)}.")
    x = features.features
    try:
        whitening: Whitening = "z-score" if scaling == "z-score" else "none"
        learned = standardisation(x[rows], whitening, groups=groups[rows])
    except WhiteningError as error:
        reason = str(error)
        raise AnalysisError(f"{features.name}: {reason[0].lower()}{reason[1:]}") from error
    return learned.apply(np.asarray(x, dtype=np.float64)), learned


def divided(
    samples: pd.DataFrame, seed: int
) -> tuple[Int[np.ndarray, " f"], Int[np.ndarray, " t"], str]:
    """Divide a domain in rows to fit on and rows to test on, or say why it cannot be."""
    try:
        return split(samples, seed=seed)
    except DomainError as error:
        raise AnalysisError(f"These samples have no two parts to compare: {error}") from error


def leading(x: Float[np.ndarray, "n p"], k: int, name: str) -> Directions:
    """Return up to k directions: as many as these rows have."""
    directions = existing_directions(centred(x), k)
    if not len(directions.variances):
        raise AnalysisError(f"{name} does not vary over these samples: it has no directions.")
    return directions


def held_out_scores(run: Run, side: BasisParams, like: Basis, k: int) -> Float[np.ndarray, "t k"]:
    """Return test scores on fit directions, without the reliability that a basis carries."""
    return all_scores(run, side, like, k)[like.test]


def all_scores(run: Run, side: BasisParams, like: Basis, k: int) -> Float[np.ndarray, "n k"]:
    """Return every sample's scores on fit directions, without reliability."""
    features = representation(run, side)
    x, _ = scaled(features, like.fit, side.scaling, run.groups(side.domain))
    return x @ leading(x[like.fit], k, features.name).vectors


def turned(basis: Basis, direction: int) -> Basis:
    """Return the basis with the sign of one direction (from 0) the other way around.

    Signs of directions are a convention; so that two of them can be looked at side by side, what
    is high on one should be high on the other.
    """
    signs = np.ones(basis.count)
    signs[direction] = -1.0
    return replace(basis, vectors=basis.vectors * signs, scores=basis.scores * signs)


@dataclass(frozen=True)
class Counterpart:
    """The direction of another layer that goes with a given one, and their correlation.

    ``direction`` counts from 0. It is picked in the rows where directions were found and
    ``correlation`` is measured in the other ones (of bases of all rows: the test rows).
    """

    direction: int
    correlation: float


def counterpart(basis: Basis, direction: int, other: Basis) -> Counterpart:
    """Return which direction of another layer of the same samples goes with this one."""
    kept, rest = (basis.test, basis.fit) if basis.part == TEST else (basis.fit, basis.test)
    own = basis.scores[:, [direction]]
    repeated = np.repeat(own[kept], other.count, axis=1)
    cells = np.abs(column_correlations(repeated, other.scores[kept]))
    pick = int(np.argmax(np.nan_to_num(cells, nan=-1.0)))
    measured = column_correlations(own[rest], other.scores[rest][:, [pick]])
    return Counterpart(pick, float(measured[0]))


def part_of(
    fit: Int[np.ndarray, " f"], test: Int[np.ndarray, " t"], part: str, n: int
) -> np.ndarray:
    """Return the rows that a part names."""
    return {FIT: fit, TEST: test, ALL: np.arange(n)}[part]


def _inputs(run: Run, params: BasisParams) -> Inputs:
    return (params.ref,), (params.domain,)


def find_basis(run: Run, params: BasisParams) -> Basis:
    """Find the directions, score every sample, and measure what can be trusted."""
    features = representation(run, params)
    samples = run.samples(params.domain)
    fit, test, unit = divided(samples, params.seed)
    rows = part_of(fit, test, params.part, len(samples))
    units = rows if params.part == ALL else fit
    groups = samples["group"].to_numpy(dtype=str)
    x, learned = scaled(features, units, params.scaling, groups)
    directions = leading(x[rows], COMPONENTS, features.name)
    k = len(directions.variances)
    vectors = directions.vectors * _signs(x, fit, directions, params.part)
    scores = x @ vectors
    low, middle, high = _reliability(features, samples, k, params)
    spectrum = np.append(eigenspectrum(x[rows]), 0.0)
    other = {FIT: test, TEST: fit, ALL: None}[params.part]
    return Basis(
        encoder=str(params.ref),
        layer=params.layer,
        domain=params.domain,
        part=params.part,
        scaling=params.scaling,
        seed=params.seed,
        unit=unit,
        photographs=int(samples["group"].nunique()),
        fit=fit,
        test=test,
        mean=learned.mean,
        gains=learned.gains,
        vectors=vectors,
        scores=scores,
        shares=directions.shares,
        held_out_shares=None if other is None else _shares(x[other], vectors),
        gap=eigengaps(spectrum)[:k],
        isolation=isolation(spectrum)[:k],
        reliability=middle,
        reliability_low=low,
        reliability_high=high,
        nouns=run.domains[params.domain].nouns,
    )


def _signs(x: np.ndarray, fit: np.ndarray, directions: Directions, part: str) -> np.ndarray:
    """Return the signs that make directions of the test rows run with those of the fit rows."""
    k = directions.vectors.shape[1]
    if part != TEST:
        return np.ones(k)
    reference = x[fit] @ leading(x[fit], k, "The fit part").vectors
    shared = reference.shape[1]
    return np.append(
        signs_towards((x[fit] @ directions.vectors)[:, :shared], reference), np.ones(k - shared)
    )


def _shares(x: Float[np.ndarray, "n p"], vectors: Float[np.ndarray, "p k"]) -> np.ndarray:
    total = float(x.var(axis=0).sum())
    if not total > 0:
        return np.full(vectors.shape[1], np.nan)
    return np.asarray((x @ vectors).var(axis=0) / total)


def _reliability(
    features: Representation, samples: pd.DataFrame, k: int, params: BasisParams
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return quartiles over random halves; a direction that a half does not have counts as NaN."""
    values, groups = np.full((REPEATS, k), np.nan), samples["group"].to_numpy(dtype=str)
    for repeat in range(REPEATS):
        first, second, _ = divided(samples, params.seed + 1 + repeat)
        one, other = (
            _half_scores(features, rows, k, params.scaling, groups) for rows in (first, second)
        )
        shared = min(one.shape[1], other.shape[1])
        values[repeat, :shared] = np.abs(column_correlations(one[:, :shared], other[:, :shared]))
    everywhere = np.isfinite(values).all(axis=0)
    out = np.full((3, k), np.nan)
    out[:, everywhere] = np.quantile(values[:, everywhere], (0.25, 0.5, 0.75), axis=0)
    return out[0], out[1], out[2]


def _half_scores(
    features: Representation, rows: np.ndarray, k: int, scaling: str, groups: np.ndarray
) -> np.ndarray:
    z, _ = scaled(features, rows, scaling, groups)
    return z @ leading(z[rows], k, "A half of the samples").vectors


BASIS = Analysis(
    key="directions.basis",
    version=4,
    params=BasisParams,
    result=Basis,
    inputs=_inputs,
    compute=find_basis,
)
