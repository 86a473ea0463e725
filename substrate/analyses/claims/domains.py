"""How alike domains are: the panel, its controls, and all of them without each photograph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from substrate.analyses.claims.cells import (
    CellScope,
    PanelCells,
    Part,
    domain_pairs,
    quantities,
    rows,
)
from substrate.analyses.claims.panels import (
    DIMENSIONS,
    ESTIMATES,
    PanelMeasures,
    PanelName,
    Standardise,
    blocks_of,
    encoder_spaces,
    panel,
    possible,
    replicates,
    samples_needed,
    shuffled_apart,
)
from substrate.analyses.claims.samples import drawn, features_of, groups_of
from substrate.analyses.shared.image_statistics import (
    IMAGE_STATISTICS,
    ImageStatisticsParams,
)
from substrate.analyses.shared.refusals import NO_TWINS_ASKED
from substrate.analyses.shared.replicates import (
    NO_IMAGES,
    Replicates,
)
from substrate.analyses.shared.samples import explained, require
from substrate.analyses.spec import Analysis, obtain
from substrate.encoder_ref import twins_of
from substrate.numerics.imagestats import pixel_features
from substrate.numerics.nulls import MIN_GROUPS
from substrate.runs import Run

#: Dimensions of the sweep, beside those of the switch.
SWEEP = (4, 8, 12, 16, 24, 32, 64)
#: Domains that the claims are about, the first of the study; the matrix has up to twice as many.
FOUR, EIGHT = 4, 8
#: Draws of twins that photographs are left out of; all draws enter the variance between them.
DRAWS_LEFT_OUT = 5
QUANTITIES = quantities(SWEEP)
LAW_KS = tuple(sorted({*DIMENSIONS, *SWEEP}))


@dataclass(frozen=True)
class DomainClaimsParams:
    """The panel, its untrained twins, the domains that count, and the whitening.

    ``natural`` names the domain that is tagged so, if one is.
    """

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...]
    natural: str = ""
    whitening: str = "z-score"
    seed: int = 0


@explained
def compute_domain_claims(run: Run, params: DomainClaimsParams) -> Replicates:
    """Compare domains for the panel and every control, with photographs left out jointly."""
    require(params.domains, 2, "domains")
    counts = [len(groups_of(run, d)) for d in params.domains]
    most, ks = possible(counts, {*DIMENSIONS, *SWEEP})
    panels = _panels(run, params, counts, ks)
    scopes = _scopes(run, params)

    def table(parts: Mapping[PanelName, Part | None], draw: int = -1) -> np.ndarray:
        there = {n: p for n, p in parts.items() if p is not None and n.takes_part(draw)}
        values = rows(domain_pairs(there, LAW_KS), scopes)
        return np.array([[row.get(q, np.nan) for q in QUANTITIES] for row in values])

    whole = {p.name: p.whole for p in panels}
    return replicates(
        run,
        params.domains,
        panels,
        table,
        quantities=QUANTITIES,
        whitening=params.whitening,
        missing=_missing(run, panels, params, most),
        scopes=scopes,
        draws=[table(whole, seed) for seed in params.seeds],
        have={"encoders": len(params.encoders)},
    )


def _among(name: PanelName, seeds: Sequence[int]) -> bool:
    return name.kind != "untrained" or name.number in seeds


def _panels(
    run: Run, params: DomainClaimsParams, counts: Sequence[int], ks: tuple[int, ...]
) -> list[PanelMeasures[Part]]:
    """Measure one panel after another: the features of two are never held together."""
    blocks = blocks_of(run, params.domains)

    def measured(
        name: PanelName, spaces: Callable[[], list[Standardise]]
    ) -> PanelMeasures[Part] | None:
        made = panel(name, spaces(), counts, ks)
        if made is None:
            return None
        look = PanelCells.at(name, made.state, LAW_KS, params.seed)
        left_out = blocks if _among(name, params.seeds[:DRAWS_LEFT_OUT]) else ()
        return PanelMeasures.of(made, left_out, look)

    measures = [measured(name, spaces) for name, spaces in _spaces(run, params)]
    return [m for m in measures if m is not None]


def _spaces(
    run: Run, params: DomainClaimsParams
) -> Iterator[tuple[PanelName, Callable[[], list[Standardise]]]]:
    """Yield each panel's name, and what reads its features."""
    groups = [groups_of(run, d) for d in params.domains]

    def read(seed: int | None) -> list[Standardise]:
        raw = [features_of(run, params.encoders, d, untrained=seed) for d in params.domains]
        return encoder_spaces(raw, params.whitening, groups)

    def apart() -> list[Standardise]:
        rows, of_rows = shuffled_apart(run, params.encoders, params.domains, params.seed)
        return encoder_spaces(rows, params.whitening, of_rows)

    yield PanelName("trained"), partial(read, None)
    for seed in params.seeds:
        yield PanelName("untrained", seed), partial(read, seed)
    if len(params.encoders) > 1:
        yield PanelName("shuffled"), apart
    if run.pictured(*params.domains):
        yield PanelName("pixels"), partial(_pixels, run, params.domains, groups)
        yield PanelName("handcrafted"), partial(_statistics, run, params.domains, groups)


