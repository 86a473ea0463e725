"""What a training is held against: the panel's substrate, its own end, another encoder's end."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from substrate.analyses.spec import AnalysisError
from substrate.panel import substrate_basis
from substrate.runs import Run
from substrate.whitening import standardised

SUBSTRATE, FINAL_SELF = "panel's substrate", "final self"


def target_names(run: Run, encoder: str) -> tuple[str, ...]:
    """Return the targets there are for an encoder's training."""
    others = tuple(name for name in run.encoders if name != encoder)
    return (*((SUBSTRATE,) if len(panel_without(run, encoder)) >= 2 else ()), FINAL_SELF, *others)


def panel_without(run: Run, encoder: str) -> tuple[str, ...]:
    """Return the run's panel less an encoder and its copies, which share its recipe."""
    own = run.recipe(encoder)
    others = tuple(name for name in run.panel if run.recipe(name) != own)
    return others or tuple(name for name in run.panel if name != encoder)


def members(run: Run, encoder: str, target: str) -> tuple[str, ...]:
    """Return the encoders, with their final weights, that a target is made of."""
    if target not in target_names(run, encoder):
        raise AnalysisError(
            f"There is no target {target!r} for {encoder}; there are "
            f"{', '.join(target_names(run, encoder))}."
        )
    if target == SUBSTRATE:
        return panel_without(run, encoder)
    return (encoder,) if target == FINAL_SELF else (target,)


def target_features(
    run: Run, encoder: str, target: str, domain: str, layer: str, k: int
) -> tuple[Float[np.ndarray, "n _"], int]:
    """Return what a layer's training is held against on a domain, and K where it has one.

    The substrate is the K leading principal scores of the other encoders' z-scored last features,
    side by side, each with its final weights: those of the run's panel, without the encoder itself
    and without copies of it. The final
    self is the same layer of the trained encoder; another encoder gives its last features.
    """
    names = members(run, encoder, target)
    if target == FINAL_SELF:
        return run.representation(encoder, domain, layer).features, 0
    if target != SUBSTRATE:
        return run.representation(target, domain).features, 0
    raw = [run.representation(name, domain).features for name in names]
    blocks = standardised(raw, groups=run.groups(domain))
    most = min(k, len(raw[0]) - 1, sum(x.shape[1] for x in raw))
    return np.hstack(blocks) @ substrate_basis(blocks, most).vectors, most
