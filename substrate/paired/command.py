"""What the command `units` does: two encoders read side by side, their units compared."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from substrate.analyses.spec import Analysis, AnalysisError, obtain
from substrate.analyses.units.choice import default_place
from substrate.analyses.units.few_to_one import FEW_TO_ONE, FewToOne, FewToOneParams
from substrate.analyses.units.many_to_many import MANY_TO_MANY, ManyToMany, ManyToManyParams
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

#: Shares of the work: reading the images, matching, the further analyses, cutting pictures.
WEIGHTS = {"images": 0.7, "matching": 0.1, "further": 0.15, "pictures": 0.05}


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


@dataclass(frozen=True, eq=False)
class ComparedUnits:
    """What is said of the units of two layers; a sentence where an analysis cannot be had."""

    matched: OneToOne
    few: FewToOne | str
    many: ManyToMany | str


def compare(run: Run, params: PlaceParams, progress: Progress, *, absolute: bool) -> ComparedUnits:
    """Read both encoders over the domain, compare units, and cut pictures of the best and worst."""
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
    progress.phase("Predicting units from few, and clustering them", run_id=run.run_id)
    few = _obtained(FEW_TO_ONE, run, FewToOneParams(params))
    progress.step("further", 0.6)
    many = _obtained(MANY_TO_MANY, run, ManyToManyParams(params))
    progress.step("further", 1.0)
    progress.phase("Cutting pictures of units")
    for side, units in enumerate((result.pairs.first, result.pairs.second)):
        chosen = [*units[:SHOWN].tolist(), *units[-SHOWN:].tolist()]
        name = EncoderRef.parse((params.first, params.second)[side])
        store_pictures(run, params, side, chosen, load(name), domain)
    progress.step("pictures", 1.0)
    return ComparedUnits(result, few, many)


def _obtained(analysis: Analysis, run: Run, params: Any) -> Any:
    """Return a result, or the sentence that says why there is none."""
    try:
        return obtain(analysis, run, params)
    except AnalysisError as error:
        return str(error)


def as_plain(compared: ComparedUnits) -> dict[str, Any]:
    """Return what the command prints as JSON."""
    result = compared.matched
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
        "few_to_one": _few(compared.few),
        "many_to_many": _many(compared.many),
    }


def _few(result: FewToOne | str) -> dict[str, Any]:
    if isinstance(result, str):
        return {"reason": result}
    return {
        "few": _estimate(result.few),
        "above_rotations": _estimate(result.above_rotations),
        "above_twins": _estimate(result.above_twins),
        "rotations": result.rotations.tolist(),
        "twins": result.twins.tolist(),
        "shuffled": result.shuffled.tolist(),
        "chosen": _estimate(result.chosen_all),
        "chosen_count": float(result.chosen_count.mean()),
        "path": [
            {"penalty": float(penalty), "units": float(count), "r2": float(r2), "loss": float(loss)}
            for penalty, count, r2, loss in zip(
                result.penalties,
                result.path.count,
                result.path.r2,
                result.half_unexplained,
                strict=True,
            )
        ],
    }


def _many(result: ManyToMany | str) -> dict[str, Any]:
    if isinstance(result, str):
        return {"reason": result}
    return {
        "mean_cosine": _estimate(result.mean),
        "above_random": _estimate(result.above_random),
        "lead_above_twins": _estimate(result.lead_above_twins),
        "clusters": [
            {
                "first": one.first.tolist(),
                "second": one.second.tolist(),
                "cosines": one.cosines.tolist(),
            }
            for one in result.clusters
        ],
    }


def _estimate(value: Estimate) -> dict[str, Any]:
    known = value.value if math.isfinite(value.value) else None
    return {"value": known, "low": value.low, "high": value.high, "reason": value.reason}


def lines(compared: ComparedUnits) -> Iterator[str]:
    """Yield what the command prints for a reader."""
    result, few, many = compared.matched, compared.few, compared.many
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
    if isinstance(few, str):
        yield f"few to one: {few}"
    else:
        yield f"R2 of three units    {with_interval(few.few.value, few.few.low, few.few.high)}"
        yield f"of three turned axes {number(float(few.rotations.mean()))}"
    if isinstance(many, str):
        yield f"many to many: {many}"
    else:
        cosine = with_interval(many.mean.value, many.mean.low, many.mean.high)
        yield f"cosines in clusters  {cosine}"
        yield f"in random clusters   {number(float(many.random.mean()))}"
