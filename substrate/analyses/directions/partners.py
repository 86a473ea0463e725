"""Where each direction of one encoder is found again in every other encoder of the panel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.directions.basis import (
    BASIS,
    TEST,
    Basis,
    BasisParams,
)
from substrate.analyses.directions.cell_estimates import jackknifed, permutations_of
from substrate.analyses.directions.cosine_panel import Facts, correlations, facts_of, unit_columns
from substrate.analyses.spec import Analysis, Inputs, obtain
from substrate.encoder_ref import EncoderRef
from substrate.numerics.nulls import (
    MIN_GROUPS,
    threshold,
    too_few,
)
from substrate.numerics.spectra import column_correlations
from substrate.runs import EncoderRecord, Run
from substrate.wording import Nouns


@dataclass(frozen=True)
class MatchedParams:
    """Whose directions, and among how many of each other encoder their partners are sought.

    ``panel`` are the encoders among which the others are; empty, the run's default panel.
    """

    basis: BasisParams
    components: int = 16
    permutations: int = 200
    panel: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Matched:
    """For every other encoder (rows) and every direction (columns): the partner and its value.

    A partner is picked in the part where the directions were found and measured in the other, so
    that its value is not flattered by the choice (directions of all samples: picked in the fit
    part). Values are absolute correlations. ``level`` is the 95 % level of the same pair with the
    photographs of that other part permuted.
    """

    encoder: str
    layer: str
    part: str
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


def other_encoders(run: Run, params: MatchedParams) -> tuple[str, ...]:
    """Return the panel's encoders that have been extracted on a domain, without one's own recipe.

    A direction comes back in a copy whatever it is. In a study of copies alone, they are what
    there is.
    """
    encoder, panel = params.basis.encoder, params.panel or run.panel
    extracted = [n for n in panel if EncoderRef(n).on(params.basis.domain) in run.pairs]
    others = tuple(n for n in extracted if n != encoder)
    return tuple(n for n in others if run.recipe(n) != run.recipe(encoder)) or others


def corresponding_layer(layer: str, own: EncoderRecord, other: EncoderRecord) -> str:
    """Return the layer of the same name at the end, else the one nearest in relative depth."""
    names = {info.name for info in other.layers}
    if layer in ("penultimate", "logits") and layer in names:
        return layer
    depth = next(info.depth for info in own.layers if info.name == layer)
    return min(other.layers, key=lambda info: abs(info.depth - depth)).name


def _inputs(run: Run, params: MatchedParams) -> Inputs:
    return (params.basis.encoder, *other_encoders(run, params)), (params.basis.domain,)


def find_partners(run: Run, params: MatchedParams) -> Matched:
    """Seek each direction's partner in every other encoder."""
    basis = params.basis
    others = other_encoders(run, params)
    own = run.encoders[basis.encoder]
    layers = tuple(corresponding_layer(basis.layer, own, run.encoders[name]) for name in others)
    a = obtain(BASIS, run, basis)
    k = min(params.components, a.count)
    samples = run.samples(basis.domain)
    rows = (a.test, a.fit) if basis.part == TEST else (a.fit, a.test)
    pairs = [
        _picked(a, obtain(BASIS, run, other), k, params.components, rows)
        for other in (
            replace(basis, encoder=name, layer=layer)
            for name, layer in zip(others, layers, strict=True)
        )
    ]
    partner = np.array([pick for pick, _ in pairs], dtype=np.int64).reshape(len(others), k)
    x = np.tile(a.scores[rows[1], :k], (1, len(others)))
    y = np.hstack([scores for _, scores in pairs]) if pairs else x
    groups = samples["group"].to_numpy(dtype=str)[rows[1]]
    values, low, high, why = _measured(x, y, groups, params, a.nouns)
    level, reason = _level(x, y, groups, params, a.nouns)
    shape = (len(others), k)
    return Matched(
        encoder=basis.encoder,
        layer=basis.layer,
        part=basis.part,
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


def _picked(
    a: Basis, b: Basis, k: int, among: int, rows: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return each direction's partner by the first rows, and its scores on the second."""
    cells = np.abs(correlations(a.scores[rows[0], :k], b.scores[rows[0], :among]))
    pick = cells.argmax(axis=1)
    return pick, b.scores[rows[1]][:, pick]


def _measured(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, params: MatchedParams, nouns: Nouns
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, str]:
    """Return signed correlations and the interval of their size; the sign is the whole sample's."""
    values = column_correlations(x, y)
    signs = np.sign(values)
    ends = jackknifed(
        lambda kept: signs * column_correlations(x[kept], y[kept]),
        groups,
        params.basis.seed,
        unit=nouns.groups,
    )
    return values, ends.low, ends.high, ends.reason


def _level(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, params: MatchedParams, nouns: Nouns
) -> tuple[np.ndarray | None, str]:
    photographs = len(np.unique(groups))
    if photographs < MIN_GROUPS:
        return None, too_few(photographs, nouns.groups, MIN_GROUPS, "comparison with chance")
    orders, reason = permutations_of(groups, params.permutations, params.basis.seed, nouns)
    if not len(orders):
        return None, reason
    one, other = unit_columns(x), unit_columns(y)
    observed = np.abs((one * other).sum(axis=0))
    null = np.array([observed, *(np.abs((one * other[o]).sum(axis=0)) for o in orders)])
    return np.array([threshold(column) for column in null.T]), ""


MATCHED = Analysis(
    key="directions.partners",
    version=7,
    params=MatchedParams,
    result=Matched,
    inputs=_inputs,
    compute=find_partners,
    uses=(BASIS,),
)
