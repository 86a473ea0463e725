"""What layers keep along the depth: image statistics, labels, dimension."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.layers.kept import (
    Kept,
    UntrainedKept,
)
from substrate.analyses.layers.kept_contrast import LastThirdContrast, contrast
from substrate.analyses.layers.kept_measure import (
    DIMENSION,
    IMBALANCE,
    LABELS,
)
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.layers import kept_words
from substrate.exhibits.layers.dead_words import left_out
from substrate.figures.layers.kept import kept_curves
from substrate.figures.theme import Theme
from substrate.runs import Run

#: How each quantity is read.
READ = {
    IMBALANCE: "Information imbalance from features to all image statistics: near 0 where the "
    "nearest image by features is near by its statistics too, about 1 where they say nothing of "
    "each other.",
    LABELS: "Ridge on one column per class names the class of held-out {groups}; guessing is 0.",
    DIMENSION: "The intrinsic dimension follows from how much farther the second neighbour is "
    "than the first, both of other {groups}.",
}
OF_STATISTICS = (
    "R² is what ridge predicts of held-out {groups}: 1 is everything, 0 what the mean of the "
    "others predicts."
)
LINES = (
    " A and B stand in front with 95 % CIs, the other encoders faint; violet is what untrained "
    "twins of A and B give. The last third begins at the dotted line; logits are left out."
)


def kept(
    result: Kept,
    untrained: UntrainedKept | None,
    run: Run,
    theme: Theme,
    quantity: str,
    front: tuple[str, ...],
) -> Exhibit:
    """Return one quantity along depth, the encoders of ``front`` before all others."""
    names, title = titles(run), f"What is kept: {quantity}"
    if quantity in result.missing:
        said = kept_words.missing_sentence(result, quantity)
        return Exhibit(key="layers-kept", title=title, sentence=said)
    last_third = contrast(run, result, untrained, quantity)
    said = kept_words.context(result, untrained, last_third, quantity, front, names)
    return Exhibit(
        key="layers-kept",
        title=title,
        sentence=kept_words.sentence(result, quantity, front, names),
        context=f"{said} {_left_out(result, run)}".strip(),
        verdict=kept_words.verdict(result, untrained, last_third, quantity, front[0], names),
        figure=kept_curves(result, untrained, quantity, theme, front),
        read=READ.get(quantity, OF_STATISTICS).format(groups=result.size.nouns.groups) + LINES,
        table=kept_table(result, untrained, quantity),
        trace=_trace(result, untrained, quantity, last_third),
    )


def _left_out(result: Kept, run: Run) -> str:
    """Name the layers that have no value of anything, since they are constant."""
    living = {
        one.encoder: [
            layer
            for layer, measured in zip(one.layers, np.isfinite(one.values).any(axis=0), strict=True)
            if measured
        ]
        for one in result.encoders
    }
    return left_out(run, living)


def kept_table(result: Kept, untrained: UntrainedKept | None, quantity: str) -> pd.DataFrame:
    """Return a row per layer: its value with interval, and its untrained twins'."""
    rows = []
    for one in result.encoders:
        row = one.row(quantity)
        for place, layer in enumerate(one.layers):
            twins = (
                np.array([]) if untrained is None else _drawn(untrained, one.encoder, row, place)
            )
            rows.append(
                {
                    "encoder": one.encoder,
                    "layer": layer,
                    "depth": one.depth[place],
                    "value": one.values[row, place],
                    "low": one.low[row, place],
                    "high": one.high[row, place],
                    "untrained twins": twins.mean() if twins.size else np.nan,
                    "lowest twin": twins.min() if twins.size else np.nan,
                    "highest twin": twins.max() if twins.size else np.nan,
                }
            )
    return pd.DataFrame(rows)


def _drawn(untrained: UntrainedKept, encoder: str, row: int, place: int) -> np.ndarray:
    return np.asarray(untrained.of(encoder).values[:, row, place])


def _trace(
    result: Kept, untrained: UntrainedKept | None, quantity: str, last_third: LastThirdContrast
) -> dict[str, Any]:
    return {
        "quantity": quantity,
        "encoders": ", ".join(one.encoder for one in result.encoders),
        "domain": result.size.domain,
        "n": result.size.caption,
        "held out": f"five folds of {result.size.nouns.groups}; standardisation and penalty of the "
        "training part alone",
        "interval": result.reason
        or f"95 %, blocks of {result.size.nouns.groups} left out; image statistics fitted anew",
        "classifiers against others": last_third.reason or "Welch's interval over recipes",
        "untrained seeds": "none"
        if untrained is None
        else ", ".join(str(seed) for seed in untrained.seeds),
        "seed": result.seed,
    }
