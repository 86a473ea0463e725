"""How well features of images agree with features of texts, with whole photographs as units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.estimates import Estimate, Null
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.spec import Metric, State
from substrate.numerics.nulls import (
    LEVEL,
    MIN_GROUPS,
    Calibration,
    calibrate,
    delete_group_jackknife,
    group_members,
    group_permutations,
    permutation_null,
)

METRIC = "linear_cka"
TAIL = (1 - LEVEL) / 2


class ModalityError(ValueError):
    """Texts and images that cannot be compared; the message says why and what to do."""


def text_features(captions: Sequence[str], k: int, seed: int) -> Float[np.ndarray, "m k"]:
    """Return the k leading components of the captions' words, weighted by how rare they are.

    Term frequency times inverse document frequency, then a truncated singular value decomposition
    (latent semantic analysis, Deerwester et al. 1990). Common English words are left out.

    Raises
    ------
    ModalityError
        If the captions hold too few different words.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        weights = TfidfVectorizer(stop_words="english").fit_transform(captions)
    except ValueError as error:
        raise ModalityError("The captions hold no words but the commonest.") from error
    most = min(k, min(weights.shape) - 1)
    if most < 1:
        raise ModalityError(
            f"{len(captions)} captions with {weights.shape[1]} different words are too few to "
            "compare. Describe at least three photographs in words of their own."
        )
    return TruncatedSVD(most, random_state=seed, algorithm="arpack").fit_transform(weights)


@dataclass(frozen=True, kw_only=True)
class TextAgreement:
    """One set of image features beside the texts: their linear CKA with its interval and null.

    ``naive_p`` comes from shuffling tiles instead of photographs. It rejects nearly always, because
    tiles of one photograph share their text, and is there to show just that.
    """

    photographs: int
    tiles: int
    estimate: Estimate
    calibrated: float | None
    naive_p: float


def even_rows(groups: np.ndarray, most: int, seed: int) -> Int[np.ndarray, " n"]:
    """Choose the same number of rows of every group, so that groups can stand in for another."""
    members = group_members(groups)
    count = min(most, *(len(rows) for rows in members)) if members else 0
    rng = np.random.default_rng(seed)
    return np.sort(np.concatenate([rng.permutation(rows)[:count] for rows in members]))


def kept_kinds(
    groups: np.ndarray, kinds: np.ndarray, count: int, seed: int
) -> Int[np.ndarray, "c n"]:
    """Draw orders in which photographs change places only with photographs of their own kind."""
    orders = np.tile(np.arange(len(groups)), (count, 1))
    for index, kind in enumerate(dict.fromkeys(kinds.tolist())):
        rows = np.flatnonzero(kinds == kind)
        if len(np.unique(groups[rows])) > 1:
            orders[:, rows] = rows[group_permutations(groups[rows], count, seed + index)]
    return orders


def agreement(
    x: Real[np.ndarray, "n p"],
    text: Float[np.ndarray, "n k"],
    groups: np.ndarray,
    *,
    kinds: np.ndarray | None = None,
    permutations: int = 200,
    seed: int = 0,
) -> TextAgreement:
    """Score image features against the text of each row's photograph, by linear CKA.

    Photographs are permuted whole; with ``kinds`` only among photographs of one kind, and then the
    largest kind has to hold ten of them before a p-value is given.
    """
    metric = METRICS[METRIC]
    a, b = metric.prepare(np.asarray(x, dtype=np.float64)), metric.prepare(text)
    orders = (
        group_permutations(groups, permutations, seed)
        if kinds is None
        else kept_kinds(groups, kinds, permutations, seed)
    )
    null, units = permutation_null(metric, a, b, orders), _exchangeable(groups, kinds)
    calibration = calibrate(float(metric.compare(a, b)), null, n_groups=units)
    tiles = np.array(
        [np.random.default_rng([seed, i]).permutation(len(groups)) for i in range(permutations)]
    )
    naive = calibrate(
        calibration.observed, permutation_null(metric, a, b, tiles), n_groups=MIN_GROUPS
    )
    assert naive.p is not None
    return TextAgreement(
        photographs=len(np.unique(groups)),
        tiles=len(groups),
        estimate=replace(
            _interval(metric, a, b, groups, _too_few(units, kinds is not None)),
            null=_null(calibration),
        ),
        calibrated=calibration.calibrated,
        naive_p=naive.p,
    )


def _interval(metric: Metric, a: State, b: State, groups: np.ndarray, reason: str) -> Estimate:
    """Return the score with its interval over photographs, or the reason why there is none."""
    if reason:
        count = len(np.unique(groups))
        value = float(metric.compare(a, b))
        return Estimate(value, reason=reason, unit="photographs", n_units=count)
    return delete_group_jackknife(
        lambda rows: metric.compare(metric.take_rows(a, rows), metric.take_rows(b, rows)),
        groups,
        unit="photographs",
        scale=metric.scale,
    )


def _null(calibration: Calibration) -> Null:
    low, high = np.quantile(calibration.null, [TAIL, 1 - TAIL])
    return Null(
        mean=calibration.mean_null,
        level=calibration.tau,
        p=calibration.p,
        low=float(low),
        high=float(high),
    )


def _exchangeable(groups: np.ndarray, kinds: np.ndarray | None) -> int:
    """Return how many photographs can change places: of the largest kind where kinds are kept."""
    if kinds is None:
        return len(np.unique(groups))
    return max(len(np.unique(groups[kinds == kind])) for kind in np.unique(kinds))


def _too_few(units: int, within: bool) -> str:
    """Say why photographs are too few for an interval, or nothing."""
    if units >= MIN_GROUPS:
        return ""
    of = " of one kind" if within else ""
    return (
        f"Cannot be tested here: at most {units} photographs{of}, and at least {MIN_GROUPS} are "
        "needed for a p-value or an interval."
    )
