"""What stands on the card of one shared direction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from substrate.analyses.shared.halves import RELIABLE
from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.wording import between, number, percent


def sheet_title(end: str, owner: str, result: Sharedness) -> str:
    """Say which images stand at one end ("Highest", "Lowest") of a direction, by whose scores."""
    return f"{end} scores of {owner} among {result.n_test} held-out samples"


def direction_lines(result: Sharedness, k: int, titles: Mapping[str, str]) -> list[str]:
    """Return what is known of one direction (from 0)."""
    bounds = ""
    if np.isfinite(result.mean_low[k]):
        bounds = f" ({between(result.mean_low[k], result.mean_high[k])})"
    lines = [
        f"leave-encoder-out correlation {number(result.mean[k])} over encoders{bounds}",
        f"{percent(float(result.variance_shares[k]), 1)} of the panel's variance",
    ]
    if np.isfinite(result.reliability[k]):
        value = float(result.reliability[k])
        does = "replicates" if value >= RELIABLE else "does not replicate"
        least = "" if value >= RELIABLE else f", below {number(RELIABLE)}"
        lines.append(
            f"{does} across split halves of the fitted {result.size.nouns.groups}: r = "
            f"{number(value)}{least}"
        )
    if np.isfinite(result.isolation[k]) and result.isolation[k] < 0.1:
        lines.append(
            f"its variance lies within {percent(float(result.isolation[k]))} of a neighbour's: by "
            "itself it is arbitrary in the plane of the two"
        )
    owner = int(np.argmax(result.loading_shares[:, k]))
    name, share = result.encoders[owner], float(result.loading_shares[owner, k])
    lines.append(f"largest share of its loadings: {titles.get(name, name)}, {percent(share)}")
    return lines
