"""What the command `units --depth` does: all layers of two encoders, compared pair by pair."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from substrate.analyses.spec import obtain
from substrate.analyses.units.depth import DEPTH, Depth, DepthAgreement, DepthParams
from substrate.analyses.units.place import PlaceParams, require_readable
from substrate.encoder_ref import EncoderRef
from substrate.encoders.spec import Encoder
from substrate.paired.reloaded import encoder_and_domain
from substrate.paired.stored import read_places
from substrate.progress import Progress
from substrate.runs import Run
from substrate.wording import number, with_interval

#: Shares of the work: reading the images, comparing the layers.
WEIGHTS = {"images": 0.4, "layers": 0.6}


def compare_depth(run: Run, place: PlaceParams, progress: Progress) -> Depth:
    """Read both encoders at all pairs of layers in one sweep, and compare them there.

    Raises
    ------
    AnalysisError
        If some layers cannot be read.
    """
    params = DepthParams(place.first, place.second, place.domain, place.seed)
    places = params.places(run)
    for one in places:
        require_readable(run, one)
    root = str(run.store.root)
    progress.declare(WEIGHTS)
    domain = encoder_and_domain(root, run.run_id, place.first, place.domain)[1]

    def load(ref: EncoderRef) -> Encoder:
        return encoder_and_domain(root, run.run_id, str(ref), place.domain)[0]

    def said(what: str, done: int, every: int) -> None:
        progress.phase(what, run_id=run.run_id)
        progress.step("images", done / every)

    read_places(run, places, load, domain, said)
    progress.step("images", 1.0)
    progress.phase("Comparing layers")
    result: Depth = obtain(DEPTH, run, params)
    progress.step("layers", 1.0)
    return result


def depth_as_plain(result: Depth) -> dict[str, Any]:
    """Return what the command prints as JSON."""
    return {
        "first": result.first,
        "second": result.second,
        "n": result.size.caption,
        "layers": [
            {
                "first": one.first,
                "second": one.second,
                "units": _measured(one.units),
                "three_units": _measured(one.few),
                "subspace": _measured(one.subspace),
            }
            for one in result.layers
        ],
    }


def _measured(one: DepthAgreement) -> dict[str, Any]:
    if one.reason:
        return {"reason": one.reason}
    return {
        "value": one.value.value,
        "low": one.value.low,
        "high": one.value.high,
        "null": one.null.tolist(),
        "twins": one.twins.tolist(),
        "above_null": [one.above_null.low, one.above_null.high],
        "above_twins": [one.above_twins.low, one.above_twins.high],
        "reason": one.value.reason,
    }


def depth_lines(result: Depth, run: Run) -> Iterator[str]:
    """Yield what the command prints for a reader."""
    titles = [run.encoders[name].title for name in (result.first, result.second)]
    yield f"{titles[0]} and {titles[1]} on {result.size.caption}"
    for one in result.layers:
        yield f"{one.first} and {one.second}"
        for name, measured in (
            ("matched units, r", one.units),
            ("three units, R2", one.few),
            ("subspaces", one.subspace),
        ):
            value = measured.value
            text = measured.reason or with_interval(float(value.value), value.low, value.high)
            null = f", null {number(float(measured.null.mean()))}" if measured.null.size else ""
            yield f"  {name:<18} {text}{null}"
