"""What a transfer score declares about itself, and what it may look at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real, Shaped


class TransferError(ValueError):
    """A transfer score cannot be given for this encoder; the message says why."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that a score may use to judge one encoder on one domain; rows are samples.

    Attributes
    ----------
    features
        The encoder's pooled penultimate features.
    labels, groups
        Class and group (photograph) of each sample; `None` where the domain has no labels.
    others
        The same samples seen by the other encoders of the panel, never by this one.
    logits
        The output of the encoder's own classifier, where it has one.
    untrained
        The features of the same architecture with its seeded initial weights.
    parameters
        How many weights the encoder has.
    """

    features: Real[np.ndarray, "n d"]
    labels: Shaped[np.ndarray, " n"] | None = None
    groups: Shaped[np.ndarray, " n"] | None = None
    others: Sequence[np.ndarray] = ()
    logits: Real[np.ndarray, "n z"] | None = None
    untrained: Real[np.ndarray, "n u"] | None = None
    parameters: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class TransferScore:
    """A number that predicts, without training, how well an encoder will do; higher is better.

    `needs` names the fields of `Evidence` that `compute` looks at; `score` refuses where one of
    them is missing, and says which.
    """

    key: str
    label: str
    definition: str
    reference: str
    value_range: str
    misleads: str
    needs: tuple[str, ...]
    compute: Callable[[Evidence], float]

    def missing(self, evidence: Evidence) -> str:
        """Say what the score lacks, or nothing."""
        for need in self.needs:
            given = getattr(evidence, need)
            if given is None or (need == "others" and not len(given)):
                return f"{self.label} needs {_NEEDS[need]}"
        return ""

    def score(self, evidence: Evidence) -> float:
        """Compute the score, after refusing evidence that it cannot work on."""
        lacks = self.missing(evidence)
        if lacks:
            raise TransferError(f"{lacks}.")
        return self.compute(evidence)


_NEEDS = {
    "features": "features",
    "labels": "a label for every sample, which this domain does not have",
    "groups": "the group of every sample",
    "others": "at least one other encoder on the same samples",
    "logits": "a classifier head, which this encoder does not have",
    "untrained": "the features of the encoder's untrained twin",
    "parameters": "the number of weights, which is not known for this encoder",
}


def class_codes(
    labels: Shaped[np.ndarray, " n"], samples: int
) -> tuple[Shaped[np.ndarray, " classes"], Int[np.ndarray, " n"]]:
    """Return the classes in order and each sample's class as a number."""
    if len(labels) != samples:
        raise TransferError(
            f"{len(labels)} labels arrived for {samples} samples; give one label per sample."
        )
    classes, codes = np.unique(np.asarray(labels), return_inverse=True)
    if len(classes) < 2:
        raise TransferError(
            f"all {samples} samples carry one label; a transfer score needs at least two classes."
        )
    return classes, codes


def finite_features(features: Real[np.ndarray, "n d"], what: str) -> Float[np.ndarray, "n d"]:
    """Return features in float64, refusing what holds NaN or infinity."""
    features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2:
        raise TransferError(
            f"{what} have shape {features.shape}, expected (samples, units). Pool them first."
        )
    wrong = int(np.count_nonzero(~np.isfinite(features)))
    if wrong:
        raise TransferError(
            f"{what} hold {wrong} values that are not finite; find where they come from."
        )
    return features
