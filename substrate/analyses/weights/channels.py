"""Channels of an encoder's layers: eigenvalues beside the law of noise, and what is learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.spec import Analysis, Inputs
from substrate.analyses.weights.compared import TWINS
from substrate.analyses.weights.stored import StoredLayer, read_weights
from substrate.encoder_ref import EncoderRef
from substrate.numerics.weights.noise import NoiseError, edge, noise_quantiles
from substrate.numerics.weights.similarity import reference
from substrate.numerics.weights.spectrum import LearnedValues, effective_rank, learned_values
from substrate.runs import Run

#: Samples of a planted covariance that the estimator is read from.
DRAWS = 10


@dataclass(frozen=True)
class ChannelsParams:
    """An encoder, a domain that it has seen, and the seed of what is simulated."""

    encoder: str
    domain: str
    seed: int = 0


@dataclass(frozen=True, eq=False, kw_only=True)
class ChannelLayer:
    """One layer's weights as neurons over inputs.

    Attributes
    ----------
    neurons, inputs
        n and d; the positions of a kernel are further neurons.
    values
        The eigenvalues of W'W / n over the variance of their noise, falling; empty where the noise
        cannot be told.
    law
        What the law of noise of one variance gives for those below the edge, falling.
    edge
        The largest that noise has.
    above
        Eigenvalues above the edge.
    distance
        Between the distribution of those below it and its law, in share of eigenvalues.
    learned
        The learned part of those above (shrunk); empty where nothing can be called learned.
    rank, planted_rank
        Effective rank, and what the same estimator gives for samples of a covariance that has the
        found eigenvalues: mean and standard deviation. NaN where there is none.
    planted_similarity
        S of two fresh samples of one such covariance, mean and standard deviation; NaN where it is
        too faint for a scale.
    twin_above
        Eigenvalues above the edge of the untrained twin, draw by draw; -1 where they cannot be
        told.
    reason
        Why nothing can be said of what is learned, empty where it can.
    """

    layer: str
    shape: tuple[int, ...]
    neurons: int
    inputs: int
    values: Float[np.ndarray, " m"]
    law: Float[np.ndarray, " k"]
    edge: float
    above: int
    distance: float
    learned: Float[np.ndarray, " r"]
    rank: float
    planted_rank: tuple[float, float]
    planted_similarity: tuple[float, float]
    twin_above: Int[np.ndarray, " t"]
    reason: str

    @property
    def gamma(self) -> float:
        """Inputs per neuron."""
        return self.inputs / self.neurons

    @property
    def smaller(self) -> int:
        """How many eigenvalues there are, those that are zero left out."""
        return min(self.neurons, self.inputs)


@dataclass(frozen=True, eq=False, kw_only=True)
class Channels:
    """The channels of an encoder, layer by layer."""

    encoder: str
    seed: int
    draws: int
    layers: tuple[ChannelLayer, ...]


def compute_channels(run: Run, params: ChannelsParams) -> Channels:
    """Tell noise from learning in every layer, and simulate the estimator where something is."""
    stored = read_weights(run, EncoderRef(params.encoder))
    twins = [
        {layer.name: layer for layer in read_weights(run, ref)}
        for ref in _twins(run, params.encoder, params.domain)
    ]
    return Channels(
        encoder=params.encoder,
        seed=params.seed,
        draws=DRAWS,
        layers=tuple(
            _measured(one, [twin.get(one.name) for twin in twins], params.seed) for one in stored
        ),
    )


def _twins(run: Run, encoder: str, domain: str) -> list[EncoderRef]:
    """Return the draws of the encoder's untrained twin that are at hand."""
    seeds = run.untrained_seeds(encoder, domain)[:TWINS]
    return [EncoderRef(encoder, twin=seed) for seed in seeds]


def _measured(layer: StoredLayer, twins: Sequence[StoredLayer | None], seed: int) -> ChannelLayer:
    n, d = layer.width
    separated, reason = _told_of(layer)
    learned = np.empty(0) if separated is None or reason else separated.learned
    nan = float("nan"), float("nan")
    ranks, similarities = nan, nan
    if len(learned):
        planted = reference(learned, n, d, seed=seed, draws=DRAWS)
        ranks, similarities = spread(planted.ranks), spread(planted.similarities)
    return ChannelLayer(
        layer=layer.name,
        shape=layer.shape,
        neurons=n,
        inputs=d,
        values=np.empty(0) if separated is None else separated.values,
        law=np.empty(0) if separated is None else _law(separated, n, d),
        edge=edge(d / n),
        above=-1 if separated is None else separated.noise.above,
        distance=float("nan") if separated is None else separated.noise.distance,
        learned=learned,
        rank=effective_rank(learned),
        planted_rank=ranks,
        planted_similarity=similarities,
        twin_above=np.array([_above(twin) for twin in twins], dtype=np.int64),
        reason=reason,
    )


def _above(layer: StoredLayer | None) -> int:
    """Return how many eigenvalues lie above the edge of noise; -1 where it cannot be told."""
    separated = None if layer is None else _told_of(layer)[0]
    return -1 if separated is None else separated.noise.above


def _told_of(layer: StoredLayer) -> tuple[LearnedValues | None, str]:
    """Return what is told from a stored layer, and why nothing is called learned."""
    n, d = layer.width
    if not layer.finite:
        return None, "It holds weights that are not finite."
    if d == 1:
        return None, "One input channel: channels have no covariance."
    if not len(layer.values):
        return None, "Its eigenvalues were not read: it is too wide."
    return learned_or_reason(layer.values, n, d)


def learned_or_reason(
    values: Float[np.ndarray, " m"], neurons: int, inputs: int
) -> tuple[LearnedValues | None, str]:
    """Return what is told from eigenvalues of W'W / n, and why nothing is called learned."""
    try:
        separated = learned_values(values, neurons, inputs)
    except NoiseError as error:
        return None, str(error)
    if not separated.noise.described:
        return separated, (
            "The eigenvalues are not those of noise of one variance with some above it: nothing "
            "can be called learned by its size."
        )
    if not len(separated.learned):
        return separated, "No eigenvalue stands out of the noise."
    return separated, ""


def _law(separated: LearnedValues, neurons: int, inputs: int) -> Float[np.ndarray, " k"]:
    """Return what noise gives those below the edge: n - k neurons over d - k inputs."""
    noise = separated.noise
    n, d = neurons - noise.above, inputs - noise.above
    return noise_quantiles(noise.below, d / n) * (n / neurons)


def spread(draws: Float[np.ndarray, " t"]) -> tuple[float, float]:
    """Return mean and standard deviation of the draws that have a value; NaN of fewer than two."""
    finite = draws[np.isfinite(draws)]
    if len(finite) < 2:
        return float("nan"), float("nan")
    return float(finite.mean()), float(finite.std(ddof=1))


def channels_params(run: Run, encoder: str) -> ChannelsParams:
    """Return the parameters of an encoder."""
    return ChannelsParams(encoder, run.main_domain, int(run.study["seed"]))


def _inputs(run: Run, params: ChannelsParams) -> Inputs:
    twins = _twins(run, params.encoder, params.domain)
    return (params.encoder, *twins), (params.domain,)


CHANNELS = Analysis(
    key="weights.channels",
    version=3,
    params=ChannelsParams,
    result=Channels,
    inputs=_inputs,
    compute=compute_channels,
)
