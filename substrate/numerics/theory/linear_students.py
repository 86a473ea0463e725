r"""Two linear students of one teacher: their training sets differ in the noise of labels only.

Both see the same n Gaussian inputs x of d dimensions and labels :math:`y = W^T x + \epsilon`, of m
outputs, each with independent noise of variance :math:`\sigma^2`, and both are fitted by least
squares (of least norm where n < d), or with a ridge. Their alignment is the cosine of what they
learned, with inner product and norm averaged over training sets,

.. math:: a = \frac{E \langle \hat W_1, \hat W_2 \rangle}{E \lVert \hat W \rVert^2}

For the signal-to-noise ratio :math:`\mathrm{SNR} = \lVert w \rVert^2 / \sigma^2` of each output
this has a closed form, since the signal that both keep is :math:`\lVert w \rVert^2 \min(1, n / d)`
and the trace of an inverse Wishart matrix is known. The setting is that of Umar & Laio,
arXiv:2605.26973; the derivation is that of the mean squared error of least squares with random
inputs (Breiman & Freedman, J. Am. Stat. Assoc. 1983; Belkin, Hsu & Xu, SIAM J. Math. Data Sci.
2020). Where n lies within 1 of d the norm has no mean: the closed form is 0 there, the limit of the
ratio. The mean cosine of two students is above it, the more so the larger the signal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import delete_group_jackknife
from substrate.numerics.scales import CORRELATION, Scale

#: What is left out in turn: every training set is drawn by itself.
UNIT = "training sets"
#: Errors are positive, and have no bound above.
_POSITIVE = Scale("log", 0.0, float("inf"))


class TheoryError(ValueError):
    """Students that cannot be drawn; the message says why."""


def require_signal(snr: float) -> None:
    """Refuse a signal-to-noise ratio that is not above 0 and finite."""
    if not 0 < snr < np.inf:
        raise TheoryError(f"The signal-to-noise ratio is {snr}; give one above 0.")


def require_draws(draws: int) -> None:
    """Refuse to draw no training set."""
    if draws < 1:
        raise TheoryError(f"{draws} training sets were asked for; give at least 1.")


@dataclass(frozen=True, kw_only=True)
class StudentSetting:
    """One experiment with students.

    Attributes
    ----------
    samples, dimension, outputs
        n, d and m, all at least one.
    snr
        Squared norm of each output's teacher over the variance of its noise, above zero.
    ridge
        What is added to the eigenvalues of X'X, for inputs of unit variance; 0 is least squares.
    """

    samples: int
    dimension: int
    snr: float
    outputs: int = 1
    ridge: float = 0.0

    def __post_init__(self) -> None:
        for name in ("samples", "dimension", "outputs"):
            if getattr(self, name) < 1:
                raise TheoryError(f"{name} is {getattr(self, name)}; give at least 1.")
        require_signal(self.snr)
        if not 0 <= self.ridge < np.inf:
            raise TheoryError(f"The ridge is {self.ridge}; give 0 or more.")


def has_means(samples: Any, dimension: int) -> Any:
    """Say whether norms and errors have a mean: not where n lies within 1 of d."""
    return np.abs(np.asarray(samples) - dimension) > 1


def _noise(setting: StudentSetting) -> float:
    r"""Return :math:`E \operatorname{tr} (X^T X)^+`, which is infinite for n within 1 of d."""
    n, d = setting.samples, setting.dimension
    if not has_means(n, d):
        return float("inf")
    return min(n, d) / (abs(n - d) - 1)


def _without_ridge(setting: StudentSetting) -> None:
    if setting.ridge:
        raise TheoryError("The closed form is that of least squares; give a ridge of 0.")


def expected_alignment(setting: StudentSetting) -> float:
    r"""Return the closed form of the alignment of two students, 0 for n within 1 of d.

    .. math:: a = \Bigl(1 + \mathrm{SNR}^{-1} \frac{d}{d - n - 1}\Bigr)^{-1} (n < d - 1), \qquad
        a = \Bigl(1 + \mathrm{SNR}^{-1} \frac{d}{n - d - 1}\Bigr)^{-1} (n > d + 1)
    """
    _without_ridge(setting)
    kept = min(1.0, setting.samples / setting.dimension)
    return kept / (kept + _noise(setting) / setting.snr)


def expected_error(setting: StudentSetting) -> float:
    r"""Return the mean squared error on new inputs, infinite for n within 1 of d.

    It is :math:`E \lVert \hat w - w \rVert^2 / \lVert w \rVert^2`: 1 for a student that answers 0.
    """
    _without_ridge(setting)
    lost = 1 - min(1.0, setting.samples / setting.dimension)
    return lost + _noise(setting) / setting.snr


@dataclass(frozen=True, eq=False)
class Students:
    """What was measured over training sets, with 95 % intervals over them.

    Attributes
    ----------
    alignment
        Cosine of the weights of two students, norms averaged over training sets.
    cosine
        Cosine of the weights of two students, the mean over training sets.
    error
        Squared error of a student's weights over that of the teacher's.
    score
        A metric of the outputs on new inputs, the mean over training sets; None without a metric.
    """

    alignment: Estimate
    cosine: Estimate
    error: Estimate
    score: Estimate | None


def simulate(
    setting: StudentSetting,
    *,
    draws: int = 40,
    seed: int = 0,
    metric: Callable[[Float[np.ndarray, "t m"], Float[np.ndarray, "t m"]], float] | None = None,
    tested: int = 200,
    scale: Scale = CORRELATION,
) -> Students:
    """Draw training sets and fit two students to each.

    ``metric`` compares the two students' outputs on ``tested`` new inputs, on the ``scale`` of its
    values. The teacher is drawn anew for every training set.
    """
    require_draws(draws)
    rng = np.random.default_rng(seed)
    inner, norms, cosines, errors, scores = (np.empty(draws) for _ in range(5))
    for draw in range(draws):
        teacher, students = _drawn(setting, rng)
        first, second = students
        inner[draw] = np.vdot(first, second)
        norms[draw] = (np.square(first).sum() + np.square(second).sum()) / 2
        cosines[draw] = inner[draw] / np.linalg.norm(first) / np.linalg.norm(second)
        errors[draw] = np.square(students - teacher).sum() / 2 / np.square(teacher).sum()
        if metric is not None:
            x = rng.standard_normal((tested, setting.dimension))
            scores[draw] = metric(x @ first, x @ second)
    rows = np.arange(draws)

    def mean(values: Float[np.ndarray, " draws"], scale: Scale) -> Estimate:
        return delete_group_jackknife(
            lambda kept: float(values[kept].mean()), rows, unit=UNIT, scale=scale, max_units=None
        )

    return Students(
        alignment=delete_group_jackknife(
            lambda kept: float(inner[kept].sum() / norms[kept].sum()),
            rows,
            unit=UNIT,
            scale=CORRELATION,
            max_units=None,
        ),
        cosine=mean(cosines, CORRELATION),
        error=mean(errors, _POSITIVE),
        score=None if metric is None else mean(scores, scale),
    )


def outputs_of_students(
    setting: StudentSetting, *, draws: int, seed: int, tested: int = 200
) -> Float[np.ndarray, "draws 2 t m"]:
    """Return what both students of every training set say of new inputs, for metrics to compare."""
    rng = np.random.default_rng(seed)
    said = np.empty((draws, 2, tested, setting.outputs))
    for draw in range(draws):
        _, students = _drawn(setting, rng)
        said[draw] = rng.standard_normal((tested, setting.dimension)) @ students
    return said


def _drawn(
    setting: StudentSetting, rng: np.random.Generator
) -> tuple[Float[np.ndarray, "d m"], Float[np.ndarray, "2 d m"]]:
    """Return a teacher of unit norm for each output, and two students of one set of inputs."""
    n, d, m = setting.samples, setting.dimension, setting.outputs
    teacher = rng.standard_normal((d, m))
    teacher /= np.linalg.norm(teacher, axis=0)
    x = rng.standard_normal((n, d))
    noise = rng.standard_normal((2, n, m)) / np.sqrt(setting.snr)
    left, values, right = np.linalg.svd(x, full_matrices=False)
    filters = values / (np.square(values) + setting.ridge)
    fitted = np.stack([(right.T * filters) @ (left.T @ (x @ teacher + one)) for one in noise])
    return teacher, fitted
