"""What claims about domains are made of: every pair of domains by panel, measure and dimension."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.claims.panels import DIMENSIONS, PanelName
from substrate.analyses.claims.random_bases import (
    RandomBases,
    summary,
)
from substrate.analyses.shared.samples import pairs
from substrate.analyses.subspace.intervals import Compared
from substrate.numerics.joined import Joined
from substrate.numerics.panel import random_basis_expectation

KINDS = ("trained", "untrained", "shuffled")
#: The panels that are made of encoders and the two that are made of images.
PANELS = (*KINDS, "pixels", "handcrafted")
#: Pairs of domains below which their order says nothing, and domains of the larger matrix.
MIN_RANKED, EIGHT = 6, 8


@dataclass(frozen=True)
class CellScope:
    """One setting: its label, the place it looks at alone, K, the estimate, and the domains."""

    label: str
    place: str
    k: int
    estimate: int
    domains: tuple[int, ...]
    natural: int | None


@dataclass(frozen=True, eq=False)
class DomainPairs:
    """Every pair of domains (the order of `pairs`), by panel.

    ``likeness`` is Procrustes-CKA by estimate and K; ``spans`` the mean squared cosine of the
    principal angles and ``turns`` their mean cosine, by K of the switch; ``law`` what random
    bases are expected to give by K, and ``random`` what draws of them give.
    """

    count: int
    ks: Mapping[PanelName, tuple[int, ...]]
    likeness: Mapping[PanelName, Float[np.ndarray, "p 2 c"]]
    spans: Mapping[PanelName, Float[np.ndarray, "p k"]]
    turns: Mapping[PanelName, Float[np.ndarray, "p k"]]
    law: Float[np.ndarray, "p c"]
    law_ks: tuple[int, ...]
    random: Float[np.ndarray, "r p 2 c"] | None
    random_ks: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Part:
    """One panel's part of `DomainPairs`: its measures, and where it is the trained one its bounds.

    ``angles`` hold ``spans`` and ``turns``; None for panels that are made of images.
    """

    count: int
    ks: tuple[int, ...]
    likeness: Float[np.ndarray, "p 2 c"]
    angles: Float[np.ndarray, "p 2 k"] | None
    law: Float[np.ndarray, "p c"] | None
    random: Float[np.ndarray, "r p 2 c"] | None
    random_ks: tuple[int, ...]


def domain_pairs(parts: Mapping[PanelName, Part], law_ks: tuple[int, ...]) -> DomainPairs:
    """Put the panels' parts together."""
    count = next(iter(parts.values())).count if parts else 0
    trained = parts.get(PanelName("trained"))
    angles = {name: part.angles for name, part in parts.items() if part.angles is not None}
    law = None if trained is None else trained.law
    return DomainPairs(
        count,
        {name: part.ks for name, part in parts.items()},
        {name: part.likeness for name, part in parts.items()},
        {name: cosines[:, 0] for name, cosines in angles.items()},
        {name: cosines[:, 1] for name, cosines in angles.items()},
        np.full((len(pairs(count)[0]), len(law_ks)), np.nan) if law is None else law,
        law_ks,
        None if trained is None else trained.random,
        () if trained is None else trained.random_ks,
    )


@dataclass(frozen=True, eq=False)
class PanelCells:
    """Works out one panel's part; what the whole sample has given is not worked out again.

    ``whole`` is the panel on all samples; ``random`` the random bases, for the trained one alone.
    """

    kind: str
    whole: Compared
    law_ks: tuple[int, ...]
    random: RandomBases | None
    memo: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    @classmethod
    def at(cls, name: PanelName, whole: Compared, law_ks: tuple[int, ...], seed: int) -> PanelCells:
        """Prepare for a panel of this name and its replicates."""
        random = RandomBases.of(whole, DIMENSIONS, seed) if name.kind == "trained" else None
        return cls(name.kind, whole, law_ks, random)

    def __call__(self, state: Compared) -> Part:
        """Return the part of the whole sample, or of a replicate."""
        first, second = pairs(len(state.xs))
        return Part(
            len(state.xs),
            state.ks,
            state.matrix[first, :, :, second],
            self._angles(state) if self.kind in KINDS else None,
            None if self.random is None else self._law(state),
            None if self.random is None else self.random.cells(state.xs),
            () if self.random is None else self.random.ks,
        )

    def _law(self, state: Compared) -> Float[np.ndarray, "p c"]:
        first, second = pairs(len(state.xs))
        ratios = [self._remember(_participation, x) for x in state.xs]
        expectations = [
            [random_basis_expectation(k, ratio) for k in self.law_ks] for ratio in ratios
        ]
        return (np.array(expectations)[first] + np.array(expectations)[second]) / 2

    def _angles(self, state: Compared) -> Float[np.ndarray, "p 2 k"]:
        return np.array(
            [
                self._remember(_between, state.vectors[i], state.vectors[j])
                for i, j in combinations(range(len(state.vectors)), 2)
            ]
        )

    def _remember(self, function: Callable[..., Any], *arrays: np.ndarray) -> Any:
        names = tuple(map(id, arrays))
        if not {id(x) for x in (*self.whole.xs, *self.whole.vectors)}.issuperset(names):
            return function(*arrays)
        key = (function.__name__, *names)
        if key not in self.memo:
            self.memo[key] = function(*arrays)
        return self.memo[key]


def _participation(x: Float[np.ndarray, "n D"] | Joined) -> float:
    if isinstance(x, Joined):
        return _ratio(x.products())
    return _ratio(x @ x.T if len(x) < x.shape[1] else x.T @ x)


