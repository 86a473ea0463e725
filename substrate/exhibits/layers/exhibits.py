"""The Layers page's default figures."""

from __future__ import annotations

from substrate.analyses.layers.all_encoders import (
    LAYERS_PAIRS,
    LAYERS_PAIRS_UNTRAINED,
    common_seeds,
    pairs_params,
)
from substrate.analyses.layers.tables import (
    encoder_table,
    layer_table,
)
from substrate.analyses.layers.two_encoders import (
    LAYERS,
    LAYERS_UNTRAINED,
    LayersResult,
    layers_params,
    shared_seeds,
)
from substrate.analyses.shared.effort import DEFAULT_METRIC
from substrate.analyses.shared.grid_scores import Scores
from substrate.exhibits.exhibit import (
    Item,
    Section,
    attempt,
    found,
    titles,
)
from substrate.exhibits.layers.words import (
    layers_context,
    layers_sentence,
    pairs_context,
    pairs_sentence,
)
from substrate.figures.layers.all_encoders import pairs_heatmap
from substrate.figures.layers.two_encoders import (
    depth_curve,
    layer_heatmap,
)
from substrate.figures.theme import Theme
from substrate.runs import Run


def layers(run: Run, theme: Theme) -> Section:
    """Return for the first two encoders, on each domain: the curve, all layers, all encoders."""
    items = []
    for domain in run.domains if len(run.encoders) > 1 else ():
        for make, what in (
            (_curve, "along the depth"), (_grid, "all layers"), (_pairs, "all encoders")
        ):  # fmt: skip
            title = f"{run.domains[domain].title}: {what}"
            items.append(
                attempt(title, lambda m=make, d=domain, t=title: m(run, d, t, theme))  # type: ignore[misc]
            )
    return Section("layers", "Where along the depth do encoders part ways?", tuple(items))


def _names(run: Run, result: LayersResult) -> tuple[str, str]:
    return titles(run)[result.first.encoder], titles(run)[result.second.encoder]


def _curve(run: Run, domain: str, title: str, theme: Theme) -> Item:
    first, second = run.first_two
    params = layers_params(run, first, second, domain, DEFAULT_METRIC)
    result = found(LAYERS, run, params)
    seeds = shared_seeds(run, params)
    untrained = found(LAYERS_UNTRAINED, run, params) if seeds else None
    names = _names(run, result)
    return Item(
        title,
        layers_sentence(result, *names, run.domains[domain].title),
        layers_context(result, untrained),
        depth_curve(result, untrained, theme, names),
        "The solid line compares layers at the same share of the depth; the dashed one shows each "
        "layer's closest partner, picked by its value, which flatters. The grey band is what "
        "shuffled images give.",
        layer_table(result.scores, result.first, result.second),
        _facts(result.scores, domain),
    )


def _grid(run: Run, domain: str, title: str, theme: Theme) -> Item:
    first, second = run.first_two
    result = found(LAYERS, run, layers_params(run, first, second, domain, DEFAULT_METRIC))
    return Item(
        title, "Every layer of one encoder beside every layer of the other.", "",
        layer_heatmap(result, theme, _names(run, result)),
        "A dot marks the closest layer of each row, a square layers at equal depth, grey no value; "
        f"{result.scores.crosses}.",
        layer_table(result.scores, result.first, result.second), _facts(result.scores, domain),
    )  # fmt: skip


def _pairs(run: Run, domain: str, title: str, theme: Theme) -> Item:
    params = pairs_params(run, domain, DEFAULT_METRIC)
    result = found(LAYERS_PAIRS, run, params)
    seeds = common_seeds(run, domain)
    untrained = found(LAYERS_PAIRS_UNTRAINED, run, params) if seeds else None
    names = titles(run)
    return Item(
        title,
        pairs_sentence(result, run.domains[domain].title, names),
        pairs_context(result, untrained),
        pairs_heatmap(result, theme, names),
        f"Each cell compares the last features of two encoders; {result.scores.crosses}.",
        encoder_table(result.scores, result.encoders),
        _facts(result.scores, domain),
    )


def _facts(scores: Scores, domain: str) -> dict[str, str]:
    return {"domain": domain, "metric": scores.metric, "rests on": scores.facts}
