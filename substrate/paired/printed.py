"""What the command `units` prints, as JSON and for a reader."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from substrate.analyses.units.few_to_one import FewToOne
from substrate.analyses.units.many_to_many import ManyToMany
from substrate.analyses.units.mutual_information import MutualInformation
from substrate.numerics.estimates import Estimate
from substrate.paired.command import ComparedUnits
from substrate.wording import number, with_interval


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
        **_information(compared.information),
    }


def _information(result: MutualInformation | str | None) -> dict[str, Any]:
    if result is None:
        return {}
    if isinstance(result, str):
        return {"mutual_information": {"reason": result}}
    bits = {
        "bits": _estimate(result.mean),
        "above_shuffled": _estimate(result.above_shuffled),
        "above_twins": _estimate(result.above_twins),
        "twins": result.twins.tolist(),
        "shuffled": result.shuffled.tolist(),
        "agreement": result.agreement,
        "agreement_absolute": result.agreement_absolute,
        "best_in_common": result.best_in_common,
        "stability": result.stability,
    }
    return {"mutual_information": bits}


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
    finite = value.value if math.isfinite(value.value) else None
    return {"value": finite, "low": value.low, "high": value.high, "reason": value.reason}


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
    informed = compared.information
    if isinstance(informed, str):
        yield f"mutual information: {informed}"
    elif informed is not None:
        bits = with_interval(informed.mean.value, informed.mean.low, informed.mean.high)
        yield f"bits of matched units {bits}"
        yield f"matched alike by r   {number(informed.agreement)}"