def _ratio(small: Float[np.ndarray, "m m"]) -> float:
    return float(np.trace(small) ** 2 / np.square(small).sum())


def _between(a: Float[np.ndarray, "D k"], b: Float[np.ndarray, "D k"]) -> Float[np.ndarray, "2 c"]:
    """Return mean squared and mean cosines of the principal angles, by K of the switch."""
    cross = a[:, : max(DIMENSIONS)].T @ b[:, : max(DIMENSIONS)]
    out = np.full((2, len(DIMENSIONS)), np.nan)
    for column, k in enumerate(DIMENSIONS):
        if k <= len(cross):
            block = cross[:k, :k]
            cosines = np.linalg.svd(block, compute_uv=False)
            out[:, column] = np.square(block).sum() / k, cosines.mean()
    return out


def quantities(sweep: Sequence[int]) -> tuple[str, ...]:
    """Name everything that `rows` may give."""
    return (
        *PANELS,
        "random",
        "random tail",
        "law",
        *(f"{what} at {k}" for what in (*KINDS, "law") for k in sweep),
        *(f"{part} {kind}" for part in ("eight", "smallest", "largest") for kind in KINDS),
        "grassmann",
        "grassmann untrained",
        "grassmann shuffled",
        "grassmann ranks",
        "grassmann ranks untrained",
        "rotation ranks",
        "rotation ranks untrained",
        "natural",
        "natural untrained",
    )


def rows(measures: DomainPairs, scopes: Sequence[CellScope]) -> list[dict[str, float]]:
    """Return the quantities of every setting; what cannot be had is left out."""
    medians = {d: _Medians.of(measures, d) for d in {scope.domains for scope in scopes}}
    return [_row(measures, scope, medians[scope.domains]) for scope in scopes]


@dataclass(frozen=True, eq=False)
class _Medians:
    """The pairs of some of the domains, and medians over them, each worked out once."""

    chosen: Int[np.ndarray, " p"]
    likeness: Mapping[PanelName, Float[np.ndarray, "2 c"]]
    spans: Mapping[PanelName, Float[np.ndarray, " k"]]
    law: Float[np.ndarray, " c"]

    @classmethod
    def of(cls, measures: DomainPairs, domains: Sequence[int]) -> _Medians:
        first, second = pairs(measures.count)
        chosen = np.flatnonzero(np.isin(first, domains) & np.isin(second, domains))
        return cls(
            chosen,
            {n: np.median(v[chosen], axis=0) for n, v in measures.likeness.items()},
            {n: np.median(v[chosen], axis=0) for n, v in measures.spans.items()},
            np.median(measures.law[chosen], axis=0),
        )


def _row(measures: DomainPairs, scope: CellScope, medians: _Medians) -> dict[str, float]:
    out: dict[str, list[float]] = {}
    for name in measures.likeness:
        for quantity, value in _of_panel(measures, name, scope, medians).items():
            out.setdefault(quantity, []).append(value)
    means = {quantity: sum(values) / len(values) for quantity, values in out.items()}
    law = dict(zip(measures.law_ks, medians.law.tolist(), strict=True))
    means |= {f"law at {k}": value for k, value in law.items()} | {"law": law[scope.k]}
    if measures.random is not None and scope.k in measures.random_ks:
        at = measures.random_ks.index(scope.k)
        drawn = measures.random[:, medians.chosen, scope.estimate, at]
        means["random"], means["random tail"] = summary(drawn)
    return means


def _of_panel(
    measures: DomainPairs, name: PanelName, scope: CellScope, medians: _Medians
) -> dict[str, float]:
    kind, ks = name.kind, measures.ks[name]
    along = medians.likeness[name][scope.estimate].tolist()
    out = {f"{kind} at {k}": value for k, value in zip(ks, along, strict=True)}
    if scope.k not in ks:
        return out
    at = ks.index(scope.k)
    out[kind] = along[at]
    if kind not in KINDS:
        return out
    after = "" if kind == "trained" else f" {kind}"
    column = DIMENSIONS.index(scope.k)
    out[f"grassmann{after}"] = float(medians.spans[name][column])
    if scope.place:
        return out
    own, chosen = measures.likeness[name][:, scope.estimate, at], medians.chosen
    if len(chosen) >= MIN_RANKED:
        for measure, values in (("grassmann", measures.spans), ("rotation", measures.turns)):
            out[f"{measure} ranks{after}"] = spearman(values[name][chosen, column], own[chosen])
    return out | _of_eight(own, measures.count, kind, after, scope.natural)


def spearman(x: Float[np.ndarray, " p"], y: Float[np.ndarray, " p"]) -> float:
    """Return the rank correlation of values without ties; NaN where one side does not vary."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    steps = x.argsort().argsort() - y.argsort().argsort()
    p = len(x)
    return float(1 - 6 * np.square(steps).sum() / (p * (p**2 - 1)))


def _of_eight(
    own: Float[np.ndarray, " p"], count: int, kind: str, after: str, natural: int | None
) -> dict[str, float]:
    """Return what rests on the larger matrix, and how far the natural domain lies from others."""
    out = {}
    if count >= EIGHT:
        out = {
            f"eight {kind}": float(np.median(own)),
            f"smallest {kind}": float(own.min()),
            f"largest {kind}": float(own.max()),
        }
    if natural is not None and count >= 3:
        matrix = np.full((count, count), np.nan)
        first, second = pairs(count)
        matrix[first, second] = matrix[second, first] = own
        means = np.nanmean(matrix, axis=1)
        out[f"natural{after}"] = float(means[natural] - np.delete(means, natural).mean())
    return out
