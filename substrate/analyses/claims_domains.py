"""How alike domains are: the panel, its controls, and all of them without each photograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

from substrate.analyses.claims_panels import (
    DIMENSIONS,
    Panel,
    Standardise,
    encoder_spaces,
    panel,
    possible,
    replicates,
    samples_needed,
    shuffled_apart,
)
from substrate.analyses.image_statistics import IMAGE_STATISTICS, ImageStatisticsParams
from substrate.analyses.replicates import Replicates
from substrate.analyses.spec import Analysis, obtain
from substrate.analyses.subspace_inputs import (
    explained,
    features,
    pairs,
    require,
    twins,
)
from substrate.analyses.subspace_intervals import Compared
from substrate.imagestats import pixel_features
from substrate.nulls import random_basis
from substrate.panel import cka_by_dimension, random_basis_expectation
from substrate.runs import Run

#: Dimensions of the sweep, beside those of the switch.
SWEEP = (4, 16, 64)
RANDOM_BASES = 4
NATURAL = "natural"


@dataclass(frozen=True)
class DomainClaimsParams:
    """The panel, its untrained twins, the domains that count, and the whitening."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...]
    whitening: str = "z-score"
    seed: int = 0


@explained
def compute_domain_claims(run: Run, params: DomainClaimsParams) -> Replicates:
    """Compare domains for the panel and every control, with photographs left out jointly."""
    require(params.domains, 2, "domains")
    counts = [len(run.groups(d)) for d in params.domains]
    most, ks = possible(counts, {*DIMENSIONS, *SWEEP})
    panels = _panels(run, params, counts, ks)
    bases = [_random(p, params.seed) for p in panels if p.name == "trained"]
    natural = params.domains.index(NATURAL) if NATURAL in params.domains else None

    def table(states: dict[str, Compared | None]) -> Float[np.ndarray, "s q"]:
        there = {name: state for name, state in states.items() if state is not None}
        return _table(there, bases[0] if bases else None, natural)

    return replicates(
        run, params.domains, panels, table, quantities=QUANTITIES, whitening=params.whitening,
        missing=_missing(panels, params, most, len(params.domains)),
    )  # fmt: skip


def _panels(
    run: Run, params: DomainClaimsParams, counts: Sequence[int], ks: tuple[int, ...]
) -> list[Panel]:
    raw = [features(run, params.encoders, d) for d in params.domains]
    groups = [run.groups(d) for d in params.domains]
    spaces: list[tuple[str, list[Standardise]]] = [
        ("trained", encoder_spaces(raw, params.whitening, groups))
    ]
    for seed in params.seeds:
        twin = [features(run, params.encoders, d, untrained=seed) for d in params.domains]
        spaces.append((f"untrained {seed}", encoder_spaces(twin, params.whitening, groups)))
    if len(params.encoders) > 1:
        apart, of_apart = shuffled_apart(run, raw, params.domains, params.seed)
        spaces.append(("shuffled", encoder_spaces(apart, params.whitening, of_apart)))
    pixels = [[pixel_features(run.pixels(d))] for d in params.domains]
    spaces.append(("pixels", encoder_spaces(pixels, "none", groups)))
    measured = [
        obtain(IMAGE_STATISTICS, run, ImageStatisticsParams(d)).values for d in params.domains
    ]
    kept = np.all([np.ptp(m, axis=0) > 0 for m in measured], axis=0)
    chosen = [[m[:, kept]] for m in measured]
    spaces.append(("handcrafted", encoder_spaces(chosen, "z-score", groups, least=0.0)))
    found = [panel(name, of_rows, counts, ks) for name, of_rows in spaces]
    return [p for p in found if p is not None]


@dataclass(frozen=True, eq=False)
class _Random:
    """Fixed random orthonormal bases of the panel's features, K largest."""

    bases: tuple[Float[np.ndarray, "D k"], ...]


