"""Steps along the depth of a network: how far each layer is from the one before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.grouping import require_same_groups
from substrate.numerics.metrics.imbalance import RankState, compare

#: What `smoothness` returns, in order.
SUMMARIES = ("variation", "largest", "mean", "detour")
#: Distances up to this are rounding.
NOTHING = 1e-9
#: Share of the path below which a step changes next to nothing, and its layer is passed over.
SHARE = 0.002


def distances(states: Sequence[RankState]) -> Float[np.ndarray, "l l"]:
    r"""Return how far every two layers are from each other by information imbalance.

    .. math:: d(a, b) = \frac{(\Delta(a \to b) + \Delta(b \to a)) / 2 - \Delta_0}{1 - \Delta_0}

    with :math:`\Delta_0` what a space gives with itself: 0 where every sample has the same nearest
    neighbours, about 1 for unrelated spaces. Symmetric; no triangle inequality holds. Glielmo et
    al., PNAS Nexus 2022.

    Parameters
    ----------
    states
        One per layer, of the same samples and groups.
    """
    both = imbalances(states)
    return distances_of((both + both.T) / 2)


def imbalances(states: Sequence[RankState]) -> Float[np.ndarray, "l l"]:
    """Return the information imbalance from every layer (rows) to every layer."""
    for state in states:
        require_same_groups(states[0].codes, state.codes)
    if any(state.tied for state in states):
        return np.array([[compare(a, b) for b in states] for a in states])
    near = np.array([state.neighbors for state in states])
    rows = np.arange(near.shape[1])[:, None]
    means = [(b.ranks[rows, near].mean(axis=2) / (b.others + 1)).mean(axis=1) for b in states]
    return 2 * np.array(means).T


def distances_of(both: Float[np.ndarray, "l l"]) -> Float[np.ndarray, "l l"]:
    """Return the distances of `distances` from imbalances averaged over both directions.

    What a space gives with itself stands on the diagonal; it differs between layers only where
    samples are equally far.
    """
    own = np.diagonal(both)
    floor = (own[:, None] + own) / 2
    out = (both - floor) / (1 - floor)
    np.fill_diagonal(out, 0.0)
    return out


def moving(d: Float[np.ndarray, "l l"], share: float = SHARE) -> Int[np.ndarray, " m"]:
    """Return the first layer, and every layer that differs from the one kept before it.

    It differs where it is further away than rounding, and than this share of the whole path (the
    sum of all steps); small steps add up until they are.
    """
    kept, least = [0], max(NOTHING, share * float(np.diagonal(d, 1).sum()))
    for layer in range(1, len(d)):
        if d[kept[-1], layer] > least:
            kept.append(layer)
    return np.array(kept)


def stages(d: Float[np.ndarray, "l l"], count: int) -> Int[np.ndarray, " count"]:
    """Return that many layers, evenly spaced among those that move, the first and last with them.

    Layers that change next to nothing are passed over: inserted anywhere, they leave the stages as
    they are.

    Raises
    ------
    ValueError
        If fewer layers differ.
    """
    kept = moving(d)
    if len(kept) < count:
        raise ValueError(f"{len(kept)} layers differ from the one before, and {count} are needed.")
    return kept[np.round(np.linspace(0, len(kept) - 1, count)).astype(int)]


def smoothness(d: Float[np.ndarray, "l l"], at: Int[np.ndarray, " s"]) -> Float[np.ndarray, " 4"]:
    """Return how evenly a network goes from its first layer to its last, in the stages ``at``.

    The coefficient of variation of the steps between stages, the largest and the mean step, and the
    length of the path over the distance of its ends (`SUMMARIES`); less is smoother. A detour
    without distance of the ends is NaN, and so is the variation of no steps at all.
    """
    steps = d[at[:-1], at[1:]]
    mean, ends = float(steps.mean()), float(d[at[0], at[-1]])
    variation = float(steps.std()) / mean if mean > NOTHING else np.nan
    detour = float(steps.sum()) / ends if ends > NOTHING else np.nan
    return np.array([variation, float(steps.max()), mean, detour])


def equal_parts(d: Float[np.ndarray, "l l"], parts: int) -> Float[np.ndarray, " parts"]:
    """Return how far a network goes in each of so many equal parts of its depth.

    The length of its path grows evenly between two layers. Layers that change nothing are no
    depth: inserted anywhere, they leave the parts as they are.
    """
    kept = moving(d, share=0.0)
    length = np.concatenate([[0.0], np.cumsum(d[kept[:-1], kept[1:]])])
    depth = np.linspace(0.0, 1.0, len(kept))
    return np.diff(np.interp(np.linspace(0.0, 1.0, parts + 1), depth, length))
