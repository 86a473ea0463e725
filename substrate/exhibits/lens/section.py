"""What a report lists of one image: with all views, the one that the page opens with."""

from __future__ import annotations

from collections.abc import Iterator

from substrate.analyses.lens.neighbours import LENS_NEIGHBOURS, Neighbours, neighbours_params
from substrate.analyses.lens.position import held_out_parts, leading_row, position
from substrate.analyses.panel_choice import default_choice
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS, Sharedness
from substrate.analyses.spec import obtain
from substrate.exhibits.exhibit import Exhibit, Section, attempted, titles
from substrate.exhibits.lens import exhibits as made
from substrate.figures.theme import Theme
from substrate.runs import Run

QUESTION = "How do encoders see this image?"


def lens(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return, with ``every``, the image that scores highest along the most shared direction."""
    several = every and len(run.panel) > 1
    return Section("lens", QUESTION, tuple(_items(run, theme)) if several else ())


def _items(run: Run, theme: Theme) -> Iterator[Exhibit]:
    choice, domain = default_choice(run), run.main_domain

    def shown() -> tuple[Sharedness, int, list[str]]:
        shared: Sharedness = obtain(SHAREDNESS, run, choice.sharedness(domain))
        return shared, leading_row(shared), run.samples(domain)["sample_id"].tolist()

    def scores() -> Exhibit:
        shared, row, names = shown()
        parts = held_out_parts(shared, row)
        assert parts is not None, "the leading image is one of those held out"
        return made.scores(position(shared, row, parts), names[row], titles(run), theme)

    def neighbours() -> Exhibit:
        _, row, names = shown()
        params = neighbours_params(run, choice.encoders, domain, row)
        result: Neighbours = obtain(LENS_NEIGHBOURS, run, params)
        return made.neighbours(result, result.place(row), names[row], names, titles(run), theme)

    for what, title, make in (
        ("scores", "one image along each direction", scores),
        ("neighbours", "neighbours of one image that encoders share", neighbours),
    ):
        key = f"lens-{what}-{domain}"
        yield attempted(key, f"{run.domains[domain].title}: {title}", make)
