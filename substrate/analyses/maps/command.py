"""What the command `maps` prints: how well two encoders, or all of a panel, predict each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from substrate.analyses.maps.choice import FAMILY_TITLES
from substrate.analyses.maps.matrix import MapsMatrix
from substrate.analyses.maps.pair import Maps, MapsParams, maps_params
from substrate.analyses.maps.prepared import TOPS
from substrate.analyses.spec import AnalysisError
from substrate.numerics.estimates import Estimate
from substrate.runs import Run
from substrate.wording import ONE_ENCODER, number, percent, with_interval


def pair_params(
    run: Run,
    first: str | None = None,
    first_layer: str | None = None,
    second: str | None = None,
    second_layer: str | None = None,
    domain: str | None = None,
) -> MapsParams:
    """Return the maps between two encoders as the command names them; None is the default.

    Raises
    ------
    AnalysisError
        If the run has one encoder, or there is no such encoder, layer or domain.
    """
    if len(run.encoders) < 2:
        raise AnalysisError(ONE_ENCODER)
    standard = list(run.first_two)
    names = [
        _known(one or own, run.encoders, "encoder")
        for one, own in zip((first, second), standard, strict=True)
    ]
    if names[0] == names[1]:
        raise AnalysisError(f"{names[0]} predicts itself: name two different encoders.")
    layers = []
    for name, layer in zip(names, (first_layer, second_layer), strict=True):
        info = run.encoders[name]
        layer_names = [one.name for one in info.layers]
        layers.append(_known(layer or info.default_layer, layer_names, f"layer of {info.title}"))
    return maps_params(run, (names[0], names[1]), domain_of(run, domain), (layers[0], layers[1]))


def domain_of(run: Run, domain: str | None) -> str:
    """Return the domain that is named, else that of most photographs."""
    return _known(domain or run.main_domain, run.domains, "domain")


def _known(name: str, names: Iterable[str], what: str) -> str:
    options = list(names)
    if name not in options:
        raise AnalysisError(f"There is no {what} {name!r}; there are {', '.join(options)}.")
    return name


def pair_as_plain(result: Maps) -> dict[str, Any]:
    """Return what the command prints of two encoders as JSON."""
    return {
        "encoders": list(result.encoders),
        "layers": list(result.layers),
        "domain": result.size.domain,
        "n": result.size.caption,
        "fitted_on": result.n_fit,
        "held_out": result.n_test,
        "itself": list(result.itself),
        "predictions": [
            {
                "source": p.source,
                "target": p.target,
                "map": p.family,
                "r2": _estimate(p.r2),
                "permuted_mean": None if p.r2.null is None else p.r2.null.mean,
                "p": None if p.r2.null is None else p.r2.null.p,
                "twins": p.twins.tolist(),
                "gain": _estimate(p.gain),
                "ceiling": p.ceiling if p.ceiling == p.ceiling else None,
                "found": {
                    f"top_{top}": {**_estimate(one), "guessing": chance}
                    for top, one, chance in zip(TOPS, p.found, p.chance, strict=True)
                },
                "equal_error": None if p.error is None else _estimate(p.error),
            }
            for p in result.predictions
        ],
        "steps": [
            {
                "source": step.source,
                "target": step.target,
                "poorer": step.poorer,
                "richer": step.richer,
                "gain": _estimate(step.gain),
            }
            for step in result.steps
        ],
        "reason": result.reason,
    }


def matrix_as_plain(result: MapsMatrix) -> dict[str, Any]:
    """Return what the command prints of all encoders as JSON; rows predict columns."""
    return {
        "encoders": list(result.encoders),
        "domain": result.size.domain,
        "n": result.size.caption,
        "fitted_on": result.n_fit,
        "held_out": result.n_test,
        "r2": _finite(result.values),
        "low": _finite(result.low),
        "high": _finite(result.high),
        "permuted_level": result.level,
        "untrained": _finite(result.untrained),
        "gain_low": _finite(result.gain_low),
        "gain_high": _finite(result.gain_high),
        "second_seeds": [
            {"source": one.source, "target": one.target, "r2": float(one.r2)}
            for one in result.siblings
        ],
        "reason": result.reason,
    }


def _finite(values: Any) -> list[list[float | None]]:
    return [[x if x == x else None for x in row] for row in values.tolist()]


def _estimate(value: Estimate) -> dict[str, Any]:
    return {"value": value.value, "low": value.low, "high": value.high, "reason": value.reason}


def pair_lines(result: Maps) -> Iterator[str]:
    """Yield what the command prints of two encoders for a reader."""
    sides = zip(result.encoders, result.layers, strict=True)
    yield " and ".join(f"{encoder} {layer}" for encoder, layer in sides)
    yield f"on {result.size.caption}, fitted on {result.n_fit}, judged on {result.n_test}"
    for p in result.predictions:
        r2 = with_interval(p.r2.value, p.r2.low, p.r2.high)
        twins = f", untrained {number(float(p.twins.mean()))}" if len(p.twins) else ""
        yield (
            f"{p.source} -> {p.target}  {FAMILY_TITLES[p.family]:<20} R2 {r2}{twins}, same image "
            f"first for {percent(p.found[0].value)} (guessing {percent(p.chance[0], 1)})"
        )
    if result.reason:
        yield result.reason


def matrix_lines(result: MapsMatrix) -> Iterator[str]:
    """Yield what the command prints of all encoders for a reader."""
    yield f"R2 of affine maps on {result.size.caption}; rows predict columns"
    width = max(map(len, result.encoders)) + 2
    yield " " * width + "".join(f"{name:>{width}}" for name in result.encoders)
    for name, row in zip(result.encoders, result.values, strict=True):
        yield f"{name:<{width}}" + "".join(f"{number(float(x)):>{width}}" for x in row)
    if result.reason:
        yield result.reason
