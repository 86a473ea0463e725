"""Logistic regression whose penalty is chosen inside the training part, by photograph."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy.special import softmax

from substrate.transfer.folds import group_folds, groups_per_class

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
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, max_iter=5000, tol=1e-3).fit(x, codes)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
        coefficients = np.vstack([-coefficients / 2, coefficients / 2])
        intercepts = np.concatenate([-intercepts / 2, intercepts / 2])
    all_coefficients = np.zeros((classes, x.shape[1]))
    all_intercepts = np.full(classes, -np.inf)
    all_coefficients[model.classes_] = coefficients
    all_intercepts[model.classes_] = intercepts
    return Logistic(all_coefficients, all_intercepts, strength)


def choose_strength(
    x: Float[np.ndarray, "n d"],
    codes: Int[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    strengths: Sequence[float] = STRENGTHS,
    seed: int,
) -> float:
    """Choose the strength with the best grouped cross-validation, the weaker of two as good."""
    fewest = min(groups_per_class(codes, groups).values())
    if fewest < 2 or len(strengths) == 1:
        return DEFAULT_STRENGTH if len(strengths) > 1 else strengths[0]
    fold = group_folds(codes, groups, min(INNER_FOLDS, fewest), seed=seed)
    classes = int(codes.max()) + 1
    right = [
        sum(
            int(
                (
                    fit_logistic(x[fold != f], codes[fold != f], classes, s).decide(x[fold == f])
                    == codes[fold == f]
                ).sum()
            )
            for f in range(int(fold.max()) + 1)
        )
        for s in sorted(strengths)
    ]
    return sorted(strengths)[int(np.argmax(right))]


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
