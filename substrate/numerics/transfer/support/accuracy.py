"""Accuracies of held-out decisions, with intervals where there are photographs enough."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, Shaped

from substrate.numerics.estimates import Estimate, too_few
from substrate.numerics.intervals import MIN_GROUPS
from substrate.numerics.proportions import proportion
from substrate.numerics.transfer.support.folds import groups_per_class


@dataclass(frozen=True, eq=False)
class Accuracy:
    """How often held-out samples were given their own class.

    Attributes
    ----------
    overall
        Share of samples decided rightly.
    balanced
        The same, averaged over classes; chance is 1 / number of classes.
    recalls
        The same for each class.
    confusion
        Counts: rows are true classes, columns decisions.
    chance
        What always naming the largest class would reach.
    """

    classes: tuple[str, ...]
    overall: Estimate
    balanced: Estimate
    recalls: tuple[Estimate, ...]
    confusion: Int[np.ndarray, "c c"]
    chance: float


def measure(
    classes: tuple[str, ...],
    codes: Int[np.ndarray, " n"],
    decided: Int[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    within: bool = False,
    unit: str = "groups",
) -> Accuracy:
    """Count decisions; intervals are Wilson's, on what the held-out photographs are worth.

    They carry no part for the choice of the training set. None is given `within` photographs, nor
    where a class has fewer than ten. `unit` is what the groups are called.
    """
    right = decided == codes
    confusion = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(confusion, (codes, decided), 1)
    counts = confusion.sum(axis=1)

    reason = _no_interval(groups_per_class(codes, groups), classes, within, unit)
    return Accuracy(
        classes=classes,
        overall=_share(right, groups, unit, reason),
        balanced=_share(right, groups, unit, reason, codes),
        recalls=tuple(
            _recall(right[rows], groups[rows], within, unit)
            for rows in (codes == c for c in range(len(classes)))
        ),
        confusion=confusion,
        chance=float(counts.max() / counts.sum()),
    )


def _recall(right: np.ndarray, groups: np.ndarray, within: bool, unit: str) -> Estimate:
    few = _too_few(len(np.unique(groups)), unit)
    return _share(right, groups, unit, _within(unit) if within else few)


def _within(unit: str) -> str:
    return f"No interval: parts of the same {unit} were fitted and tested."


def _no_interval(have: dict[str, int], classes: tuple[str, ...], within: bool, unit: str) -> str:
    if within:
        return _within(unit)
    name, fewest = min(have.items(), key=lambda item: item[1])
    return _too_few(fewest, f"{unit} ({classes[int(name)]})")


def _too_few(have: int, unit: str) -> str:
    return too_few(have, unit, MIN_GROUPS, "interval") if have < MIN_GROUPS else ""


def _share(
    right: np.ndarray,
    groups: np.ndarray,
    unit: str,
    reason: str,
    classes: np.ndarray | None = None,
) -> Estimate:
    share = proportion(right, groups, classes=classes, unit=unit)
    return share.without_bounds(reason) if reason else share
