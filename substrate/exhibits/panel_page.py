"""The Subspace page's exhibits for a run's default choice: the panel on every domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from substrate.analyses.panel_choice import PanelChoice, default_choice, main_domain
from substrate.analyses.shared.samples import sizes
from substrate.analyses.sharedness.by_recipe import WITHOUT_RECIPES
from substrate.analyses.sharedness.copies import COPIES, copies_sentence
from substrate.analyses.sharedness.count import SHARED_COUNTS
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.sharedness.untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.spec import Ask, obtain
from substrate.analyses.subspace.comparison import ControlledMatrix
from substrate.analyses.subspace.controls import CONTROLS
from substrate.analyses.subspace.image_controls import IMAGE_CONTROLS
from substrate.analyses.subspace.intervals import INTERVALS
from substrate.analyses.subspace.procrustes_cka import MATRIX
from substrate.analyses.subspace.untrained import UNTRAINED
from substrate.exhibits import panel_views
from substrate.exhibits.exhibit import Exhibit, Section, attempted, titles
from substrate.exhibits.sharedness import exhibits as sharedness
from substrate.exhibits.sharedness.exhibits import Shared
from substrate.exhibits.subspace import exhibits as between_domains
from substrate.figures.theme import Theme
from substrate.runs import Run

QUESTION = "Do encoders share a subspace?"


def subspace(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return what encoders share on each domain and how stable it is between domains.

    With ``every`` come all further views of the page, of the main domain where they are of one.
    """
    choice = default_choice(run)
    exhibits = [*_spectra(run, choice, theme), *_matrices(run, choice, theme)]
    if every:
        exhibits += panel_views.further(run, choice, theme, lambda d: shared_on(run, choice, d))
    return Section("subspace", QUESTION, tuple(exhibits))


def _spectra(run: Run, choice: PanelChoice, theme: Theme) -> Iterator[Exhibit]:
    if len(choice.encoders) < 2:
        return
    for domain in choice.domains:
        yield attempted(
            f"subspace-spectrum-{domain}",
            run.domains[domain].title,
            partial(_spectrum, run, choice, domain, theme),
        )


def _spectrum(run: Run, choice: PanelChoice, domain: str, theme: Theme) -> Exhibit:
    shared = shared_on(run, choice, domain)
    return sharedness.spectrum(shared, choice, theme, titles=titles(run))


def shared_on(run: Run, choice: PanelChoice, domain: str) -> Shared:
    """Return what is known by default of a domain: most of the one of most photographs."""
    panel = obtain(SHAREDNESS, run, choice.sharedness(domain))
    copies, named = copies_said(run, choice), titles(run)
    if not choice.seeds:
        return Shared(panel, named, copies=copies)
    params = choice.untrained_sharedness(domain)
    untrained = obtain(UNTRAINED_SHAREDNESS, run, params)
    if sizes(run, domain).within or domain != main_domain(run, choice.domains):
        return Shared(panel, named, untrained, copies=copies)
    counts = obtain(SHARED_COUNTS, run, params)
    if len({run.recipe(encoder) for encoder in choice.encoders}) < 3:
        return Shared(panel, named, untrained, counts, copies=copies)
    without = obtain(WITHOUT_RECIPES, run, params)
    return Shared(panel, named, untrained, counts, without, copies)


def copies_said(run: Run, choice: PanelChoice | None = None) -> str:
    """Say which encoders of a choice (the default one) are copies of each other, undeclared."""
    choice = choice or default_choice(run)
    if len(choice.encoders) < 2:
        return ""
    try:
        return copies_sentence(obtain(COPIES, run, choice.copies()), titles(run))
    except ValueError:  # what this program raises when something cannot be had
        return ""


def _matrices(run: Run, choice: PanelChoice, theme: Theme) -> Iterator[Exhibit]:
    if len(choice.domains) < 2:
        return
    made: tuple[tuple[str, str, Callable[..., Exhibit]], ...] = (
        ("subspace-matrix", "Between domains", between_domains.matrix),
        ("subspace-controls", "Controls of the matrix between domains", between_domains.controls),
    )
    for key, title, make in made:
        yield attempted(
            key,
            title,
            lambda make=make: make(controlled(run, choice), choice, theme),  # type: ignore[misc]
        )


def controlled(run: Run, choice: PanelChoice, ask: Ask = obtain) -> ControlledMatrix:
    """Return the matrix between domains with its intervals and controls, biased as published.

    ``ask`` gives each result that it is made of.
    """
    pictured = run.pictured(*choice.domains)
    return ControlledMatrix(
        ask(MATRIX, run, choice.matrix()),
        choice.components,
        debiased=False,
        intervals=ask(INTERVALS, run, choice.intervals()),
        controls=ask(CONTROLS, run, choice.controls()),
        images=ask(IMAGE_CONTROLS, run, choice.image_controls()) if pictured else None,
        untrained=ask(UNTRAINED, run, choice.untrained()) if choice.seeds else None,
    )
