"""Which layers are left out since they are constant, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from substrate.exhibits.exhibit import titles
from substrate.runs import Run
from substrate.wording import listed


def left_out(run: Run, kept: Mapping[str, Sequence[str]]) -> str:
    """Name the layers of encoders that are not among those kept; nothing where all are."""
    names = titles(run)
    dead = [
        f"{layer.name} of {names[encoder]}"
        for encoder, layers in kept.items()
        for layer in run.encoders[encoder].feature_layers
        if layer.name not in layers
    ]
    return f"Left out, since all units are constant: {listed(dead)}." if dead else ""
