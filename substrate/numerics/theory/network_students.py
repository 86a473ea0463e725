r"""Students with one hidden layer of ReLUs that differ in the noise of their training set only.

Of a training set both students see the same inputs, standard normal in d dimensions, and start from
the same weights. A teacher of the same form gives what is to be learned, m outputs of variance 1.
Noise of variance 1 / SNR is drawn for each student: on the labels, or on the inputs ("pixels").
Classes are the largest of the outputs, with their noise; they are learned as numbers, 1 for the
class and 0 for others, so that both tasks are regressions with one threshold: samples times outputs
are as many as the weights.

All students are trained together by Adam on their whole training set, with a rate that falls to 0
along a cosine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.numerics.theory.linear_students import TheoryError, require_draws, require_signal

REGRESSION, CLASSIFICATION = "regression", "classification"
LABELS, PIXELS = "labels", "pixels"
#: Decay of Adam's two averages, and what keeps it from dividing by 0.
_FIRST, _SECOND, _SMALL = 0.9, 0.999, 1e-8
Weights = list[np.ndarray]


@dataclass(frozen=True, kw_only=True)
class NetworkSetting:
    """One experiment with networks.

    Attributes
    ----------
    samples, inputs, hidden, outputs
        Sizes; the teacher has as many hidden units as a student.
    snr
        Variance of the signal over that of the noise.
    steps, rate
        Of the training.
    """

    samples: int
    snr: float
    task: str = REGRESSION
    noise: str = LABELS
    inputs: int = 8
    hidden: int = 16
    outputs: int = 4
    steps: int = 2000
    rate: float = 0.02

    def __post_init__(self) -> None:
        for name in ("samples", "inputs", "hidden", "outputs", "steps"):
            if getattr(self, name) < 1:
                raise TheoryError(f"{name} is {getattr(self, name)}; give at least 1.")
        require_signal(self.snr)
        if self.task not in (REGRESSION, CLASSIFICATION) or self.noise not in (LABELS, PIXELS):
            raise TheoryError(f"There is no {self.task} with noise in {self.noise}.")

    @property
    def weights(self) -> int:
        """Return the number of weights of a student."""
        return (self.inputs + 1) * self.hidden + (self.hidden + 1) * self.outputs

    @property
    def threshold(self) -> float:
        """Return the number of samples at which a student can just fit all of its labels."""
        return self.weights / self.outputs


@dataclass(frozen=True, eq=False)
class NetworkStudents:
    """What two students of each training set do on new inputs.

    Attributes
    ----------
    outputs
        Both students' outputs on the new inputs, by training set.
    cosines
        Of the two students' outputs, each less its mean.
    errors
        Mean over the two: squared error over the variance of the truth, or the share of wrong
        classes.
    fit
        The mean squared error on the training labels, over their variance.
    """

    outputs: Float[np.ndarray, "draws 2 t m"]
    cosines: Float[np.ndarray, " draws"]
    errors: Float[np.ndarray, " draws"]
    fit: float


def simulate_networks(
    setting: NetworkSetting, *, draws: int = 16, seed: int = 0, tested: int = 200
) -> NetworkStudents:
    """Draw training sets and train two students on each."""
    require_draws(draws)
    rng = np.random.default_rng(seed)
    teacher = _drawn(setting, rng, draws)
    x = _normal(rng, draws, setting.samples, setting.inputs)
    new = _normal(rng, draws, tested, setting.inputs)
    scale = _scale(setting, teacher, rng, draws)
    truth, clean = _said(teacher, new, scale), _said(teacher, x, scale)
    noise = (1 / np.sqrt(setting.snr)) * _normal(rng, 2, draws, setting.samples, _noisy(setting))
    seen = np.stack([x, x]) + (noise if setting.noise == PIXELS else 0)
    labels = np.stack([clean, clean]) + (noise if setting.noise == LABELS else 0)
    if setting.task == CLASSIFICATION:
        labels = _one_hot(labels)
    start = _drawn(setting, rng, draws)
    students = _trained(setting, [np.stack([w, w]) for w in start], seen, labels)
    said = _forward(students, np.stack([new, new]))[1].astype(np.float64)
    errors = (
        (said.argmax(axis=-1) != truth.argmax(axis=-1)).mean(axis=(0, 2))
        if setting.task == CLASSIFICATION
        else np.square(said - truth).mean(axis=(0, 2, 3)) / np.square(truth).mean(axis=(1, 2))
    )
    left = np.square(_forward(students, seen)[1] - labels).mean() / max(labels.var(), _SMALL)
    return NetworkStudents(said.swapaxes(0, 1), _cosines(said), errors, float(left))


def _noisy(setting: NetworkSetting) -> int:
    return setting.inputs if setting.noise == PIXELS else setting.outputs


def _normal(rng: np.random.Generator, *shape: int) -> Float[np.ndarray, " ..."]:
    return rng.standard_normal(shape, dtype=np.float32)


def _drawn(setting: NetworkSetting, rng: np.random.Generator, draws: int) -> Weights:
    """Return weights that keep the variance of what passes through them."""
    d, h, m = setting.inputs, setting.hidden, setting.outputs
    return [
        _normal(rng, draws, d, h) * np.float32(np.sqrt(2 / d)),
        np.zeros((draws, 1, h), np.float32),
        _normal(rng, draws, h, m) * np.float32(np.sqrt(1 / h)),
        np.zeros((draws, 1, m), np.float32),
    ]


def _forward(
    w: Weights, x: Float[np.ndarray, "... n d"]
) -> tuple[Float[np.ndarray, "... n h"], Float[np.ndarray, "... n m"]]:
    hidden = np.maximum(x @ w[0] + w[1], 0)
    return hidden, hidden @ w[2] + w[3]


def _scale(
    setting: NetworkSetting, teacher: Weights, rng: np.random.Generator, draws: int
) -> tuple[Float[np.ndarray, "draws 1 m"], Float[np.ndarray, "draws 1 m"]]:
    """Return mean and deviation of the teachers' outputs."""
    said = _forward(teacher, _normal(rng, draws, 2000, setting.inputs))[1]
    return said.mean(axis=1, keepdims=True), said.std(axis=1, keepdims=True)


