"""Does the likeness of domains hang on one encoder? The range over panels that lack one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.claims.panels import (
    DIMENSIONS,
    ESTIMATES,
    PanelMeasures,
    PanelName,
    blocks_of,
    encoder_spaces,
    panel,
    possible,
    replicates,
    shuffled_apart,
)
from substrate.analyses.claims.samples import features_of, groups_of
from substrate.analyses.shared.refusals import NO_TWINS_ASKED
from substrate.analyses.shared.replicates import Replicates
from substrate.analyses.shared.samples import explained, pairs, require
from substrate.analyses.spec import Analysis
from substrate.analyses.subspace.intervals import Compared
from substrate.encoder_ref import twins_of
from substrate.runs import Run

KINDS = ("trained", "untrained", "shuffled")


@dataclass(frozen=True)
class LeaveOutClaimsParams:
    """The panel, one seed of its untrained twins (none if negative), and the domains."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    untrained: int = -1
    whitening: str = "z-score"
    seed: int = 0


@explained
def compute_leave_out_claims(run: Run, params: LeaveOutClaimsParams) -> Replicates:
    """Compare domains without each encoder in turn, trained, untrained and shuffled."""
    require(params.domains, 2, "domains")
    require(params.encoders, 3, "encoders")
    counts = [len(groups_of(run, d)) for d in params.domains]
    most, ks = possible(counts, DIMENSIONS)
    return replicates(
        run,
        params.domains,
        _panels(run, params, counts, ks),
        _table,
        quantities=KINDS,
        whitening=params.whitening,
        missing=_missing(params, most),
        have={"encoders": len(params.encoders)},
        also_counted=f"{len(params.encoders)} encoders",
    )


@dataclass(frozen=True, eq=False)
class _Matrix:
    """The matrix (domain, estimate, K, domain) of one panel, and its K."""

    ks: tuple[int, ...]
    values: Float[np.ndarray, "a 2 c a"]

    @classmethod
    def of(cls, state: Compared) -> _Matrix:
        return cls(state.ks, state.matrix)


def _panels(
    run: Run, params: LeaveOutClaimsParams, counts: list[int], ks: tuple[int, ...]
) -> list[PanelMeasures[_Matrix]]:
    """Measure one panel after another; the features of one kind are held at a time."""
    kinds = ("trained", "shuffled", *(("untrained",) if params.untrained >= 0 else ()))
    return [m for kind in kinds for m in _of_kind(run, params, kind, counts, ks)]


def _of_kind(
    run: Run, params: LeaveOutClaimsParams, kind: str, counts: list[int], ks: tuple[int, ...]
) -> Iterator[PanelMeasures[_Matrix]]:
    blocks = blocks_of(run, params.domains)
    raw, groups = _features(run, params, kind)
    for gone in range(len(params.encoders)):
        kept, of_kept = (
            [[x for i, x in enumerate(of_domain) if i != gone] for of_domain in each_domain]
            for each_domain in (raw, groups)
        )
        spaces = encoder_spaces(kept, params.whitening, of_kept)
        made = panel(PanelName(kind, gone), spaces, counts, ks)
        if made is not None:
            yield PanelMeasures.of(made, blocks, _Matrix.of)


def _features(
    run: Run, params: LeaveOutClaimsParams, kind: str
) -> tuple[list[list[np.ndarray]], list[list[np.ndarray]]]:
    """Return every domain's features and photographs, encoder by encoder."""
    if kind == "shuffled":
        return shuffled_apart(run, params.encoders, params.domains, params.seed)
    seed = params.untrained if kind == "untrained" else None
    raw = [features_of(run, params.encoders, d, untrained=seed) for d in params.domains]
    return raw, [[groups_of(run, d)] * len(params.encoders) for d in params.domains]


def _table(states: dict[PanelName, _Matrix | None]) -> Float[np.ndarray, "s q"]:
    """Half of the range of the medians, for every setting and kind of panel."""
    return np.array(
        [
            [_half_range(states, kind, k, estimate) for kind in KINDS]
            for k in DIMENSIONS
            for estimate in range(len(ESTIMATES))
        ]
    )


def _half_range(states: dict[PanelName, _Matrix | None], kind: str, k: int, estimate: int) -> float:
    medians = []
    for name, state in states.items():
        if name.kind != kind:
            continue
        if state is None or k not in state.ks:
            return float("nan")
        matrix = state.values[:, estimate, state.ks.index(k), :]
        medians.append(np.median(matrix[pairs(len(matrix))]))
    return float(np.ptp(medians) / 2) if medians else float("nan")


def _missing(params: LeaveOutClaimsParams, most: int) -> dict[str, str]:
    reasons = {}
    if params.untrained < 0:
        reasons["untrained"] = NO_TWINS_ASKED
    if most < DIMENSIONS[0]:
        reasons["trained"] = f"K = 16 needs more samples; the smallest domain allows K = {most}."
    return reasons


CLAIMS_LEAVE_OUT = Analysis(
    key="claims.leave_out",
    version=8,
    params=LeaveOutClaimsParams,
    result=Replicates,
    inputs=lambda run, params: (
        params.encoders
        + (twins_of(params.encoders, (params.untrained,)) if params.untrained >= 0 else ()),
        params.domains,
    ),
    compute=compute_leave_out_claims,
)
