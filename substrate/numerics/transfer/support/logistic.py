"""Logistic regression whose penalty is chosen inside the training part, by photograph."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy.special import softmax

from substrate.numerics.transfer.support.folds import (
    group_folds,
    groups_per_class,
)
from substrate.numerics.transfer.support.softmax_fit import (
    COARSE,
    FINE,
    coefficients_along,
)

#: Inverse penalties to choose from; features are standardised first.
STRENGTHS = (1e-3, 2e-2, 0.3, 5.0)
#: Used where a class has too few photographs for an inner split.
DEFAULT_STRENGTH = 1.0
INNER_FOLDS = 3

Embedding = Callable[[Int[np.ndarray, " train"]], Float[np.ndarray, "n d"]]


@dataclass(frozen=True, eq=False)
class Logistic:
    """A fitted multinomial model: coefficients per class, and the strength it was fitted with."""

    coefficients: Float[np.ndarray, "classes d"]
    intercepts: Float[np.ndarray, " classes"]
    strength: float

    def probabilities(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n classes"]:
        """Return the probability of each class."""
        return softmax(x @ self.coefficients.T + self.intercepts, axis=1)

    def decide(self, x: Float[np.ndarray, "n d"]) -> Int[np.ndarray, " n"]:
        """Return the likeliest class, as a number."""
        return np.argmax(x @ self.coefficients.T + self.intercepts, axis=1)


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """What models said of samples that they were not fitted on."""

    probabilities: Float[np.ndarray, "n classes"]
    strengths: tuple[float, ...]

    @property
    def decided(self) -> Int[np.ndarray, " n"]:
        """The likeliest class of each sample, as a number."""
        return self.probabilities.argmax(axis=1)


def fit_logistic(
    x: Float[np.ndarray, "n d"], codes: Int[np.ndarray, " n"], classes: int, strength: float
) -> Logistic:
    """Fit class numbers 0 to `classes` - 1, of which those absent from `codes` get no weight."""
    return fit_path(x, codes, classes, [strength])[0]


def fit_path(
    x: Float[np.ndarray, "n d"],
    codes: Int[np.ndarray, " n"],
    classes: int,
    strengths: Sequence[float],
    *,
    slope: float = FINE,
) -> list[Logistic]:
    """Fit one model for each strength, from the weakest up, each starting from the last.

    The sum of log losses plus the squared length of the coefficients over twice the strength;
    intercepts are free. Two classes count the length of their difference, as scikit-learn does.
    """
    present, dense = np.unique(codes, return_inverse=True)
    # Two classes share the difference evenly, which halves the squared length.
    scale = 0.5 if len(present) == 2 else 1.0
    fitted = []
    ordered = sorted(strengths)
    path = coefficients_along(x, dense, len(present), [scale * s for s in ordered], slope)
    for strength, (weights, offsets) in zip(ordered, path, strict=True):
        coefficients = np.zeros((classes, x.shape[1]))
        intercepts = np.full(classes, -np.inf)
        coefficients[present], intercepts[present] = weights, offsets
        fitted.append(Logistic(coefficients, intercepts, strength))
    return fitted


@dataclass(frozen=True)
class Choice:
    """A strength, and the share of training samples that grouped cross-validation had right.

    The share is not a number where no inner split was possible.
    """

    strength: float
    share: float


def choose_strength(
    x: Float[np.ndarray, "n d"],
    codes: Int[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    strengths: Sequence[float] = STRENGTHS,
    seed: int,
) -> float:
    """Choose the strength with the best grouped cross-validation, the weaker of two as good."""
    if len(strengths) == 1:
        return strengths[0]
    return choice(x, codes, groups, strengths=strengths, seed=seed).strength


def choice(
    x: Float[np.ndarray, "n d"],
    codes: Int[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    strengths: Sequence[float] = STRENGTHS,
    seed: int,
) -> Choice:
    """Choose a strength as `choose_strength` does, and say what cross-validation made of it."""
    fewest = min(groups_per_class(codes, groups).values())
    if fewest < 2:
        return Choice(DEFAULT_STRENGTH if len(strengths) > 1 else strengths[0], float("nan"))
    fold = group_folds(codes, groups, min(INNER_FOLDS, fewest), seed=seed)
    classes = int(codes.max()) + 1
    right = np.zeros(len(strengths), dtype=int)
    for held_out in range(int(fold.max()) + 1):
        train, test = fold != held_out, fold == held_out
        models = fit_path(x[train], codes[train], classes, strengths, slope=COARSE)
        right += [int((model.decide(x[test]) == codes[test]).sum()) for model in models]
    best = int(np.argmax(right))
    return Choice(sorted(strengths)[best], float(right[best] / len(codes)))


def cross_validate(
    embed: Embedding,
    codes: Int[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    fold: Int[np.ndarray, " n"],
    *,
    strengths: Sequence[float] = STRENGTHS,
    seed: int,
) -> CrossValidated:
    """Predict every sample from models that saw nothing of its fold.

    `embed` gets the training rows, learns from them alone whatever it has to learn, and returns
    all samples as the model shall see them. The strength is chosen inside the training rows.
    """
    classes = int(codes.max()) + 1
    probabilities = np.empty((len(codes), classes))
    chosen = []
    for held_out in np.unique(fold):
        train, test = np.flatnonzero(fold != held_out), np.flatnonzero(fold == held_out)
        x = embed(train)
        strength = choose_strength(
            x[train], codes[train], groups[train], strengths=strengths, seed=seed
        )
        model = fit_logistic(x[train], codes[train], classes, strength)
        probabilities[test] = model.probabilities(x[test])
        chosen.append(strength)
    return CrossValidated(probabilities, tuple(chosen))
