"""What the numbers of layer grids rest on."""

from __future__ import annotations

from typing import Any

from substrate.analyses.layers.all_encoders import PairsResult
from substrate.analyses.layers.two_encoders import LayersResult
from substrate.analyses.shared.grid_scores import Scores
from substrate.exhibits.layers.words import TIES


def layers_trace(result: LayersResult) -> dict[str, Any]:
    """Return what the numbers of two encoders rest on."""
    first, second = result.first.encoder, result.second.encoder
    counted = {"neighbours": result.k, "ties": TIES} if result.k else {}
    return {
        "first": first,
        "second": second,
        "domain": result.domain,
        **counted,
        **_scores(result.scores),
    }


def pairs_trace(result: PairsResult) -> dict[str, Any]:
    """Return what the numbers of all encoders rest on."""
    return {"domain": result.domain, "layer": result.layer, **_scores(result.scores)}


def _scores(scores: Scores) -> dict[str, Any]:
    return {
        "metric": scores.metric,
        "n": scores.counted,
        "whitening": "none",
        "permutations": scores.permutations,
        "seed": scores.seed,
        "unit": f"within {scores.nouns.group}" if scores.within else scores.nouns.groups,
        "interval": scores.interval_reason or f"95 %, {scores.blocks} blocks left out in turn",
    }