def _random(trained: Panel, seed: int) -> _Random:
    rng = np.random.default_rng(seed)
    width = trained.state.xs[0].shape[1]
    k = min(max(trained.state.ks), width)
    return _Random(tuple(random_basis(width, k, rng) for _ in range(2 * RANDOM_BASES)))


#: What each setting of the switches gives; "at 4" and so on belong to the sweep over K.
QUANTITIES = (
    "trained", "untrained", "shuffled", "pixels", "handcrafted", "random", "law",
    *(f"{p} at {k}" for p in ("trained", "untrained", "law") for k in SWEEP),
    "grassmann", "grassmann untrained", "grassmann shuffled",
    "ranks", "ranks untrained", "natural", "natural untrained", "domains",
)  # fmt: skip


def _table(
    states: dict[str, Compared], random: _Random | None, natural: int | None
) -> Float[np.ndarray, "s q"]:
    trained = states.get("trained")
    laws = [] if trained is None else [_participation(x) for x in trained.xs]
    medians = {name: _medians(state) for name, state in states.items()}
    rows = []
    for k in DIMENSIONS:
        by_random = np.full(2, np.nan) if trained is None else _of_random(trained, random, k)
        for estimate in (0, 1):
            at = {name: each.get((estimate, k), np.nan) for name, each in medians.items()}
            row = {
                **at, "untrained": _mean(at), "random": by_random[estimate], "law": _law(laws, k),
                "domains": float(0 if trained is None else len(trained.xs)),
                **_swept(medians, laws, estimate), **_spans(states, k, estimate),
                **_isolation(states, k, estimate, natural),
            }  # fmt: skip
            rows.append([row.get(q, np.nan) for q in QUANTITIES])
    return np.array(rows)


def _swept(
    medians: dict[str, dict[tuple[int, int], float]], laws: Sequence[float], estimate: int
) -> dict[str, float]:
    """Return the medians and the law at the dimensions of the sweep."""
    found: dict[str, float] = {}
    for k in SWEEP:
        at = {name: each.get((estimate, k), np.nan) for name, each in medians.items()}
        found |= {
            f"trained at {k}": at.get("trained", np.nan), f"untrained at {k}": _mean(at),
            f"law at {k}": _law(laws, k),
        }  # fmt: skip
    return found


def _medians(state: Compared) -> dict[tuple[int, int], float]:
    """Return the median over pairs of domains by estimate and K."""
    first, second = pairs(len(state.matrix))
    values = np.median(state.matrix[first, :, :, second], axis=0)
    return {(e, k): float(values[e, c]) for e in (0, 1) for c, k in enumerate(state.ks)}


def _mean(each: dict[str, float]) -> float:
    values = [v for name, v in each.items() if name.startswith("untrained")]
    return float(np.mean(values)) if values else float("nan")


def _cells(state: Compared | None, k: int, estimate: int) -> Float[np.ndarray, " v"]:
    if state is None or k not in state.ks:
        return np.full(1, np.nan)
    matrix = state.matrix[:, estimate, state.ks.index(k), :]
    return matrix[pairs(len(matrix))]


def _participation(x: Float[np.ndarray, "n D"]) -> float:
    small = x @ x.T if len(x) < x.shape[1] else x.T @ x
    return float(np.trace(small) ** 2 / np.square(small).sum())


def _law(ratios: Sequence[float], k: int) -> float:
    """K / (K + PR): each pair averages its two domains, and the median is over pairs."""
    each = np.array([random_basis_expectation(k, ratio) for ratio in ratios])
    if not each.size:
        return float("nan")
    return float(np.median(((each[:, None] + each) / 2)[pairs(len(each))]))


def _of_random(state: Compared, random: _Random | None, k: int) -> Float[np.ndarray, " 2"]:
    """Score every domain on pairs of random bases; a pair of domains averages its two."""
    if random is None or k > random.bases[0].shape[1]:
        return np.full(2, np.nan)
    values = np.array([
        np.mean([
            cka_by_dimension(x @ one[:, :k], x @ other[:, :k], (k,))[:, 0]
            for one, other in zip(random.bases[::2], random.bases[1::2], strict=True)
        ], axis=0)
        for x in state.xs
    ])  # fmt: skip
    both = (values[:, None] + values) / 2
    first, second = pairs(len(values))
    return np.asarray(np.median(both[first, second], axis=0))


