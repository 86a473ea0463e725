"""The addresses of what two encoders have in common: units, weights, layers and maps."""

from __future__ import annotations

from substrate.analyses.experiments.weights import RELATIONS
from substrate.analyses.layers import choice as layers_choice
from substrate.analyses.layers.kept_measure import (
    QUANTITIES,
)
from substrate.analyses.layers.two_encoders import DEPTH_METRIC, NEIGHBOURS
from substrate.analyses.maps import choice as maps_choice
from substrate.analyses.shared.effort import (
    DEFAULT_METRIC,
    scalar_metrics,
)
from substrate.analyses.shared.order import ORDERS
from substrate.analyses.units import choice as units_choice
from substrate.analyses.weights import choice as weights_choice
from substrate.exhibits.layers.smoothness import LABELS as SMOOTHNESS_LABELS
from substrate.numerics.depth.steps import SUMMARIES
from substrate.ui.declared.scope import (
    default_order,
    encoders_of,
    is_job,
    layers_of,
    metric_title,
    steps_known,
    trained,
)
from substrate.ui.fields import (
    OneOf,
    Switch,
    Text,
    TwoOf,
    counted,
    encoder_title,
    fixed,
    own,
)
from substrate.ui.layers import controls as layers_view
from substrate.ui.maps import controls as maps_view
from substrate.ui.selection import Page
from substrate.ui.units import controls as units_view
from substrate.ui.weights import controls as weights_view

UNITS = Page(
    "units",
    ":material/join_inner:",
    (
        own("units", "view", "View", OneOf(fixed(*units_choice.VIEWS))),
        own("units", "layer_a", "Layer of A", OneOf(lambda s: layers_of(s, s["first"]))),
        own("units", "layer_b", "Layer of B", OneOf(lambda s: layers_of(s, s["second"]))),
        own(
            "units",
            "sign",
            "Correlations",
            OneOf(fixed(*units_choice.SIGNS)),
            help="Signed as published, or absolute: a unit and its negative then go together.",
        ),
        own(
            "units",
            "penalty",
            "Penalty",
            OneOf(fixed(*units_choice.PENALTY_NAMES)),
            help="On the weights of z-scored units: at 1 nothing is left, towards 0 all units "
            "take part.",
        ),
        own("units", "published", "Show published losses as well", Switch()),
        own(
            "units",
            "clusters",
            "Clusters",
            OneOf(fixed(*units_choice.CLUSTER_COUNTS)),
            help="Before the largest gap of the Laplacian's eigenvalues, or as many as chosen.",
        ),
        own("units", "method", "Clustering", OneOf(fixed(*units_choice.METHODS))),
        own("units", "zoom", "Single units from place", Text(lambda t: counted(t) is not None)),
        own("units", "unit", "Unit", Text(units_view.is_unit)),
        own("units", "job", "Job", Text(is_job)),
    ),
)


WEIGHTS = Page(
    "weights",
    ":material/grain:",
    (
        own("weights", "view", "View", OneOf(fixed(*weights_choice.VIEWS))),
        own("weights", "filter", "Filter that is open", Text(weights_view.is_name)),
        own("weights", "pair", "Pair of layers", Text(weights_view.is_name)),
        own("weights", "eigenvectors", "Eigenvectors that are open", Text(weights_view.is_name)),
        own("weights", "eigenvector", "Eigenvector that is open", Text(weights_view.is_name)),
        own("weights", "layer_a", "Layer of A", Text(weights_view.is_name)),
        own("weights", "layer_b", "Layer of B", Text(weights_view.is_name)),
        own("weights", "relation", "Pairs that differ by", OneOf(fixed(*RELATIONS))),
        own("weights", "job", "Job", Text(is_job)),
    ),
)


LAYERS = Page(
    "layers",
    ":material/stacks:",
    (
        own("layers", "view", "View", OneOf(fixed(*layers_choice.VIEWS))),
        own(
            "layers",
            "metric",
            "Metric",
            OneOf(lambda _: tuple(scalar_metrics()), lambda _: DEPTH_METRIC),
            shown=metric_title,
        ),
        own(
            "layers",
            "neighbours",
            "Neighbours (k)",
            OneOf(fixed(*map(str, NEIGHBOURS))),
            help="How many of each image's nearest images in one space are looked up in the other.",
        ),
        own(
            "layers",
            "ends",
            "Metric",
            OneOf(lambda _: tuple(scalar_metrics()), lambda _: DEFAULT_METRIC),
            "layers.metric",
            shown=metric_title,
        ),
        own("layers", "compared", "Compared", OneOf(fixed(*layers_choice.COMPARED))),
        own(
            "layers",
            "summary",
            "Smoothness by",
            OneOf(fixed(*SUMMARIES)),
            shown=lambda _scope, one: SMOOTHNESS_LABELS[one],
        ),
        own("layers", "kept", "What is followed", OneOf(fixed(*QUANTITIES))),
        own("layers", "drawn", "Drawn", OneOf(fixed(*layers_choice.DRAWN))),
        own("layers", "colours", "Coloured by", OneOf(fixed(*layers_choice.COLOURS))),
        own(
            "layers",
            "training",
            "Training",
            OneOf(trained, lambda s: str(s["first"])),
            shown=encoder_title,
        ),
        own(
            "layers",
            "step",
            "Training step shown first",
            OneOf(
                lambda s: steps_known(s, s["layers.training"]),
                lambda s: (steps_known(s, s["layers.training"]) or ("",))[0],
            ),
        ),
        own("layers", "scale", "Colour", OneOf(fixed(*layers_choice.SCALES))),
        own("layers", "order", "Order", OneOf(fixed(*ORDERS), default_order)),
        own(
            "layers",
            "cell",
            "Pair of layers",
            TwoOf(lambda s: layers_of(s, s["first"]), lambda s: layers_of(s, s["second"])),
        ),
        own("layers", "pair", "Pair of encoders", TwoOf(encoders_of, encoders_of)),
    ),
    layers_view.unused,
)


MAPS = Page(
    "maps",
    ":material/multiple_stop:",
    (
        own("maps", "view", "View", OneOf(fixed(*maps_choice.VIEWS))),
        own("maps", "order", "Order", OneOf(fixed(*ORDERS), default_order)),
    ),
    maps_view.unused,
)
