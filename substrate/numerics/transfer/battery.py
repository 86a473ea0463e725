"""Every transfer score for one encoder on one domain, with its time, beside what probes reach."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

import substrate.numerics.transfer.logme  # noqa: F401  (its import is not to be timed)
from substrate.numerics.estimates import Estimate
from substrate.numerics.transfer import TRANSFER_SCORES
from substrate.numerics.transfer.consensus import (
    COMPONENTS,
    CONSENSUS,
    principal_scores,
    score_against,
)
from substrate.numerics.transfer.probe import (
    Probe,
    linear_probe,
    nearest_neighbours,
)
from substrate.numerics.transfer.spec import (
    Evidence,
    TransferError,
    class_codes,
    finite_features,
)

PROBES: dict[str, Callable[..., Probe]] = {
    "linear_probe": linear_probe,
    "nearest_neighbours": nearest_neighbours,
}
T = TypeVar("T")
#: Times that a quick score is taken; the quickest counts.
TIMES = 3


@dataclass(frozen=True)
class TimedScores:
    """Scores by key, the reasons of those that cannot be given, and the seconds each one took."""

    scores: dict[str, float]
    missing: dict[str, str]
    seconds: dict[str, float]


def timed(call: Callable[[], T]) -> tuple[T, float]:
    """Return what a call returns, and the seconds that it took."""
    start = time.perf_counter()
    result = call()
    return result, time.perf_counter() - start


def timed_scores(evidence: Evidence, without: Collection[str] = ()) -> TimedScores:
    """Compute every registered score but those named, one after the other."""
    scores: dict[str, float] = {}
    missing: dict[str, str] = {}
    seconds: dict[str, float] = {}
    for key, score in TRANSFER_SCORES.items():
        if key in without:
            continue
        lacks = score.missing(evidence)
        if lacks:
            missing[key] = f"{lacks}."
            continue
        try:
            scores[key], seconds[key] = timed(lambda s=score: s.score(evidence))  # type: ignore[misc]
        except ValueError as error:
            missing[key] = str(error)
    return TimedScores(scores, missing, seconds)


def timed_consensus(evidence: Evidence) -> tuple[float, float, float]:
    """Return the consensus score, its seconds, and those of them that one more encoder costs.

    The panel's leading scores are worked out once, however many encoders are scored against them;
    what is left is the quickest of a few.
    """
    if lacks := CONSENSUS.missing(evidence):
        raise TransferError(f"{lacks}.")
    panel, once = timed(
        lambda: principal_scores(evidence.others, COMPONENTS, evidence.groups, exactly=True)
    )
    timings = [
        timed(lambda: score_against(panel, evidence.features, evidence.groups))
        for _ in range(TIMES)
    ]
    seconds_each = min(seconds for _, seconds in timings)
    return timings[0][0], once + seconds_each, seconds_each


def score_all(evidence: Evidence) -> dict[str, Any]:
    """Give all that can be said of one encoder's features of labelled samples, ready for JSON.

    Returns
    -------
    dict
        Under each transfer score's key its value. Under ``linear_probe`` and
        ``nearest_neighbours``: ``accuracy`` and ``balanced_accuracy`` on groups that took no part
        in fitting, each with its 95 % ``..._interval`` of two numbers or `None` where ``reason``
        says why, ``chance`` (balanced) and ``largest_class`` (what always naming it reaches).
        Whatever cannot be given is `None`, and ``undefined`` says why (key to reason). Beside
        them ``seconds`` (what each took), ``samples``, ``units``, ``classes``, ``groups``,
        ``seed``.
    """
    if evidence.labels is None:
        raise TransferError("no labels arrived; give one label per sample.")
    x = finite_features(evidence.features, "features")
    classes, _ = class_codes(evidence.labels, len(x))
    groups = np.arange(len(x)) if evidence.groups is None else np.asarray(evidence.groups)
    if groups.shape != (len(x),):
        raise TransferError(f"{len(groups)} groups arrived for {len(x)} samples; give one each.")
    timings = timed_scores(evidence)
    missing, seconds, probes = dict(timings.missing), dict(timings.seconds), dict[str, Any]()
    for name, probe in PROBES.items():
        try:
            reached, seconds[name] = timed(
                lambda p=probe: p(x, evidence.labels, groups, seed=evidence.seed)  # type: ignore[misc]
            )
            probes[name] = _accuracy(reached, len(classes))
        except ValueError as error:
            probes[name], missing[name] = None, str(error)
    return {
        **{key: timings.scores.get(key) for key in TRANSFER_SCORES},
        **probes,
        "undefined": missing,
        "seconds": seconds,
        "samples": len(x),
        "units": x.shape[1],
        "classes": len(classes),
        "groups": len(np.unique(groups)),
        "seed": evidence.seed,
    }


def _accuracy(probe: Probe, classes: int) -> dict[str, Any]:
    overall, balanced = probe.accuracy.overall, probe.accuracy.balanced
    return {
        "accuracy": overall.value,
        "accuracy_interval": _ends(overall),
        "balanced_accuracy": balanced.value,
        "balanced_accuracy_interval": _ends(balanced),
        "reason": overall.reason,
        "chance": 1 / classes,
        "largest_class": probe.accuracy.chance,
    }


def _ends(interval: Estimate) -> list[float] | None:
    return None if interval.low is None else [interval.low, interval.high]
