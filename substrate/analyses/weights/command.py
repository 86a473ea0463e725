"""What the command `weights` prints of two networks whose layers are aligned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from substrate.analyses.weights.aligned import COPIES, SHUFFLES, Aligned, AlignedLayer
from substrate.analyses.weights.better import (
    aligned_better,
    tested_layers,
    twins_better,
    twins_similarity,
    twins_similarity_said,
    untrained_said,
)
from substrate.wording import CHANGED, many, number


def aligned_of(result: Aligned, groups: str) -> dict[str, Any]:
    """Return what the command prints of two encoders of a run, ready for JSON."""
    better, layers = len(aligned_better(result)), len(tested_layers(result))
    out = {
        "images": f"{result.images} images of {result.photographs} {groups}",
        "shuffles": SHUFFLES,
        "better_than_shuffled": {
            "layers": better,
            "of": layers,
            "untrained_twins": twins_better(result).tolist(),
            "sentence": f"In {better} of {many(layers, 'layer')} the alignment is better than all "
            f"{SHUFFLES} that were fitted to shuffled ones. {untrained_said(result)}",
        },
        "untrained_twins": {
            "similarities": twins_similarity(result).tolist(),
            "sentence": twins_similarity_said(result),
        },
        "layers": {one.names[0]: plain_layer(one) for one in result.layers},
    }
    return out | {"note": COPIES} if result.copied else out


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
        "above_half_of_the_images": one.similarity - one.halved,
        "planted": list(one.planted) if np.isfinite(one.planted[0]) else None,
        "ranks": list(one.ranks),
        "planted_ranks": list(one.planted_ranks),
    }


def aligned_lines(aligned: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the command prints of two networks' layers."""
    yield f"Inputs aligned on half of {aligned['images']}, judged on the other half"
    if "note" in aligned:
        yield aligned["note"]
    yield (
        f"  {'layer':<32} {'error (permuted)':>18} {'inputs':>11} {'S (its range)':>24} "
        f"{'at half':>7} {'permuted':>9} planted itself"
    )
    for name, row in aligned["layers"].items():
        error = f"{number(row['error'])} ({number(float(np.mean(row['error_permuted'])))})"
        error = f"{error:>18} {row['inputs_seen']:>4} of {row['inputs']:>4}"
        if "similarity" not in row:
            yield f"  {name[-32:]:<32} {error}   {row['reason']}"
            continue
        s = row["similarity"]
        reached = f"{number(s['value'])} [{number(s['low'])}, {number(s['high'])}]"
        null, planted = (
            number(float(np.mean(row["permuted"]))),
            number(row["planted"][0]) if row["planted"] else "faint",
        )
        half, own = number(row["at_half_of_the_images"]), number(row["identical"]["in_full"])
        half = f"{half}*" if abs(row["above_half_of_the_images"]) > CHANGED else half
        yield (
            f"  {name[-32:]:<32} {error} {reached:>24} {half:>7} {null:>9} {planted:>7} {own:>6}"
        )
    yield ""
    yield (
        f"{aligned['better_than_shuffled']['sentence']} {aligned['untrained_twins']['sentence']} "
        "Error: of the inputs of the layer, 0 for a perfect alignment, 1 for a map to zero. "
        "Inputs: directions that the images show, of all; S is left out where weights beside "
        "themselves would lose by it. S: 1 for fresh samples of one learned covariance, 0 for a "
        "rotated one, both at this size; its range is over random rotations and Gaussian "
        "resamples, not over trainings; at half: fitted to half as many images, * where that "
        f"differs by more than {CHANGED}, and S may go on growing; planted: two samples of one "
        "covariance of this size, whose noise is independent: an upper level for k x k kernels, "
        "whose positions are taken as independent neurons; "
        "itself: weights beside themselves, which share their noise too."
    )
