"""What the command `weights` prints: filters and channels of a study, and aligned layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.weights.aligned import SHUFFLES, Aligned, AlignedLayer
from substrate.analyses.weights.channels import CHANNELS, Channels, channels_params
from substrate.analyses.weights.compared import LEADING
from substrate.analyses.weights.spatial import SPATIAL, Spatial, spatial_params
from substrate.runs import Run
from substrate.wording import number


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


def aligned_of(result: Aligned, groups: str) -> dict[str, Any]:
    """Return what the command prints of two encoders of a run, ready for JSON."""
    return {
        "images": f"{result.images} images of {result.photographs} {groups}",
        "shuffles": SHUFFLES,
        "layers": {one.names[0]: plain_layer(one) for one in result.layers},
    }


def plain_layer(one: AlignedLayer) -> dict[str, Any]:
    """Return the numbers of a layer; ``similarity`` is left out where ``reason`` says why."""
    out: dict[str, Any] = {
        "second": one.names[1],
        "error": one.error,
        "error_permuted": one.error_permuted.tolist(),
        "inputs_seen": one.seen,
        "inputs": one.inputs,
        "reason": one.reason,
    }
    if np.isfinite(one.identical):
        out["identical"] = {"in_full": one.identical, "through_what_is_seen": one.identical_seen}
    if one.reason:
        return out
    names = ("forth", "back", "low", "high")
    return out | {
        "similarity": {"value": one.similarity} | {name: getattr(one, name) for name in names},
        "unaligned": one.unaligned if np.isfinite(one.unaligned) else None,
        "permuted": one.permuted.tolist(),
        "at_half_of_the_images": one.halved,
        "settled": one.settled,
        "planted": list(one.planted),
        "ranks": list(one.ranks),
        "planted_ranks": list(one.planted_ranks),
    }


def aligned_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the command prints of two networks' layers."""
    yield f"Inputs aligned on half of {found['images']}, judged on the other half"
    if "note" in found:
        yield found["note"]
    yield (
        f"  {'layer':<32} {'error (permuted)':>18} {'inputs':>11} {'S (its range)':>24} "
        f"{'at half':>7} {'permuted':>9} planted itself"
    )
    for name, row in found["layers"].items():
        error = f"{number(row['error'])} ({number(float(np.mean(row['error_permuted'])))})"
        error = f"{error:>18} {row['inputs_seen']:>4} of {row['inputs']:>4}"
        if "similarity" not in row:
            yield f"  {name[-32:]:<32} {error}   {row['reason']}"
            continue
        s = row["similarity"]
        reached = f"{number(s['value'])} [{number(s['low'])}, {number(s['high'])}]"
        null, planted = number(float(np.mean(row["permuted"]))), number(row["planted"][0])
        half, own = number(row["at_half_of_the_images"]), number(row["identical"]["in_full"])
        half = half if row["settled"] else f"{half}*"
        yield (
            f"  {name[-32:]:<32} {error} {reached:>24} {half:>7} {null:>9} {planted:>7} {own:>6}"
        )
    yield ""
    yield (
        "Error: of the inputs of the layer, 0 for a perfect alignment, 1 for a map to zero. "
        "Inputs: directions that the images show, of all; S is left out where weights beside "
        "themselves would lose by it. S: 1 for fresh samples of one learned covariance, 0 for a "
        "rotated one, both at this size; its range is over random rotations and Gaussian "
        "resamples; at half: fitted to half as many images, * where that differs by more than the "
        "range; planted: two samples of one covariance of this size, whose noise is independent; "
        "itself: weights beside themselves, which share their noise too."
    )
