"""What several pages' fields are made of: the choices that a run has, and their titles."""

from __future__ import annotations

from functools import cache

from substrate import catalogue
from substrate.analyses.shared.order import CLUSTERED, LISTED, MANY
from substrate.analyses.shared.trajectory import trajectories
from substrate.numerics.metrics import METRICS as KNOWN_METRICS
from substrate.ui.fields import (
    FieldScope,
    titled,
)


def metric_title(_scope: FieldScope, key: str) -> str:
    """Return a metric's label."""
    return KNOWN_METRICS[key].label


def encoders_of(scope: FieldScope) -> tuple[str, ...]:
    """Return the names of the run's encoders."""
    return tuple(scope.opened.encoders)


def domains_of(scope: FieldScope) -> tuple[str, ...]:
    """Return the names of the run's domains."""
    return tuple(scope.opened.domains)


def other_encoders(scope: FieldScope) -> tuple[str, ...]:
    """Return all encoders but A."""
    return tuple(name for name in scope.opened.encoders if name != scope["first"])


def layers_of(scope: FieldScope, encoder: str) -> tuple[str, ...]:
    """Return the names of an encoder's layers; none of one that the run lacks."""
    info = scope.opened.encoders.get(encoder)
    return tuple(layer.name for layer in info.layers) if info else ()


def default_order(scope: FieldScope) -> str:
    """Return how encoders are ordered first: clustered where there are many."""
    return CLUSTERED if len(scope.opened.panel) >= MANY else LISTED


def last_layer(scope: FieldScope, encoder: str) -> str:
    """Return the layer of an encoder that is shown first."""
    info = scope.opened.encoders.get(encoder)
    return info.default_layer if info else ""


def trained(scope: FieldScope) -> tuple[str, ...]:
    """Return the encoders whose training was kept step by step."""
    return tuple(trajectories(scope.opened))


def steps_known(scope: FieldScope, encoder: str) -> tuple[str, ...]:
    """Return the kept steps of an encoder's training; none of one that the run lacks."""
    info = scope.opened.encoders.get(encoder)
    return tuple(str(one.step) for one in info.trajectory) if info else ()


def other_domains(scope: FieldScope) -> tuple[str, ...]:
    """Return all domains but the one chosen."""
    return tuple(name for name in scope.opened.domains if name != scope["domain"])


def counts_of(scope: FieldScope) -> tuple[str, ...]:
    """Return the numbers from one to K."""
    return tuple(str(k + 1) for k in range(scope["k"]))


def packaged_title(_scope: FieldScope, name: str) -> str:
    """Return the title of a packaged domain."""
    return titled(packaged_titles()[1], name)


@cache
def packaged_titles() -> tuple[dict[str, str], dict[str, str]]:
    """Return the titles of bundled encoders and of packaged domains."""
    encoders, domains = catalogue.encoders(), catalogue.domains()
    return {one.name: one.title for one in encoders}, {one.name: one.title for one in domains}


def is_job(text: str) -> bool:
    """Tell whether a text may be the id of a job."""
    return text.replace("-", "").isalnum() and text.isascii()