def _spans(states: dict[str, Compared], k: int, estimate: int) -> dict[str, float]:
    """Grassmann similarity of the subspaces, and how it orders pairs beside Procrustes-CKA."""
    found: dict[str, list[float]] = {}
    ranks: dict[str, list[float]] = {}
    for name, state in states.items():
        kind = name.split()[0]
        if kind not in ("trained", "untrained", "shuffled") or k not in state.ks:
            continue
        first, second = pairs(len(state.vectors))
        spans = np.array([
            np.square(state.vectors[i][:, :k].T @ state.vectors[j][:, :k]).sum() / k
            for i, j in zip(first, second, strict=True)
        ])  # fmt: skip
        found.setdefault(kind, []).append(float(np.median(spans)))
        if len(spans) >= 6:
            rank = float(stats.spearmanr(spans, _cells(state, k, estimate)).statistic)
            ranks.setdefault(kind, []).append(rank)
    means = {kind: float(np.mean(v)) for kind, v in found.items()}
    orders = {kind: float(np.mean(v)) for kind, v in ranks.items()}
    return {
        "grassmann": means.get("trained", np.nan),
        "grassmann untrained": means.get("untrained", np.nan),
        "grassmann shuffled": means.get("shuffled", np.nan),
        "ranks": orders.get("trained", np.nan), "ranks untrained": orders.get("untrained", np.nan),
    }  # fmt: skip


def _isolation(
    states: dict[str, Compared], k: int, estimate: int, natural: int | None
) -> dict[str, float]:
    """Mean similarity of the natural domain less the mean of the others' means."""
    each: dict[str, list[float]] = {"trained": [], "untrained": []}
    for name, state in states.items():
        kind = name.split()[0]
        if natural is None or kind not in each or k not in state.ks or len(state.xs) < 3:
            continue
        matrix = state.matrix[:, estimate, state.ks.index(k), :].copy()
        np.fill_diagonal(matrix, np.nan)
        means = np.nanmean(matrix, axis=1)
        each[kind].append(float(means[natural] - np.delete(means, natural).mean()))
    names = {"natural": "trained", "natural untrained": "untrained"}
    return {q: float(np.mean(each[kind])) for q, kind in names.items() if each[kind]}


def _missing(
    panels: Sequence[Panel], params: DomainClaimsParams, most: int, count: int
) -> dict[str, str]:
    """Say of every quantity that may be missing why it is."""
    names = {p.name.split()[0] for p in panels}
    reasons = {}
    if "untrained" not in names:
        reasons["untrained"] = "This study has no untrained twins; set untrained to 1 or more."
    if "shuffled" not in names:
        reasons["shuffled"] = "One encoder cannot be shuffled against others; two are needed."
    for k in {*DIMENSIONS, *SWEEP}:
        if k > most:
            reasons[f"at {k}"] = (
                f"K = {k} needs {samples_needed(k)} samples per domain; the "
                f"smallest domain allows K = {most}."
            )
    if DIMENSIONS[0] > most:
        reasons["trained"] = reasons[f"at {DIMENSIONS[0]}"]
    reasons["natural"] = (
        "It needs a domain named natural with ten photographs or more, and two others."
    )
    reasons["ranks"] = f"It needs four domains of ten photographs or more; {count} are there."
    return reasons


CLAIMS_DOMAINS = Analysis(
    key="claims_domains",
    version=3,
    params=DomainClaimsParams,
    result=Replicates,
    inputs=lambda run, params: (
        params.encoders + twins(params.encoders, params.seeds),
        params.domains,
    ),
    compute=compute_domain_claims,
    uses=(IMAGE_STATISTICS,),
)
