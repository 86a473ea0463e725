"""What a report lists of directions: the page's default figures, or those of every view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from substrate.analyses.directions.basis import BASIS, Basis
from substrate.analyses.directions.choice import (
    DOMAINS_VIEW,
    DirectionsChoice,
    DirectionsComparison,
    aligned,
    angles_params,
    default_choice,
    default_two_domains,
    domains_params,
    embedding_params,
    pair_params,
    partners_params,
    spectrum_params,
)
from substrate.analyses.directions.embedding import EMBEDDING, METHODS
from substrate.analyses.directions.kinds import KINDS
from substrate.analyses.directions.partners import MATCHED
from substrate.analyses.directions.principal_angles import ANGLES
from substrate.analyses.directions.spectrum import SPECTRUM
from substrate.analyses.directions.two_domains import DOMAINS
from substrate.analyses.directions.two_encoders import PAIR
from substrate.analyses.spec import obtain
from substrate.exhibits.directions import cards, exhibits, points
from substrate.exhibits.directions.words import lead_cell
from substrate.exhibits.exhibit import Exhibit, Section, attempted
from substrate.figures.theme import Theme
from substrate.runs import Run

QUESTION = "Which directions do encoders share, and what do they look like?"
#: The column that samples are coloured by at first.
COLOUR = "label"


def directions(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return for the first two encoders, on each domain: cosines, principal angles, spectra.

    With ``every``, further views follow on the main domain: the other cosines, both cards of the
    leading cell, the samples as points, and one encoder on two domains. Maps of single images need
    the encoder itself and stay with the page.
    """
    shown: list[Exhibit] = []
    domain = run.main_domain
    if len(run.panel) > 1:
        for name in run.domains:
            shown += _compared(run, default_choice(run, name), theme)
        if every:
            shown += _other_cosines(run, domain, theme)
            shown += _cards(run, default_choice(run, domain), theme)
            shown += _points(run, default_choice(run, domain), theme)
    two = default_two_domains(run, domain)
    if every and two is not None:
        shown += _compared(run, two, theme)
    return Section("directions", QUESTION, tuple(shown))


def _named(key: str, title: str, make: Callable[[], Exhibit]) -> Exhibit:
    """Return an exhibit, or the reason why there is none, under this key and title."""
    return attempted(key, title, lambda: replace(make(), key=key, title=title))


def _compared(run: Run, choice: DirectionsChoice, theme: Theme) -> Iterator[Exhibit]:
    """Yield the three figures of a choice, its domains in their keys and titles."""
    place = "-".join(choice.domains)
    title = " and ".join(run.domains[name].title for name in choice.domains)
    for key, what, make in (
        ("heatmap", "cosines", _heatmap),
        ("angles", "subspaces", _subspaces),
        ("spectra", "spectra", _spectra),
    ):
        yield _named(
            f"directions-{key}-{place}", f"{title}: {what}", partial(make, run, choice, theme)
        )


def _other_cosines(run: Run, domain: str, theme: Theme) -> Iterator[Exhibit]:
    for kind in KINDS[1:]:
        yield _named(
            f"directions-heatmap-{domain}-{kind.replace(' ', '-')}",
            f"{run.domains[domain].title}: {kind}",
            partial(_heatmap, run, default_choice(run, domain, kind), theme),
        )


def _heatmap(run: Run, choice: DirectionsChoice, theme: Theme) -> Exhibit:
    if choice.view == DOMAINS_VIEW:
        panel = obtain(DOMAINS, run, domains_params(run, choice)).panel
    else:
        panel = obtain(PAIR, run, pair_params(run, choice))
    return exhibits.heatmap(panel, choice, run, theme)


def _subspaces(run: Run, choice: DirectionsChoice, theme: Theme) -> Exhibit:
    if choice.view == DOMAINS_VIEW:
        return exhibits.subspaces(obtain(DOMAINS, run, domains_params(run, choice)).angles, theme)
    return exhibits.subspaces(obtain(ANGLES, run, angles_params(run, choice)), theme)


