"""Cross-validation folds in which a photograph is never on both sides."""

import numpy as np
from jaxtyping import Int, Shaped

from substrate.numerics.transfer.spec import TransferError


def group_folds(
    labels: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    count: int,
    *,
    seed: int,
) -> Int[np.ndarray, " n"]:
    """Deal whole groups into folds so that each class is spread as evenly as it can be.

    The classes are dealt in turn, rarest first, and within a class the largest groups first, to
    the fold that has least of the class, then least of all. A class of m groups reaches
    min(m, count) folds, so that two groups suffice for it to be in every training part.
    """
    _, class_of = np.unique(labels, return_inverse=True)
    names, group_of = np.unique(groups, return_inverse=True)
    table = np.zeros((len(names), class_of.max() + 1), dtype=int)
    np.add.at(table, (group_of, class_of), 1)
    rng = np.random.default_rng(seed)
    load = np.zeros((count, table.shape[1]), dtype=int)
    fold = np.full(len(names), -1)
    for kind in np.argsort(np.count_nonzero(table, axis=0), kind="stable"):
        members = rng.permutation(np.flatnonzero(table[:, kind]))
        members = members[np.argsort(-table[members, kind], kind="stable")]
        for group in members[fold[members] < 0]:
            target = _emptiest(load, int(kind), rng)
            fold[group] = target
            load[target] += table[group]
    return fold[group_of]


def random_folds(
    labels: Shaped[np.ndarray, " n"], count: int, *, seed: int
) -> Int[np.ndarray, " n"]:
    """Deal single samples into folds, blind to groups: the naive split, shown for comparison."""
    return group_folds(labels, np.arange(len(labels)), count, seed=seed)


def groups_per_class(
    labels: Shaped[np.ndarray, " n"], groups: Shaped[np.ndarray, " n"]
) -> dict[str, int]:
    """Count the distinct groups of each class."""
    labels, groups = np.asarray(labels), np.asarray(groups)
    return {str(c): len(np.unique(groups[labels == c])) for c in np.unique(labels)}


def require_groups(
    labels: Shaped[np.ndarray, " n"], groups: Shaped[np.ndarray, " n"], need: int
) -> None:
    """Refuse classes with fewer groups than a grouped split needs."""
    for name, have in groups_per_class(labels, groups).items():
        if have < need:
            raise TransferError(
                f"class {name!r} comes from {have} group{'' if have == 1 else 's'}; a split by "
                f"groups needs {need} per class. Use separated blocks of the samples as groups, "
                "and mark the result as within groups."
            )


def _emptiest(load: Int[np.ndarray, "folds classes"], kind: int, rng: np.random.Generator) -> int:
    """Return the fold with least of a class, then least of all; ties by chance."""
    keys = np.lexsort((rng.random(len(load)), load.sum(axis=1), load[:, kind]))
    return int(keys[0])
