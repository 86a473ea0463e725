"""What the command `units` does: two encoders read side by side, their units matched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from substrate.analyses.spec import obtain
from substrate.analyses.units.choice import default_place
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOne, OneToOneParams
from substrate.analyses.units.pictures import SHOWN
from substrate.analyses.units.place import PlaceParams
from substrate.encoder_ref import EncoderRef
from substrate.encoders.spec import Encoder
from substrate.numerics.estimates import Estimate
from substrate.paired.pictures import store_pictures
from substrate.paired.stored import read_side_by_side
from substrate.progress import Progress
from substrate.runs import Run
from substrate.wording import number, with_interval
from substrate.worker import encoder_and_domain

#: Shares of the work: reading the images, matching, cutting pictures.
WEIGHTS = {"images": 0.8, "matching": 0.15, "pictures": 0.05}


@dataclass(frozen=True)
class Wanted:
    """Encoders, layers and domain as the command names them; what is None has its default."""

    first: str | None
    first_layer: str | None
    second: str | None
    second_layer: str | None
    domain: str | None


def place_of(run: Run, wanted: Wanted) -> PlaceParams:
    """Return the two layers that are wanted, or raise with the reason why they cannot be read."""
    return default_place(
        run,
        wanted.first,
        wanted.first_layer,
        wanted.second,
        wanted.second_layer,
        wanted.domain,
    )


def compare(run: Run, params: PlaceParams, progress: Progress, *, absolute: bool) -> OneToOne:
    """Read both encoders over the domain, match units, and cut pictures of the best and worst."""
    root = str(run.store.root)
    progress.declare(WEIGHTS)
    domain = encoder_and_domain(root, run.run_id, params.first, params.domain)[1]

    def load(ref: EncoderRef) -> Encoder:
        return encoder_and_domain(root, run.run_id, str(ref), params.domain)[0]

    def said(what: str, done: int, every: int) -> None:
        progress.phase(what, run_id=run.run_id)
        progress.step("images", done / every)

    read_side_by_side(run, params, load, domain, said)
    progress.step("images", 1.0)
    progress.phase("Matching units", run_id=run.run_id)
    result: OneToOne = obtain(ONE_TO_ONE, run, OneToOneParams(params, absolute))
    progress.step("matching", 1.0)
    progress.phase("Cutting pictures of units")
    for side, units in enumerate((result.pairs.first, result.pairs.second)):
        chosen = [*units[:SHOWN].tolist(), *units[-SHOWN:].tolist()]
        name = EncoderRef.parse((params.first, params.second)[side])
        store_pictures(run, params, side, chosen, load(name), domain)
    progress.step("pictures", 1.0)
    return result


def as_plain(result: OneToOne) -> dict[str, Any]:
    """Return what the command prints as JSON."""
    place, pairs = result.place, result.pairs
    return {
        "first": {"encoder": place.first, "layer": place.first_layer, "dead": result.dead[0]},
        "second": {"encoder": place.second, "layer": place.second_layer, "dead": result.dead[1]},
        "domain": place.domain,
        "n": result.size.caption,
        "positions": result.positions,
        "absolute": result.absolute,
        "mean": _estimate(result.mean),
        "above_rotations": _estimate(result.above_rotations),
        "above_twins": _estimate(result.above_twins),
        "rotations": result.rotations.tolist(),
        "twins": result.twins.tolist(),
        "shuffled": result.shuffled.tolist(),
        "agreement": result.agreement,
        "stability": result.stability,
        "pairs": [
            {"first": int(a), "second": int(b), "r": float(r), "margin": float(m)}
            for a, b, r, m in zip(pairs.first, pairs.second, pairs.r, pairs.margin, strict=True)
        ],
    }


def _estimate(value: Estimate) -> dict[str, Any]:
    return {"value": value.value, "low": value.low, "high": value.high, "reason": value.reason}


def lines(result: OneToOne) -> Iterator[str]:
    """Yield what the command prints for a reader."""
    place, mean = result.place, result.mean
    yield f"{place.first} {place.first_layer} and {place.second} {place.second_layer}"
    yield f"on {result.size.caption}, {result.positions:,} positions"
    yield f"matched units        {with_interval(mean.value, mean.low, mean.high)}"
    for name, draws in (
        ("rotated axes", result.rotations),
        ("untrained twins", result.twins),
        ("shuffled", result.shuffled),
    ):
        if draws.size:
            yield f"{name:<20} {number(float(draws.mean()))}"
    yield f"best partner matched {number(result.agreement)}"
    yield f"same on both halves  {number(result.stability)}"
    if mean.reason:
        yield mean.reason
