"""What Procrustes-CKA gives where nothing is shared between encoders: its controls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.halves import halves_of
from substrate.analyses.shared.samples import (
    Sizes,
    bases,
    explained,
    features,
    median_of,
    pairs,
    require,
    side_by_side,
    sizes,
)
from substrate.analyses.spec import Analysis
from substrate.domains.spec import DomainError
from substrate.numerics.joined import Joined
from substrate.numerics.nulls import (
    random_basis,
    row_orders,
)
from substrate.numerics.panel import (
    cka_by_dimension,
    desynchronised,
    procrustes_cka_all,
    random_basis_expectation,
)
from substrate.numerics.spectra import Directions
from substrate.runs import Run

#: Panels with shuffled rows, and random bases per domain.
SHUFFLES, RANDOM_BASES = 3, 10


@dataclass(frozen=True)
class ControlParams:
    """The panel, the domains, the dimension K, and the seed of whatever is drawn."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    whitening: str = "z-score"
    components: int = 16
    seed: int = 0


@runtime_checkable
class DrawParams(Protocol):
    """What the draws of a panel's controls depend on."""

    @property
    def encoders(self) -> tuple[str, ...]:
        """The encoders of the panel."""

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains that are compared."""

    @property
    def whitening(self) -> str:
        """How encoders are brought to scale."""

    @property
    def seed(self) -> int:
        """The seed of splits and orders."""


@dataclass(frozen=True, eq=False)
class Control:
    """One control: matrices between domains, or values per domain, for each of several repeats.

    ``values`` are indexed by (biased, debiased), repeat, then domain (twice for matrices); NaN is
    missing. ``repeats`` name what was repeated: encoders, draws, or nothing (one empty name).
    ``k`` is the dimension, lower than asked for where a space has fewer directions.
    """

    key: str
    repeats: tuple[str, ...]
    k: int
    values: Float[np.ndarray, "2 r *a"]

    @property
    def by_pair(self) -> bool:
        """Say whether the values compare two domains."""
        return self.values.ndim == 4

    def flat(self, *, debiased: bool) -> Float[np.ndarray, "r v"]:
        """Return each repeat's values: one per pair of domains, or per domain."""
        values = self.values[int(debiased)]
        if not self.by_pair:
            return values
        rows, columns = pairs(values.shape[1])
        return values[:, rows, columns]

    def medians(self, *, debiased: bool) -> Float[np.ndarray, " r"]:
        """Return the median over pairs or domains of each repeat."""
        return np.array([median_of(row) for row in self.flat(debiased=debiased)])


@dataclass(frozen=True, eq=False)
class Controls:
    """The controls that come from the encoders themselves.

    ``expected`` is what the law of random bases, K / (K + PR), predicts for each pair of domains.
    """

    encoders: tuple[str, ...]
    sizes: tuple[Sizes, ...]
    whitening: str
    k: int
    seed: int
    single: Control
    split_half: Control
    shuffled: Control
    random: Control
    expected: Float[np.ndarray, "a a"]

    @property
    def all(self) -> tuple[Control, ...]:
        """Return the controls in the order in which they are shown."""
        return (self.single, self.split_half, self.shuffled, self.random)


@explained
def compute_controls(run: Run, params: ControlParams) -> Controls:
    """Repeat the comparison with single encoders, halves, shuffled rows and random bases."""
    require(params.encoders, 1, "encoders")
    require(params.domains, 2, "domains")
    raw = [features(run, params.encoders, d) for d in params.domains]
    xs = [
        side_by_side(blocks, params.whitening, run.groups(d))
        for blocks, d in zip(raw, params.domains, strict=True)
    ]
    widths = [x.shape[1] for x in raw[0]]
    panel = bases(xs, params.components)
    k = len(panel[0].variances)
    chance = np.array([random_basis_expectation(k, basis.participation_ratio) for basis in panel])
    return Controls(
        encoders=params.encoders,
        sizes=tuple(sizes(run, d) for d in params.domains),
        whitening=params.whitening,
        k=k,
        seed=params.seed,
        single=_single(xs, widths, params),
        split_half=_split_half(run, raw, params),
        shuffled=_shuffled(run, xs, widths, params),
        random=_random(xs, k, params.seed),
        expected=(chance[:, None] + chance) / 2,
    )


def between(
    key: str,
    repeats: Sequence[str],
    panels: Iterable[Sequence[Float[np.ndarray, "_ D"] | Joined]],
    components: int,
) -> Control:
    """Compare domains within each repeat, up to as many directions as the repeat has."""
    values, ks = [], []
    for xs in panels:
        directions = bases(xs, components)
        ks.append(len(directions[0].variances))
        values.append(_matrix(xs, directions, ks[-1]))
    return Control(key, tuple(repeats), min(ks), np.array(values).swapaxes(0, 1))


