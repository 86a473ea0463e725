"""What long experiments found: the figures of each, the one that answers its question first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from substrate.analyses.experiments import (
    distill,
    emergence,
    modality,
    panel,
    stitching,
    tables,
)
from substrate.analyses.experiments.choice import ExperimentsChoice
from substrate.analyses.experiments.file import ExperimentFile
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.experiments import stitching_words, verdicts, words
from substrate.exhibits.experiments.concepts_exhibits import of_concepts
from substrate.exhibits.experiments.polarisation_exhibits import of_polarisation
from substrate.exhibits.experiments.students_exhibits import of_students
from substrate.exhibits.experiments.trace import experiment_trace
from substrate.exhibits.experiments.weights_exhibits import of_weights
from substrate.exhibits.training.words import PUBLISHED as PUBLISHED_EMERGENCE
from substrate.figures.experiments import panel as panel_figures
from substrate.figures.experiments.distill import distill_alignment, distill_differences
from substrate.figures.experiments.emergence import SHARES_TITLE, emergence_curves, emergence_shares
from substrate.figures.experiments.modality import modality_rows
from substrate.figures.experiments.stitching import stitching_r2, stitching_rows
from substrate.figures.theme import Theme

Results = ExperimentFile[Any]


def of_distill(file: Results, _choice: ExperimentsChoice, theme: Theme) -> tuple[Exhibit, ...]:
    """Return the differences between arms, and every student."""
    summary = distill.summarise(file)
    trace = experiment_trace(file, summary.facts)
    return (
        Exhibit(
            key="experiments-distill-differences",
            title="Gain in accuracy over cross-entropy alone",
            sentence=words.distill_sentence(summary),
            context=f"{words.distill_context(summary)} {words.PUBLISHED_DISTILLING}",
            verdict=verdicts.of_distill(summary),
            figure=distill_differences(summary, theme),
            read="A large mark is the mean over seeds, small dots are single seeds, whiskers 95 % "
            "CIs. The grey band behind each arm is the interval of the null, the scores of "
            "other images: an arm says something of the substrate only beyond it.",
            table=tables.distill_table(summary),
            trace=trace,
        ),
        Exhibit(
            key="experiments-distill-alignment",
            title="Every student: alignment and accuracy",
            sentence="How accurate each student is, and how close it came to the substrate.",
            figure=distill_alignment(file.repeats, summary, theme),
            read="One mark per student. To the right: its features align with the substrate on "
            "images that it never saw. Clouds at different heights are different shares of the "
            "labels.",
            table=tables.repeats_table(file.repeats),
            trace=trace,
        ),
    )


def of_modality(file: Results, choice: ExperimentsChoice, theme: Theme) -> tuple[Exhibit, ...]:
    """Return the agreement of images and texts, for one choice of photographs."""
    summary = modality.summarise(file, choice.scope)
    return (
        Exhibit(
            key="experiments-modality-rows",
            title=f"Agreement with texts: {summary.scope_name.lower()}",
            sentence=words.modality_sentence(summary),
            context=f"{words.modality_context(summary)} {words.PUBLISHED_MODALITY}",
            verdict=verdicts.of_modality(summary),
            figure=modality_rows(summary, theme),
            read=words.modality_read(summary),
            table=tables.modality_table(summary),
            trace=experiment_trace(file, summary.facts),
        ),
    )


def of_emergence(file: Results, choice: ExperimentsChoice, theme: Theme) -> tuple[Exhibit, ...]:
    """Return every training's share of the way, and the curves on one domain."""
    summary = emergence.summarise(file, choice.domain)
    trace = experiment_trace(file, summary.facts)
    return (
        Exhibit(
            key="experiments-emergence-shares",
            title=SHARES_TITLE,
            sentence=words.emergence_sentence(summary),
            context=f"{words.emergence_context(summary)} {PUBLISHED_EMERGENCE}",
            verdict=verdicts.of_emergence(summary),
            figure=emergence_shares(summary, theme),
            read="Right of the dotted line alignment ran ahead of accuracy. 100 % means that it "
            "had arrived when accuracy was half way, more that it had gone beyond and came back.",
            table=tables.shares_table(summary),
            trace=trace,
        ),
        Exhibit(
            key="experiments-emergence-curves",
            title=f"Along training, on {summary.domain_title}",
            sentence=f"Every training's alignment and accuracy by step, on {summary.domain_title}.",
            figure=emergence_curves(summary, theme),
            read=words.emergence_curves_read(summary),
            table=tables.curves_table(summary),
            trace=trace,
        ),
    )


