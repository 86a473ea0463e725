"""Does the likeness of domains hang on one encoder? The range over panels that lack one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.claims_domains import BLOCKS, ESTIMATES, Panel, encoder_spaces, panel
from substrate.analyses.replicates import Replicates, each_left_out
from substrate.analyses.sharedness import row_orders
from substrate.analyses.spec import Analysis, AnalysisError
from substrate.analyses.subspace_inputs import (
    explained,
    features,
    pairs,
    require,
    sizes,
    twins,
)
from substrate.analyses.subspace_intervals import Compared
from substrate.nulls import MIN_GROUPS
from substrate.runs import Run

DIMENSIONS = (16, 8, 32)
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
    groups = [run.groups(d) for d in params.domains]
    counts = [len(g) for g in groups]
    most = int(min(counts) * (1 - 1 / BLOCKS)) - 2
    ks = tuple(k for k in sorted(DIMENSIONS) if k <= most)
    if not ks:
        raise AnalysisError(f"The smallest domain has {min(counts)} samples: too few for any K.")
    panels = _panels(run, params, counts, ks)
    fewest = min(len(np.unique(g)) for g in groups)
    left_out: tuple[np.ndarray, ...] = ()
    if fewest >= MIN_GROUPS:

        def without(own: int, rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
            return _table({p.name: p.without(own, rows) for p in panels})

        left_out = each_left_out(without, groups, blocks=BLOCKS)
    return Replicates(
        settings=tuple(f"K = {k}, {e}, {params.whitening}" for k in DIMENSIONS for e in ESTIMATES),
        quantities=KINDS,
        whole=_table({p.name: p.state for p in panels}),
        left_out=left_out,
        unit="photographs",
        units=fewest,
        counted="; ".join(
            f"{s.title}: {s.caption}" for s in (sizes(run, d) for d in params.domains)
        ) + f"; {len(params.encoders)} encoders",
        reason="" if left_out else "Some of these domains have fewer than ten photographs.",
        missing=_missing(params, most),
    )  # fmt: skip


def _panels(
    run: Run, params: LeaveOutClaimsParams, counts: list[int], ks: tuple[int, ...]
) -> list[Panel]:
    raw = [features(run, params.encoders, d) for d in params.domains]
    orders = [
        row_orders(run.groups(d), len(params.encoders), 1000 * params.seed + i)
        for i, d in enumerate(params.domains)
    ]
    apart = [
        [x[order] for x, order in zip(blocks, each, strict=True)]
        for blocks, each in zip(raw, orders, strict=True)
    ]
    kinds = {"trained": raw, "shuffled": apart}
    if params.untrained >= 0:
        kinds["untrained"] = [
            features(run, params.encoders, d, untrained=params.untrained) for d in params.domains
        ]
    found = []
    for kind, blocks in kinds.items():
        for gone in range(len(params.encoders)):
            kept = [[x for i, x in enumerate(each) if i != gone] for each in blocks]
            spaces = encoder_spaces(kept, params.whitening)
            found.append(panel(f"{kind} {gone}", spaces, counts, ks))
    return [p for p in found if p is not None]


def _table(states: dict[str, Compared | None]) -> Float[np.ndarray, "s q"]:
    """Half of the range of the medians, for every setting and kind of panel."""
    return np.array([
        [_half_range(states, kind, k, estimate) for kind in KINDS]
        for k in DIMENSIONS
        for estimate in range(len(ESTIMATES))
    ])  # fmt: skip


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
        reasons["untrained"] = "This study has no untrained twins; set untrained to 1 or more."
    if most < DIMENSIONS[0]:
        reasons["trained"] = f"K = 16 needs more samples; the smallest domain allows K = {most}."
    return reasons


CLAIMS_LEAVE_OUT = Analysis(
    key="claims_leave_out",
    version=1,
    params=LeaveOutClaimsParams,
    result=Replicates,
    inputs=lambda run, params: (
        params.encoders
        + (twins(params.encoders, (params.untrained,)) if params.untrained >= 0 else ()),
        params.domains,
    ),
    compute=compute_leave_out_claims,
)
