"""What a run adds to the theory: heads on its features, and how many images it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from substrate.analyses.claims.images_needed import Needed
from substrate.analyses.theory.features import FeaturesParams, HeadsResult
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.theory import head_words, needed_words
from substrate.figures.theme import Theme
from substrate.figures.theory.heads import heads_figure
from substrate.figures.theory.needed import encoders_figure, needed_figure

HEADS, PHOTOGRAPHS, ENCODERS = (
    "Heads on real features",
    "How many images",
    "How many encoders",
)


def heads(result: HeadsResult, params: FeaturesParams, theme: Theme) -> Exhibit:
    """Return pairs of heads on an encoder's features over the theory."""
    return Exhibit(
        key="theory-features",
        title=HEADS,
        sentence=head_words.sentence(
            result, theme.encoder(result.encoder), theme.domain(result.domain)
        ),
        context=head_words.context(result),
        verdict=head_words.verdict(result),
        figure=heads_figure(result, theme),
        read=head_words.READ,
        table=head_words.table(result),
        trace=asdict(params),
    )


def photographs(headlines: Sequence[Needed], missing: Sequence[str], theme: Theme) -> Exhibit:
    """Return expected interval and power by number of photographs."""
    if not headlines:
        return Exhibit(key="theory-photographs", title=PHOTOGRAPHS, sentence=" ".join(missing))
    return Exhibit(
        key="theory-photographs",
        title=PHOTOGRAPHS,
        sentence=needed_words.sentence(headlines),
        context=needed_words.context(headlines, missing),
        verdict=needed_words.verdict(headlines),
        figure=needed_figure(headlines, theme),
        read=needed_words.reading(headlines),
        table=needed_words.table(headlines),
        trace={"figures": ", ".join(one.name for one in headlines)},
    )


def encoders(one: Needed, theme: Theme) -> Exhibit:
    """Return expected interval and power by number of encoders."""
    return Exhibit(
        key="theory-encoders",
        title=ENCODERS,
        sentence=needed_words.encoders_sentence(one),
        figure=encoders_figure(one, theme),
        read=needed_words.ENCODERS_READ,
        table=needed_words.encoders_table(one),
        trace={"figure": one.name, "domain": one.place},
    )