def of_panel(file: Results, _choice: ExperimentsChoice, theme: Theme) -> tuple[Exhibit, ...]:
    """Return the trained panel beside untrained ones on every domain, and the ceiling."""
    summary = panel.summarise(file)
    trace = experiment_trace(file, summary.facts)
    domains = Exhibit(
        key="experiments-panel-domains",
        title="What the panel shares, trained and untrained",
        sentence=words.panel_sentence(summary),
        context=words.panel_context(summary),
        verdict=verdicts.of_panel(summary),
        figure=panel_figures.panel_domains(summary, theme),
        read="A small dot is an untrained panel, the large mark the trained one. Where the mark "
        "lies within the dots, training added nothing to what encoders share there.",
        table=tables.panel_table(summary),
        trace=trace,
    )
    if not any(row.pairs for row in summary.rows):
        return (domains,)
    pairs = Exhibit(
        key="experiments-panel-pairs",
        title=panel_figures.PAIRS_TITLE,
        sentence="How much two encoders of one recipe share, and two of different architecture.",
        figure=panel_figures.panel_pairs(summary, theme),
        read="Filled: one recipe, two seeds, as alike as encoders can be expected to be. Open: "
        "different architectures.",
        table=tables.pairs_table(summary),
        trace=trace,
    )
    return domains, pairs


def of_stitching(file: Results, _choice: ExperimentsChoice, theme: Theme) -> tuple[Exhibit, ...]:
    """Return the accuracy of every stitched network, and what R2 at the cut says of it."""
    summary = stitching.summarise(file)
    trace = experiment_trace(file, summary.facts)
    return (
        Exhibit(
            key="experiments-stitching-rows",
            title="Accuracy of stitched networks",
            sentence=stitching_words.sentence(summary),
            context=stitching_words.context(summary),
            verdict=verdicts.of_stitching(summary),
            figure=stitching_rows(summary, theme),
            read="Each row is the lower part of one network (before the arrow) under the upper "
            "part of another, joined where both have a map of this size, the earliest cut first. "
            "A filled circle near the tick says that the upper network loses little; the violet "
            "bar is what untrained lower networks reach, from the lowest draw to the highest. At "
            "late cuts the map is nearly a classifier by itself.",
            table=tables.stitching_table(summary),
            trace=trace,
        ),
        Exhibit(
            key="experiments-stitching-r2",
            title="Accuracy kept, against R² at the cut",
            sentence=stitching_words.r2_sentence(summary),
            figure=stitching_r2(summary, theme),
            read="One mark per cut, from the earliest to the latest along the line. High and to "
            "the left: the affine map predicts little of the variance, and the classes survive: "
            "what is not predicted, the upper network does not need. On the line at 100 % "
            "nothing is lost.",
            table=tables.stitching_table(summary),
            trace=trace,
        ),
    )


#: The figures of each experiment; the first answers its question.
FIGURES: dict[str, Callable[[Results, ExperimentsChoice, Theme], tuple[Exhibit, ...]]] = {
    "distill": of_distill,
    "modality": of_modality,
    "emergence": of_emergence,
    "panel": of_panel,
    "stitching": of_stitching,
    "weights": lambda file, _choice, theme: of_weights(file, theme),
    "students": lambda file, _choice, theme: of_students(file, theme),
    "polarisation": of_polarisation,
    "concepts": lambda file, _choice, theme: of_concepts(file, theme),
}
