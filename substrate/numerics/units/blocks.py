"""Joint moments of two sides over blocks of photographs: halves and jackknives by adding blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from substrate.numerics.moments import Moments, MomentsError
from substrate.numerics.units.activity import ACTIVITY, Activity, both_sides
from substrate.numerics.whitening import LEAST_DEVIATION

#: Blocks of photographs, where memory allows, and the fewest that give an interval.
MOST_BLOCKS, LEAST_BLOCKS = 20, 10
#: Bytes that the joint moments of all blocks may take together.
BUDGET = 2**30


#: Said of a layer none of whose units varies.
CONSTANT = "All units of one side are constant on these images: choose other layers."


class UnitsError(ValueError):
    """Units that cannot be compared as asked; the message says which, and what to do."""


def blocks_within(p: int, q: int, photographs: int, budget: int = BUDGET) -> int:
    """Return how many blocks of photographs are kept for two sides of these widths.

    Raises
    ------
    UnitsError
        Where not even two halves fit the budget, or there are fewer than two photographs.
    """
    fitting = budget // (8 * (p + q) ** 2)
    if fitting < 2:
        raise UnitsError(
            f"The joint moments of {p} and {q} units take {8 * (p + q) ** 2 / 1e6:.0f} MB for "
            f"each half of the photographs, and {budget / 1e6:.0f} MB are at hand. Choose narrower "
            "layers."
        )
    if photographs < 2:
        raise UnitsError(
            f"{photographs} photograph cannot be divided into halves: use two at least."
        )
    return int(min(MOST_BLOCKS, fitting, photographs))


@dataclass(frozen=True, eq=False)
class JointCovariance:
    """Covariances of units at positions: within A, between A and B, within B; float64."""

    aa: Float[np.ndarray, "p p"]
    ab: Float[np.ndarray, "p q"]
    bb: Float[np.ndarray, "q q"]

    @property
    def living(self) -> tuple[Bool[np.ndarray, " p"], Bool[np.ndarray, " q"]]:
        """Say which units of either side vary enough (`alive`)."""
        return alive(np.diagonal(self.aa)), alive(np.diagonal(self.bb))

    def standardised(self) -> JointCovariance:
        """Return the correlations; those of dead units are 0, their own included."""
        a, b = (_scale(np.diagonal(own)) for own in (self.aa, self.bb))
        parts = [(self.aa, a, a), (self.ab, a, b), (self.bb, b, b)]
        return JointCovariance(*(x * left[:, None] * right for x, left, right in parts))

    @property
    def correlation(self) -> Float[np.ndarray, "p q"]:
        """Correlations between the sides, 0 where a unit is dead; in [-1, 1]."""
        return np.clip(self.standardised().ab, -1.0, 1.0)

    def of_units(
        self, a: np.ndarray | slice = slice(None), b: np.ndarray | slice = slice(None)
    ) -> JointCovariance:
        """Return the covariances of some units of either side."""
        return JointCovariance(self.aa[a][:, a], self.ab[a][:, b], self.bb[b][:, b])


def alive(variances: Float[np.ndarray, " p"]) -> Bool[np.ndarray, " p"]:
    """Say which units vary by a share of the median deviation (`LEAST_DEVIATION`).

    Half of the rule of all z-scores: units active in too few photographs come without variance.
    """
    deviations = np.sqrt(np.maximum(variances, 0.0))
    varying = deviations[deviations > 0]
    least = LEAST_DEVIATION * np.median(varying) if varying.size else 0.0
    return np.asarray((deviations > 0) & (deviations >= least))


def _scale(variances: Float[np.ndarray, " p"]) -> Float[np.ndarray, " p"]:
    living = alive(variances)
    return np.where(living, 1 / np.sqrt(np.where(living, variances, 1.0)), 0.0)


class PairedBlocks:
    """Joint moments of two sides, one `Moments` for each block of photographs.

    Every block accumulates about one point, so that blocks add up as plain sums. Beside them stands
    in which photographs each unit is active: one that is active in too few of the blocks asked for
    (`Activity.enough`) has no variance there, and so is dead.

    Parameters
    ----------
    p, q
        Number of units of either side.
    count
        Number of blocks (`blocks_within`).
    """

    def __init__(self, p: int, q: int, count: int) -> None:
        self.widths = {"a": p, "b": q}
        self.blocks = [Moments(self.widths) for _ in range(count)]
        self.activity = [(Activity.none(p), Activity.none(q)) for _ in range(count)]

    def update(
        self,
        block: int,
        a: Real[np.ndarray, "n p"],
        b: Real[np.ndarray, "n q"],
        photographs: Int[np.ndarray, " n"],
    ) -> None:
        """Add paired rows (positions of images), each of a photograph, to one block of them."""
        if len(a) != len(b):
            raise UnitsError(
                f"{len(a)} rows of A and {len(b)} of B do not pair position by position."
            )
        try:
            self.blocks[block].update({"a": a, "b": b})
        except MomentsError as error:
            raise UnitsError(str(error)) from error
        new = Activity.of(a, photographs), Activity.of(b, photographs)
        self.activity[block] = both_sides([self.activity[block], new])

    def merge(self, other: PairedBlocks) -> PairedBlocks:
        """Return both together, block by block; neither is changed."""
        if self.widths != other.widths or len(self.blocks) != len(other.blocks):
            raise UnitsError("Blocks of other widths or of another number do not add up.")
        out = PairedBlocks(self.widths["a"], self.widths["b"], len(self.blocks))
        out.blocks = [x.merge(y) for x, y in zip(self.blocks, other.blocks, strict=True)]
        out.activity = [both_sides(two) for two in zip(self.activity, other.activity, strict=True)]
        return out

    @property
    def counts(self) -> tuple[int, ...]:
        """Rows in each block."""
        return tuple(block.count for block in self.blocks)

    def covariance(self, blocks: Iterable[int] | None = None) -> JointCovariance:
        """Return the joint covariance over some blocks, all of them by default.

        Units that are active in too few of their photographs have no variance.
        """
        chosen = self._chosen(blocks)
        joint = _joint(self._total(chosen))
        active = both_sides([self.activity[index] for index in chosen])
        for side, own in enumerate((joint.aa, joint.bb)):
            silent = ~active[side].enough(np.sqrt(np.maximum(np.diagonal(own), 0.0)))
            own[silent] = 0.0
            own[:, silent] = 0.0
            (joint.ab, joint.ab.T)[side][silent] = 0.0
        return joint

    def _chosen(self, blocks: Iterable[int] | None) -> list[int]:
        return list(range(len(self.blocks)) if blocks is None else blocks)

    def _total(self, blocks: Iterable[int] | None) -> Moments:
        total = Moments(self.widths)
        for index in self._chosen(blocks):
            total = total.merge(self.blocks[index])
        return total

    def means(
        self, blocks: Iterable[int] | None = None
    ) -> tuple[Float[np.ndarray, " p"], Float[np.ndarray, " q"]]:
        """Return the mean of every unit of either side over some blocks."""
        mean = self._total(blocks).mean
        return mean[: self.widths["a"]], mean[self.widths["a"] :]

    def about(
        self,
        means: tuple[Float[np.ndarray, " p"], Float[np.ndarray, " q"]],
        blocks: Iterable[int] | None = None,
    ) -> JointCovariance:
        """Return mean products of deviations from given means, those of other photographs, say."""
        total = self._total(blocks)
        own, shift = _joint(total), total.mean - np.concatenate(means)
        share = (total.count - 1) / total.count
        a, b = shift[: self.widths["a"]], shift[self.widths["a"] :]
        return JointCovariance(
            own.aa * share + np.outer(a, a),
            own.ab * share + np.outer(a, b),
            own.bb * share + np.outer(b, b),
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all there is to store; `from_arrays` reads it back."""
        out: dict[str, np.ndarray] = {}
        for index, (block, sides) in enumerate(zip(self.blocks, self.activity, strict=True)):
            out |= {f"{index}/{name}": array for name, array in block.arrays().items()}
            for side, one in zip("ab", sides, strict=True):
                out |= {f"{index}/{side}/{name}": getattr(one, name) for name in ACTIVITY}
        return out

    @classmethod
    def from_arrays(cls, p: int, q: int, arrays: Mapping[str, np.ndarray]) -> PairedBlocks:
        """Rebuild what was stored."""
        count = 1 + max(int(key.split("/")[0]) for key in arrays)
        out = cls(p, q, count)
        out.blocks = [
            Moments.from_arrays(
                out.widths,
                {name: arrays[f"{index}/{name}"] for name in ("count", "origin", "sum", "upper")},
            )
            for index in range(count)
        ]
        out.activity = [
            (
                Activity(*(arrays[f"{index}/a/{name}"] for name in ACTIVITY)),
                Activity(*(arrays[f"{index}/b/{name}"] for name in ACTIVITY)),
            )
            for index in range(count)
        ]
        return out


def _joint(total: Moments) -> JointCovariance:
    return JointCovariance(total.block("a"), total.block("a", "b"), total.block("b"))


def parts(count: int, shares: tuple[int, ...] = (1, 1)) -> list[list[int]]:
    """Divide blocks into parts of these shares, interleaved: (1, 1) are halves, odd and even.

    Each part gets one block at least.
    """
    order = _interleaved(shares)
    out: list[list[int]] = [[] for _ in shares]
    for block in range(count):
        out[order[block % len(order)]].append(block)
    if not all(out):
        raise UnitsError(
            f"{count} blocks of photographs cannot be divided into {len(shares)} parts."
        )
    return out


def _interleaved(shares: tuple[int, ...]) -> list[int]:
    """Spread the parts over one cycle of blocks, each at even distances."""
    places = [((k + 0.5) / share, part) for part, share in enumerate(shares) for k in range(share)]
    return [part for _, part in sorted(places)]
