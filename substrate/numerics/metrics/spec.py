"""What a similarity metric declares about itself, and the errors it may raise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.grouping import UndefinedScoreError as UndefinedScoreError
from substrate.numerics.parallel import parallel_map
from substrate.numerics.scales import (
    Scale,
    scale_of,
)


class FeaturesError(ValueError):
    """The features cannot be compared at all: wrong shape, too few samples, not finite."""


class Invariance(Enum):
    """A change of one representation that leaves the score as it was."""

    TRANSLATION = "translation"
    SCALING = "isotropic scaling"
    UNIT_SCALING = "positive scaling of each unit"
    SIGN = "sign of single units"
    PERMUTATION = "permutation of units"
    ORTHOGONAL = "orthogonal map"
    LINEAR = "invertible linear map"


RIGID = frozenset(
    {Invariance.TRANSLATION, Invariance.SIGN, Invariance.PERMUTATION, Invariance.ORTHOGONAL}
)
SIMILARITY = RIGID | {Invariance.SCALING}
EVERY = frozenset(Invariance)

#: How bounds that are not whole numbers are written.
_ENDS = {np.pi / 2: "π/2", np.sqrt(2.0): "sqrt 2"}

State = Any
Row = Int[np.ndarray, " rows"]
Rows = Int[np.ndarray, "count n"]


def are_permutations(orders: Rows) -> bool:
    """Whether every row order holds each sample once."""
    return bool((np.sort(orders, axis=1) == np.arange(orders.shape[1])).all())


@dataclass(frozen=True)
class Metric:
    """A named comparison of two representations of the same samples.

    `prepare` runs once per representation, `compare` once per pair, and `take_rows` gives the state
    of some of the rows (a permutation for a null, a subset for an interval) as `prepare` would.

    Attributes
    ----------
    definition
        The formula, in the words and symbols of the reference.
    bounds
        The smallest and largest value there can be, infinite where there is none; `range_note`
        says what else is known of them.
    identical
        The value of a representation against itself; `None` where it depends on the sample,
        and then `identical_note` says how.
    closer
        Whether more alike means a higher or a lower value.
    invariances
        What may be done to either side; `first_invariances` where the first side differs.
    axis_end
        Where an axis ends short of the largest value, if none that is drawn lies beyond.
    needs_pairing
        False where the score ignores which row is which, so that no permutation null exists.
    caveat
        What has to be said beside the value of one pair (widths too large for the samples, say),
        empty where nothing has.
    permuted_all
        Several first sides against each row order of one second side, where that saves work;
        orders may repeat rows.
    from_moments
        The score from a covariance (p p), cross-covariance (p q) and covariance (q q);
        where it is `None`, `needs_samples` says why moments do not suffice.
    """

    key: str
    label: str
    definition: str
    reference: str
    bounds: tuple[float, float]
    identical: float | None
    closer: Literal["higher", "lower"]
    invariances: frozenset[Invariance]
    undersampled: str
    misleads: str
    prepare: Callable[..., State]
    compare: Callable[[State, State], Any]
    take_rows: Callable[[State, Row], State]
    output: Literal["scalar", "matrix"] = "scalar"
    identical_note: str = ""
    axis_end: float | None = None
    range_note: str = ""
    is_metric: bool = False
    symmetric: bool = True
    first_invariances: frozenset[Invariance] | None = None
    needs_pairing: bool = True
    same_width: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    all_pairs: Callable[[Sequence[State], Sequence[State]], Float[np.ndarray, "a b"]] | None = None
    permuted: Callable[[State, State, Rows], Float[np.ndarray, " count"]] | None = None
    permuted_all: Callable[[Sequence[State], State, Rows], Float[np.ndarray, "count a"]] | None = (
        None
    )
    caveat: Callable[[State, State], str] | None = None
    from_moments: Callable[..., float] | None = None
    needs_samples: str = ""

    @property
    def value_range(self) -> str:
        """The bounds in words, such as "[0, π/2]"; infinite ones are open."""
        low, high = (_ENDS.get(end, f"{end:g}") for end in self.bounds)
        left, right = (
            ("(" if np.isinf(self.bounds[0]) else "["),
            ")" if np.isinf(self.bounds[1]) else "]",
        )
        return f"{left}{low}, {high}{right}" + (f"; {self.range_note}" if self.range_note else "")

    @property
    def scale(self) -> Scale:
        """The scale on which its intervals are symmetric."""
        return scale_of(*self.bounds)

    def score(self, x: Float[np.ndarray, "n p"], y: Float[np.ndarray, "n q"], **params: Any) -> Any:
        """Prepare both sides and compare them."""
        return self.compare(self.prepare(x, **params), self.prepare(y, **params))

    def prepare_all(
        self, features: Sequence[Float[np.ndarray, "n _"]], **params: Any
    ) -> list[State]:
        """Prepare several representations, on all cores."""
        return parallel_map(lambda x: self.prepare(x, **params), features)

    def compare_all(
        self, states_a: Sequence[State], states_b: Sequence[State]
    ) -> Float[np.ndarray, "a b"]:
        """Score every pair of the two lists; the same list twice costs half where it can."""
        if self.output == "matrix":
            raise TypeError(f"{self.key} compares one pair at a time: its result is a matrix.")
        if self.all_pairs is not None:
            return self.all_pairs(states_a, states_b)
        if states_a is states_b and self.symmetric:
            return self._mirrored(states_a)
        pairs = [(a, b) for a in states_a for b in states_b]
        values = parallel_map(lambda pair: self.compare(*pair), pairs)
        return np.reshape(values, (len(states_a), len(states_b)))

    def compare_permuted(
        self, state_a: State, state_b: State, permutations: Rows
    ) -> Float[np.ndarray, "count ..."]:
        """Score the first side against each row order of the second.

        Orders that are no permutations (unequal groups stand in for one another) are taken one
        by one.
        """
        if not self.needs_pairing:
            raise UndefinedScoreError(
                f"{self.key} does not look at which row is which, so permuting rows cannot "
                "make a null for it. Use a rotated null."
            )
        if self.permuted is not None and are_permutations(permutations):
            return self.permuted(state_a, state_b, permutations)
        values = parallel_map(
            lambda rows: self.compare(state_a, self.take_rows(state_b, rows)), permutations
        )
        return np.array(values)

    def _mirrored(self, states: Sequence[State]) -> Float[np.ndarray, "a a"]:
        pairs = [(a, b) for i, a in enumerate(states) for b in states[i:]]
        out = np.empty((len(states), len(states)))
        rows, columns = np.triu_indices(len(states))
        out[rows, columns] = out[columns, rows] = parallel_map(
            lambda pair: self.compare(*pair), pairs
        )
        return out
