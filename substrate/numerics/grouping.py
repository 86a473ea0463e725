"""Which pairs of samples count: those of one group (tiles of one photograph) are left out."""

import numpy as np
from jaxtyping import Bool, Int, Shaped

Groups = Shaped[np.ndarray, " n"]
Codes = Int[np.ndarray, " n"]


class UndefinedScoreError(ValueError):
    """The features are sound, but this one metric has no value for them."""


def group_codes(groups: Groups | None) -> Codes | None:
    """Return the number of each sample's group, in order of appearance; None for groups of one.

    Two samples are then of one group exactly where their codes are equal, and two divisions of the
    samples are the same exactly where all codes are.
    """
    if groups is None:
        return None
    _, first, codes = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    if len(first) == len(codes):
        return None
    if len(first) == 1:
        raise UndefinedScoreError(
            f"All {len(codes)} samples belong to one group: no pair of samples is left to compare. "
            "Use samples of two groups at least, or give no groups."
        )
    return np.argsort(np.argsort(first))[codes]


def taken_codes(codes: Codes | None, rows: Int[np.ndarray, " k"]) -> Int[np.ndarray, " k"] | None:
    """Return the codes of these rows, numbered anew; the groups of a sample move with it."""
    return None if codes is None else group_codes(codes[rows])


def apart(codes: Codes | None, n: int) -> Bool[np.ndarray, "n n"]:
    """Tell which pairs belong to different groups; a sample is never apart from itself."""
    own = np.arange(n) if codes is None else codes
    return own[:, None] != own


def require_same_groups(a: Codes | None, b: Codes | None) -> None:
    """Refuse sides that leave different pairs out."""
    same = a is b if a is None or b is None else np.array_equal(a, b)
    if not same:
        raise ValueError(
            "The two sides leave out different pairs: prepare both with the same groups, and "
            "permute whole groups, or samples inside their group."
        )


def keep_groups(codes: Codes | None, permutations: Int[np.ndarray, "c n"]) -> bool:
    """Tell whether every permutation keeps samples of one group together."""
    if codes is None:
        return True
    moved = (taken_codes(codes, rows) for rows in permutations)
    return all(other is not None and np.array_equal(other, codes) for other in moved)
