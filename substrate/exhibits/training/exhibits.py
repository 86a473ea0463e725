"""The Training page's default figures, for each training that was extracted."""

from __future__ import annotations

from substrate.analyses.training.alignment import (
    TRAINING,
    TrainingParams,
    TrainingResult,
    defaults,
)
from substrate.analyses.training.directions import (
    TRAINING_DIRECTIONS,
    directions_params,
)
from substrate.analyses.training.tables import (
    cosine_table,
    curve_table,
    layer_table,
    overlap_table,
)
from substrate.exhibits.exhibit import (
    Item,
    Section,
    attempt,
    found,
    titles,
)
from substrate.exhibits.training.words import (
    DIRECTIONS_CONTEXT,
    PUBLISHED,
    directions_sentence,
    target_phrase,
    training_context,
    training_sentence,
)
from substrate.figures.theme import Theme
from substrate.figures.training.alignment import (
    emergence_curve,
    layer_step_heatmap,
    rank_curve,
)
from substrate.figures.training.directions import (
    direction_movie,
    overlap_curve,
)
from substrate.runs import Run


def training(run: Run, theme: Theme) -> Section:
    """Return alignment, layers, ranks and directions by step, for each training and domain."""
    items = []
    for _, params in defaults(run):
        for make, what in (
            (_curve, "alignment and accuracy"), (_layers, "every layer"), (_ranks, "ranks"),
            (_movie, "directions by step"), (_overlap, "their span"),
        ):  # fmt: skip
            where = run.domains[params.domain].title
            title = f"{titles(run)[params.encoder]} on {where}: {what}"
            items.append(
                attempt(title, lambda m=make, p=params, t=title: m(run, p, t, theme))  # type: ignore[misc]
            )
    return Section("training", "When does the shared structure emerge?", tuple(items))


def _names(run: Run, result: TrainingResult) -> tuple[str, str]:
    return titles(run)[result.encoder], target_phrase(result, titles(run))


def _facts(result: TrainingResult) -> dict[str, str]:
    return {"target": result.target, "members": ", ".join(result.members),
            "metric": result.scores.metric, "rests on": result.facts}  # fmt: skip


def _curve(run: Run, params: TrainingParams, title: str, theme: Theme) -> Item:
    result = found(TRAINING, run, params)
    return Item(
        title,
        training_sentence(result, titles(run), run.domains[params.domain].title),
        f"{training_context(result)} {PUBLISHED}",
        emergence_curve(result, theme, _names(run, result)),
        "The solid line (left axis) is how close the layer is to the target, the dashed one "
        "(right axis) the accuracy; the dotted vertical line is where accuracy had made half of "
        "its gain.",
        curve_table(result),
        _facts(result),
    )


def _layers(run: Run, params: TrainingParams, title: str, theme: Theme) -> Item:
    result = found(TRAINING, run, params)
    return Item(
        title, "Every layer of the training at every step, against the same target.", "",
        layer_step_heatmap(result, theme, _names(run, result)),
        f"{result.scores.crosses.capitalize()}.", layer_table(result), _facts(result),
    )  # fmt: skip


def _ranks(run: Run, params: TrainingParams, title: str, theme: Theme) -> Item:
    result = found(TRAINING, run, params)
    return Item(
        title, "How many directions the features use at each step.", "",
        rank_curve(result, theme, _names(run, result)),
        "Effective rank counts directions by the entropy of their variances; the participation "
        "ratio weighs large variances more.", curve_table(result), _facts(result),
    )  # fmt: skip


def _movie(run: Run, params: TrainingParams, title: str, theme: Theme) -> Item:
    chosen = directions_params(run, params.encoder, params.domain, params.layer)
    result = found(TRAINING_DIRECTIONS, run, chosen)
    name = titles(run)[params.encoder]
    return Item(
        title, directions_sentence(result, name, run.domains[params.domain].title),
        DIRECTIONS_CONTEXT, direction_movie(result, theme, name),
        "Press play or drag the slider. A dot marks cells beyond what random directions give; a "
        "cross at the edge marks a direction that is not stable enough to be read alone.",
        cosine_table(result), {"rests on": result.facts},
    )  # fmt: skip


def _overlap(run: Run, params: TrainingParams, title: str, theme: Theme) -> Item:
    chosen = directions_params(run, params.encoder, params.domain, params.layer)
    result = found(TRAINING_DIRECTIONS, run, chosen)
    return Item(
        title, "How much of the final span of directions is there at each step.", "",
        overlap_curve(result, theme, titles(run)[params.encoder]),
        "1 where the spans are the same, whatever their directions inside.",
        overlap_table(result), {"rests on": result.facts},
    )  # fmt: skip
