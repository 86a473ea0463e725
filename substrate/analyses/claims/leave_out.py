"""Does the likeness of domains hang on one encoder? The range over panels that lack one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.claims.panels import (
    DIMENSIONS,
    ESTIMATES,
    Panel,
    encoder_spaces,
    panel,
    possible,
    replicates,
    shuffled_apart,
)
from substrate.analyses.shared.replicates import Replicates
from substrate.analyses.shared.samples import (
    explained,
    features,
    pairs,
    require,
    twins,
)
from substrate.analyses.spec import Analysis
from substrate.analyses.subspace.intervals import Compared
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
    counts = [len(run.groups(d)) for d in params.domains]
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


def _panels(
    run: Run, params: LeaveOutClaimsParams, counts: list[int], ks: tuple[int, ...]
) -> list[Panel]:
    raw = [features(run, params.encoders, d) for d in params.domains]
    groups = [[run.groups(d)] * len(params.encoders) for d in params.domains]
    kinds = {
        "trained": (raw, groups),
        "shuffled": shuffled_apart(run, raw, params.domains, params.seed),
    }
    if params.untrained >= 0:
        twin = [
            features(run, params.encoders, d, untrained=params.untrained) for d in params.domains
        ]
        kinds["untrained"] = (twin, groups)
    found = []
    for kind, (blocks, of_blocks) in kinds.items():
        for gone in range(len(params.encoders)):
            kept, of_kept = (
                [[x for i, x in enumerate(each) if i != gone] for each in each_domain]
                for each_domain in (blocks, of_blocks)
            )
            spaces = encoder_spaces(kept, params.whitening, of_kept)
            found.append(panel(f"{kind} {gone}", spaces, counts, ks))
    return [p for p in found if p is not None]


def _table(states: dict[str, Compared | None]) -> Float[np.ndarray, "s q"]:
    """Half of the range of the medians, for every setting and kind of panel."""
    return np.array(
        [
            [_half_range(states, kind, k, estimate) for kind in KINDS]
            for k in DIMENSIONS
            for estimate in range(len(ESTIMATES))
        ]
    )


def _half_range(states: dict[str, Compared | None], kind: str, k: int, estimate: int) -> float:
    medians = []
    for name, state in states.items():
        if name.split()[0] != kind:
            continue
        if state is None or k not in state.ks:
            return float("nan")
        matrix = state.matrix[:, estimate, state.ks.index(k), :]
        medians.append(np.median(matrix[pairs(len(matrix))]))
    return float(np.ptp(medians) / 2) if medians else float("nan")


def _missing(params: LeaveOutClaimsParams, most: int) -> dict[str, str]:
    reasons = {}
    if params.untrained < 0:
        reasons["untrained"] = "This study has no untrained twins; set untrained to 5 or more."
    if most < DIMENSIONS[0]:
        reasons["trained"] = f"K = 16 needs more samples; the smallest domain allows K = {most}."
    return reasons


CLAIMS_LEAVE_OUT = Analysis(
    key="claims.leave_out",
    version=6,
    params=LeaveOutClaimsParams,
    result=Replicates,
    inputs=lambda run, params: (
        params.encoders
        + (twins(params.encoders, (params.untrained,)) if params.untrained >= 0 else ()),
        params.domains,
    ),
    compute=compute_leave_out_claims,
)
