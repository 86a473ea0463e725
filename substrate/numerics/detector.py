"""Which domain does an image come from? A classifier on substrate scores, split by photograph."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from jaxtyping import Float, Int, Shaped

from substrate.numerics.transfer.pooled import (
    DetectorError,
    Features,
    PooledBasis,
    pooled_basis,
)
from substrate.numerics.transfer.recognition import (
    MIN_PHOTOGRAPHS,
    NONE,
    Detection,
    Detector,
    fit_detector,
)
from substrate.numerics.transfer.spec import finite_features
from substrate.numerics.transfer.support.accuracy import (
    Accuracy,
    measure,
)
from substrate.numerics.transfer.support.folds import (
    group_folds,
    groups_per_class,
    random_folds,
)
from substrate.numerics.transfer.support.logistic import (
    STRENGTHS,
    cross_validate,
)
from substrate.numerics.whitening import standardisation

FOLDS = 5

__all__ = [
    "MIN_PHOTOGRAPHS",
    "NONE",
    "Detection",
    "Detector",
    "DetectorError",
    "Evaluation",
    "PooledBasis",
    "evaluate",
    "evaluate_held_out",
    "evaluate_within",
    "fit_detector",
    "pooled_basis",
    "sweep",
]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well domains are told apart on samples that took no part in fitting.

    Attributes
    ----------
    by_photograph
        Whole photographs are held out: what the detector can be trusted with.
    naive
        Single samples are held out, their neighbours from the same photograph are not: the
        flattering figure, shown for comparison.
    apart
        Domains with fewer than three photographs, which neither includes.
    decided
        The domain given to each of `rows` when its photograph was held out.
    strengths
        The inverse penalty chosen inside each training part.
    """

    by_photograph: Accuracy
    naive: Accuracy
    apart: tuple[str, ...]
    rows: Int[np.ndarray, " m"]
    decided: Int[np.ndarray, " m"]
    strengths: tuple[float, ...]
    components: int


def evaluate(
    features: Features,
    domains: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    components: int = 16,
    seed: int,
    folds: int = FOLDS,
    strengths: Sequence[float] = STRENGTHS,
    basis_without: str | None = None,
    photographs: Shaped[np.ndarray, " n"] | None = None,
    unit: str = "groups",
) -> Evaluation:
    """Nested cross-validation of the detector, by photograph and, beside it, by single samples.

    `features` holds each encoder's features of the samples of all domains together. In every
    fold the basis (standardised encoders side by side, the leading `components` directions) comes
    from the training rows, and the penalty from a split inside them, by photograph too. With
    `basis_without`, the named domain takes no part in the basis, only in the classifier: its
    images are then seen in coordinates made without any of their kind. `photographs` are what
    scaling counts a unit's activity in, where `groups` are something else (single samples).
    `unit` is what the groups are called.
    """
    return sweep(
        features,
        domains,
        groups,
        components=[components],
        seed=seed,
        folds=folds,
        strengths=strengths,
        basis_without=basis_without,
        photographs=photographs,
        unit=unit,
    )[0]


def sweep(
    features: Features,
    domains: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    components: Sequence[int],
    seed: int,
    folds: int = FOLDS,
    strengths: Sequence[float] = STRENGTHS,
    basis_without: str | None = None,
    photographs: Shaped[np.ndarray, " n"] | None = None,
    unit: str = "groups",
) -> tuple[Evaluation, ...]:
    """`evaluate` for several numbers of components, from one decomposition per fold."""
    domains, groups = np.asarray(domains), np.asarray(groups)
    apart, rows = _apart(domains, groups, unit)
    names, codes = np.unique(domains[rows], return_inverse=True)
    own, classes = groups[rows], tuple(str(n) for n in names)
    counted = groups if photographs is None else np.asarray(photographs)
    space = _Space.of(features, rows, domains, counted, max(components), basis_without)
    by_group = group_folds(codes, own, folds, seed=seed)
    by_sample = random_folds(codes, folds, seed=seed)
    accuracies = []
    for k in components:
        embed = partial(space.embed, k)
        held = cross_validate(embed, codes, own, by_group, strengths=strengths, seed=seed)
        single = np.arange(len(rows))
        naive = cross_validate(embed, codes, single, by_sample, strengths=strengths, seed=seed)
        accuracies.append(
            Evaluation(
                by_photograph=measure(classes, codes, held.decided, own, unit=unit),
                naive=measure(classes, codes, naive.decided, own, within=True, unit=unit),
                apart=apart,
                rows=rows,
                decided=held.decided,
                strengths=held.strengths,
                components=k,
            )
        )
    return tuple(accuracies)


