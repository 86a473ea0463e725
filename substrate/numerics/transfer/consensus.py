"""The label-free filter: how well an encoder's leading scores fit those of the other encoders."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Real, Shaped

from substrate.numerics.spectra import (
    SpectrumError,
    directions_of_centred,
    leading_eigenpairs,
)
from substrate.numerics.transfer.spec import (
    Evidence,
    TransferError,
    TransferScore,
    finite_features,
)
from substrate.numerics.whitening import (
    WhiteningError,
    standardisation,
)

COMPONENTS = 16


def consensus_score(
    features: Real[np.ndarray, "n d"],
    others: Sequence[np.ndarray],
    *,
    groups: Shaped[np.ndarray, " n"] | None = None,
    components: int = COMPONENTS,
) -> float:
    r"""Mean absolute correlation with the panel's leading scores after a rotation, in [0, 1].

    .. math:: \tfrac1K \sum_k |corr((Z Q)_k, C_k)|, \quad Q = U V^\top, \; Z^\top C = U S V^\top

    Z holds the encoder's first K principal scores, C those of the `others` side by side, all
    features standardised first. An encoder narrower than K gives as many as it has, and the
    rectangular Q maps them to all K. Radwan 2026, arXiv:2606.07882 ("subs-rank"). The encoder must
    not be among the others: it would be scored against itself.

    It says how ordinary an encoder is on these images, not how good: a panel of untrained
    networks agrees well. Rotation and correlation use the same samples, so pure noise scores
    above 0, more so the fewer samples there are.
    """
    if not others:
        raise TransferError("a consensus needs at least one other encoder on the same samples.")
    return score_against(
        principal_scores(others, components, groups, exactly=True), features, groups
    )


def score_against(
    panel: Float[np.ndarray, "n k"],
    features: Real[np.ndarray, "n d"],
    groups: Shaped[np.ndarray, " n"] | None = None,
) -> float:
    """Return `consensus_score` given the panel's leading scores: what one more encoder costs."""
    z, c = principal_scores([features], panel.shape[1], groups, exactly=False), panel
    if len(z) != len(c):
        raise TransferError(
            f"the encoder saw {len(z)} samples and the others {len(c)}; they must be the same."
        )
    return _fit(z, c)


def _fit(z: Float[np.ndarray, "n j"], c: Float[np.ndarray, "n k"]) -> float:
    """Return the mean absolute correlation of two sides' scores after the best rotation."""
    left, _, right = np.linalg.svd(z.T @ c, full_matrices=False)
    aligned = z @ left @ right
    products = np.einsum("ij,ij->j", aligned, c)
    norms = np.linalg.norm(aligned, axis=0) * np.linalg.norm(c, axis=0)
    return float(np.abs(products / norms).mean())


def consensus_of_rows(
    panel: Sequence[np.ndarray],
    rows: Sequence[Int[np.ndarray, " r"]],
    *,
    groups: Shaped[np.ndarray, " n"] | None = None,
    components: int = COMPONENTS,
) -> Float[np.ndarray, "s e"]:
    """Score every encoder by `consensus_score`, from each of several parts of the samples.

    Directions are fitted to each part anew, from Gram matrices that are made once; only the units'
    deviations stay those of all samples. Memory grows with the square of the number of samples.
    """
    scaled = [_standardised(x, groups) for x in panel]
    together = sum((x @ x.T for x in scaled), np.zeros((len(scaled[0]),) * 2))
    out = np.empty((len(rows), len(panel)))
    for own, x in enumerate(scaled):
        alone = x @ x.T
        others = together - alone
        for part, kept in enumerate(rows):
            cut = np.ix_(kept, kept)
            k = min(components, x.shape[1], len(kept) - 1)
            z = _scores_of_gram(alone[cut], k)
            out[part, own] = _fit(z, _scores_of_gram(others[cut], components))
    return out


def _scores_of_gram(gram: Float[np.ndarray, "n n"], k: int) -> Float[np.ndarray, "n k"]:
    """Return the leading principal scores of rows, given their products; signs are arbitrary."""
    gram = gram - gram.mean(axis=0)
    gram -= gram.mean(axis=1)[:, None]
    n = len(gram)
    if k > n - 1:
        raise TransferError(f"{k} principal scores cannot be had from {n} samples.")
    values, vectors = leading_eigenpairs((gram + gram.T) / 2, k)
    return np.asarray(vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0.0)))


def principal_scores(
    blocks: Sequence[np.ndarray],
    components: int,
    groups: Shaped[np.ndarray, " n"] | None = None,
    *,
    exactly: bool,
) -> Float[np.ndarray, "n k"]:
    """Scores along the leading directions of standardised encoders side by side.

    Units that hardly vary over these samples, or in too few `groups` (photographs), take no part:
    see `substrate.numerics.whitening`. With `exactly`, fewer directions than asked for are an
    error; otherwise there may be fewer.
    """
    if len({len(block) for block in blocks}) > 1:
        raise TransferError(
            f"encoders saw {', '.join(str(len(b)) for b in blocks)} samples; they must be the same."
        )
    try:
        x = np.hstack([_standardised(block, groups) for block in blocks])
    except WhiteningError as error:
        raise TransferError(str(error)) from error
    n, d = x.shape
    k = components if exactly else min(components, d, n - 1)
    try:
        directions = directions_of_centred(x, k)
    except SpectrumError as error:
        raise TransferError(f"{k} principal scores cannot be had: {error}") from error
    return x @ directions.vectors


def _standardised(
    block: Real[np.ndarray, "n d"], groups: Shaped[np.ndarray, " n"] | None
) -> Float[np.ndarray, "n d"]:
    x = finite_features(block, "features")
    return standardisation(x, groups=groups).apply(x)


def _score(evidence: Evidence) -> float:
    return consensus_score(evidence.features, evidence.others, groups=evidence.groups)


CONSENSUS = TransferScore(
    key="consensus",
    label="Consensus",
    definition="mean |corr| of the 16 leading scores, rotated, with those of the other encoders",
    reference="Radwan 2026, arXiv:2606.07882 (subs-rank)",
    value_range="0 to 1",
    misleads="It measures how ordinary an encoder is, not how good; no label is looked at.",
    needs=("features", "others"),
    compute=_score,
)
