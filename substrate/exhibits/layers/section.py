"""The layer figures that a report lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from substrate.analyses.layers.all_encoders import (
    LAYERS_PAIRS,
    LAYERS_PAIRS_UNTRAINED,
    PairsResult,
    UntrainedPairsResult,
    common_seeds,
)
from substrate.analyses.layers.choice import (
    BY_ENCODER,
    COLOURS,
    MEASURED,
    SCALES,
    LayersChoice,
    all_params,
    default_choice,
    two_params,
)
from substrate.analyses.layers.every_layer import (
    EVERY_LAYER,
    EveryLayer,
    clustered,
    every_layer_params,
)
from substrate.analyses.layers.layer_map import LAYER_MAP, layer_map_params
from substrate.analyses.layers.operations import (
    OPERATIONS,
    Operations,
    OperationsParams,
    operations_params,
)
from substrate.analyses.layers.smoothness import (
    SMOOTHNESS,
    SmoothnessParams,
    smoothness_params,
)
from substrate.analyses.layers.training_ways import TRAINING_WAYS, training_ways_params
from substrate.analyses.layers.trajectories import TRAJECTORIES, trajectories_params
from substrate.analyses.layers.two_encoders import (
    DEPTH_METRIC,
    LAYERS,
    LAYERS_UNTRAINED,
    NEIGHBOURS,
    shared_seeds,
)
from substrate.analyses.shared.trajectory import is_extracted
from substrate.analyses.shared.trajectory import trajectories as trajectories_kept
from substrate.analyses.spec import obtain
from substrate.exhibits.exhibit import Exhibit, Section, attempted
from substrate.exhibits.layers import exhibits
from substrate.exhibits.layers.every_layer import every_layer, families
from substrate.exhibits.layers.kept_section import kept_items
from substrate.exhibits.layers.layer_map import layer_map
from substrate.exhibits.layers.operations import divergence, operations
from substrate.exhibits.layers.smoothness import LABELS, smoothness, steps
from substrate.exhibits.layers.training_ways import training_ways
from substrate.exhibits.layers.trajectories import trajectories
from substrate.figures.theme import Theme
from substrate.numerics.depth.steps import SUMMARIES
from substrate.runs import Run

QUESTION = "Where along the depth do encoders diverge?"


def layers(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return for the first two encoders, on each domain: the curve, all layers, all encoders.

    What layers keep of the main domain follows. With ``every`` the two matrices come in calibrated
    colours as well, and every quantity that is kept.
    """
    shown: list[Exhibit] = []
    for domain in run.domains if len(run.encoders) > 1 else ():
        choice = default_choice(run, domain)
        shown += [_along_depth(run, choice, theme)]
        for scale in SCALES if every else (MEASURED,):
            shown += _matrices(run, choice, theme, scale)
    if every and len(run.encoders) > 1:
        shown += _more_neighbours(run, theme)
        shown += _of_paths(run, theme)
        shown += _of_training(run, theme)
    if len(run.encoders) > 1:
        shown += kept_items(run, theme, every=every)
    return Section("layers", QUESTION, tuple(shown))


def _more_neighbours(run: Run, theme: Theme) -> Iterator[Exhibit]:
    """Yield the curve on the main domain for every other number of neighbours."""
    for k in NEIGHBOURS[1:]:
        choice = replace(default_choice(run, run.main_domain), k=k)
        yield attempted(
            f"layers-curve-k{k}",
            f"Along the depth, {k} neighbours",
            partial(_curve, run, choice, theme),
        )


def _of_paths(run: Run, theme: Theme) -> Iterator[Exhibit]:
    """Yield how evenly all encoders go on the main domain, and their ways in a plane."""
    domain = run.main_domain
    even = smoothness_params(run, domain)
    for summary in SUMMARIES:
        yield attempted(
            f"layers-smoothness-{summary}",
            f"Smoothness: {LABELS[summary]}",
            partial(_smoothness, run, theme, even, summary),
        )
    yield attempted(
        "layers-steps",
        "Steps along the depth",
        lambda: steps(obtain(SMOOTHNESS, run, even), run, theme, run.first_two),
    )
    both = operations_params(run, *run.first_two, domain)
    for key, title, of in (
        ("operations", "Alike steps", operations),
        ("divergence", "Where they diverge", divergence),
    ):
        yield attempted(f"layers-{key}", title, partial(_of_steps, of, run, theme, both))
    for by in COLOURS:
        own, note = ("", "") if by == BY_ENCODER else (f"-{by}", f", by {by}")
        yield attempted(
            f"layers-trajectories{own}", f"Trajectories{note}", partial(_ways, run, theme, by)
        )
    for key, title, draw in (
        ("every-layer", "All layers of all encoders", every_layer),
        ("families", "Families", families),
    ):
        yield attempted(f"layers-{key}", title, partial(_grid, draw, run, theme))
    for by in COLOURS:
        yield attempted(
            f"layers-map-{by}", f"All layers at once, by {by}", partial(_map, run, theme, by)
        )


