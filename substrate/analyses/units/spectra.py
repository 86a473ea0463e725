"""Mean activation spectra of all encoders: sorted, with their twins, and how far they lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import EncoderRef
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import group_jackknife, with_draws
from substrate.numerics.scales import PLAIN
from substrate.numerics.units.activation import mean_distance, relative, spectrum_distance
from substrate.numerics.units.blocks import UnitsError
from substrate.runs import Run

#: Draws of untrained twins of each encoder.
TWINS = 5


@dataclass(frozen=True)
class SpectraParams:
    """Encoders with a layer of each, and the domain."""

    encoders: tuple[str, ...]
    layers: tuple[str, ...]
    domain: str


@dataclass(frozen=True, eq=False, kw_only=True)
class EncoderSpectrum:
    """The mean activations of one layer's units, largest first.

    Attributes
    ----------
    pooling
        What the mean of an image is over: its positions, its tokens, or the class token alone.
    units
        Numbers of the units.
    means
        Over images, as they are; ``low`` and ``high`` their bounds (NaN where there are none).
    scale
        The mean size by which they are divided to be compared.
    twins
        Relative means of untrained twins, each draw sorted by itself.
    """

    encoder: str
    layer: str
    pooling: str
    units: Int[np.ndarray, " p"]
    means: Float[np.ndarray, " p"]
    low: Float[np.ndarray, " p"]
    high: Float[np.ndarray, " p"]
    scale: float
    twins: Float[np.ndarray, "t p"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Spectra:
    """The spectra of all encoders.

    Attributes
    ----------
    between
        Mean distance between the spectra of two encoders (`spectrum_distance`); its interval is
        over photographs, of these encoders.
    from_twins
        Mean distance between an encoder and its untrained twin, draw by draw.
    nearer_than_twins
        How much nearer encoders are to each other than to their twins; draws of twins in its
        interval.
    distances
        Between every two encoders.
    """

    size: Sizes
    spectra: tuple[EncoderSpectrum, ...]
    between: Estimate
    from_twins: Float[np.ndarray, " t"]
    nearer_than_twins: Estimate
    distances: Float[np.ndarray, "e e"]


def spectra_params(run: Run, encoder: str, layer: str, domain: str) -> SpectraParams:
    """Return the panel with the layer of each encoder that is nearest in depth to a given one."""
    depth = next(one.depth for one in run.encoders[encoder].layers if one.name == layer)
    names = tuple(dict.fromkeys((encoder, *run.panel)))
    layers = [
        layer
        if name == encoder
        else min(run.encoders[name].layers, key=lambda one: abs(one.depth - depth)).name
        for name in names
    ]
    return SpectraParams(names, tuple(layers), domain)


def compute_spectra(run: Run, params: SpectraParams) -> Spectra:
    """Sort the mean activations of every encoder and set them beside their twins.

    Raises
    ------
    AnalysisError
        If there is one encoder, or a layer is silent.
    """
    if len(params.encoders) < 2:
        raise AnalysisError("Spectra of two encoders at least are compared; there is one.")
    features = [
        np.asarray(run.representation(name, params.domain, layer).features, dtype=np.float64)
        for name, layer in zip(params.encoders, params.layers, strict=True)
    ]
    twins = _twins(run, params)
    try:
        return _compared(run, params, features, twins)
    except UnitsError as error:
        raise AnalysisError(str(error)) from error


def _compared(
    run: Run,
    params: SpectraParams,
    features: Sequence[Float[np.ndarray, "n _"]],
    twins: Sequence[Sequence[Float[np.ndarray, "n _"]]],
) -> Spectra:
    size, groups = sizes(run, params.domain), run.groups(params.domain)
    unit = size.nouns.groups

    def between(rows: np.ndarray) -> float:
        return mean_distance([x[rows].mean(axis=0) for x in features])

    def to_twins(rows: np.ndarray) -> np.ndarray:
        """Return the mean distance of encoders to their own twin, draw by draw."""
        return np.array(
            [
                np.mean(
                    [
                        spectrum_distance(x[rows].mean(axis=0), y[rows].mean(axis=0))
                        for x, y in zip(features, draw, strict=True)
                    ]
                )
                for draw in twins
            ]
        )

    draws = to_twins(np.arange(size.n))
    if len(draws):
        lead = group_jackknife(
            lambda rows: float(to_twins(rows).mean()) - between(rows), groups, unit=unit
        )
        nearer = with_draws(lead.interval(PLAIN), draws)
    else:
        nearer = Estimate(float("nan"), reason="No untrained twins of all encoders are there.")
    return Spectra(
        size=size,
        spectra=tuple(
            _spectrum(run, params, index, x, [draw[index] for draw in twins])
            for index, x in enumerate(features)
        ),
        between=group_jackknife(between, groups, unit=unit).interval(PLAIN),
        from_twins=draws,
        nearer_than_twins=nearer,
        distances=np.array(
            [
                [spectrum_distance(x.mean(axis=0), y.mean(axis=0)) for y in features]
                for x in features
            ]
        ),
    )


def _spectrum(
    run: Run,
    params: SpectraParams,
    index: int,
    x: Float[np.ndarray, "n p"],
    twins: Sequence[Float[np.ndarray, "n p"]],
) -> EncoderSpectrum:
    name, layer = params.encoders[index], params.layers[index]
    unit = sizes(run, params.domain).nouns.groups
    jackknife = group_jackknife(
        lambda rows: x[rows].mean(axis=0), run.groups(params.domain), unit=unit
    ).interval(PLAIN)
    order = np.argsort(-jackknife.value, kind="stable")
    missing = np.full(len(order), np.nan)
    return EncoderSpectrum(
        encoder=name,
        layer=layer,
        pooling=next(one.pooling for one in run.encoders[name].layers if one.name == layer),
        units=order,
        means=jackknife.value[order],
        low=missing if jackknife.low is None else jackknife.low[order],
        high=missing if jackknife.high is None else jackknife.high[order],
        scale=float(np.abs(jackknife.value).mean()),
        twins=np.array([np.sort(relative(y.mean(axis=0)))[::-1] for y in twins]).reshape(
            len(twins), x.shape[1]
        ),
    )


def _seeds(run: Run, params: SpectraParams) -> list[tuple[int, ...]]:
    """Return for each draw the seed of every encoder's twin."""
    seeds = [run.untrained_seeds(name, params.domain)[:TWINS] for name in params.encoders]
    return list(zip(*seeds, strict=False))


def _twins(run: Run, params: SpectraParams) -> list[list[np.ndarray]]:
    """Return the features of every draw of twins, encoder by encoder."""
    return [
        [
            np.asarray(
                run.representation(EncoderRef(name, twin=seed), params.domain, layer).features,
                dtype=np.float64,
            )
            for name, layer, seed in zip(params.encoders, params.layers, draw, strict=True)
        ]
        for draw in _seeds(run, params)
    ]


def _inputs(run: Run, params: SpectraParams) -> Inputs:
    drawn = [
        EncoderRef(name, twin=seed)
        for draw in _seeds(run, params)
        for name, seed in zip(params.encoders, draw, strict=True)
    ]
    return (*params.encoders, *drawn), (params.domain,)


SPECTRA = Analysis(
    key="units.spectra",
    version=1,
    params=SpectraParams,
    result=Spectra,
    inputs=_inputs,
    compute=compute_spectra,
)