def _said(
    teacher: Weights,
    x: Float[np.ndarray, "draws n d"],
    scale: tuple[Float[np.ndarray, "draws 1 m"], Float[np.ndarray, "draws 1 m"]],
) -> Float[np.ndarray, "draws n m"]:
    return (_forward(teacher, x)[1] - scale[0]) / scale[1]


def _one_hot(values: Float[np.ndarray, "2 draws n m"]) -> Float[np.ndarray, "2 draws n m"]:
    chosen = values.argmax(axis=-1)[..., None] == np.arange(values.shape[-1])
    return chosen.astype(np.float32)


def _trained(
    setting: NetworkSetting,
    w: Weights,
    x: Float[np.ndarray, "2 draws n d"],
    y: Float[np.ndarray, "2 draws n m"],
) -> Weights:
    """Minimise the mean squared error of every student at once."""
    moved = [np.zeros_like(one) for one in w]
    squared = [np.zeros_like(one) for one in w]
    for step in range(setting.steps):
        rate = setting.rate * 0.5 * (1 + np.cos(np.pi * step / setting.steps))
        for i, g in enumerate(_gradient(w, x, y)):
            moved[i] = _FIRST * moved[i] + (1 - _FIRST) * g
            squared[i] = _SECOND * squared[i] + (1 - _SECOND) * np.square(g)
            mean = moved[i] / (1 - _FIRST ** (step + 1))
            spread = np.sqrt(squared[i] / (1 - _SECOND ** (step + 1)))
            w[i] = (w[i] - rate * mean / (spread + _SMALL)).astype(np.float32)
    return w


def _gradient(
    w: Weights, x: Float[np.ndarray, "2 draws n d"], y: Float[np.ndarray, "2 draws n m"]
) -> Weights:
    hidden, said = _forward(w, x)
    back = (said - y) * np.float32(2 / x.shape[-2])
    through = (back @ w[2].swapaxes(-1, -2)) * (hidden > 0)
    return [
        x.swapaxes(-1, -2) @ through,
        through.sum(axis=-2, keepdims=True),
        hidden.swapaxes(-1, -2) @ back,
        back.sum(axis=-2, keepdims=True),
    ]


def _cosines(said: Float[np.ndarray, "2 draws t m"]) -> Float[np.ndarray, " draws"]:
    first, second = said - said.mean(axis=2, keepdims=True)
    inner = (first * second).sum(axis=(1, 2))
    norms = np.sqrt(np.square(first).sum(axis=(1, 2)) * np.square(second).sum(axis=(1, 2)))
    return inner / np.where(norms > 0, norms, 1)
