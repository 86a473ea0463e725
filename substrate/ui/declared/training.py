"""The addresses of what training makes of a network, and of what its features are worth."""

from __future__ import annotations

from substrate.analyses.detector.tables import SPLITS
from substrate.analyses.shared.effort import (
    DEFAULT_METRIC,
    scalar_metrics,
)
from substrate.analyses.training import choice as training_choice
from substrate.analyses.training import growth_trends
from substrate.analyses.training.target import target_names
from substrate.analyses.transfer.scores import AGAINST
from substrate.analyses.transfer.tables import NAMES
from substrate.exhibits.glossary import TERMS
from substrate.numerics.transfer import TRANSFER_SCORES
from substrate.ui.declared.scope import (
    last_layer,
    layers_of,
    metric_title,
    steps_known,
    trained,
)
from substrate.ui.detector import accuracy as detector_view
from substrate.ui.fields import (
    FieldScope,
    OneOf,
    Switch,
    Text,
    domain_title,
    encoder_title,
    fixed,
    own,
)
from substrate.ui.selection import Page
from substrate.ui.training import controls as training_view
from substrate.ui.transfer import encoders as transfer_view


def _targets(scope: FieldScope) -> tuple[str, ...]:
    encoder = scope["training.encoder"]
    return tuple(target_names(scope.opened, encoder, scope["panel"])) if encoder else ()


TRAINING = Page(
    "training",
    ":material/trending_up:",
    (
        own("training", "view", "View", OneOf(fixed(*training_choice.VIEWS))),
        own("training", "encoder", "Training", OneOf(trained), "training", shown=encoder_title),
        own(
            "training",
            "layer",
            "Layer",
            OneOf(
                lambda s: layers_of(s, s["training.encoder"]),
                lambda s: last_layer(s, s["training.encoder"]),
            ),
            help="Or click a row of the matrix of layers and steps.",
        ),
        own("training", "target", "Target", OneOf(_targets), shown=encoder_title),
        own(
            "training",
            "metric",
            "Metric",
            OneOf(lambda _: tuple(scalar_metrics()), lambda _: DEFAULT_METRIC),
            shown=metric_title,
        ),
        own(
            "training",
            "step",
            "Training step shown first",
            OneOf(
                lambda s: steps_known(s, s["training.encoder"]),
                lambda s: (steps_known(s, s["training.encoder"]) or ("",))[-1],
            ),
        ),
        own(
            "training",
            "scale",
            "Colour scale",
            OneOf(fixed(*training_choice.SCALES)),
            help="The paper's scale runs from 1/√d (white) to 5/√d (black), d being the width.",
        ),
        own(
            "training",
            "by",
            "Agreement over",
            OneOf(fixed(*growth_trends.MEASURES)),
            help="Parameters, the accuracy on the encoder's card, or that of a linear probe on the "
            "domain that is shown.",
        ),
        own("training", "published", "Show published figures as well", Switch()),
    ),
    training_view.unused,
)


TRANSFER = Page(
    "transfer",
    ":material/move_up:",
    (
        own("transfer", "view", "View", OneOf(fixed(*transfer_view.VIEWS))),
        own("transfer", "against", "Accuracy of", OneOf(fixed(*AGAINST))),
        own(
            "transfer",
            "score",
            "Score",
            OneOf(fixed(*TRANSFER_SCORES)),
            shown=lambda _, score: NAMES[score],
        ),
        own(
            "transfer",
            "basis",
            "Basis made of",
            OneOf(lambda s: (detector_view.ALL, *(f"without {d}" for d in s.opened.domains))),
            shown=domain_title,
        ),
        own(
            "transfer",
            "split",
            "Confusion matrix",
            OneOf(fixed(*SPLITS)),
            help=TERMS["confusion matrix"],
        ),
        own("transfer", "image", "Dropped image", Text(str.isalnum)),
    ),
    transfer_view.unused,
)


METRICS = Page("metrics", ":material/straighten:", ())
