"""What do shared directions respond to? Their image statistics, without each photograph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.claims.panels import PanelName
from substrate.analyses.shared.halves import (
    Halves,
    halves_of,
)
from substrate.analyses.shared.image_statistics import (
    IMAGE_STATISTICS,
    ImageStatisticsParams,
)
from substrate.analyses.shared.refusals import NO_TWINS_ASKED
from substrate.analyses.shared.replicates import (
    Replicates,
    each_left_out,
    no_draws,
    too_few_groups,
)
from substrate.analyses.shared.samples import explained, features, require, sizes
from substrate.analyses.sharedness.responses import correlations
from substrate.analyses.spec import Analysis, Inputs, obtain
from substrate.encoder_ref import twins_of
from substrate.numerics.joined import joined
from substrate.numerics.nulls import row_orders
from substrate.numerics.spectra import existing_directions
from substrate.runs import Run
from substrate.wording import samples_of

COMPONENTS, BLOCKS = 16, 20
#: Shuffles of photographs in the null of correlations with image statistics. Their mean is what a
#: figure is held against; a 95 % level would need 199.
STATISTIC_SHUFFLES = 20
ENERGY = ("mean luminance", "RMS contrast")
#: What the publication calls low: no correlation of directions 2 to 16 reaches it.
LOW_LEVEL_BOUND = 0.25
BOUND = "low-level bound"
KINDS = ("trained", "untrained", "shuffled")
FOLLOWED = (*(f"{what} {kind}" for what in ("first", "others") for kind in KINDS), BOUND)
#: Given rows of a domain and a draw of twins (-1 for all): quantities.
Table = Callable[[Int[np.ndarray, " k"], int], Float[np.ndarray, "1 q"]]


@dataclass(frozen=True)
class ResponseClaimsParams:
    """The panel, its untrained twins, and the domains, each of which is looked at alone."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...]
    whitening: str = "z-score"
    seed: int = 0


@explained
def compute_response_claims(run: Run, params: ResponseClaimsParams) -> Replicates:
    """Correlate held-out scores with image statistics: the first direction, and all others."""
    require(params.encoders, 1, "encoders")
    responses = [_responses(run, params, domain) for domain in params.domains]
    missing = _missing(params) | {
        BOUND: f"Shuffled {run.nouns(params.domains).groups} alone reach the published bound of "
        f"{LOW_LEVEL_BOUND:.2f} here: with so few of them, staying below it cannot be asked."
    }
    return _by_domain(run, params, responses, missing)


def _responses(run: Run, params: ResponseClaimsParams, domain: str) -> tuple[Table, np.ndarray]:
    case = _Case.of(run, params, domain)
    by_chance = case.measured(np.arange(len(case.groups)))["others shuffled"]
    bound = LOW_LEVEL_BOUND if by_chance < LOW_LEVEL_BOUND else float("nan")

    def table(rows: Int[np.ndarray, " k"], draw: int = -1) -> Float[np.ndarray, "s q"]:
        values = case.measured(rows, draw) | {BOUND: bound}
        return np.array([[values[q] for q in FOLLOWED]])

    return table, case.groups


