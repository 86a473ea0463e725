"""What a run has found, as a few cards: the published score, sharedness, images, detector, claims.

Cards are made of results that are there already; what is not computed yet is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import numpy as np

from substrate.analyses.claims.questions import Question
from substrate.analyses.detector.accuracy import (
    DETECTOR,
    DETECTOR_PIXELS,
    PixelParams,
    detector_params,
)
from substrate.analyses.panel_choice import PanelChoice, default_choice, with_intervals
from substrate.analyses.shared.replicates import Replicates
from substrate.analyses.sharedness.copies import COPIES
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS, Sharedness
from substrate.analyses.sharedness.untrained import UNTRAINED_SHAREDNESS, UntrainedSharedness
from substrate.analyses.spec import Ask, NotYetError, at_hand
from substrate.analyses.subspace.comparison import NAMES
from substrate.claims.ledger import NOT_YET
from substrate.claims.ledger import ledger as filled
from substrate.claims.preregistered import register
from substrate.exhibits.claims import verdicts as claim_verdicts
from substrate.exhibits.detector import verdicts as detector_verdicts
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.panel_page import controlled
from substrate.exhibits.sharedness import verdicts as sharedness_verdicts
from substrate.exhibits.sharedness import wall as wall_exhibits
from substrate.exhibits.subspace import verdicts as subspace_verdicts
from substrate.exhibits.wall_page import shared_wall
from substrate.figures.home.levels import Level, counts, levels
from substrate.figures.sharedness.wall import wall as wall_figure
from substrate.figures.theme import Theme
from substrate.numerics.estimates import Estimate
from substrate.runs import Run
from substrate.wording import listed

#: Directions of the wall that its card shows.
ROWS = 2


@dataclass(frozen=True, eq=False)
class Finding:
    """One card: the figure with its verdict, and the page and address that show the whole.

    ``wide`` is a card that takes the whole width.
    """

    exhibit: Exhibit
    page: str
    address: Mapping[str, str | list[str]]
    wide: bool = False


def findings(run: Run, theme: Theme, ask: Ask = at_hand) -> tuple[Finding, ...]:
    """Return the cards of a run, as far as its results are there; ``ask`` looks for each."""
    choice = default_choice(run)
    makers = (_images, _published, _shared, _detector, _claims)
    made = (_attempted(partial(make, run, choice, theme, ask)) for make in makers)
    return tuple(finding for group in made for finding in group)


def headline(run: Run, ask: Ask = at_hand) -> str:
    """Return the one sentence by which a run is known in a list, empty where there is none."""
    choice, domain = default_choice(run), run.main_domain
    try:
        panel, twins = _sharedness(run, choice, domain, ask)
        verdict = sharedness_verdicts.on_one_domain(panel, twins, copies=_copies(run, choice, ask))
    except ValueError:  # not computed, or not to be had
        return ""
    return "" if verdict is None else verdict.short


def _attempted(make: Callable[[], Finding]) -> Iterator[Finding]:
    try:
        finding = make()
    except ValueError:  # what this program raises when something cannot be had
        return
    if finding.exhibit.figure is not None and finding.exhibit.verdict is not None:
        yield finding


def _images(run: Run, choice: PanelChoice, theme: Theme, ask: Ask) -> Finding:
    """Return the most shared directions in images, encoder by encoder."""
    domain = run.main_domain
    result = shared_wall(run, choice, domain, ask)
    whole = wall_exhibits.wall(result, run.thumbnails(domain), titles(run), theme)
    figure = wall_figure(result, run.thumbnails(domain), titles(run), theme, rows=ROWS)
    title = f"{run.domains[domain].title}: images at the top of the most shared directions"
    figure.layout.meta = {**figure.layout.meta, "title": title}
    figure.update_yaxes(title=None)
    first = int(result.order[0])
    exhibit = replace(
        whole,
        key="finding-images",
        figure=figure,
        title=title,
        verdict=wall_exhibits.of_direction(result, first, "the most shared direction"),
    )
    return Finding(exhibit, "wall", {"domain": domain}, wide=True)


def _published(run: Run, choice: PanelChoice, theme: Theme, ask: Ask) -> Finding:
    """Return the published score of the trained panel beside what nothing shared gives.

    On the domains that have an interval, so that the difference from untrained panels is tested.
    """
    choice = with_intervals(run, choice)
    result = controlled(run, choice, ask)
    low, high = result.median_bounds or (None, None)
    marks = [Level("Trained panel", "trained", Estimate(result.median, low=low, high=high))]
    for control in result.all_controls():
        if control.key in ("untrained", "shuffled", "pixels"):
            values = tuple(float(v) for v in control.medians(debiased=False))
            series = "untrained" if control.key == "untrained" else "control"
            row = NAMES[control.key]
            marks.append(Level(row, series, Estimate(float(np.nanmedian(values))), repeats=values))
    on = listed([run.domains[domain].title for domain in choice.domains])
    title = f"The published score: Procrustes-CKA between {on}"
    exhibit = Exhibit(
        key="finding-published",
        title=title,
        sentence=title,
        verdict=subspace_verdicts.beside_twins(result),
        figure=levels(
            marks, theme, title=title, axis="Median over pairs of domains", facts=result.facts()
        ),
        read="The score of the trained panel with its 95 % CI, vs. the same score of panels "
        "that have learnt nothing. Small strokes are single draws.",
        trace=choice.trace(),
    )
    address: dict[str, str | list[str]] = {
        "subspace.view": "Overview",
        "subspace.domains": list(choice.domains),
    }
    return Finding(exhibit, "subspace", address)


def _sharedness(
    run: Run, choice: PanelChoice, domain: str, ask: Ask
) -> tuple[Sharedness, UntrainedSharedness | None]:
    panel = ask(SHAREDNESS, run, choice.sharedness(domain))
    params = choice.untrained_sharedness(domain)
    return panel, ask(UNTRAINED_SHAREDNESS, run, params) if choice.seeds else None


def _copies(run: Run, choice: PanelChoice, ask: Ask) -> bool:
    """Tell whether the panel holds undeclared copies; not, where it has not been looked for."""
    try:
        return bool(ask(COPIES, run, choice.copies()).pairs)
    except ValueError:
        return False


def _shared(run: Run, choice: PanelChoice, theme: Theme, ask: Ask) -> Finding:
    """Return what encoders share on every domain beside their untrained twins."""
    pairs = [_sharedness(run, choice, domain, ask) for domain in choice.domains]
    marks = []
    for panel, twins in pairs:
        row, summary = panel.size.title, panel.summary
        marks.append(Level(row, "trained", summary, hollow=panel.within))
        if twins is not None:
            draws = tuple(float(value) for value in twins.summaries)
            marks.append(Level(row, "untrained", Estimate(float(np.mean(draws))), repeats=draws))
    title = "What encoders share, on held-out images"
    first = pairs[0][0]
    exhibit = Exhibit(
        key="finding-shared",
        title=title,
        sentence=title,
        verdict=sharedness_verdicts.on_every_domain(
            [panel for panel, _ in pairs],
            [twins for _, twins in pairs],
            copies=_copies(run, choice, ask),
        ),
        figure=levels(
            marks,
            theme,
            title=title,
            axis="Leave-encoder-out correlation",
            facts=f"{len(first.encoders)} encoders, K = {first.k} · {first.whitening}",
        ),
        read="How each encoder's part of the shared directions correlates with the others' parts "
        "on images that were not used to find them, with its 95 % CI where the domain has ten "
        "photographs; crosses are untrained twins of the same architectures. A hollow mark was "
        "tested on other parts of the same few photographs.",
        trace=choice.trace(),
    )
    return Finding(exhibit, "subspace", {"subspace.view": "Every domain"})


def _detector(run: Run, _choice: PanelChoice, theme: Theme, ask: Ask) -> Finding:
    """Return what is left of the domain detector on photographs that it has not seen."""
    params = detector_params(run)
    result = ask(DETECTOR, run, params)
    rows = [
        ("As published", "control", result.naive),
        ("New photographs", "trained", result.by_photograph),
    ]
    if run.pictured(*params.domains):
        pixels = PixelParams(params.domains, params.components, params.seed)
        other = ask(DETECTOR_PIXELS, run, pixels).by_photograph
        rows.append(("Pixels, new photographs", "control", other))
    marks = [Level(row, series, a.balanced) for row, series, a in rows]
    title = "The published domain detector"
    exhibit = Exhibit(
        key="finding-detector",
        title=title,
        sentence=title,
        verdict=detector_verdicts.of_flattery(result),
        figure=levels(
            marks,
            theme,
            title=title,
            axis="Domains named correctly, balanced",
            facts=result.facts,
            percent=True,
        ),
        read="As published, other parts of the same photographs are tested, which lets the "
        "detector recognise the photograph instead of its domain. Balanced accuracy, with its "
        "95 % CI where each domain has ten photographs.",
        trace={"K": params.components, "seed": params.seed},
    )
    return Finding(exhibit, "transfer", {"transfer.view": "Domain detector"})


def _claims(run: Run, choice: PanelChoice, theme: Theme, ask: Ask) -> Finding:
    """Return how many published claims come out how, of those that the run has computed.

    Its own, like the verdict: what stored experiments answer is no finding of the run.
    """

    def answer(question: Question) -> Replicates | str | None:
        try:
            return cast("Replicates", ask(question[0], run, question[1]))
        except NotYetError:
            return None
        except ValueError as error:  # what this program raises when something cannot be had
            return str(error)

    ledger = filled(run, register(), answer)
    by_outcome = {name: n for name, n in ledger.counts().items() if name != NOT_YET}
    if all(row.stored or row.value is None for row in ledger.rows):
        raise ValueError("Nothing of the ledger is of this run.")
    title = "Which published claims replicate"
    exhibit = Exhibit(
        key="finding-claims",
        title=title,
        sentence=title,
        verdict=claim_verdicts.of_ledger(ledger),
        figure=counts(
            by_outcome,
            theme,
            title=title,
            axis="Published claims",
            facts=f"{sum(by_outcome.values())} claims · {ledger.tests} contrasts, corrected by "
            "Holm",
        ),
        read="Each claim was written down with its controls before anything was measured; the "
        "verdict follows by rule.",
        trace=choice.trace(),
    )
    return Finding(exhibit, "claims", {})
