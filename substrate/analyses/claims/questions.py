"""Which analyses give the quantities of the claims on a run, and what a study lacks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from substrate.analyses.claims.detector import (
    CLAIMS_DETECTOR,
    DetectorClaimsParams,
)
from substrate.analyses.claims.domains import (
    CLAIMS_DOMAINS,
    EIGHT,
    FOUR,
    DomainClaimsParams,
)
from substrate.analyses.claims.emergence import (
    CLAIMS_EMERGENCE,
    EmergenceClaimsParams,
)
from substrate.analyses.claims.leave_out import (
    CLAIMS_LEAVE_OUT,
    LeaveOutClaimsParams,
)
from substrate.analyses.claims.low_shot import (
    CLAIMS_LOW_SHOT,
    LowShotClaimsParams,
)
from substrate.analyses.claims.pairs import (
    CLAIMS_PAIRS,
    PairClaimsParams,
)
from substrate.analyses.claims.responses import (
    CLAIMS_RESPONSES,
    ResponseClaimsParams,
)
from substrate.analyses.claims.sharing import (
    CLAIMS_SHARING,
    SharingClaimsParams,
)
from substrate.analyses.claims.steps import (
    CLAIMS_STEPS,
    StepClaimsParams,
)
from substrate.analyses.claims.transfer import (
    CLAIMS_TRANSFER,
    TransferClaimsParams,
)
from substrate.analyses.claims.transfer_replicates import too_few_of
from substrate.analyses.claims.units import (
    CLAIMS_UNITS,
    UnitsClaimsParams,
)
from substrate.analyses.encoders.pairs import ENCODER_PAIRS
from substrate.analyses.panel_choice import main_domain
from substrate.analyses.shared.labels import choices
from substrate.analyses.shared.refusals import NO_CLASSES
from substrate.analyses.shared.samples import shared_seeds
from substrate.analyses.shared.trajectory import trajectories
from substrate.analyses.spec import Analysis
from substrate.analyses.transfer.probe import PROBE, ProbeParams
from substrate.analyses.units.copies import first_copies
from substrate.numerics.nulls import (
    MIN_DRAWS,
    MIN_GROUPS,
)
from substrate.runs import Run

Question = tuple[Analysis, Any]
#: The tag of the domain that is said to be the most isolated one.
NATURAL = "natural"


class MissingError(ValueError):
    """Claims that a study cannot ask about; the message says what is missing."""


def rich_domains(run: Run) -> tuple[str, ...]:
    """Return the domains of ten photographs or more, the richest first."""
    rich = [name for name, record in run.domains.items() if record.photographs >= MIN_GROUPS]
    return tuple(sorted(rich, key=lambda name: -run.domains[name].photographs))


def _several(run: Run, most: int) -> tuple[str, ...]:
    """Return the domains that a statement across domains may rest on, in the study's order."""
    rich = rich_domains(run)
    if len(rich) >= 2:
        return tuple(name for name in run.domains if name in rich)[:most]
    if len(run.domains) >= 2:
        return tuple(run.domains)[:most]
    raise MissingError("It needs two domains; this study has one.")


def _encoders(run: Run, least: int) -> tuple[str, ...]:
    """Return the run's panel: one encoder of each recipe."""
    if len(run.panel) < least:
        have = "one" if len(run.panel) == 1 else str(len(run.panel))
        raise MissingError(
            f"It needs {least} encoders of different recipes; this study has {have}."
        )
    return run.panel


def _seed(run: Run) -> int:
    return int(run.study["seed"])


def _twin(run: Run, domains: tuple[str, ...]) -> int:
    return min(shared_seeds(run, run.panel, domains), default=-1)


def _draws(run: Run, domains: tuple[str, ...]) -> tuple[int, ...]:
    """Return the draws of twins where each of them costs much: as many as a verdict needs."""
    return shared_seeds(run, run.panel, domains)[:MIN_DRAWS]


def _natural(run: Run, domains: tuple[str, ...]) -> str:
    return next((d for d in domains if run.domains[d].tag == NATURAL), "")


def _domains(run: Run) -> tuple[Question, ...]:
    encoders, domains = _encoders(run, 1), _several(run, EIGHT)
    seeds = shared_seeds(run, encoders, domains)
    return tuple(
        (
            CLAIMS_DOMAINS,
            DomainClaimsParams(
                encoders, domains, seeds, _natural(run, domains), whitening, _seed(run)
            ),
        )
        for whitening in ("z-score", "none", "truncated")
    )


def _leave_out(run: Run) -> tuple[Question, ...]:
    encoders, domains = _encoders(run, 3), _several(run, FOUR)
    twin = _twin(run, domains)
    return (
        (CLAIMS_LEAVE_OUT, LeaveOutClaimsParams(encoders, domains, twin, "z-score", _seed(run))),
    )


def _sharing(run: Run) -> tuple[Question, ...]:
    encoders = _encoders(run, 2)
    domains = _each(run)
    seeds = shared_seeds(run, encoders, domains)
    return tuple(
        (CLAIMS_SHARING, SharingClaimsParams(encoders, domains, seeds, whitening, _seed(run), k))
        for whitening, k in (
            ("z-score", 16),
            ("z-score", 8),
            ("z-score", 32),
            ("none", 16),
            ("truncated", 16),
        )
    )


def _each(run: Run) -> tuple[str, ...]:
    """Return the domains of which each can be split into halves of ten photographs, else one."""
    split = tuple(d for d in run.domains if run.domains[d].photographs >= 2 * MIN_GROUPS)
    return split or (main_domain(run, tuple(run.domains)),)


