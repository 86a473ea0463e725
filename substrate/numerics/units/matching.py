"""One-to-one: which unit of B goes with each unit of A, and is there anything special in units?

Li, Yosinski, Clune, Lipson, Hopcroft, "Convergent Learning" (ICLR 2016), section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment
from scipy.stats import ortho_group

from substrate.numerics.units.blocks import JointCovariance, UnitsError


@dataclass(frozen=True, eq=False)
class Matching:
    """Units of A and of B that go together, and how surely.

    Attributes
    ----------
    a, b
        The matched units, in the order of A; the narrower side is matched completely, dead units
        are left out.
    r
        Correlation of each matched pair, on the photographs it was chosen on.
    margin
        What the pair's correlation is above the best that A's unit reaches with any other unit of
        B; negative where another unit of A has taken that one.
    greedy, greedy_r
        The unit of B that correlates most with each unit of ``living``, repeats allowed, and r.
    living
        Units of A that are not dead.
    agreement
        Share of ``living`` whose best partner is the one it was matched to.
    """

    a: Int[np.ndarray, " m"]
    b: Int[np.ndarray, " m"]
    r: Float[np.ndarray, " m"]
    margin: Float[np.ndarray, " m"]
    living: Int[np.ndarray, " l"]
    greedy: Int[np.ndarray, " l"]
    greedy_r: Float[np.ndarray, " l"]
    agreement: float

    @property
    def mean(self) -> float:
        """Mean correlation of matched pairs."""
        return float(self.r.mean())

    def correlations(self, covariance: JointCovariance) -> Float[np.ndarray, " m"]:
        """Return the correlations of the same pairs on other photographs."""
        return covariance.correlation[self.a, self.b]


def match(covariance: JointCovariance, *, absolute: bool = False) -> Matching:
    r"""Match units one to one, with the largest sum of correlations, and each one by itself.

    .. math:: \max_{\pi} \sum_i c_{i \pi(i)}, \qquad j(i) = \arg\max_j c_{ij}

    ``absolute`` uses \|c\| for either choice: a unit and its negative then go together. The
    correlations returned keep their signs.

    Raises
    ------
    UnitsError
        If all units of a side are dead.
    """
    rows, columns = (np.flatnonzero(living) for living in covariance.living)
    return assigned(covariance.correlation, rows, columns, absolute=absolute)


def assigned(
    values: Float[np.ndarray, "p q"],
    rows: Int[np.ndarray, " l"],
    columns: Int[np.ndarray, " k"],
    *,
    absolute: bool = False,
) -> Matching:
    """Match living units (``rows`` of A, ``columns`` of B) with the largest sum of values.

    Raises
    ------
    UnitsError
        If all units of a side are dead.
    """
    if not rows.size or not columns.size:
        side = "A" if not rows.size else "B"
        raise UnitsError(f"All units of {side} are constant on these images: choose another layer.")
    among = values[np.ix_(rows, columns)]
    cost = np.abs(among) if absolute else among
    i, j = linear_sum_assignment(cost, maximize=True)
    best = cost.argmax(axis=1)
    others = cost[i].copy()
    others[np.arange(len(i)), j] = -np.inf
    alternative = others.max(axis=1) if columns.size > 1 else np.full(len(i), np.nan)
    return Matching(
        a=rows[i],
        b=columns[j],
        r=among[i, j],
        margin=cost[i, j] - alternative,
        living=rows,
        greedy=columns[best],
        greedy_r=among[np.arange(len(rows)), best],
        agreement=float(np.mean(np.isin(rows, rows[i[best[i] == j]]))),
    )


def stability(first: Matching, second: Matching) -> float:
    """Return the share of units of A that two sets of photographs match to the same unit of B.

    Of the units that are matched by both; NaN where there is none.
    """
    partners = dict(zip(first.a.tolist(), first.b.tolist(), strict=True))
    common = [(a, b) for a, b in zip(second.a.tolist(), second.b.tolist(), strict=True)]
    same = [partners[a] == b for a, b in common if a in partners]
    return float(np.mean(same)) if same else float("nan")


def cycles(matching: Matching) -> tuple[Int[np.ndarray, " m"], Int[np.ndarray, " m"]]:
    """Return the matched pairs in the order of the permutation's cycles, longest first.

    Where the sides differ in width the permutation is of the units that both have; a path that
    leaves them ends there. Within a cycle each unit of A is followed by the one of its partner's
    number, so that a matrix in this order has its matches on the diagonal.
    """
    step, walks = _walks(matching)
    order = np.array([a for walk in walks for a in walk], dtype=int)
    return order, np.array([step[a] for a in order.tolist()], dtype=int)


def cycle_lengths(matching: Matching) -> Int[np.ndarray, " c"]:
    """Return how many units each cycle of the permutation has, longest first."""
    return np.array([len(walk) for walk in _walks(matching)[1]], dtype=int)


def _walks(matching: Matching) -> tuple[dict[int, int], list[list[int]]]:
    """Return each unit's partner, and the cycles (or paths) of the permutation, longest first."""
    step = dict(zip(matching.a.tolist(), matching.b.tolist(), strict=True))
    starts = [a for a in step if a not in set(step.values())]  # paths first, from their ends
    seen: set[int] = set()
    walks: list[list[int]] = []
    for start in [*starts, *step]:
        walk = []
        while start in step and start not in seen:
            seen.add(start)
            walk.append(start)
            start = step[start]
        if walk:
            walks.append(walk)
    return step, sorted(walks, key=len, reverse=True)


