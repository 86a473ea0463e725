"""What the subspace analyses read: standardised encoders side by side, domain by domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped

from substrate.analyses.spec import AnalysisError
from substrate.domains.spec import DomainError
from substrate.encoder_ref import EncoderRef
from substrate.numerics.joined import side_by_side_of
from substrate.numerics.nulls import MIN_GROUPS
from substrate.numerics.panel import (
    MAX_COMPONENTS,
    PanelError,
)
from substrate.numerics.spectra import (
    Directions,
    SpectrumError,
    existing_directions,
)
from substrate.numerics.whitening import (
    LEAST_DEVIATION,
    SAMPLES_PER_COMPONENT,
    WHITENINGS,
    WhiteningError,
    standardisation,
)
from substrate.runs import Run
from substrate.wording import Nouns, common_nouns, samples_of, shuffled

LAYER = "penultimate"
WITHIN = "within photograph"


@dataclass(frozen=True)
class Sizes:
    """How many samples of how many photographs a value rests on."""

    domain: str
    title: str
    n: int
    photographs: int
    caption: str
    nouns: Nouns

    @property
    def within(self) -> bool:
        """Say whether the photographs are too few for an interval or a p-value."""
        return self.photographs < MIN_GROUPS

    @property
    def kept_together(self) -> bool:
        """Say whether photographs stay where they are in nulls, which shuffle inside them."""
        return self.within and self.photographs < self.n

    @property
    def shuffled(self) -> str:
        """Name the panel whose encoders see these samples in orders of their own."""
        inside = shuffled(self.nouns, within=True).capitalize()
        return inside if self.kept_together else "Images shuffled between encoders"


def sizes(run: Run, domain: str, rows: Int[np.ndarray, " k"] | None = None) -> Sizes:
    """Return the size of a domain, or of some rows drawn of it, as charts state it."""
    record = run.domains[domain]
    n, photographs, caption = record.n, record.photographs, record.caption
    if rows is not None and len(rows) < n:
        photographs = len(set(run.groups(domain)[rows]))
        n, caption = len(rows), samples_of(len(rows), photographs, record.nouns, available=n)
    return Sizes(record.name, record.title, n, photographs, caption, record.nouns)


def shuffled_between(sizes: Sequence[Sizes]) -> str:
    """Name panels whose encoders see the samples of several domains in orders of their own."""
    inside = [size.shuffled for size in sizes if size.kept_together]
    if not inside:
        return "Shuffled between encoders"
    if len(inside) == len(sizes):
        return inside[0]
    groups = common_nouns(size.nouns for size in sizes).groups
    return f"Shuffled between encoders; inside {groups} where they are under ten"


def explained(compute: Callable[[Run, Any], Any]) -> Callable[[Run, Any], Any]:
    """Turn what the numerics refuse into an error that a page shows as a sentence."""

    @wraps(compute)
    def wrapped(run: Run, params: Any) -> Any:
        try:
            return compute(run, params)
        except (WhiteningError, PanelError, SpectrumError, DomainError) as error:
            raise AnalysisError(str(error)) from error

    return wrapped


def features(
    run: Run, encoders: Sequence[str], domain: str, *, untrained: int | None = None
) -> list[np.ndarray]:
    """Return the penultimate features of encoders, or of their untrained twins of one seed."""
    refs = [EncoderRef(name, twin=untrained) for name in encoders]
    return [run.representation(ref, domain, LAYER).features for ref in refs]


def side_by_side(
    blocks: Sequence[np.ndarray],
    whitening: str,
    groups: Shaped[np.ndarray, " n"] | Sequence[np.ndarray],
    *,
    least: float = LEAST_DEVIATION,
) -> Any:
    """Standardise encoders with these rows' own statistics and join them.

    Returns an array (samples, units), or `substrate.numerics.joined.Joined` if it is large.

    ``groups`` are the photographs of the rows, of each block apart where their rows are in
    different orders. ``least`` is `standardisation`'s.
    """
    groups_of = of_each(groups, len(blocks))
    learnt = [
        standardisation(x, require_whitening(whitening), groups=own, least=least)
        for x, own in zip(blocks, groups_of, strict=True)
    ]
    return side_by_side_of(blocks, learnt)


def of_each(
    groups: Shaped[np.ndarray, " n"] | Sequence[np.ndarray], count: int
) -> Sequence[np.ndarray]:
    """Return the groups of each of so many blocks: the same for all, or each its own."""
    return [groups] * count if isinstance(groups, np.ndarray) else groups


def require_whitening(whitening: str) -> Any:
    """Return the whitening, or refuse a name that there is not."""
    if whitening not in WHITENINGS:
        raise AnalysisError(f"There is no whitening {whitening!r}; choose {', '.join(WHITENINGS)}.")
    return whitening


def bases(xs: Sequence[Any], most: int = MAX_COMPONENTS) -> list[Directions]:
    """Return each domain's panel basis, with as many directions as all domains have."""
    directions = [existing_directions(x, min(most, len(x) - 1)) for x in xs]
    shared = min(len(basis.variances) for basis in directions)
    if shared < 1:
        raise AnalysisError("One of the domains has no variance to find a direction in.")
    return [basis.leading(shared) for basis in directions]


def whitening_refusal(
    run: Run, encoders: Sequence[str], domains: Sequence[str], whitening: str
) -> str:
    """Return why a whitening cannot be had for these encoders and domains, or nothing."""
    if whitening != "full":
        return ""
    n, domain = min((run.domains[d].n, d) for d in domains)
    width, encoder = max((penultimate_width(run, e), e) for e in encoders)
    if n >= SAMPLES_PER_COMPONENT * width:
        return ""
    return (
        f"Full whitening needs {SAMPLES_PER_COMPONENT} samples per feature: {encoder} has {width} "
        f"features and {domain} {n} samples. Below that it amplifies noise until the leading "
        "directions are arbitrary. Choose truncated whitening, which equalises only as many "
        "components as the samples support, or z-score."
    )


def penultimate_width(run: Run, encoder: str) -> int:
    """Return how many penultimate features an encoder has."""
    return next(layer.width for layer in run.encoders[encoder].layers if layer.name == LAYER)


def require(items: Sequence[str], least: int, what: str) -> None:
    """Refuse a choice of too few encoders or domains."""
    if len(items) < least:
        raise AnalysisError(f"Choose at least {least} {what}; {len(items) or 'none'} chosen.")


def pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows and columns of all pairs, each once."""
    return np.triu_indices(count, 1)


def median_of(values: Float[np.ndarray, " v"]) -> float:
    """Return the median of what is there, NaN where nothing is."""
    there = values[np.isfinite(values)]
    return float(np.median(there)) if there.size else float("nan")


def recipes_of(run: Run, encoders: Sequence[str]) -> tuple[str, ...]:
    """Return the recipe of each encoder: copies have one, and are no "others" to each other."""
    return tuple(run.recipe(encoder) for encoder in encoders)


def one_of_each(run: Run, encoders: Sequence[str]) -> tuple[str, ...]:
    """Return the first encoder of each recipe; all of them where they are of one recipe."""
    first: dict[str, str] = {}
    for encoder in encoders:
        first.setdefault(run.recipe(encoder), encoder)
    return tuple(first.values()) if len(first) > 1 else tuple(encoders)


def shared_seeds(run: Run, encoders: Sequence[str], domains: Sequence[str]) -> tuple[int, ...]:
    """Return the seeds for which every encoder has an untrained twin on every domain."""
    seeds = [set(run.untrained_seeds(e, d)) for e in encoders for d in domains]
    return tuple(sorted(set.intersection(*seeds))) if seeds else ()
