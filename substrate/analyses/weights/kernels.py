"""The first raw kernels of one layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.weights.stored import FIRST, read_weights
from substrate.encoder_ref import EncoderRef
from substrate.runs import Run


@dataclass(frozen=True)
class KernelsParams:
    """An encoder, a layer by the name of its module, and a domain that the encoder has seen."""

    encoder: str
    layer: str
    domain: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Kernels:
    """Kernels of the first neurons (rows) over the first input channels, and the whole's shape."""

    encoder: str
    layer: str
    shape: tuple[int, ...]
    filters: Float[np.ndarray, "o i k k"]


def compute_kernels(run: Run, params: KernelsParams) -> Kernels:
    """Return the first kernels of a layer.

    Raises
    ------
    AnalysisError
        If there is no such layer, or it has no square kernels.
    """
    layers = read_weights(run, EncoderRef(params.encoder))
    layer = next((one for one in layers if one.name == params.layer), None)
    if layer is None or not layer.filters.size:
        title = run.encoders[params.encoder].title
        raise AnalysisError(f"{title} has no layer {params.layer!r} of square kernels to show.")
    return Kernels(
        encoder=params.encoder,
        layer=params.layer,
        shape=layer.shape,
        filters=layer.filters[:FIRST, :FIRST],
    )


def _inputs(_run: Run, params: KernelsParams) -> Inputs:
    return (params.encoder,), (params.domain,)


KERNELS = Analysis(
    key="weights.kernels",
    version=1,
    params=KernelsParams,
    result=Kernels,
    inputs=_inputs,
    compute=compute_kernels,
)
