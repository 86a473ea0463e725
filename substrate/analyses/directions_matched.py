"""Where each direction of one encoder is found again in every other encoder of the run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.directions_basis import BASIS, Basis, BasisParams
from substrate.analyses.directions_panel import (
    Facts,
    correlations,
    facts_of,
    jackknifed,
    permutations_of,
    unit_columns,
)
from substrate.analyses.spec import Analysis, obtain
from substrate.nulls import threshold
from substrate.runs import EncoderRecord, Run
from substrate.spectra import column_correlations


@dataclass(frozen=True)
class MatchedParams:
    """Whose directions, and among how many of each other encoder their partners are sought."""

    encoder: str
    layer: str
    domain: str
    components: int = 16
    scaling: str = "none"
    permutations: int = 200
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Matched:
    """For every other encoder (rows) and every direction (columns): the partner and its value.

    A partner is picked by the fit rows alone and measured on the test rows, so that its value is
    not flattered by the choice; values are absolute correlations. ``level`` is the 95 % level of
    the same pair with the test photographs permuted.
    """

    encoder: str
    layer: str
    others: tuple[str, ...]
    layers: tuple[str, ...]
    partner: Int[np.ndarray, "e k"]
    values: Float[np.ndarray, "e k"]
    signs: Float[np.ndarray, "e k"]
    low: Float[np.ndarray, "e k"] | None
    high: Float[np.ndarray, "e k"] | None
    interval_reason: str
    level: Float[np.ndarray, "e k"] | None
    null_reason: str
    facts: Facts


def other_encoders(run: Run, encoder: str, domain: str) -> tuple[str, ...]:
    """Return the encoders of the run, besides one, that have been extracted on a domain."""
    return tuple(
        name for name in run.encoders if name != encoder and f"{name}/{domain}" in run.pairs
    )


def corresponding_layer(layer: str, own: EncoderRecord, other: EncoderRecord) -> str:
    """Return the layer of the same name at the end, else the one nearest in relative depth."""
    names = {info.name for info in other.layers}
    if layer in ("penultimate", "logits") and layer in names:
        return layer
    depth = next(info.depth for info in own.layers if info.name == layer)
    return min(other.layers, key=lambda info: abs(info.depth - depth)).name


def _inputs(run: Run, params: MatchedParams) -> tuple[tuple[str, ...], tuple[str, ...]]:
    others = other_encoders(run, params.encoder, params.domain)
    return (params.encoder, *others), (params.domain,)


def find_partners(run: Run, params: MatchedParams) -> Matched:
    """Seek each direction's partner in every other encoder."""
    others = other_encoders(run, params.encoder, params.domain)
    own = run.encoders[params.encoder]
    layers = tuple(corresponding_layer(params.layer, own, run.encoders[name]) for name in others)
    a = obtain(BASIS, run, _side(params, params.encoder, params.layer))
    k = min(params.components, a.count)
    samples = run.samples(params.domain)
    pairs = [
        _picked(a, obtain(BASIS, run, _side(params, name, layer)), k, params.components)
        for name, layer in zip(others, layers, strict=True)
    ]
    partner = np.array([pick for pick, _ in pairs], dtype=np.int64).reshape(len(others), k)
    x = np.tile(a.scores[a.test, :k], (1, len(others)))
    y = np.hstack([scores for _, scores in pairs]) if pairs else x
    values, low, high, why = _measured(x, y, samples["group"].to_numpy(dtype=str)[a.test], params)
    level, reason = _level(x, y, samples["group"].to_numpy(dtype=str)[a.test], params)
    shape = (len(others), k)
    return Matched(
        encoder=params.encoder,
        layer=params.layer,
        others=others,
        layers=layers,
        partner=partner,
        values=np.abs(values).reshape(shape),
        signs=np.sign(values).reshape(shape),
        low=None if low is None else low.reshape(shape),
        high=None if high is None else high.reshape(shape),
        interval_reason=why,
        level=None if level is None else level.reshape(shape),
        null_reason=reason,
        facts=facts_of(a, samples, params.permutations),
    )


def _side(params: MatchedParams, encoder: str, layer: str) -> BasisParams:
    return BasisParams(encoder, layer, params.domain, scaling=params.scaling, seed=params.seed)


def _picked(a: Basis, b: Basis, k: int, among: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each direction's partner by the fit rows, and the partners' test scores."""
    cells = np.abs(correlations(a.scores[a.fit, :k], b.scores[b.fit, :among]))
    pick = cells.argmax(axis=1)
    return pick, b.scores[b.test][:, pick]


def _measured(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, params: MatchedParams
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, str]:
    """Return signed correlations and the interval of their size; the sign is the whole sample's."""
    values = column_correlations(x, y)
    signs = np.sign(values)
    low, high, why = jackknifed(
        lambda kept: signs * column_correlations(x[kept], y[kept]), groups, params.seed
    )
    return values, low, high, why


def _level(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, params: MatchedParams
) -> tuple[np.ndarray | None, str]:
    orders, reason = permutations_of(groups, params.permutations, params.seed)
    if not len(orders):
        return None, reason
    one, other = unit_columns(x), unit_columns(y)
    null = np.array([np.abs((one * other[order]).sum(axis=0)) for order in orders])
    return np.array([threshold(column) for column in null.T]), ""


MATCHED = Analysis("directions.matched", 1, MatchedParams, Matched, _inputs, find_partners)