def _matrix(
    xs: Sequence[Float[np.ndarray, "_ D"] | Joined], directions: Sequence[Directions], k: int
) -> Float[np.ndarray, "2 a a"]:
    scores = procrustes_cka_all(xs, [basis.vectors[:, :k] for basis in directions], (k,))
    return np.array([scores.biased[0], scores.debiased[0]])


def _single(
    xs: Sequence[Float[np.ndarray, "_ D"]], widths: Sequence[int], params: ControlParams
) -> Control:
    """One encoder at a time instead of the panel."""
    edges = np.cumsum([0, *widths])
    panels = ([x[:, start:stop] for x in xs] for start, stop in pairwise(edges))
    return between("single", params.encoders, panels, params.components)


def _split_half(run: Run, raw: Sequence[Sequence[np.ndarray]], params: ControlParams) -> Control:
    """Two halves of one domain instead of two domains: as alike as samples allow."""
    values, ks = np.full((2, 1, len(params.domains)), np.nan), []
    for index, xs in half_panels(run, raw, params):
        directions = bases(xs, params.components)
        ks.append(len(directions[0].variances))
        values[:, 0, index] = _matrix(xs, directions, ks[-1])[:, 0, 1]
    return Control("split_half", ("",), min(ks, default=params.components), values)


def half_panels(
    run: Run, raw: Sequence[Sequence[np.ndarray]], params: DrawParams
) -> Iterator[tuple[int, list[np.ndarray]]]:
    """Yield the two halves of each domain that has them, with the domain's position."""
    for index, (blocks, domain) in enumerate(zip(raw, params.domains, strict=True)):
        try:
            halves = halves_of(run, domain, params.seed)
        except DomainError:  # one whole photograph: it has no halves
            continue
        yield (
            index,
            [
                side_by_side([x[rows] for x in blocks], params.whitening, groups)
                for rows, groups in (
                    (halves.fit, halves.fit_groups),
                    (halves.test, halves.test_groups),
                )
            ],
        )


def _shuffled(
    run: Run,
    xs: Sequence[Float[np.ndarray, "_ D"]],
    widths: Sequence[int],
    params: ControlParams,
) -> Control:
    """Shuffle rows independently in each encoder before the basis is found."""
    panels = shuffled_panels(run, xs, widths, params)
    return between("shuffled", [f"draw {d}" for d in range(SHUFFLES)], panels, params.components)


def shuffled_panels(
    run: Run, xs: Sequence[Float[np.ndarray, "_ D"]], widths: Sequence[int], params: DrawParams
) -> Iterator[list[np.ndarray | Joined]]:
    """Yield the panel in every domain with each encoder's rows in an order of their own."""
    groups = [run.groups(d) for d in params.domains]
    for draw in range(SHUFFLES):
        yield [
            desynchronised(x, widths, _orders(group, draw, index, params))
            for index, (x, group) in enumerate(zip(xs, groups, strict=True))
        ]


def _orders(groups: np.ndarray, draw: int, domain: int, params: DrawParams) -> np.ndarray:
    seed = 1000 * params.seed + len(params.domains) * draw + domain
    return row_orders(groups, len(params.encoders), seed)


def _random(xs: Sequence[Float[np.ndarray, "_ D"]], k: int, seed: int) -> Control:
    """Score each domain on pairs of random bases; a pair of domains averages its two."""
    rng = np.random.default_rng(seed)
    values = np.empty((2, RANDOM_BASES, len(xs)))
    for index, x in enumerate(xs):
        drawn = [random_basis(x.shape[1], k, rng) for _ in range(2 * RANDOM_BASES)]
        scores = np.split(x @ np.hstack(drawn), 2 * RANDOM_BASES, axis=1)
        for draw in range(RANDOM_BASES):
            pair = scores[2 * draw], scores[2 * draw + 1]
            values[:, draw, index] = cka_by_dimension(*pair, (k,))[:, 0]
    both = (values[:, :, :, None] + values[:, :, None, :]) / 2
    return Control("random", tuple(f"draw {d}" for d in range(RANDOM_BASES)), k, both)


CONTROLS = Analysis(
    key="subspace.controls",
    version=3,
    params=ControlParams,
    result=Controls,
    inputs=lambda run, params: (params.encoders, params.domains),
    compute=compute_controls,
)
