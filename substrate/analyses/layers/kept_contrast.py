"""Do classifiers lose in their last third what others keep? A difference between encoders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.layers.kept import (
    Kept,
    UntrainedKept,
)
from substrate.analyses.layers.kept_measure import (
    QUANTITIES,
)
from substrate.encoder_ref import UNSTATED
from substrate.numerics.estimates import too_few
from substrate.numerics.intervals import MIN_GROUPS, encoder_jackknife
from substrate.runs import RANDOM_LABELS, Run
from substrate.wording import many

#: The paradigm of encoders that were trained to name classes.
CLASSIFIERS = "supervised"
#: Recipes on either side without which nothing is tested.
LEAST = 3


@dataclass(frozen=True, eq=False)
class LastThirdContrast:
    """How much more a quantity changes over the last third in classifiers than in others.

    ``classifiers`` and ``others`` are the mean changes by recipe; the difference of their means
    has Welch's interval over recipes, NaN where ``reason`` says why. ``twins`` are the same
    differences between untrained twins, one per seed. ``unstated`` are encoders on neither side,
    since it is not stated what they were trained for.
    """

    classifiers: Float[np.ndarray, " c"]
    others: Float[np.ndarray, " o"]
    low: float
    high: float
    reason: str
    twins: Float[np.ndarray, " s"]
    unstated: tuple[str, ...]

    @property
    def difference(self) -> float:
        """Return the mean of classifiers less that of others; NaN where a side is empty."""
        if not (self.classifiers.size and self.others.size):
            return float("nan")
        return float(self.classifiers.mean() - self.others.mean())


def contrast(
    run: Run, result: Kept, untrained: UntrainedKept | None, quantity: str
) -> LastThirdContrast:
    """Set classifiers against other encoders.

    On neither side are networks of random labels, and those of which it is not stated what they
    were trained for.
    """
    row = QUANTITIES.index(quantity)
    measured = [one.encoder for one in result.encoders if np.isfinite(one.change[row])]
    unstated = tuple(name for name in measured if run.encoders[name].paradigm == UNSTATED)
    names = [
        name for name in measured if run.encoders[name].paradigm not in (RANDOM_LABELS, UNSTATED)
    ]
    recipes = list(dict.fromkeys(run.recipe(name) for name in names))
    kinds = np.array(
        [
            any(
                run.encoders[name].paradigm == CLASSIFIERS
                for name in names
                if run.recipe(name) == recipe
            )
            for recipe in recipes
        ],
        dtype=bool,
    )

    def by_recipe(changes: dict[str, float]) -> Float[np.ndarray, " r"]:
        return np.array(
            [
                np.mean([changes[name] for name in names if run.recipe(name) == recipe])
                for recipe in recipes
            ]
        )

    values = by_recipe({name: float(result.of(name).change[row]) for name in names})
    twins = np.array([])
    if untrained is not None and kinds.any() and not kinds.all():
        draws = [
            by_recipe({name: float(untrained.of(name).change[s, row]) for name in names})
            for s in range(len(untrained.seeds))
        ]
        twins = np.array([d[kinds].mean() - d[~kinds].mean() for d in draws])
    low, high, reason = _tested(result, values, kinds)
    return LastThirdContrast(values[kinds], values[~kinds], low, high, reason, twins, unstated)


def _tested(
    result: Kept, values: Float[np.ndarray, " r"], kinds: np.ndarray
) -> tuple[float, float, str]:
    sides = int(kinds.sum()), int((~kinds).sum())
    if result.size.within:
        nouns = result.size.nouns
        few = too_few(result.size.photographs, nouns.groups, MIN_GROUPS, "interval")
        return np.nan, np.nan, few
    if min(sides) < LEAST:
        counted = f"{many(sides[0], 'classifier')} and {many(sides[1], 'other')}, by recipe"
        return np.nan, np.nan, f"It cannot be tested: {counted}; at least {LEAST} each are needed."

    def statistic(rows: np.ndarray) -> float:
        own = kinds[rows]
        return float(values[rows][own].mean() - values[rows][~own].mean())

    estimate = encoder_jackknife(statistic, len(values), strata=kinds)
    if estimate.low is None or estimate.high is None:
        return np.nan, np.nan, estimate.reason
    return float(estimate.low), float(estimate.high), ""
