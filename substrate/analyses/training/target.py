"""What a training is held against: the panel's substrate, its own end, another encoder's end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from substrate.analyses.spec import AnalysisError
from substrate.numerics.panel import substrate_basis
from substrate.numerics.whitening import standardised
from substrate.runs import Run

SUBSTRATE, FINAL_SELF = "panel's substrate", "final self"


def target_names(run: Run, encoder: str, panel: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the targets there are for an encoder's training; a panel other than the run's."""
    others = tuple(name for name in run.encoders if name != encoder)
    several = len(panel_without(run, encoder, panel)) >= 2
    return (*((SUBSTRATE,) if several else ()), FINAL_SELF, *others)


def panel_without(run: Run, encoder: str, panel: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a panel (by default the run's) less an encoder and its copies, of one recipe."""
    own, panel = run.recipe(encoder), tuple(panel) or run.panel
    others = tuple(name for name in panel if run.recipe(name) != own)
    return others or tuple(name for name in panel if name != encoder)


def members(run: Run, encoder: str, target: str, panel: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the encoders, with their final weights, that a target is made of."""
    names = target_names(run, encoder, panel)
    if target not in names:
        raise AnalysisError(
            f"There is no target {target!r} for {encoder}; there are {', '.join(names)}."
        )
    if target == SUBSTRATE:
        return panel_without(run, encoder, panel)
    return (encoder,) if target == FINAL_SELF else (target,)


def target_features(
    run: Run, encoder: str, target: str, domain: str, layer: str, k: int, panel: Sequence[str] = ()
) -> tuple[Float[np.ndarray, "n _"], int]:
    """Return what a layer's training is held against on a domain, and K where it has one.

    The substrate is the K leading principal scores of the other encoders' z-scored last features,
    side by side, each with its final weights: those of the panel (the run's by default), without
    the encoder itself and without copies of it. The final self is the same layer of the trained
    encoder; another encoder gives its last features.
    """
    names = members(run, encoder, target, panel)
    if target == FINAL_SELF:
        return run.representation(encoder, domain, layer).features, 0
    if target != SUBSTRATE:
        return run.representation(target, domain).features, 0
    raw = [run.representation(name, domain).features for name in names]
    blocks = standardised(raw, groups=run.groups(domain))
    most = min(k, len(raw[0]) - 1, sum(x.shape[1] for x in raw))
    return np.hstack(blocks) @ substrate_basis(blocks, most).vectors, most