def _by_domain(
    run: Run,
    params: ResponseClaimsParams,
    tables: Sequence[tuple[Table, np.ndarray]],
    missing: dict[str, str],
) -> Replicates:
    """Put the domains one below the other; each varies on its own."""
    whole = [table(np.arange(len(groups)), -1) for table, groups in tables]
    fewest = [len(np.unique(groups)) for _, groups in tables]
    nouns = run.nouns(params.domains)
    reason = too_few_groups(min(fewest), "The held-out half of one of the domains", nouns.group)

    def without(own: int, rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
        return np.vstack([tables[i][0](rows, -1) if i == own else w for i, w in enumerate(whole)])

    left_out: tuple[np.ndarray, ...] = ()
    if not reason:
        left_out = each_left_out(without, [groups for _, groups in tables], blocks=BLOCKS)
    draws = [
        np.vstack([table(np.arange(len(groups)), seed) for table, groups in tables])
        for seed in params.seeds
    ]
    return Replicates(
        settings=(f"K = {COMPONENTS}, {params.whitening}",) * len(tables),
        places=tuple(run.domains[d].title for d in params.domains),
        deciding=tuple(range(len(tables))),
        quantities=FOLLOWED,
        whole=np.vstack(whole),
        left_out=left_out,
        draws=np.array(draws) if draws else no_draws(),
        unit=nouns.groups,
        group=nouns.group,
        units=min(fewest),
        have={
            "halved": len(tables) if not reason else 0,
            "encoders": len(params.encoders),
            "draws": len(params.seeds),
        },
        counted="; ".join(
            _counted(run, d, len(groups), few)
            for d, (_, groups), few in zip(params.domains, tables, fewest, strict=True)
        ),
        reason=reason,
        missing=missing,
    )


@dataclass(frozen=True, eq=False)
class _Case:
    """One domain's held-out scores of every panel, and its image statistics."""

    scores: dict[PanelName, Float[np.ndarray, "t k"]]
    statistics: Float[np.ndarray, "t s"]
    energy: Int[np.ndarray, " e"]
    groups: np.ndarray

    @classmethod
    def of(cls, run: Run, params: ResponseClaimsParams, domain: str) -> _Case:
        halves = halves_of(run, domain, params.seed)
        measured = obtain(IMAGE_STATISTICS, run, ImageStatisticsParams(domain))
        scores = {}
        for name, fit, test in _halved(run, params, domain, halves):
            basis = existing_directions(joined(fit), min(COMPONENTS, len(halves.fit) - 1))
            scores[name] = joined(test) @ basis.vectors
        orders = row_orders(halves.test_groups, STATISTIC_SHUFFLES, params.seed)
        for draw, order in enumerate(orders):
            scores[PanelName("shuffled", draw)] = scores[PanelName("trained")][order]
        energy = np.array([i for i, name in enumerate(measured.names) if name in ENERGY])
        return cls(scores, measured.values[halves.test], energy, halves.test_groups)

    def measured(self, rows: Int[np.ndarray, " k"], draw: int = -1) -> dict[str, float]:
        """Return how strongly each panel's first direction, and its others, follow statistics."""
        out: dict[str, list[float]] = {q: [] for q in FOLLOWED if q != BOUND}
        for name, scores in self.scores.items():
            if not name.takes_part(draw):
                continue
            size = np.abs(correlations(scores[rows], self.statistics[rows]))
            out[f"first {name.kind}"].append(_largest(size[0, self.energy]))
            out[f"others {name.kind}"].append(_largest(size[1:]))
        return {q: _mean(values) for q, values in out.items()}


def _largest(values: np.ndarray) -> float:
    there = values[np.isfinite(values)]
    return float(there.max()) if there.size else float("nan")


def _halved(
    run: Run, params: ResponseClaimsParams, domain: str, halves: Halves
) -> list[tuple[PanelName, Sequence[np.ndarray], Sequence[np.ndarray]]]:
    """Return the standardised halves of the panel and of each draw of its twins."""
    raw = features(run, params.encoders, domain)
    panels = [(PanelName("trained"), *halves.blocks(raw, params.whitening))]
    for seed in params.seeds:
        twin = features(run, params.encoders, domain, untrained=seed)
        panels.append((PanelName("untrained", seed), *halves.blocks(twin, params.whitening)))
    return panels


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _counted(run: Run, domain: str, n: int, photographs: int) -> str:
    size, nouns = sizes(run, domain), run.domains[domain].nouns
    return f"{size.title}: {samples_of(n, photographs, nouns)} held out ({size.caption} in all)"


def _missing(params: ResponseClaimsParams) -> dict[str, str]:
    if params.seeds:
        return {}
    return {"untrained": NO_TWINS_ASKED}


def _inputs(_run: Run, params: ResponseClaimsParams) -> Inputs:
    return params.encoders + twins_of(params.encoders, params.seeds), params.domains


CLAIMS_RESPONSES = Analysis(
    key="claims.responses",
    version=9,
    params=ResponseClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_response_claims,
    uses=(IMAGE_STATISTICS,),
)
