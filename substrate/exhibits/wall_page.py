"""What a report lists of the wall and of single shared directions, for a run's default choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from substrate.analyses.panel_choice import PanelChoice, default_choice
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.sharedness.responses import RESPONSES, ResponsesParams
from substrate.analyses.sharedness.untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.sharedness.wall import Wall, wall_of
from substrate.analyses.spec import Ask, obtain
from substrate.exhibits.exhibit import Exhibit, Section, attempted, titles
from substrate.exhibits.sharedness import wall as made
from substrate.figures.theme import Theme
from substrate.runs import Run

QUESTION = "Which directions are shared, encoder by encoder?"
DIRECTION_QUESTION = "What is this shared direction?"


def wall(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return the wall of the main domain; with ``every`` those of all domains."""
    choice = default_choice(run)
    domains = tuple(run.domains) if every else (run.main_domain,)
    shown = [
        attempted(
            f"wall-wall-{name}",
            f"{run.domains[name].title}: the wall",
            partial(_wall, run, choice, name, theme),
        )
        for name in domains
        if len(choice.encoders) > 1 and run.domains[name].pictured
    ]
    return Section("wall", QUESTION, tuple(shown))


def direction(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return, with ``every``, what the page of the most shared direction shows."""
    choice = default_choice(run)
    shown = []
    if every and len(choice.encoders) > 1:
        shown = list(_direction(run, choice, run.main_domain, theme))
    return Section("direction", DIRECTION_QUESTION, tuple(shown))


def shared_wall(run: Run, choice: PanelChoice, domain: str, ask: Ask = obtain) -> Wall:
    """Return what stands on the wall of a domain; ``ask`` gives the results it is made of."""
    untrained = None
    if choice.seeds:
        untrained = ask(UNTRAINED_SHAREDNESS, run, choice.untrained_sharedness(domain))
    return wall_of(ask(SHAREDNESS, run, choice.sharedness(domain)), untrained)


def _wall(run: Run, choice: PanelChoice, domain: str, theme: Theme) -> Exhibit:
    return made.wall(shared_wall(run, choice, domain), run.thumbnails(domain), titles(run), theme)


def _direction(run: Run, choice: PanelChoice, domain: str, theme: Theme) -> Iterator[Exhibit]:
    def agreement() -> Exhibit:
        result = shared_wall(run, choice, domain)
        return made.agreement(result, int(result.order[0]), titles(run), theme)

    def scores() -> Exhibit:
        result = shared_wall(run, choice, domain)
        return made.scores(result, int(result.order[0]), theme)

    def correlates() -> Exhibit:
        result = shared_wall(run, choice, domain)
        params = ResponsesParams(**vars(choice.sharedness(domain)))
        responses = obtain(RESPONSES, run, params)
        return made.correlates(responses, result, int(result.order[0]), theme)

    for key, make in (("agreement", agreement), ("scores", scores), ("correlates", correlates)):
        exhibit = attempted(f"direction-{key}-{domain}", f"The most shared direction: {key}", make)
        yield replace(exhibit, key=f"direction-{key}-{domain}")
