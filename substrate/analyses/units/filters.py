"""Mean activations of the first layer against the centre frequency of its filters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.numerics.intervals import group_jackknife
from substrate.numerics.scales import PLAIN
from substrate.numerics.units.frequency import centre_frequency, rank_correlation
from substrate.runs import Run
from substrate.store import digest


@dataclass(frozen=True)
class FiltersParams:
    """An encoder and the domain; its first layer."""

    encoder: str
    domain: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Filters:
    """The first layer's units: mean activation with bounds (NaN without), and frequency.

    ``rho`` is the rank correlation of both, ``level`` what the size of it stays below in 95 % of
    random orders of the units, ``p`` the share of orders that reach as far.
    """

    size: Sizes
    encoder: str
    layer: str
    kernel: int
    means: Float[np.ndarray, " p"]
    low: Float[np.ndarray, " p"]
    high: Float[np.ndarray, " p"]
    frequencies: Float[np.ndarray, " p"]
    rho: float
    level: float
    p: float


def filters_key(run: Run, encoder: str) -> str:
    """Return the store key of an encoder's first filters; an entry without units says none."""
    record = run.encoders[encoder]
    return digest(
        {
            "kind": "first filters",
            "version": 1,
            "weights": record.weights_digest,
            "encoder": encoder,
            "layer": record.layers[0].module,
        }
    )


def compute_filters(run: Run, params: FiltersParams) -> Filters:
    """Set mean activations against filters.

    Raises
    ------
    AnalysisError
        If the filters have not been read yet, or the first layer is no single convolution.
    """
    entry = run.store.get(filters_key(run, params.encoder))
    title, layer = run.encoders[params.encoder].title, run.encoders[params.encoder].layers[0].name
    if entry is None:
        raise AnalysisError(f"The filters of {title} have not been read yet.")
    weights = entry.array("filters")
    if not len(weights):
        raise AnalysisError(
            f"The first layer of {title}, {layer}, is no single convolution of the image: its "
            "units have no filters to look at."
        )
    size = sizes(run, params.domain)
    x = np.asarray(
        run.representation(params.encoder, params.domain, layer).features, dtype=np.float64
    )
    jackknife = group_jackknife(
        lambda rows: x[rows].mean(axis=0), run.groups(params.domain), unit=size.nouns.groups
    ).interval(PLAIN)
    frequencies = centre_frequency(weights)
    finite = np.isfinite(frequencies)
    ranks = rank_correlation(jackknife.value[finite], frequencies[finite])
    none = np.full(len(frequencies), np.nan)
    return Filters(
        size=size,
        encoder=params.encoder,
        layer=layer,
        kernel=int(weights.shape[2]),
        means=jackknife.value,
        low=none if jackknife.low is None else jackknife.low,
        high=none if jackknife.high is None else jackknife.high,
        frequencies=frequencies,
        rho=ranks.rho,
        level=ranks.level,
        p=ranks.p,
    )


def _inputs(_run: Run, params: FiltersParams) -> Inputs:
    return (params.encoder,), (params.domain,)


FILTERS = Analysis(
    key="units.filters",
    version=1,
    params=FiltersParams,
    result=Filters,
    inputs=_inputs,
    compute=compute_filters,
)
