"""Do encoders share directions, and what do these respond to? Both without each photograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.image_statistics import IMAGE_STATISTICS, ImageStatisticsParams
from substrate.analyses.replicates import (
    Replicates,
    each_left_out,
    photographs_left_out,
    too_few_photographs,
)
from substrate.analyses.sharedness_halves import Halves, halves_of
from substrate.analyses.spec import Analysis, obtain
from substrate.analyses.subspace_inputs import explained, features, require, sizes, twins
from substrate.analyses.subspace_responses import correlations
from substrate.nulls import row_orders
from substrate.panel import panel_parts, part_correlations
from substrate.runs import Run
from substrate.spectra import existing_directions

DIMENSIONS = (16, 4, 8, 32)
BLOCKS, SHUFFLES = 20, 3
ENERGY = ("mean luminance", "RMS contrast")
KINDS = ("trained", "untrained", "shuffled")
FOLLOWED = tuple(f"{what} {kind}" for what in ("first", "others") for kind in KINDS)


@dataclass(frozen=True)
class SharingClaimsParams:
    """The panel, its untrained twins, and the domains (one for what encoders share)."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...]
    whitening: str = "z-score"
    seed: int = 0


@explained
def compute_sharing_claims(run: Run, params: SharingClaimsParams) -> Replicates:
    """Measure the leave-encoder-out correlation of the panel, its twins and shuffled panels."""
    require(params.encoders, 2, "encoders")
    (domain,) = params.domains
    halves = halves_of(run, domain, params.seed)
    parts = {
        name: panel_parts(existing_directions(np.hstack(fit), _most(halves)), test).parts
        for name, fit, test in _halved(run, params, domain, halves)
    }

    def table(rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
        found = {name: part_correlations(part[:, rows]) for name, part in parts.items()}
        return np.array([
            [_mean([_summary(c, k) for name, c in found.items() if name.split()[0] == kind])
             for kind in KINDS]
            for k in DIMENSIONS
        ])  # fmt: skip

    groups = halves.test_groups
    fewest = len(np.unique(groups))
    reason = too_few_photographs(fewest, f"The held-out half of {run.domains[domain].title}")
    return Replicates(
        settings=tuple(f"K = {k}, {params.whitening}" for k in DIMENSIONS),
        quantities=KINDS,
        whole=table(np.arange(len(groups))),
        left_out=() if reason else (photographs_left_out(table, groups, blocks=BLOCKS),),
        unit="photographs",
        units=fewest,
        counted=_counted(run, domain, len(groups), fewest),
        reason=reason,
        missing=_missing(params),
    )


@explained
def compute_response_claims(run: Run, params: SharingClaimsParams) -> Replicates:
    """Correlate held-out scores with image statistics: the first direction, and all others."""
    require(params.encoders, 1, "encoders")
    cases = [_Case.of(run, params, domain) for domain in params.domains]
    whole = [case.found(np.arange(len(case.groups))) for case in cases]

    def without(own: int, rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
        changed = [cases[own].found(rows) if i == own else w for i, w in enumerate(whole)]
        return _over_domains(changed)

    fewest = min(len(np.unique(case.groups)) for case in cases)
    reason = too_few_photographs(fewest, "The held-out half of one of the domains")
    return Replicates(
        settings=(f"K = {DIMENSIONS[0]}, {params.whitening}",),
        quantities=FOLLOWED,
        whole=_over_domains(whole),
        left_out=() if reason else each_left_out(without, [c.groups for c in cases], blocks=BLOCKS),
        unit="photographs",
        units=fewest,
        counted="; ".join(
            _counted(run, d, len(c.groups), len(np.unique(c.groups)))
            for d, c in zip(params.domains, cases, strict=True)
        ),
        reason=reason,
        missing=_missing(params),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Case:
    """One domain's held-out scores of every panel, and its image statistics."""

    scores: dict[str, Float[np.ndarray, "t k"]]
    statistics: Float[np.ndarray, "t s"]
    energy: Int[np.ndarray, " e"]
    groups: np.ndarray

    @classmethod
    def of(cls, run: Run, params: SharingClaimsParams, domain: str) -> _Case:
        halves = halves_of(run, domain, params.seed)
        measured = obtain(IMAGE_STATISTICS, run, ImageStatisticsParams(domain))
        scores = {}
        for name, fit, test in _halved(run, params, domain, halves, shuffles=0):
            basis = existing_directions(np.hstack(fit), min(DIMENSIONS[0], len(halves.fit) - 1))
            scores[name] = np.hstack(test) @ basis.vectors
        orders = row_orders(halves.test_groups, SHUFFLES, params.seed)
        for draw, order in enumerate(orders):
            scores[f"shuffled {draw}"] = scores["trained"][order]
        energy = np.array([i for i, name in enumerate(measured.names) if name in ENERGY])
        return cls(scores, measured.values[halves.test], energy, halves.test_groups)

    def found(self, rows: Int[np.ndarray, " k"]) -> dict[str, float]:
        """Return how strongly each panel's first direction, and its others, follow statistics."""
        out: dict[str, list[float]] = {q: [] for q in FOLLOWED}
        for name, scores in self.scores.items():
            kind = name.split()[0]
            size = np.abs(correlations(scores[rows], self.statistics[rows]))
            out[f"first {kind}"].append(_largest(size[0, self.energy]))
            out[f"others {kind}"].append(_largest(size[1:]))
        return {q: _mean(values) for q, values in out.items()}


def _over_domains(each: Sequence[dict[str, float]]) -> Float[np.ndarray, "s q"]:
    """Take the smallest of the first direction and the largest of the others."""
    return np.array([[
        (min if q.startswith("first") else max)(one[q] for one in each) for q in FOLLOWED
    ]])  # fmt: skip


def _largest(values: np.ndarray) -> float:
    there = values[np.isfinite(values)]
    return float(there.max()) if there.size else float("nan")


def _halved(
    run: Run, params: SharingClaimsParams, domain: str, halves: Halves, *, shuffles: int = SHUFFLES
) -> list[tuple[str, list[np.ndarray], list[np.ndarray]]]:
    """Return every panel's standardised halves: trained, untrained twins, shuffled encoders."""
    raw = features(run, params.encoders, domain)
    found = [("trained", *halves.blocks(raw, params.whitening))]
    for seed in params.seeds:
        twin = features(run, params.encoders, domain, untrained=seed)
        found.append((f"untrained {seed}", *halves.blocks(twin, params.whitening)))
    groups = halves.table["group"].to_numpy(dtype=str)
    fit, test = found[0][1], found[0][2]
    for draw in range(shuffles):
        sides = [
            [x[order] for x, order in zip(blocks, row_orders(groups[rows], len(blocks), seed),
                                          strict=True)]
            for blocks, rows, seed in (
                (fit, halves.fit, 2 * (1000 * params.seed + draw)),
                (test, halves.test, 2 * (1000 * params.seed + draw) + 1),
            )
        ]  # fmt: skip
        found.append((f"shuffled {draw}", sides[0], sides[1]))
    return found


def _most(halves: Halves) -> int:
    return min(max(DIMENSIONS), len(halves.fit) - 1)


def _summary(found: Float[np.ndarray, "e k"], k: int) -> float:
    if found.shape[1] < k:
        return float("nan")
    return float(np.median(found[:, :k], axis=1).mean())


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _counted(run: Run, domain: str, n: int, photographs: int) -> str:
    size = sizes(run, domain)
    return f"{size.title}: {n} held out, of {photographs} photographs ({size.caption} in all)"


def _missing(params: SharingClaimsParams) -> dict[str, str]:
    reasons = {}
    if not params.seeds:
        reasons["untrained"] = "This study has no untrained twins; set untrained to 1 or more."
    reasons["trained"] = f"K = {DIMENSIONS[0]} needs more samples in either half."
    return reasons


def _inputs(_run: Run, params: SharingClaimsParams) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return params.encoders + twins(params.encoders, params.seeds), params.domains


CLAIMS_SHARING = Analysis(
    "claims_sharing", 3, SharingClaimsParams, Replicates, _inputs, compute_sharing_claims
)
CLAIMS_RESPONSES = Analysis(
    key="claims_responses",
    version=3,
    params=SharingClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_response_claims,
    uses=(IMAGE_STATISTICS,),
)
