"""One choice of switches as the parameters of every subspace analysis, and the default choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from substrate.analyses.shared.samples import LAYER, shared_seeds
from substrate.analyses.sharedness.by_recipe import WITHOUT_RECIPES
from substrate.analyses.sharedness.copies import COPIES, CopiesParams
from substrate.analyses.sharedness.count import SHARED_COUNTS
from substrate.analyses.sharedness.leave_encoder_out import (
    SHAREDNESS,
    SharednessParams,
)
from substrate.analyses.sharedness.untrained import (
    UNTRAINED_SHAREDNESS,
    UntrainedSharednessParams,
)
from substrate.analyses.spec import Analysis
from substrate.analyses.subspace.controls import (
    CONTROLS,
    ControlParams,
)
from substrate.analyses.subspace.image_controls import (
    IMAGE_CONTROLS,
    ImageControlParams,
)
from substrate.analyses.subspace.intervals import (
    INTERVALS,
    IntervalParams,
)
from substrate.analyses.subspace.procrustes_cka import (
    MATRIX,
    MatrixParams,
)
from substrate.analyses.subspace.spans import SpansParams
from substrate.analyses.subspace.untrained import (
    UNTRAINED,
    UntrainedParams,
)
from substrate.numerics.intervals import MIN_GROUPS
from substrate.runs import Run


@dataclass(frozen=True)
class PanelChoice:
    """The switches of the page; ``seeds`` are those of the untrained twins that the run holds."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    whitening: str
    components: int
    seed: int
    seeds: tuple[int, ...]

    def matrix(self) -> MatrixParams:
        """Return the parameters of the matrices."""
        return MatrixParams(self.encoders, self.domains, self.whitening)

    def untrained(self) -> UntrainedParams:
        """Return the parameters of the untrained twins' matrices."""
        return UntrainedParams(
            self.encoders, self.domains, self.seeds, self.whitening, self.components
        )

    def spans(self) -> SpansParams:
        """Return the parameters of the measures that compare spans."""
        return SpansParams(
            self.encoders, self.domains, self.seeds, self.whitening, self.components, self.seed
        )

    def intervals(self) -> IntervalParams:
        """Return the parameters of the matrices' intervals."""
        return IntervalParams(self.encoders, self.domains, self.whitening, self.components)

    def controls(self) -> ControlParams:
        """Return the parameters of the controls that come from the encoders."""
        return ControlParams(
            self.encoders, self.domains, self.whitening, self.components, self.seed
        )

    def image_controls(self) -> ImageControlParams:
        """Return the parameters of the controls that come from the images."""
        return ImageControlParams(self.encoders, self.domains, self.whitening, self.components)

    def sharedness(self, domain: str) -> SharednessParams:
        """Return the parameters of one domain's leave-encoder-out correlations."""
        return SharednessParams(self.encoders, domain, self.whitening, self.components, self.seed)

    def untrained_sharedness(self, domain: str) -> UntrainedSharednessParams:
        """Return the parameters of the same correlations of untrained twins."""
        return UntrainedSharednessParams(
            self.encoders, domain, self.seeds, self.whitening, self.components, self.seed
        )

    def copies(self) -> CopiesParams:
        """Return the parameters of the search for undeclared copies."""
        return CopiesParams(self.encoders, self.domains, self.seed)

    def trace(self, **more: Any) -> dict[str, Any]:
        """Return what the numbers of this choice rest on; more of it by name."""
        return {
            "encoders": ", ".join(self.encoders),
            "layer": LAYER,
            "K": self.components,
            "whitening": self.whitening,
            "seed": self.seed,
            "untrained seeds": ", ".join(map(str, self.seeds)) or "none",
            **more,
        }


@dataclass(frozen=True)
class Switches:
    """What the page shows: a view of a choice, of one domain where the view is of one."""

    view: str
    choice: PanelChoice
    domain: str
    debiased: bool


def default_choice(run: Run) -> PanelChoice:
    """Return the choice that a page opens with: the run's panel on all domains, z-scored."""
    encoders, domains = run.panel, tuple(run.domains)
    return PanelChoice(
        encoders,
        domains,
        "z-score",
        int(run.study["components"]),
        int(run.study["seed"]),
        shared_seeds(run, encoders, domains),
    )


def with_intervals(run: Run, choice: PanelChoice) -> PanelChoice:
    """Return a choice on those of its domains that have an interval: of ten photographs or more.

    Where fewer than two have, nothing between them does, and the choice stays as it is.
    """
    kept = tuple(d for d in choice.domains if run.domains[d].photographs >= MIN_GROUPS)
    return replace(choice, domains=kept) if len(kept) > 1 else choice


def main_domain(run: Run, domains: tuple[str, ...]) -> str:
    """Return the domain of the most photographs: the one that most can be said about."""
    return max(domains, key=lambda domain: run.domains[domain].photographs)


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield the page's default analyses, the quickest picture first, untrained twins last."""
    choice = default_choice(run)
    first = main_domain(run, choice.domains)
    ordered = (first, *(d for d in choice.domains if d != first))
    several, many = len(choice.domains) > 1, len(choice.encoders) > 1
    if several:
        yield MATRIX, choice.matrix()
    if many:
        yield SHAREDNESS, choice.sharedness(first)
        yield COPIES, choice.copies()
    if several:
        yield CONTROLS, choice.controls()
        yield INTERVALS, choice.intervals()
        yield IMAGE_CONTROLS, choice.image_controls()
    if many:
        for domain in ordered[1:]:
            yield SHAREDNESS, choice.sharedness(domain)
    if choice.seeds:
        yield from _untrained(run, choice, ordered)
    fewer = with_intervals(run, choice)
    if fewer != choice:
        yield from _between(run, fewer)


def _between(run: Run, choice: PanelChoice) -> Iterator[tuple[Analysis, Any]]:
    """Yield the matrix between domains with its controls and intervals."""
    yield MATRIX, choice.matrix()
    yield CONTROLS, choice.controls()
    yield INTERVALS, choice.intervals()
    if run.pictured(*choice.domains):
        yield IMAGE_CONTROLS, choice.image_controls()
    if choice.seeds:
        yield UNTRAINED, choice.untrained()


def _beyond(run: Run, choice: PanelChoice, domain: str) -> Iterator[tuple[Analysis, Any]]:
    """Yield what the sentence about the main domain needs besides, where it can be had."""
    if run.domains[domain].photographs < MIN_GROUPS:
        return
    yield SHARED_COUNTS, choice.untrained_sharedness(domain)
    if len({run.recipe(encoder) for encoder in choice.encoders}) > 2:
        yield WITHOUT_RECIPES, choice.untrained_sharedness(domain)


def _untrained(
    run: Run, choice: PanelChoice, domains: tuple[str, ...]
) -> Iterator[tuple[Analysis, Any]]:
    if len(choice.encoders) > 1:
        for domain in domains:
            yield UNTRAINED_SHAREDNESS, choice.untrained_sharedness(domain)
    if len(choice.domains) > 1:
        yield UNTRAINED, choice.untrained()
    if len(choice.encoders) > 1:
        yield from _beyond(run, choice, domains[0])
