"""Convergence along depth: one chart of three agreements."""

from __future__ import annotations

from typing import Any

import pandas as pd

from substrate.analyses.units.depth import Depth, DepthAgreement
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.units import depth_words as words
from substrate.figures.theme import Theme
from substrate.figures.units import depth as figures
from substrate.runs import Run

TITLE = "Agreement along depth"


def along(result: Depth, run: Run, theme: Theme) -> Exhibit:
    """Return units, few units and subspaces, layer by layer, each beside its null."""
    names = run.encoders[result.first].title, run.encoders[result.second].title
    return Exhibit(
        key="units-depth",
        title=TITLE,
        sentence=words.sentence(result, names),
        context=words.context(result),
        verdict=words.verdict(result),
        figure=figures.agreement(result, theme, names),
        read=words.reading(result),
        table=table(result),
        trace=trace(result),
    )


def table(result: Depth) -> pd.DataFrame:
    """Return a row per pair of layers and agreement."""
    return pd.DataFrame(
        [
            {"layer of A": one.first, "layer of B": one.second, "agreement": name, **_row(measured)}
            for one in result.layers
            for name, measured in (
                ("one to one, r", one.units),
                ("three units to one, R²", one.few),
                ("subspaces, canonical correlation", one.subspace),
            )
        ]
    )


def _row(measured: DepthAgreement) -> dict[str, Any]:
    row: dict[str, Any] = {"null": measured.null.mean() if measured.null.size else None}
    for name, estimate in (
        ("value", measured.value),
        ("above its null", measured.above_null),
        ("above untrained twins", measured.above_twins),
    ):
        row |= {name: estimate.value, f"{name}, low": estimate.low, f"{name}, high": estimate.high}
    return row | {"reason": measured.reason or measured.value.reason}


def trace(result: Depth) -> dict[str, Any]:
    """Return what the numbers rest on."""
    first = result.layers[0]
    return {
        "first": result.first,
        "second": result.second,
        "domain": result.size.domain,
        "n": result.size.caption,
        "layers": ", ".join(figures.label(one) for one in result.layers),
        "chosen and judged": "on halves of the photographs (three units: on a half and quarters)",
        "components of subspaces": "99 % of the variance of z-scored units",
        "rotations": len(first.units.null),
        "shuffled": len(first.subspace.null),
        "pairs of untrained twins": len(first.units.twins),
        "seed": result.seed,
        "interval": first.units.value.reason
        or f"95 %, {first.units.value.unit} left out in blocks",
    }
