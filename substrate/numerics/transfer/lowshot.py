"""Accuracy with few labels: substrate scores against an encoder's full features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int, Real, Shaped

from substrate.numerics.estimates import Estimate, too_few
from substrate.numerics.intervals import MIN_GROUPS, delete_group_jackknife
from substrate.numerics.metrics.support.features import narrowed
from substrate.numerics.proportions import proportion
from substrate.numerics.transfer.probe import labelled
from substrate.numerics.transfer.spec import TransferError
from substrate.numerics.transfer.support.folds import (
    group_folds,
    groups_per_class,
)
from substrate.numerics.transfer.support.logistic import (
    STRENGTHS,
    choice,
    fit_logistic,
)
from substrate.numerics.whitening import standardisation

SHOTS = (5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True, eq=False)
class LowShot:
    """Balanced accuracy of a linear probe for each feature space and number of labels per class.

    `differences[space]` compares a space with the first one, on the same labels and the same
    tested samples.
    """

    shots: tuple[int, ...]
    accuracies: dict[str, tuple[Estimate, ...]]
    differences: dict[str, tuple[Estimate, ...]]
    repeats: int


def low_shot(
    spaces: Mapping[str, Real[np.ndarray, "n _"]],
    labels: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    seed: int,
    shots: Sequence[int] = SHOTS,
    repeats: int = 3,
    folds: int = 2,
    strengths: Sequence[float] = STRENGTHS,
    unit: str = "groups",
) -> LowShot:
    """Fit on a few samples of each class, test on the photographs that gave none.

    Photographs are dealt into folds; each fold is tested by models fitted on `shots` samples per
    class drawn from the others, `repeats` times. Numbers of labels that not every class can give
    are left out. Intervals are delete-group jackknives of the accuracy averaged over draws; they
    hold for these draws of training labels. `unit` is what the groups are called.
    """
    decisions = low_shot_decisions(
        spaces,
        labels,
        groups,
        seed=seed,
        shots=shots,
        repeats=repeats,
        folds=folds,
        strengths=strengths,
    )
    return _summary(decisions, repeats, unit)


@dataclass(frozen=True, eq=False)
class Decisions:
    """How often each sample was decided rightly, by space and number of labels, over the draws."""

    shots: tuple[int, ...]
    rights: dict[str, list[Float[np.ndarray, " n"]]]
    codes: Int[np.ndarray, " n"]
    groups: Shaped[np.ndarray, " n"]


def low_shot_decisions(
    spaces: Mapping[str, Real[np.ndarray, "n _"]],
    labels: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    seed: int,
    shots: Sequence[int] = SHOTS,
    repeats: int = 3,
    folds: int = 2,
    strengths: Sequence[float] = STRENGTHS,
    best_of: Mapping[str, Sequence[str]] | None = None,
) -> Decisions:
    """Decide every sample by models fitted on a few labels: what `low_shot` sums up.

    Each name in ``best_of`` stands for the one of its spaces that cross-validation among a draw's
    own labels does best with, as somebody who has these labels alone could choose. The best on the
    tested samples would lie above chance where no space says anything of the classes.
    """
    best_of = best_of or {}
    checked = {name: labelled(x, labels, groups) for name, x in spaces.items()}
    if not checked:
        raise TransferError("no feature space arrived; give at least one.")
    _, _, codes, groups = next(iter(checked.values()))
    fold = group_folds(codes, groups, folds, seed=seed)
    fewest = min(np.bincount(codes[fold != f], minlength=codes.max() + 1).min() for f in set(fold))
    possible = tuple(s for s in sorted(shots) if s <= fewest)
    if not possible:
        raise TransferError(
            f"{min(shots)} labels per class were asked for, and a class has {fewest} to learn from."
        )
    rights: dict[str, list[np.ndarray]] = {name: [] for name in (*checked, *best_of)}
    for shot in possible:
        total = {name: np.zeros(len(codes)) for name in rights}
        for repeat in range(repeats):
            rng = np.random.default_rng([seed, shot, repeat])
            for held_out in np.unique(fold):
                train = _draw(codes, np.flatnonzero(fold != held_out), shot, rng)
                test = np.flatnonzero(fold == held_out)
                decisions = {
                    name: _right(x, codes, groups, train, test, strengths, seed)
                    for name, (x, *_) in checked.items()
                }
                for name in checked:
                    total[name][test] += decisions[name][0]
                for name, spaces_of in best_of.items():
                    total[name][test] += max((decisions[s] for s in spaces_of), key=_promise)[0]
        for name, right in total.items():
            rights[name].append(right / repeats)
    return Decisions(possible, rights, codes, groups)


def _draw(
    codes: Int[np.ndarray, " n"],
    pool: Int[np.ndarray, " m"],
    shot: int,
    rng: np.random.Generator,
) -> Int[np.ndarray, " k"]:
    """Draw `shot` samples of each class from the pool."""
    drawn = [
        rng.choice(pool[codes[pool] == c], shot, replace=False) for c in range(codes.max() + 1)
    ]
    return np.sort(np.concatenate(drawn))


def _right(
    x: Float[np.ndarray, "n d"],
    codes: Int[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    train: Int[np.ndarray, " k"],
    test: Int[np.ndarray, " m"],
    strengths: Sequence[float],
    seed: int,
) -> tuple[Float[np.ndarray, " m"], float]:
    """Fit on the drawn samples; say of each tested sample whether it was decided rightly.

    And the share of drawn samples that cross-validation among them had right.
    """
    scale = standardisation(x[train], groups=groups[train])
    z = narrowed(scale.apply(x[np.concatenate([train, test])]))
    mine, theirs = z[: len(train)], z[len(train) :]
    chosen = choice(mine, codes[train], groups[train], strengths=strengths, seed=seed)
    model = fit_logistic(mine, codes[train], int(codes.max()) + 1, chosen.strength)
    return (model.decide(theirs) == codes[test]).astype(np.float64), chosen.share


def _promise(decision: tuple[Float[np.ndarray, " m"], float]) -> float:
    """Return the share that cross-validation had right, the least of all where there was none."""
    return -1.0 if np.isnan(decision[1]) else decision[1]


def _summary(decisions: Decisions, repeats: int, unit: str) -> LowShot:
    """Turn the share of right decisions per sample into balanced accuracies with intervals."""
    rights, codes, groups = decisions.rights, decisions.codes, decisions.groups
    first = next(iter(rights))
    return LowShot(
        decisions.shots,
        {
            name: tuple(balanced_share(r, codes, groups, unit) for r in rs)
            for name, rs in rights.items()
        },
        {
            name: tuple(
                balanced_gain(r - base, codes, groups, unit)
                for r, base in zip(rs, rights[first], strict=True)
            )
            for name, rs in rights.items()
            if name != first
        },
        repeats,
    )


def balanced_share(
    right: Float[np.ndarray, " n"],
    codes: Int[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    unit: str,
    counted: str | None = None,
) -> Estimate:
    """Average over samples of a class, then over classes, with an interval over groups.

    Without bounds where a class has fewer than `MIN_GROUPS` groups; ``counted`` names those in the
    reason, "photographs of a class" where it is not given.
    """
    share = proportion(right, groups, classes=codes, unit=unit)
    fewest = min(groups_per_class(codes, groups).values())
    if fewest >= MIN_GROUPS:
        return share
    return share.without_bounds(
        too_few(fewest, counted or f"{unit} of a class", MIN_GROUPS, "interval")
    )


def balanced_gain(
    ahead: Float[np.ndarray, " n"],
    codes: Int[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    unit: str,
) -> Estimate:
    """Average a difference of two shares of the same samples over classes, in [-1, 1].

    ``ahead`` is by how much one is right more often than the other, sample by sample; the interval
    is a delete-group jackknife, without bounds where `balanced_share` gives none.
    """
    share = balanced_share((ahead + 1) / 2, codes, groups, unit)
    if share.low is None:
        return replace(share, value=2 * share.value - 1)
    if not ahead.any():
        none = replace(share, value=0.0)
        return none.without_bounds("No interval: both decide every image alike.")

    def statistic(rows: Int[np.ndarray, " k"]) -> float:
        return float((np.bincount(codes[rows], ahead[rows]) / np.bincount(codes[rows])).mean())

    return delete_group_jackknife(statistic, groups, unit=unit, max_units=None)
