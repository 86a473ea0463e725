"""The layers of an encoder that differ between images; constant ones have no neighbours."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from jaxtyping import Int

from substrate.encoder_ref import EncoderRef
from substrate.numerics.metrics.support.features import constant_units
from substrate.runs import Run


def living_layers(
    run: Run, ref: EncoderRef, domain: str, rows: Int[np.ndarray, " k"]
) -> tuple[str, ...]:
    """Return the names of the layers, readouts left out, with a unit that is not constant."""
    names = (layer.name for layer in run.encoders[ref.name].feature_layers)
    return tuple(name for name in names if _lives(run, ref, domain, name, rows))


def lives(
    run: Run, ref: EncoderRef, domain: str, rows: Int[np.ndarray, " k"], names: Iterable[str]
) -> bool:
    """Tell whether a network has a unit that is not constant in each of these layers."""
    return all(_lives(run, ref, domain, name, rows) for name in names)


def _lives(run: Run, ref: EncoderRef, domain: str, layer: str, rows: Int[np.ndarray, " k"]) -> bool:
    x = np.asarray(run.representation(ref, domain, layer).features[rows])
    return bool(constant_units(x).size < x.shape[1])