def evaluate_held_out(
    features: Features,
    domains: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    components: int = 16,
    seed: int,
    folds: int = FOLDS,
    strengths: Sequence[float] = STRENGTHS,
    basis_without: str | None = None,
    unit: str = "groups",
) -> Accuracy:
    """Give what `evaluate` says by photograph, at half its cost: without the naive split."""
    domains, groups = np.asarray(domains), np.asarray(groups)
    _, rows = _apart(domains, groups, unit)
    names, codes = np.unique(domains[rows], return_inverse=True)
    own = groups[rows]
    space = _Space.of(features, rows, domains, groups, components, basis_without)
    fold = group_folds(codes, own, folds, seed=seed)
    embed = partial(space.embed, components)
    held = cross_validate(embed, codes, own, fold, strengths=strengths, seed=seed)
    return measure(tuple(str(n) for n in names), codes, held.decided, own, unit=unit)


def evaluate_within(
    features: Features,
    domains: Shaped[np.ndarray, " n"],
    blocks: Int[np.ndarray, " n"],
    *,
    components: int = 16,
    seed: int,
    strengths: Sequence[float] = STRENGTHS,
    unit: str = "groups",
) -> Accuracy:
    """Accuracy over all domains where photographs are cut into blocks: marked, no interval.

    `blocks` numbers separated strips of the photographs (-1: on a cut, left out); each block is
    held out in turn. It says how recognisable these photographs are, not these domains.
    """
    domains = np.asarray(domains)
    rows = np.flatnonzero(blocks >= 0)
    if len(np.unique(blocks[rows])) < 2:
        raise DetectorError(f"all samples lie in one block; cut the {unit} into two at least.")
    names, codes = np.unique(domains[rows], return_inverse=True)
    space = _Space.of(features, rows, domains, blocks, components, None)
    part = blocks[rows]
    embed = partial(space.embed, components)
    predictions = cross_validate(embed, codes, part, part, strengths=strengths, seed=seed)
    classes = tuple(str(n) for n in names)
    return measure(classes, codes, predictions.decided, part, within=True, unit=unit)


def _apart(
    domains: Shaped[np.ndarray, " n"], groups: Shaped[np.ndarray, " n"], unit: str
) -> tuple[tuple[str, ...], Int[np.ndarray, " m"]]:
    """Name the domains with too few groups, and the rows of the others."""
    have = groups_per_class(domains, groups)
    apart = tuple(name for name, m in have.items() if m < MIN_PHOTOGRAPHS)
    if len(have) - len(apart) < 2:
        raise DetectorError(
            f"{len(have) - len(apart)} of {len(have)} domains come from {MIN_PHOTOGRAPHS} "
            f"{unit} or more; two are needed to tell apart on {unit} not yet seen."
        )
    return apart, np.flatnonzero(~np.isin(domains, apart))


@dataclass(frozen=True, eq=False)
class _Space:
    """The coordinates of a detector, learnt from whichever rows train it, once for each."""

    blocks: Sequence[Float[np.ndarray, "n _"]]
    domains: Shaped[np.ndarray, " n"]
    groups: Shaped[np.ndarray, " n"]
    most: int
    basis_without: str | None
    memo: dict[bytes, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        features: Features,
        rows: Int[np.ndarray, " m"],
        domains: Shaped[np.ndarray, " n"],
        groups: Shaped[np.ndarray, " n"],
        most: int,
        basis_without: str | None,
    ) -> "_Space":
        for x in features:
            if len(x) != len(domains):
                raise DetectorError(
                    f"an encoder has features of {len(x)} samples, and {len(domains)} domains are "
                    "named; give one domain per sample."
                )
        if basis_without is not None and basis_without not in domains:
            raise DetectorError(f"there is no domain {basis_without!r} to leave out of the basis.")
        blocks = [finite_features(x, "features")[rows] for x in features]
        return cls(blocks, domains[rows], groups[rows], most, basis_without)

    def embed(self, components: int, train: Int[np.ndarray, " train"]) -> np.ndarray:
        """Standardise, project and scale all rows by what the training rows say."""
        key = train.tobytes()
        if key not in self.memo:
            seen = train
            if self.basis_without is not None:
                seen = train[self.domains[train] != self.basis_without]
            basis = pooled_basis([x[seen] for x in self.blocks], self.most, self.groups[seen])
            scores = basis.scores(self.blocks)
            learnt = standardisation(scores[train], groups=self.groups[train])
            self.memo[key] = learnt.apply(scores)
        return self.memo[key][:, :components]