def _pixels(run: Run, domains: Sequence[str], groups: Sequence[np.ndarray]) -> list[Standardise]:
    """Return the domains' own images as a panel."""
    raw = [[pixel_features(run.pixels(d))[drawn(run, d)]] for d in domains]
    return encoder_spaces(raw, "none", groups)


def _statistics(
    run: Run, domains: Sequence[str], groups: Sequence[np.ndarray]
) -> list[Standardise]:
    """Return the low-level statistics of the domains' images as a panel."""
    measured = [
        obtain(IMAGE_STATISTICS, run, ImageStatisticsParams(d)).values[drawn(run, d)]
        for d in domains
    ]
    kept = np.all([np.ptp(m, axis=0) > 0 for m in measured], axis=0)
    chosen = [[np.ascontiguousarray(m[:, kept])] for m in measured]
    return encoder_spaces(chosen, "z-score", groups, least=0.0)


def _scopes(run: Run, params: DomainClaimsParams) -> tuple[CellScope, ...]:
    """Return every setting of the switches on all domains, then each pair of domains alone."""
    count = len(params.domains)
    natural = params.domains.index(params.natural) if params.natural in params.domains else None
    first = tuple(range(min(FOUR, count)))
    scopes = [
        CellScope(f"K = {k}, {name}, {params.whitening}", "", k, e, first, natural)
        for k in DIMENSIONS
        for e, name in enumerate(ESTIMATES)
    ]
    titles = [run.domains[d].title for d in params.domains]
    for i in first:
        for j in first[i + 1 :]:
            place = f"{titles[i]} and {titles[j]}"
            scopes.append(CellScope(scopes[0].label, place, DIMENSIONS[0], 0, (i, j), None))
    return tuple(scopes)


def _missing(
    run: Run, panels: Sequence[PanelMeasures[Part]], params: DomainClaimsParams, most: int
) -> dict[str, str]:
    """Say of every quantity that may be missing why it is."""
    names = {p.name.kind for p in panels}
    rich = sum(run.domains[d].photographs >= MIN_GROUPS for d in params.domains)
    groups = run.nouns(params.domains).groups
    has = f"domains of ten {groups} or more; this study has {rich or 'none'}."
    reasons = {}
    if len(params.domains) < EIGHT:
        for part in ("eight", "smallest", "largest"):
            reasons[part] = f"It needs {EIGHT} {has}"
    if "untrained" not in names:
        reasons["untrained"] = NO_TWINS_ASKED
    if "pixels" not in names:
        reasons["pixels"] = reasons["handcrafted"] = NO_IMAGES
    if "shuffled" not in names:
        reasons["shuffled"] = "One encoder cannot be shuffled against others; two are needed."
    for k in sorted({*DIMENSIONS, *SWEEP}, reverse=True):  # 4 is part of 64
        if k > most:
            reasons[f"at {k}"] = (
                f"K = {k} needs {samples_needed(k)} samples per domain; the "
                f"smallest domain allows K = {most}."
            )
    if DIMENSIONS[0] > most:
        reasons["trained"] = reasons[f"at {DIMENSIONS[0]}"]
    reasons["natural"] = (
        f"It needs a domain tagged natural with ten {groups} or more, and two others."
    )
    reasons["ranks"] = f"It needs four {has}"
    return reasons


CLAIMS_DOMAINS = Analysis(
    key="claims.domains",
    version=7,
    params=DomainClaimsParams,
    result=Replicates,
    inputs=lambda run, params: (
        params.encoders + twins_of(params.encoders, params.seeds),
        params.domains,
    ),
    compute=compute_domain_claims,
    uses=(IMAGE_STATISTICS,),
)
