"""What an encoder really reaches: a linear probe and nearest neighbours on held-out photographs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped

from substrate.numerics.metrics.support.features import narrowed
from substrate.numerics.transfer.spec import (
    Evidence,
    TransferError,
    TransferScore,
    class_codes,
    finite_features,
)
from substrate.numerics.transfer.support.accuracy import (
    Accuracy,
    measure,
)
from substrate.numerics.transfer.support.folds import (
    group_folds,
    require_groups,
)
from substrate.numerics.transfer.support.logistic import (
    STRENGTHS,
    cross_validate,
)
from substrate.numerics.whitening import standardisation

FOLDS = 5
NEIGHBOURS = (1, 3, 5, 10, 20)


@dataclass(frozen=True, eq=False)
class Probe:
    """The accuracy of a probe, and what was decided of each sample by a model that never saw it.

    `choices` holds what was chosen inside each training part: the inverse penalty, or the number
    of neighbours.
    """

    accuracy: Accuracy
    decided: Int[np.ndarray, " n"]
    choices: tuple[float, ...]


def linear_probe(
    features: Real[np.ndarray, "n d"],
    labels: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    seed: int,
    folds: int = FOLDS,
    strengths: Sequence[float] = STRENGTHS,
    within: bool = False,
    unit: str = "groups",
) -> Probe:
    """Cross-validated accuracy of logistic regression on frozen features.

    Folds are whole groups; standardisation and the penalty come from the training part alone.
    Every class needs two groups. Where the groups are blocks of few photographs, say so by
    `within`: the result then has no interval. `unit` is what the groups are called.
    """
    x, classes, codes, groups = labelled(features, labels, groups)

    def embed(train: Int[np.ndarray, " train"]) -> Float[np.ndarray, "n r"]:
        # Turning wide features into n columns changes no fit that penalises their length.
        return narrowed(standardisation(x[train], groups=groups[train]).apply(x))

    fold = group_folds(codes, groups, folds, seed=seed)
    predictions = cross_validate(embed, codes, groups, fold, strengths=strengths, seed=seed)
    accuracy = measure(classes, codes, predictions.decided, groups, within=within, unit=unit)
    return Probe(accuracy, predictions.decided, predictions.strengths)


def nearest_neighbours(
    features: Real[np.ndarray, "n d"],
    labels: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    seed: int,
    folds: int = FOLDS,
    neighbours: Sequence[int] = NEIGHBOURS,
    within: bool = False,
    unit: str = "groups",
) -> Probe:
    """Cross-validated accuracy of a vote of the nearest samples of other groups.

    Nearness is the cosine of features centred on the training part; how many vote is chosen
    there too, each sample's own group left out. A tie goes to the class whose first member is
    nearest.
    """
    x, classes, codes, groups = labelled(features, labels, groups)
    fold = group_folds(codes, groups, folds, seed=seed)
    decided, choices = np.empty(len(x), dtype=int), []
    for held_out in np.unique(fold):
        train, test = np.flatnonzero(fold != held_out), np.flatnonzero(fold == held_out)
        turned = _directions(x - x[train].mean(axis=0))
        own = groups[train][:, None] == groups[train]
        inner = _votes(turned[train] @ turned[train].T, codes[train], neighbours, barred=own)
        best = int(np.argmax((inner == codes[train]).mean(axis=1)))
        outer = _votes(turned[test] @ turned[train].T, codes[train], [neighbours[best]])
        decided[test] = outer[0]
        choices.append(float(neighbours[best]))
    accuracy = measure(classes, codes, decided, groups, within=within, unit=unit)
    return Probe(accuracy, decided, tuple(choices))


def labelled(
    features: Real[np.ndarray, "n d"],
    labels: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
) -> tuple[
    Float[np.ndarray, "n d"], tuple[str, ...], Int[np.ndarray, " n"], Shaped[np.ndarray, " n"]
]:
    """Check what a probe works on; return features, classes, class numbers and groups."""
    x = finite_features(features, "features")
    names, codes = class_codes(labels, len(x))
    groups = np.asarray(groups)
    if len(groups) != len(x):
        raise TransferError(f"{len(groups)} groups arrived for {len(x)} samples; give one each.")
    require_groups(labels, groups, 2)
    return x, tuple(str(name) for name in names), codes, groups


def _directions(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """Bring rows to length one; a row of zeros has no direction and stays."""
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, norms, out=np.zeros_like(x), where=norms > 0)


def _votes(
    nearness: Float[np.ndarray, "n m"],
    codes: Int[np.ndarray, " m"],
    neighbours: Sequence[int],
    *,
    barred: Bool[np.ndarray, "n m"] | None = None,
) -> Int[np.ndarray, "ks n"]:
    """Decide each row by the vote of its nearest columns, for several numbers of voters."""
    if barred is not None:
        nearness = np.where(barred, -np.inf, nearness)
    most = min(max(neighbours), nearness.shape[1])
    order = np.argsort(-nearness, axis=1, kind="stable")[:, :most]
    allowed = np.isfinite(np.take_along_axis(nearness, order, axis=1))
    member = (codes[order][..., None] == np.arange(codes.max() + 1)) & allowed[..., None]
    first = np.where(member.any(axis=1), member.argmax(axis=1), most)
    votes = member.cumsum(axis=1)
    # Whole votes count first, then the rank of a class's nearest member.
    keys = [votes[:, min(k, most) - 1] * (most + 1) - first for k in neighbours]
    return np.array([key.argmax(axis=1) for key in keys])


def _untrained(evidence: Evidence) -> float:
    assert evidence.untrained is not None
    assert evidence.labels is not None and evidence.groups is not None
    probe = linear_probe(evidence.untrained, evidence.labels, evidence.groups, seed=evidence.seed)
    return float(probe.accuracy.balanced.value)


UNTRAINED = TransferScore(
    key="untrained",
    label="Untrained twin",
    definition="balanced linear-probe accuracy of the same architecture with random weights",
    reference="a control: what the architecture gives without training",
    value_range="0 to 1",
    misleads="It needs labels and a probe, and so is no cheap predictor; it is a baseline.",
    needs=("untrained", "labels", "groups"),
    compute=_untrained,
)
