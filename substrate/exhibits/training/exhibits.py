"""A training by step: alignment and accuracy, every layer, ranks, directions and their span."""

from __future__ import annotations

from substrate.analyses.training.alignment import TrainingResult
from substrate.analyses.training.choice import UNIT
from substrate.analyses.training.directions import TrainingDirectionsResult
from substrate.analyses.training.tables import (
    cosine_table,
    curve_table,
    layer_table,
    overlap_table,
)
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.training import verdicts, words
from substrate.exhibits.training.trace import alignment_trace, directions_trace
from substrate.figures.theme import Theme
from substrate.figures.training.alignment import emergence_curve, rank_curve
from substrate.figures.training.directions import direction_movie, overlap_curve
from substrate.figures.training.layers import layer_step_heatmap
from substrate.runs import Run


def alignment_and_accuracy(result: TrainingResult, run: Run, theme: Theme) -> Exhibit:
    """Return the alignment to the target beside accuracy; the run gives readable names."""
    domain = run.domains[result.domain].title
    return Exhibit(
        key="training-curve",
        title="Alignment and accuracy",
        sentence=words.training_sentence(result, titles(run), domain),
        context=f"{words.training_context(result)} {words.PUBLISHED}",
        verdict=verdicts.of_alignment(result),
        figure=emergence_curve(result, theme, _names(result, run)),
        read="The solid line (left axis) is how close the layer is to the target, the dashed one "
        "(right axis) the accuracy. The dotted vertical line is where accuracy had made half of "
        "its gain: what the solid line had done by then is the share in the sentence above.",
        table=curve_table(result),
        trace=alignment_trace(result),
    )


def every_layer(result: TrainingResult, run: Run, theme: Theme) -> Exhibit:
    """Return every layer at every step against the same target."""
    return Exhibit(
        key="training-heatmap",
        title="Every layer",
        sentence="Every layer of the training at every step, against the same target.",
        figure=layer_step_heatmap(result, theme, _names(result, run)),
        read=f"The frame marks the chosen layer; {result.scores.crosses}.",
        table=layer_table(result),
        trace=alignment_trace(result),
    )


def ranks(result: TrainingResult, run: Run, theme: Theme) -> Exhibit:
    """Return effective rank and participation ratio of the chosen layer by step."""
    return Exhibit(
        key="training-rank",
        title="Ranks",
        sentence="How many directions the features use at each step.",
        figure=rank_curve(result, theme, _names(result, run)),
        read="Effective rank counts directions by the entropy of their variances; the "
        "participation ratio weighs large variances more.",
        table=curve_table(result),
        trace=alignment_trace(result),
    )


def directions_by_step(
    result: TrainingDirectionsResult,
    run: Run,
    theme: Theme,
    *,
    scale: str = UNIT,
    step: int = -1,
) -> Exhibit:
    """Return the directions of every step against the final ones, at first those of ``step``.

    ``step`` is an index into the steps.
    """
    name = titles(run)[result.encoder]
    return Exhibit(
        key="training-movie",
        title="Directions by step",
        sentence=words.directions_sentence(result, name, run.domains[result.domain].title),
        context=words.DIRECTIONS_CONTEXT,
        verdict=verdicts.of_directions(result),
        figure=direction_movie(result, theme, name, scale=scale, step=step),
        read=f"Press play or drag the slider. {words.dots(result)}; a cross at the edge marks a "
        "direction that is not stable enough to be read alone: then only the overlap of the whole "
        "span counts.",
        table=cosine_table(result),
        trace=directions_trace(result),
    )


def span_by_step(result: TrainingDirectionsResult, run: Run, theme: Theme) -> Exhibit:
    """Return how much of the final span there is at each step."""
    return Exhibit(
        key="training-overlap",
        title="The span of the directions",
        sentence="How much of the final span of directions is there at each step.",
        figure=overlap_curve(result, theme, titles(run)[result.encoder]),
        read="1 where the spans are the same, whatever their directions inside.",
        table=overlap_table(result),
        trace=directions_trace(result),
    )


def _names(result: TrainingResult, run: Run) -> tuple[str, str]:
    return titles(run)[result.encoder], words.target_phrase(result, titles(run))