def _grid(make: Callable[[EveryLayer, Run, Theme], Exhibit], run: Run, theme: Theme) -> Exhibit:
    params = every_layer_params(run, run.main_domain, DEPTH_METRIC)
    return make(clustered(obtain(EVERY_LAYER, run, params)), run, theme)


def _ways(run: Run, theme: Theme, by: str) -> Exhibit:
    params = trajectories_params(run, run.main_domain)
    return trajectories(obtain(TRAJECTORIES, run, params), run, theme, run.first_two, by)


def _map(run: Run, theme: Theme, by: str) -> Exhibit:
    params = layer_map_params(run, run.main_domain, DEPTH_METRIC)
    return layer_map(obtain(LAYER_MAP, run, params), run, theme, by)


def _of_training(run: Run, theme: Theme) -> Iterator[Exhibit]:
    """Yield every training whose steps are there on the main domain, its untrained start first."""
    domain = run.main_domain
    for encoder in trajectories_kept(run):
        if is_extracted(run, encoder, domain):
            yield attempted(
                f"layers-training-ways-{encoder}",
                f"{run.encoders[encoder].title}: trajectories by step",
                partial(_training_ways, run, theme, encoder, domain),
            )


def _training_ways(run: Run, theme: Theme, encoder: str, domain: str) -> Exhibit:
    params = training_ways_params(run, encoder, domain)
    return training_ways(obtain(TRAINING_WAYS, run, params), run, theme)


def _smoothness(run: Run, theme: Theme, params: SmoothnessParams, summary: str) -> Exhibit:
    return smoothness(obtain(SMOOTHNESS, run, params), run, theme, summary)


def _of_steps(
    make: Callable[[Operations, Run, Theme], Exhibit],
    run: Run,
    theme: Theme,
    params: OperationsParams,
) -> Exhibit:
    return make(obtain(OPERATIONS, run, params), run, theme)


def _along_depth(run: Run, choice: LayersChoice, theme: Theme) -> Exhibit:
    return attempted(
        f"layers-curve-{choice.domain}",
        f"{run.domains[choice.domain].title}: along the depth",
        lambda: _curve(run, choice, theme),
    )


def _matrices(run: Run, choice: LayersChoice, theme: Theme, scale: str) -> Iterator[Exhibit]:
    """Yield all layers of the chosen two, and all encoders, coloured by a scale."""
    key, note = ("", "") if scale == MEASURED else (f"-{scale}", f", {scale}")
    for name, what, make in (
        ("heatmap", "all layers", _all_layers),
        ("pairs-heatmap", "all encoders", _all_encoders),
    ):
        yield attempted(
            f"layers-{name}-{choice.domain}{key}",
            f"{run.domains[choice.domain].title}: {what}{note}",
            partial(make, run, choice, theme, scale),
        )


def _all_layers(run: Run, choice: LayersChoice, theme: Theme, scale: str) -> Exhibit:
    result = obtain(LAYERS, run, two_params(run, choice))
    return exhibits.all_layers(result, run, theme, scale=scale)


def _all_encoders(run: Run, choice: LayersChoice, theme: Theme, scale: str) -> Exhibit:
    return exhibits.all_encoders(*_all(run, choice), run, theme, scale=scale)


def _curve(run: Run, choice: LayersChoice, theme: Theme) -> Exhibit:
    params = two_params(run, choice)
    twins = obtain(LAYERS_UNTRAINED, run, params) if shared_seeds(run, params) else None
    back = None if params.other_way is None else obtain(LAYERS, run, params.other_way)
    return exhibits.along_depth(obtain(LAYERS, run, params), twins, run, theme, back)


def _all(run: Run, choice: LayersChoice) -> tuple[PairsResult, UntrainedPairsResult | None]:
    params = all_params(run, choice)
    seeds = common_seeds(run, params.encoders, choice.domain)
    twins = obtain(LAYERS_PAIRS_UNTRAINED, run, params) if seeds else None
    return obtain(LAYERS_PAIRS, run, params), twins
