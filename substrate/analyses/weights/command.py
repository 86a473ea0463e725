"""What the command `weights` prints of a study: filters and channels of its panel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.weights.channels import CHANNELS, Channels, channels_params
from substrate.analyses.weights.compared import LEADING
from substrate.analyses.weights.spatial import SPATIAL, Spatial, spatial_params
from substrate.runs import Run


def of_study(run: Run) -> dict[str, Any]:
    """Return the filters and the channels of a run's panel, ready for JSON.

    Returns
    -------
    dict
        ``sentence``; ``filters``, a row for each layer of square kernels: agreement of the first
        five spatial eigenvectors with the mean of the others, its interval, random bases, untrained
        twins, or the reason where nothing is compared; ``channels`` by encoder and layer; and
        ``without``, the encoders of which there are no filters, each with the reason.
    """
    result: Spatial = obtain(SPATIAL, run, spatial_params(run, run.panel, run.main_domain))
    channels: dict[str, Any] = {}
    for name in run.panel:
        try:
            found: Channels = obtain(CHANNELS, run, channels_params(run, name))
        except AnalysisError as error:
            channels[name] = {"reason": str(error)}
            continue
        channels[name] = [
            {
                "layer": one.layer,
                "neurons": one.neurons,
                "inputs": one.inputs,
                "above_noise": one.above if one.above >= 0 else None,
                "effective_rank": one.rank if len(one.learned) else None,
                "planted_rank": one.planted_rank[0] if len(one.learned) else None,
                "reason": one.reason,
            }
            for one in found.layers
        ]
    compared = [one for one in result.layers if one.compared]
    beyond = sum(one.beyond_bases for one in compared)
    return {
        "sentence": f"In {beyond} of {len(compared)} layers the first {LEADING} spatial "
        f"eigenvectors agree with {result.against} beyond random bases (Holm's correction over all "
        "layers).",
        "filters": [
            {
                "encoder": one.encoder,
                "layer": one.layer,
                "shape": list(one.shape),
                "shares": one.shares[:LEADING].tolist(),
                "spaces": one.spaces[:LEADING].tolist(),
                "agreement": _agreement(one) if one.compared else None,
                "reason": one.agreement.reason,
            }
            for one in result.layers
        ],
        "channels": channels,
        "without": result.without,
        "seed": result.seed,
    }


def _agreement(one: Any) -> dict[str, Any]:
    estimate = asdict(one.agreement)
    return {
        **{name: estimate[name] for name in ("value", "low", "high")},
        "random_bases": one.chance,
        "level": one.level,
        "p": one.p,
        "p_of_all": one.p_of_all,
        "untrained_twins": one.twins.tolist(),
    }


def study_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the command prints of a study: the sentence, and a line for each layer."""
    yield found["sentence"]
    for row in found["filters"]:
        said = _text(row["agreement"]) if row["agreement"] else row["reason"]
        yield f"  {row['encoder']:<20} {row['layer'][-28:]:<28} {said}"
    for name, rows in found["channels"].items():
        if isinstance(rows, dict):
            yield f"  {name:<20} {rows['reason']}"
            continue
        learned = sum(row["effective_rank"] is not None for row in rows)
        yield f"  {name:<20} learned channels in {learned} of {len(rows)} layers"
    yield from (f"  {name:<20} {reason}" for name, reason in found["without"].items())


def _text(agreement: Mapping[str, Any]) -> str:
    return f"{agreement['value']:.2f} ({agreement['random_bases']:.2f})"