def consistency(first: Matching, second: Matching, across: Matching) -> float:
    """Return the share of units of A that reach the same unit of C by B as they do straight.

    ``first`` matches A with B, ``second`` B with C, ``across`` A with C. Of the units that all
    three match; NaN where there is none. Unrelated permutations agree in 1 of p units on average.
    """
    to_b, to_c, straight = (
        dict(zip(one.a.tolist(), one.b.tolist(), strict=True)) for one in (first, second, across)
    )
    same = [to_c[b] == straight[a] for a, b in to_b.items() if b in to_c and a in straight]
    return float(np.mean(same)) if same else float("nan")


def haar(d: int, rng: np.random.Generator) -> Float[np.ndarray, "d d"]:
    """Draw a rotation or reflection of d dimensions, uniformly (Mezzadri, 2007)."""
    if d == 1:
        return np.array([[rng.choice([-1.0, 1.0])]])
    if d <= 64:
        return np.asarray(ortho_group.rvs(d, random_state=rng)).reshape(d, d)
    q, r = np.linalg.qr(rng.normal(size=(d, d)))
    return q * np.sign(np.diagonal(r))


@dataclass(frozen=True, eq=False)
class HeldOutMatching:
    """A matching that was chosen on some photographs and judged on others.

    ``mean`` averages the held-out correlations of all pairs; ``r`` holds them.
    """

    matching: Matching
    r: Float[np.ndarray, " m"]

    @property
    def mean(self) -> float:
        """Mean held-out correlation of matched pairs."""
        return float(self.r.mean())


def held_out_matching(
    choose: JointCovariance, judge: JointCovariance, *, absolute: bool = False
) -> HeldOutMatching:
    """Match on some photographs and judge on others; ``absolute`` turns signs as chosen."""
    matching = match(choose, absolute=absolute)
    r = matching.correlations(judge)
    return HeldOutMatching(matching, r * np.sign(matching.r) if absolute else r)


def rotation_null(
    choose: JointCovariance,
    judge: JointCovariance,
    count: int,
    seed: int,
    *,
    absolute: bool = False,
) -> Float[np.ndarray, " count"]:
    """Return the mean held-out correlation that randomly turned axes match by, draw by draw.

    Units that live on both sets of photographs are z-scored by the first, so that none is turned
    into the others by its size, and both sets are then turned by the same Haar rotations, one for
    each side. What such axes match by is what any basis of the two spaces would.

    Raises
    ------
    UnitsError
        If no unit of one side lives on both sets of photographs.
    """
    living = tuple(
        np.flatnonzero(one & two) for one, two in zip(choose.living, judge.living, strict=True)
    )
    if not all(side.size for side in living):
        raise UnitsError("All units of one side are constant on one half of the images.")
    z = [one.of_units(*living) for one in (choose, judge)]
    scale = [1 / np.sqrt(np.diagonal(own)) for own in (z[0].aa, z[0].bb)]
    scaled = [_turned(one, np.diag(scale[0]), np.diag(scale[1])) for one in z]
    out = np.empty(count)
    for draw in range(count):
        rng = np.random.default_rng([seed, draw])
        q = [haar(side.size, rng) for side in living]
        out[draw] = held_out_matching(*(_turned(one, *q) for one in scaled), absolute=absolute).mean
    return out


def _turned(one: JointCovariance, qa: np.ndarray, qb: np.ndarray) -> JointCovariance:
    return JointCovariance(qa.T @ one.aa @ qa, qa.T @ one.ab @ qb, qb.T @ one.bb @ qb)
