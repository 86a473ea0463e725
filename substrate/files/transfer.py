"""Transfer scores of features and labels that come as files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from substrate.files.metrics import (
    load_features,
    load_vector,
)
from substrate.numerics.metrics.spec import FeaturesError
from substrate.numerics.transfer import Evidence
from substrate.numerics.transfer.battery import score_all


def transfer_files(
    features: Path | str,
    labels: Path | str,
    *,
    groups: Path | str | None = None,
    logits: Path | str | None = None,
    others: Sequence[Path | str] = (),
    untrained: Path | str | None = None,
    parameters: int | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Give every transfer score, and what a probe reaches, for files of the same samples.

    `features`, `logits`, `others` and `untrained` are files of shape (samples, units); `labels`
    and `groups` are ``.npy`` files of one class and one group (photograph) per sample. What a
    score lacks is said in its place: see `score_all`.
    """
    x = load_features(features)
    evidence = Evidence(
        features=x,
        labels=_classes(labels, len(x)),
        groups=None if groups is None else load_vector(groups, "group", len(x)),
        others=tuple(_same_samples(other, features, len(x)) for other in others),
        logits=None if logits is None else _same_samples(logits, features, len(x)),
        untrained=None if untrained is None else _same_samples(untrained, features, len(x)),
        parameters=parameters,
        seed=seed,
    )
    if evidence.groups is None:
        evidence = _each_its_own_group(evidence)
    return score_all(evidence)


def _each_its_own_group(evidence: Evidence) -> Evidence:
    return Evidence(**{**vars(evidence), "groups": np.arange(len(evidence.features))})


def _same_samples(path: Path | str, features: Path | str, n: int) -> np.ndarray:
    x = load_features(path)
    if len(x) != n:
        raise FeaturesError(
            f"{path} holds {len(x)} samples and {features} {n}; they must be the same, in order."
        )
    return x


def _classes(path: Path | str, n: int) -> Shaped[np.ndarray, " n"]:
    labels = load_vector(path, "label", n)
    if labels.dtype.kind == "f" and not (labels == np.rint(labels)).all():
        raise FeaturesError(
            f"{path} holds {labels.dtype} that are no whole numbers; labels name classes."
        )
    return labels
