"""What encoders share on one domain, as exhibits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from substrate.analyses.panel_choice import PanelChoice
from substrate.analyses.shared.halves import sampled
from substrate.analyses.shared.units import together
from substrate.analyses.sharedness.by_paradigm import Paradigms
from substrate.analyses.sharedness.by_recipe import WithoutRecipes
from substrate.analyses.sharedness.by_setting import Settings
from substrate.analyses.sharedness.count import SharedCounts
from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.responses import Responses
from substrate.analyses.sharedness.tables import (
    direction_table,
    domain_table,
    owner_table,
    paradigm_table,
    response_table,
    settings_table,
)
from substrate.analyses.sharedness.untrained import UntrainedSharedness
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.sharedness import verdicts, views
from substrate.exhibits.sharedness.words import bands, context, headline
from substrate.figures.sharedness import by_domain as by_domain_figure
from substrate.figures.sharedness import responses as response_figures
from substrate.figures.sharedness import settings as settings_figure
from substrate.figures.sharedness import spectrum as spectrum_figure
from substrate.figures.theme import Theme
from substrate.wording import common_nouns


@dataclass(frozen=True, eq=False)
class Shared:
    """What is known of one domain: what its panel shares, and as far as computed what beside it."""

    panel: Sharedness
    titles: Mapping[str, str]
    untrained: UntrainedSharedness | None = None
    counts: SharedCounts | None = None
    without: WithoutRecipes | None = None
    copies: str = ""

    @property
    def sentence(self) -> str:
        """Return the opening sentence."""
        opening = headline(self.panel, self.untrained, self.without, self.titles)
        return f"{opening} {self.copies}" if self.copies else opening

    @property
    def context(self) -> str:
        """Return what stands beside it."""
        return context(self.panel, self.untrained, self.counts, self.without, self.titles)

    def trace(self, choice: PanelChoice, **more: Any) -> dict[str, Any]:
        """Return what its numbers rest on."""
        facts = {
            "domain": self.panel.size.domain,
            "n": self.panel.size.caption,
            "units": self.panel.units.text,
        }
        if self.untrained is not None:
            facts["untrained units"] = together(self.untrained.units)
        drawn = sampled(self.panel.size.n, self.panel.seed)
        if drawn:
            facts["samples of the mean"] = drawn
        return choice.trace(**facts, **more)


def spectrum(
    shared: Shared,
    choice: PanelChoice,
    theme: Theme,
    *,
    titles: dict[str, str],
    chosen: int | None = None,
    focus: str = "",
) -> Exhibit:
    """Show how far each encoder's part of each direction agrees with the others'.

    The encoder in ``focus`` is drawn as a line, in front of the others.
    """
    return Exhibit(
        key="subspace-spectrum",
        title=f"What encoders share on {shared.panel.size.title}",
        sentence=shared.sentence,
        context=shared.context,
        verdict=verdicts.on_one_domain(shared.panel, shared.untrained, copies=bool(shared.copies)),
        figure=spectrum_figure.spectrum(
            shared.panel, shared.untrained, theme, titles=titles, chosen=chosen, focus=focus
        ),
        read="Each dot is one encoder: its part of a direction that was found on other "
        f"{shared.panel.size.nouns.groups}, correlated with the sum of the other encoders' "
        f"parts. {bands(shared.panel)} "
        "The dashed line is as high as dots can come.",
        table=direction_table(shared.panel, shared.untrained),
        trace=shared.trace(choice),
    )


def by_domain(
    every: Sequence[Shared], choice: PanelChoice, theme: Theme, *, chosen: str
) -> Exhibit:
    """Show every domain's leave-encoder-out correlation beside its nulls."""
    panels = [shared.panel for shared in every]
    untrained = [shared.untrained for shared in every]
    said = next((s for s in every if s.panel.size.domain == chosen), every[0])
    groups = common_nouns(panel.size.nouns for panel in panels).groups
    trace = {"units": together([panel.units for panel in panels])}
    drawn = [panel.size.title for panel in panels if sampled(panel.size.n, panel.seed)]
    if drawn:
        largest = max(panel.size.n for panel in panels)
        trace["samples of the mean"] = f"{sampled(largest, choice.seed)} on {', '.join(drawn)}"
    return Exhibit(
        key="subspace-domains",
        title="What encoders share in every domain",
        sentence=said.sentence,
        context=said.context,
        verdict=verdicts.on_every_domain(
            panels, untrained, copies=any(shared.copies for shared in every)
        ),
        figure=by_domain_figure.by_domain(panels, untrained, theme, chosen=chosen),
        read=f"Filled: tested on held-out {groups}, with a 95 % CI. Hollow: too few {groups}, "
        "tested on other parts of the same ones, value only.",
        table=domain_table(panels, untrained),
        trace=choice.trace(**trace),
    )


