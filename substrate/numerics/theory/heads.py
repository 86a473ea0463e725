"""Linear heads on given features: pairs that differ in their noise, or in their samples.

Features are brought to their leading principal axes of equal variance, as the theory's inputs are;
classes are learned as numbers, less their means. What a pair says is measured on samples whose
groups took no part in the training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.theory.linear_students import TheoryError

#: Axes with less than this share of the largest deviation are left out.
_LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class HeadSums:
    """What pairs of heads said of every held-out sample, summed over draws.

    Attributes
    ----------
    inner, norm
        Inner product of the two heads' outputs, and the mean of their squared lengths.
    wrong
        The mean number of wrong classes.
    """

    inner: Float[np.ndarray, " n"]
    norm: Float[np.ndarray, " n"]
    wrong: Float[np.ndarray, " n"]

    def alignment(self, rows: Int[np.ndarray, " k"]) -> float:
        """Return the cosine of the heads' outputs over some samples."""
        return float(self.inner[rows].sum() / max(self.norm[rows].sum(), 1e-300))


@dataclass(frozen=True, eq=False)
class HeadFold:
    """One fold: axes fitted on its training rows, and what they give for both parts."""

    train: Int[np.ndarray, " f"]
    test: Int[np.ndarray, " t"]
    fitted: Float[np.ndarray, "f d"]
    tested: Float[np.ndarray, "t d"]

    @classmethod
    def of(cls, x: Float[np.ndarray, "n p"], held: Int[np.ndarray, " t"], d: int) -> HeadFold:
        """Find the leading axes of the rows that are not held out."""
        train = np.setdiff1d(np.arange(len(x)), held)
        mean = x[train].mean(axis=0)
        left, values, axes = np.linalg.svd(x[train] - mean, full_matrices=False)
        kept = int((values > _LEAST * values[0]).sum())
        if kept < d:
            raise TheoryError(f"The features have {kept} directions, and {d} are needed.")
        scale = np.sqrt(len(train)) / values[:d]
        return cls(
            train, held, left[:, :d] * np.sqrt(len(train)), ((x[held] - mean) @ axes[:d].T) * scale
        )


def relabelled(
    classes: Int[np.ndarray, " n"], share: float, rng: np.random.Generator
) -> Int[np.ndarray, " n"]:
    """Draw a share of the labels anew from all of them."""
    drawn = rng.random(len(classes)) < share
    return np.where(drawn, rng.permutation(classes), classes)


def head_pairs(
    fold: HeadFold,
    classes: Int[np.ndarray, " n"],
    samples: int,
    share: float,
    *,
    apart: bool,
    draws: int,
    rng: np.random.Generator,
) -> HeadSums:
    """Train pairs of heads on so many samples of a fold and sum up what they say of the others.

    Both learn the same samples, with a share of labels drawn anew for each, or, ``apart``, samples
    of their own.
    """
    count = int(classes.max()) + 1
    inner, norm, wrong = np.zeros((3, len(fold.test)))
    truth = classes[fold.test]
    for _ in range(draws):
        order = rng.permutation(len(fold.train))
        said = []
        fitted: tuple[np.ndarray, np.ndarray] | None = None
        for side in range(2):
            rows = order[side * samples * apart :][:samples]
            if fitted is None or apart:
                centre = fold.fitted[rows].mean(axis=0)
                fitted = centre, np.linalg.pinv(fold.fitted[rows] - centre)
            names = relabelled(classes[fold.train], share, rng)[rows]
            y = np.eye(count)[names]
            head = fitted[1] @ (y - y.mean(axis=0))
            said.append((fold.tested - fitted[0]) @ head)
            wrong += ((said[-1] + y.mean(axis=0)).argmax(axis=1) != truth) / (2 * draws)
        inner += (said[0] * said[1]).sum(axis=1) / draws
        norm += (np.square(said[0]) + np.square(said[1])).sum(axis=1) / (2 * draws)
    return HeadSums(inner, norm, wrong)


def explained_share(folds: list[HeadFold], classes: Int[np.ndarray, " n"]) -> float:
    """Return what a head on all training samples explains of the held-out classes' variance.

    The residuals of training are brought to those expected of new samples by the number of weights,
    so that little is lost to the fit itself.
    """
    y = np.eye(int(classes.max()) + 1)[classes]
    left = total = 0.0
    for fold in folds:
        target = y[fold.train] - y[fold.train].mean(axis=0)
        head = np.linalg.pinv(fold.fitted) @ target
        rest = target - fold.fitted @ head
        n, d = fold.fitted.shape
        left += float(np.square(rest).sum()) * n / max(n - d - 1, 1)
        total += float(np.square(target).sum())
    return float(np.clip(1 - left / total, 0.01, 0.99))
