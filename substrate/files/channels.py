"""Channels of weights from files: what stands out of each layer's noise, beside noise alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from substrate.files.layers import LearnedLayer
from substrate.numerics.intervals import MIN_DRAWS
from substrate.numerics.weights.noise import CountTest, NoiseError, count_test
from substrate.numerics.weights.samples import noise_above
from substrate.numerics.weights.similarity import Reference, reference
from substrate.numerics.weights.spectrum import WeightSpectrum, neurons, weight_spectrum
from substrate.wording import above_draws

#: Draws of planted samples.
DRAWS = 10


def beside_noise(rows: Sequence[Mapping[str, Any]], seed: int) -> dict[str, Any]:
    """Hold the eigenvalues above noise of a network against those of five networks of noise.

    What cannot be told from noise does not count. Initial weights that are drawn one by one have
    the eigenvalues of noise, whatever their scale.

    Returns
    -------
    dict
        ``above_noise``, ``in_noise`` (of each draw), ``further_draw_at_most``, ``p``, ``more``
        where both say that there are more, and the ``sentence``.
    """
    rng = np.random.default_rng(seed)
    channels = [row["channels"] for row in rows if "above_noise" in row["channels"]]
    draws = np.zeros(MIN_DRAWS, dtype=np.int64)
    for one in channels:
        draws += [noise_above(one["neurons"], one["inputs"], rng) for _ in range(MIN_DRAWS)]
    test = count_test(sum(one["above_noise"] for one in channels if not one["reason"]), draws)
    return {
        "above_noise": test.above,
        "in_noise": test.draws.tolist(),
        "further_draw_at_most": test.further,
        "p": test.p,
        "more": test.more,
        "sentence": _said(test),
    }


def _said(test: CountTest) -> str:
    verdict = "more than noise has" if test.more else "not told from noise"
    counts = above_draws(
        test.above, test.draws.tolist(), test.further, test.p, "noise of these sizes"
    )
    return f"Channels: {verdict}. {counts}"


def channels_of(layer: LearnedLayer, seed: int) -> dict[str, Any]:
    """Return inputs, neurons, noise, what stands above it and its rank, or the reason why not."""
    w = neurons(layer.weights)
    n, d = w.shape
    out: dict[str, Any] = {"inputs": d, "neurons": n, "gamma": d / n}
    if d == 1:
        return out | {"reason": "One input channel: channels have no covariance."}
    if not w.any():
        return out | {"reason": "All weights are zero."}
    try:
        spectrum = weight_spectrum(w)
    except NoiseError as error:
        return out | {"reason": str(error)}
    noise = spectrum.noise
    out |= {
        "noise_variance": noise.variance,
        "bulk_distance": noise.distance,
        "above_noise": noise.above,
    }
    if not noise.described:
        return out | {
            "reason": "The eigenvalues are not those of noise of one variance with some above it "
            f"({noise.above} above and {noise.below} below its edge, {noise.distance:.2f} from its "
            "law): weight decay or a long training moves all of them, and nothing can be called "
            "learned by its size."
        }
    return out | _learned(spectrum, seed)


def _learned(spectrum: WeightSpectrum, seed: int) -> dict[str, Any]:
    if not len(spectrum.learned):
        return {"reason": "No eigenvalue stands out of the noise."}
    planted = reference(spectrum.learned, spectrum.neurons, spectrum.inputs, seed=seed, draws=DRAWS)
    return {
        "effective_rank": spectrum.effective_rank,
        "planted": {
            "effective_rank": float(np.nanmean(planted.ranks)),
            "effective_rank_sd": float(np.nanstd(planted.ranks, ddof=1)),
            **_planted_similarity(planted),
            "draws": DRAWS,
        },
        "reason": "",
    }


def _planted_similarity(planted: Reference) -> dict[str, Any]:
    """Return S of two planted samples, or why it has no scale."""
    if planted.reason:
        return {"similarity": None, "similarity_sd": None, "similarity_reason": planted.reason}
    return {
        "similarity": float(planted.similarities.mean()),
        "similarity_sd": float(planted.similarities.std(ddof=1)),
        "similarity_reason": "",
    }