def settings(
    result: Settings, choice: PanelChoice, theme: Theme, *, chosen: int | None = None
) -> Exhibit:
    """Show the effect of training under every setting of the switches."""
    return Exhibit(
        key="subspace-settings",
        title=settings_figure.TITLE,
        sentence=views.settings_sentence(result),
        context=views.settings_context(result),
        verdict=verdicts.of_settings(result),
        figure=settings_figure.settings_curve(result, theme, chosen=chosen),
        read="Each point is one setting, the squares below it say which. The statement is worth "
        "something if it does not hang on a column of squares.",
        table=settings_table(result),
        trace=choice.trace(domain=result.size.domain, n=result.size.caption),
    )


def paradigms(shared: Shared, result: Paradigms, choice: PanelChoice, theme: Theme) -> Exhibit:
    """Show the mean leave-encoder-out correlation of each paradigm's encoders by direction."""
    return Exhibit(
        key="subspace-paradigms",
        title="The sharedness spectrum by objective",
        sentence=views.paradigms_sentence(shared.panel, result),
        context=f"{shared.panel.n_test} held-out of {shared.panel.size.caption}. "
        f"{result.reason}".strip(),
        verdict=verdicts.of_paradigms(result),
        figure=response_figures.by_paradigm(shared.panel, result, theme),
        read="Mean over the encoders of each paradigm (their number in parentheses). The "
        "intervals are for these encoders; others of the same paradigm may differ more.",
        table=paradigm_table(result),
        trace=shared.trace(choice),
    )


def owners(
    shared: Shared,
    choice: PanelChoice,
    theme: Theme,
    *,
    paradigms: Sequence[str],
    titles: dict[str, str],
) -> Exhibit:
    """Show each encoder's share of each direction's loadings."""
    return Exhibit(
        key="subspace-loadings",
        title="Loadings by encoder",
        sentence=views.owners_sentence(shared.panel, titles),
        context=f"{shared.panel.n_fit} fitted of {shared.panel.size.caption}; no interval.",
        verdict=verdicts.of_loadings(shared.panel, titles),
        figure=response_figures.owners(shared.panel, list(paradigms), titles, theme),
        read="Wide encoders load more by their number of features alone; a direction that loads on "
        "a single encoder is not shared.",
        table=owner_table(shared.panel),
        trace=shared.trace(choice),
    )


def responses(
    result: Responses,
    shared: Shared,
    choice: PanelChoice,
    theme: Theme,
    *,
    chosen: int | None = None,
) -> Exhibit:
    """Show what each direction responds to."""
    return Exhibit(
        key="subspace-responses",
        title="Correlation with image statistics",
        sentence=views.responses_sentence(result),
        context=f"{result.n_test} held-out of {result.size.caption}. {result.reason}".strip(),
        verdict=verdicts.of_responses(result),
        figure=response_figures.responses(result, theme, chosen=chosen),
        read="Rows are directions, columns 56 image statistics by family. Grey: constant on these "
        "images.",
        table=response_table(result),
        trace=shared.trace(choice),
    )
