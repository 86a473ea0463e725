"""Does sharing beyond untrained encoders hang on one recipe? The difference without each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

from substrate.analyses.shared.halves import Splits
from substrate.analyses.shared.samples import explained, features, recipes_of, require
from substrate.analyses.sharedness.untrained import UntrainedSharednessParams
from substrate.analyses.spec import Analysis
from substrate.encoder_ref import twins_of
from substrate.numerics.estimates import Estimate
from substrate.numerics.nulls import (
    encoder_jackknife,
    with_draws,
)
from substrate.numerics.panel_splits import Profile
from substrate.runs import Run

#: Blocks of photographs left out in turn: every row needs its own intervals.
BLOCKS = 10


@dataclass(frozen=True)
class WithoutRecipe:
    """The panel without the encoders of one recipe: what it shares, less what its twins share."""

    recipe: str
    encoders: tuple[str, ...]
    trained: float
    difference: Estimate


@dataclass(frozen=True, eq=False)
class WithoutRecipes:
    """The difference between trained and untrained panels without each recipe in turn.

    ``over_recipes`` is its interval over recipes as a sample of such recipes, where there are
    enough of them.
    """

    domain: str
    rows: tuple[WithoutRecipe, ...]
    over_recipes: Estimate

    @property
    def lowest(self) -> WithoutRecipe:
        """Return the row with the smallest difference."""
        return min(self.rows, key=lambda row: row.difference.value)

    @property
    def highest(self) -> WithoutRecipe:
        """Return the row with the largest difference."""
        return max(self.rows, key=lambda row: row.difference.value)


@explained
def compute_without_recipes(run: Run, params: UntrainedSharednessParams) -> WithoutRecipes:
    """Measure trained and untrained panels again without the encoders of each recipe."""
    recipes = recipe_members(run, params.encoders)
    require(tuple(recipes), 3, "recipes of encoders")
    require(tuple(map(str, params.seeds)), 1, "seeds of untrained twins")
    splits = Splits.of(run, params.domain, params.seed, blocks=BLOCKS)
    everyone = range(len(params.encoders))
    panels: list[list[int] | None] = [None]
    panels += [[i for i in everyone if i not in members] for members in recipes.values()]

    def profiles(untrained: int | None) -> list[Profile]:
        raw = features(run, params.encoders, params.domain, untrained=untrained)
        return splits.profiles(
            raw,
            params.whitening,
            params.components,
            panels,
            recipes=recipes_of(run, params.encoders),
        )

    trained = profiles(None)
    drawn = list(zip(*(profiles(seed) for seed in params.seeds), strict=True))
    whole, *without = [
        _difference(own, draws, splits) for own, draws in zip(trained, drawn, strict=True)
    ]
    rows = tuple(
        WithoutRecipe(
            recipe,
            tuple(params.encoders[i] for i in members),
            float(profile.weighted()[0]),
            difference,
        )
        for (recipe, members), profile, difference in zip(
            recipes.items(), trained[1:], without, strict=True
        )
    )
    return WithoutRecipes(params.domain, rows, _over_recipes(whole, rows))


def recipe_members(run: Run, encoders: Sequence[str]) -> dict[str, list[int]]:
    """Return the positions of each recipe's encoders."""
    members: dict[str, list[int]] = {}
    for position, encoder in enumerate(encoders):
        members.setdefault(run.recipe(encoder), []).append(position)
    return members


def _difference(trained: Profile, draws: Sequence[Profile], splits: Splits) -> Estimate:
    untrained = np.array([draw.weighted(trained.shares) for draw in draws])
    effect = splits.jackknife(trained.weighted() - untrained.mean(axis=0))
    return with_draws(effect.interval(), untrained[:, 0])


def _over_recipes(whole: Estimate, rows: Sequence[WithoutRecipe]) -> Estimate:
    def statistic(kept: Int[np.ndarray, " r"]) -> float:
        gone = set(range(len(rows))) - set(kept.tolist())
        return rows[gone.pop()].difference.value if gone else whole.value

    return replace(encoder_jackknife(statistic, len(rows)), value=whole.value)


WITHOUT_RECIPES = Analysis(
    key="sharedness.by_recipe",
    version=3,
    params=UntrainedSharednessParams,
    result=WithoutRecipes,
    inputs=lambda run, params: (
        params.encoders + twins_of(params.encoders, params.seeds),
        (params.domain,),
    ),
    compute=compute_without_recipes,
)