def _responses(run: Run) -> tuple[Question, ...]:
    encoders = _encoders(run, 1)
    domains = _each(run)
    seeds = shared_seeds(run, encoders, domains)
    return tuple(
        (CLAIMS_RESPONSES, ResponseClaimsParams(encoders, domains, seeds, whitening, _seed(run)))
        for whitening in ("z-score", "none", "truncated")
    )


def _pairs(run: Run) -> tuple[Question, ...]:
    encoders = _encoders(run, 2)
    domains = rich_domains(run) or (main_domain(run, tuple(run.domains)),)
    params = PairClaimsParams(
        encoders, domains, _draws(run, domains), int(run.study["permutations"]), _seed(run)
    )
    return ((CLAIMS_PAIRS, params),)


def _emergence(run: Run) -> tuple[Question, ...]:
    """Put the supervised training first, on the richest domain that its steps were read on."""
    _encoders(run, 3)
    names = trajectories(run)
    if not names:
        raise MissingError("No encoder of this study was kept step by step while it was trained.")
    ordered = sorted(names, key=lambda name: run.encoders[name].paradigm != "supervised")
    domains = sorted(run.domains, key=lambda name: -run.domains[name].photographs)
    there = [
        (CLAIMS_EMERGENCE, EmergenceClaimsParams(encoder, domain, _seed(run), run.panel))
        for encoder in ordered
        for domain in domains
        if len(run.checkpoints(encoder, domain)) >= 3
    ]
    if not there:
        raise MissingError(
            f"The checkpoints of {', '.join(names)} have not been read on these images; the "
            "Training page does it, or `trajectories` in the study."
        )
    return tuple(there)


def _labelled(run: Run) -> tuple[Question, ...]:
    encoders, domains = _encoders(run, 2), _well_labelled(run)
    params = TransferClaimsParams(encoders, domains, _draws(run, domains), _seed(run))
    return ((CLAIMS_TRANSFER, params),)


def _well_labelled(run: Run) -> tuple[str, ...]:
    """Return the domains whose classes have ten photographs each, all labelled ones without any."""
    domains = _with_labels(run)
    return tuple(d for d in domains if not too_few_of(run, d)) or domains


def _with_labels(run: Run) -> tuple[str, ...]:
    domains = choices(run)[0]
    if not domains:
        raise MissingError(NO_CLASSES)
    return domains


def _detector(run: Run) -> tuple[Question, ...]:
    encoders, domains = _encoders(run, 1), _several(run, FOUR)
    params = DetectorClaimsParams(encoders, domains, _draws(run, domains), _seed(run))
    return ((CLAIMS_DETECTOR, params),)


def _low_shot(run: Run) -> tuple[Question, ...]:
    encoders, domains = _encoders(run, 1), _with_labels(run)
    params = LowShotClaimsParams(encoders, domains, _draws(run, domains), _seed(run))
    return ((CLAIMS_LOW_SHOT, params),)


def _units(run: Run) -> tuple[Question, ...]:
    pairs = first_copies(run)
    if not pairs:
        raise MissingError(
            "It needs two encoders of one recipe and shape, which differ by their seed; this study "
            "has none."
        )
    firsts, seconds = zip(*pairs, strict=True)
    return ((CLAIMS_UNITS, UnitsClaimsParams(firsts, seconds, run.main_domain, _seed(run))),)


def _steps(run: Run) -> tuple[Question, ...]:
    encoders, domain = _encoders(run, 2), run.main_domain
    params = StepClaimsParams(encoders, domain, _draws(run, (domain,)), _seed(run))
    return ((CLAIMS_STEPS, params),)


#: By theme: what decides the verdicts, then further settings of the switches.
QUESTIONS: dict[str, Callable[[Run], tuple[Question, ...]]] = {
    "sharing": _sharing,
    "domains": _domains,
    "leave_out": _leave_out,
    "responses": _responses,
    "pairs": _pairs,
    "emergence": _emergence,
    "transfer": _labelled,
    "detector": _detector,
    "low_shot": _low_shot,
    "units": _units,
    "steps": _steps,
}
#: The themes that are quick enough to be computed with every run.
EARLY = ("sharing", "responses", "domains", "pairs", "emergence", "transfer")


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield what decides the verdicts of the early themes, as far as the study has it.

    First of all what the dearest of them are made of: for each draw of twins, on a core of its own.
    """
    yield from lacking(run, lambda _question: False)


def lacking(run: Run, there: Callable[[Question], bool]) -> Iterator[Question]:
    """Yield which of `defaults` are not there, leaving out what only those that are there need."""
    asked = [one for theme in EARLY for one in _first(run, theme) if not there(one)]
    for analysis, params in asked:
        parts = PARTS[analysis.key](params) if analysis.key in PARTS else ()
        yield from (part for part in parts if not there(part))
    yield from asked


def _first(run: Run, theme: str) -> tuple[Question, ...]:
    try:
        return QUESTIONS[theme](run)[:1]
    except MissingError:
        return ()


def _probes(params: TransferClaimsParams) -> Iterator[Question]:
    for domain in params.domains:
        for twin in params.seeds:
            for encoder in params.encoders:
                yield PROBE, ProbeParams(encoder, domain, twin, params.seed)


def _pairs_of_draws(params: PairClaimsParams) -> Iterator[Question]:
    for domain in params.domains:
        for pairs in params.of_draws(domain):
            yield ENCODER_PAIRS, pairs


#: What a question is made of, one piece for each draw of twins.
PARTS: dict[str, Callable[[Any], Iterator[Question]]] = {
    CLAIMS_PAIRS.key: _pairs_of_draws,
    CLAIMS_TRANSFER.key: _probes,
}
