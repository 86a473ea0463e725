"""Two encoders along their depth, all their layers, and all encoders at one layer."""

from __future__ import annotations

from substrate.analyses.layers.all_encoders import PairsResult, UntrainedPairsResult
from substrate.analyses.layers.choice import MEASURED
from substrate.analyses.layers.tables import encoder_table, layer_table
from substrate.analyses.layers.two_encoders import LayersResult, UntrainedResult
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.layers import verdicts, words
from substrate.exhibits.layers.trace import layers_trace, pairs_trace
from substrate.figures.layers.all_encoders import pairs_heatmap
from substrate.figures.layers.two_encoders import depth_curve, layer_heatmap
from substrate.figures.theme import Theme
from substrate.runs import Run


def along_depth(
    result: LayersResult,
    untrained: UntrainedResult | None,
    run: Run,
    theme: Theme,
    back: LayersResult | None = None,
) -> Exhibit:
    """Return the score at equal depth and of the best match; the run gives readable names.

    ``back`` is the other direction of a metric that has two.
    """
    names = both_titles(result, run)
    return Exhibit(
        key="layers-curve",
        title="Along the depth",
        sentence=words.layers_sentence(result, *names, run.domains[result.domain].title),
        context=words.layers_context(result, untrained, back, names),
        verdict=verdicts.along_depth(result, untrained, *names),
        figure=depth_curve(result, untrained, theme, names, back),
        read="The solid line compares layers at the same share of the depth; the dashed one shows "
        "each layer's closest partner, picked by its value, which flatters."
        f"{words.band(result.scores)}{words.neighbours(result)}",
        table=layer_table(result.scores, result.first, result.second),
        trace=layers_trace(result),
    )


def all_layers(
    result: LayersResult,
    run: Run,
    theme: Theme,
    *,
    scale: str = MEASURED,
    cell: tuple[int, int] | None = None,
) -> Exhibit:
    """Return all layers of one encoder against all of the other, with ``cell`` outlined."""
    names = both_titles(result, run)
    return Exhibit(
        key="layers-heatmap",
        title="All layers",
        sentence=f"Every layer of {names[0]} vs. every layer of {names[1]}.",
        figure=layer_heatmap(result, theme, names, scale=scale, chosen=cell),
        read="A dot marks the closest layer of each row, a square layers at equal depth, grey no "
        f"value; {result.scores.crosses}. The line is the path from both first layers to both last "
        "that never goes back and whose pairs are closest in sum (dynamic time warping).",
        table=layer_table(result.scores, result.first, result.second),
        trace=layers_trace(result),
    )


def all_encoders(
    result: PairsResult,
    untrained: UntrainedPairsResult | None,
    run: Run,
    theme: Theme,
    *,
    scale: str = MEASURED,
    cell: tuple[int, int] | None = None,
) -> Exhibit:
    """Return every encoder against every other at one layer, with ``cell`` outlined."""
    names = titles(run)
    return Exhibit(
        key="layers-pairs-heatmap",
        title="All encoders",
        sentence=words.pairs_sentence(result, run.domains[result.domain].title, names),
        context=words.pairs_context(result, untrained),
        verdict=verdicts.of_pairs(result, untrained, names),
        figure=pairs_heatmap(result, theme, names, scale=scale, chosen=cell),
        read=f"Each cell compares the last features of two encoders; {result.scores.crosses}.",
        table=encoder_table(result.scores, result.encoders),
        trace=pairs_trace(result),
    )


def both_titles(result: LayersResult, run: Run) -> tuple[str, str]:
    """Return the readable names of the two encoders."""
    names = titles(run)
    return names[result.first.encoder], names[result.second.encoder]
