"""Encoders compared with each other, as exhibits: pairs, matches of directions, disagreement."""

from __future__ import annotations

from substrate.analyses.encoders.disagreement import Disagreement
from substrate.analyses.encoders.flow import Flow
from substrate.analyses.encoders.pairs import EncoderPairs
from substrate.analyses.encoders.removal import Causal
from substrate.analyses.encoders.tables import (
    comparison_table,
    flow_table,
    position_table,
    removal_table,
    score_table,
    similarity_table,
)
from substrate.analyses.panel_choice import PanelChoice
from substrate.exhibits.encoders import verdicts, words
from substrate.exhibits.exhibit import Exhibit
from substrate.figures.encoders import disagreement as disagreement_figures
from substrate.figures.encoders import flow as flow_figure
from substrate.figures.encoders import pairs as pair_figures
from substrate.figures.theme import Theme


def pairs(result: EncoderPairs, key: str, choice: PanelChoice, theme: Theme) -> Exhibit:
    """Show one calibrated similarity (a key of its ``similarities``) of all pairs of encoders."""
    zero = result.size.shuffled.lower() if result.size.within else "chance"
    return Exhibit(
        key="subspace-encoder-pairs",
        title="All pairs of encoders",
        sentence=words.pairs_sentence(result),
        context=" ".join(result.missing),
        verdict=verdicts.of_pairs(result),
        figure=pair_figures.pairs_matrix(result, key, theme),
        read=f"(score − {zero}) / (1 − {zero}), unclipped; ordered so that neighbours are alike.",
        table=similarity_table(result, key),
        trace=choice.trace(domain=result.size.domain),
    )


def comparisons(result: EncoderPairs, choice: PanelChoice, theme: Theme) -> Exhibit:
    """Show the differences between kinds of pairs of encoders."""
    return Exhibit(
        key="subspace-comparisons",
        title="Differences between kinds of pairs",
        sentence=words.comparisons_sentence(result),
        figure=pair_figures.comparisons(result, theme),
        read="Differences, not ratios: a ratio explodes where its denominator is near zero. "
        "The published ratio's form is in the hover and in the table.",
        table=comparison_table(result),
        trace=choice.trace(domain=result.size.domain),
    )


def encoder_map(result: EncoderPairs, choice: PanelChoice, theme: Theme) -> Exhibit:
    """Show encoders as points, near where they are alike."""
    return Exhibit(
        key="subspace-map",
        title="A map of the encoders",
        sentence=words.map_sentence(result),
        verdict=verdicts.of_map(result),
        figure=pair_figures.encoder_map(result, theme),
        read="Near means alike; axes have no meaning of their own.",
        table=position_table(result),
        trace=choice.trace(domain=result.size.domain),
    )


def flow(result: Flow, choice: PanelChoice, theme: Theme, *, titles: dict[str, str]) -> Exhibit:
    """Show how directions continue from encoder to encoder or from layer to layer."""
    return Exhibit(
        key="subspace-flow",
        title="Where directions go",
        sentence=words.flow_sentence(result, "layer" if result.layers_of else "encoder"),
        verdict=verdicts.of_flow(result, "layer" if result.layers_of else "encoder"),
        figure=flow_figure.flow(result, titles, theme),
        read="Numbers are directions, most variance on top; a band that splits is a plane that two "
        "networks cut differently.",
        table=flow_table(result),
        trace=choice.trace(
            domain=result.size.domain, steps=", ".join(result.steps), units=result.units.text
        ),
    )


def disagreement(
    result: Disagreement,
    direction: int,
    choice: PanelChoice,
    theme: Theme,
    *,
    titles: dict[str, str],
) -> Exhibit:
    """Show held-out scores along one direction (from 0) of two encoders."""
    return Exhibit(
        key="subspace-disagreement",
        title="Where two encoders disagree",
        sentence=words.disagreement_sentence(result, direction, titles),
        verdict=verdicts.of_disagreement(result, direction),
        figure=disagreement_figures.scores(result, direction, theme),
        read="Off the dashed line the two disagree; the colour says by how much the second's score "
        "differs from what the first's says.",
        table=score_table(result, direction),
        trace=choice.trace(domain=result.size.domain, **_two(result)),
    )


def removal(
    result: Causal, direction: int, choice: PanelChoice, theme: Theme, *, titles: dict[str, str]
) -> Exhibit:
    """Show what probes of two encoders lose without each direction, saying it of one."""
    return Exhibit(
        key="subspace-causal",
        title="What probes lose without a direction",
        sentence=words.removal_sentence(result, direction, titles),
        verdict=verdicts.of_removal(result, direction, titles),
        figure=disagreement_figures.removal(result, theme),
        read="A shared direction that matters costs both probes more than a random one does.",
        table=removal_table(result),
        trace=choice.trace(domain=result.size.domain, **_two(result)),
    )


def _two(result: Disagreement | Causal) -> dict[str, str]:
    """Return what is known of two encoders: names, and how many of their units took part."""
    return {
        "encoders": f"{result.first}, {result.second}",
        "units": " and ".join(units.text for units in result.units),
    }