def _spectra(run: Run, choice: DirectionsChoice, theme: Theme) -> Exhibit:
    results = [obtain(SPECTRUM, run, params) for params in spectrum_params(run, choice)]
    return exhibits.spectra(results, run, theme)


def _comparison(run: Run, choice: DirectionsChoice) -> DirectionsComparison:
    params = pair_params(run, choice)
    a, b = (obtain(BASIS, run, side) for side in params.sides)
    return DirectionsComparison(obtain(PAIR, run, params), a, b)


def _cards(run: Run, choice: DirectionsChoice, theme: Theme) -> Iterator[Exhibit]:
    """Yield both sides' scores and partners of the cell that the page shows first."""
    for side in cards.SIDES:
        for key, what, make in (
            ("histogram", "scores", _scores),
            ("partners", "partners", _partners),
        ):
            yield _named(
                f"directions-card-{side.lower()}-{key}-{choice.domain}",
                f"{run.domains[choice.domain].title}: {what} of {side}",
                partial(make, run, choice, theme, side),
            )


def _scores(run: Run, choice: DirectionsChoice, theme: Theme, side: str) -> Exhibit:
    compared, _ = _first_cell(run, choice)
    basis, direction = _side(run, choice, side)
    samples = run.samples(basis.domain)
    name = run.encoders[basis.encoder].title
    turned = compared.turned and side == cards.SIDES[1]
    return cards.scores(basis, direction, samples, theme, side=side, name=name, aligned=turned)


def _partners(run: Run, choice: DirectionsChoice, theme: Theme, side: str) -> Exhibit:
    basis, direction = _side(run, choice, side)
    params = partners_params(run, basis, direction)
    return cards.partners(
        obtain(MATCHED, run, params),
        basis,
        direction,
        theme,
        side=side,
        name=run.encoders[basis.encoder].title,
        components=params.components,
    )


def _side(run: Run, choice: DirectionsChoice, side: str) -> tuple[Basis, int]:
    """Return the directions of one side, and which of them the page shows first."""
    compared, (row, column) = _first_cell(run, choice)
    return (compared.a, row) if side == cards.SIDES[0] else (compared.b, column)


def _first_cell(run: Run, choice: DirectionsChoice) -> tuple[DirectionsComparison, tuple[int, int]]:
    """Return the comparison with the signs of the cell that the page shows first, and the cell."""
    compared = _comparison(run, choice)
    cell = lead_cell(compared.panel)
    return aligned(compared, cell), cell


def _points(run: Run, choice: DirectionsChoice, theme: Theme) -> Iterator[Exhibit]:
    """Yield the samples by their scores, and on each plane of either side."""
    title = run.domains[choice.domain].title
    yield _named(
        f"{points.KEY}-{choice.domain}-{points.SCORES}",
        f"{title}: samples by their scores",
        partial(_by_scores, run, choice, theme),
    )
    for method in METHODS:
        for side in cards.SIDES:
            yield _named(
                f"{points.KEY}-{choice.domain}-{method}-{side.lower()}",
                f"{title}: samples by {method} of {side}",
                partial(_on_plane, run, choice, theme, method, side),
            )


def _by_scores(run: Run, choice: DirectionsChoice, theme: Theme) -> Exhibit:
    samples = run.samples(choice.domain)
    compared, cell = _first_cell(run, choice)
    return points.samples_by_scores(compared, cell, samples, samples[COLOUR], theme)


def _on_plane(run: Run, choice: DirectionsChoice, theme: Theme, method: str, side: str) -> Exhibit:
    samples = run.samples(choice.domain)
    basis, _ = _side(run, choice, side)
    plane = obtain(EMBEDDING, run, embedding_params(choice, basis, method))
    return points.samples_on_plane(plane, basis.photographs, samples, samples[COLOUR], theme)
