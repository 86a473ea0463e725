"""What is said of spatial filters: counts of layers beyond their nulls, with the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.weights.compared import LEADING
from substrate.analyses.weights.spatial import (
    BASES,
    LayerFilters,
    Spatial,
)
from substrate.exhibits.verdict import Badge, Outcome, Verdict, against_draws, counted
from substrate.numerics.intervals import MIN_DRAWS
from substrate.wording import listed, many, number, percent, with_interval

QUESTION = "Have they learned the same filters?"


def compared(result: Spatial) -> list[LayerFilters]:
    """Return the layers that were compared with the mean of the others."""
    return [one for one in result.layers if one.compared]


def tested_on_twins(result: Spatial) -> bool:
    """Say whether there are draws of untrained twins enough to be held against."""
    layers = compared(result)
    return bool(layers) and all(len(one.twins) >= MIN_DRAWS for one in layers)


def beyond(result: Spatial) -> list[LayerFilters]:
    """Return the layers beyond random bases and, where they are tested, beyond untrained twins."""
    twins = tested_on_twins(result)
    return [
        one
        for one in compared(result)
        if one.beyond_bases and (not twins or against_twins(one) is Outcome.BEYOND)
    ]


def against_twins(one: LayerFilters) -> Outcome:
    """Weigh a layer's agreement by where a further draw of its untrained twin would lie."""
    return against_draws(one.agreement.low, one.agreement.high, one.twins)


def verdict(result: Spatial) -> Verdict | None:
    """Return in how many layers the first five filters agree beyond every null."""
    if not compared(result):
        return None
    count = len(beyond(result))
    before = "The first five filters agree across encoders beyond chance in"
    if len(_encoders(result)) == 1:
        before = "The first five filters agree across layers beyond chance in"
    return counted(Badge.SEVERAL, before, count, "layer")


def _encoders(result: Spatial) -> list[str]:
    return list(dict.fromkeys(one.encoder for one in compared(result)))


def sentence(result: Spatial) -> str:
    """Say in how many layers the first five agree, with the means of both nulls."""
    layers = compared(result)
    if not layers:
        reasons = dict.fromkeys(one.agreement.reason for one in result.layers)
        return f"No layer's filters can be compared. {' '.join(reasons)}"
    mean = float(np.mean([one.agreement.value for one in layers]))
    nulls = [
        f"random bases of the same eigenvalues and symmetry {_mean(one.chance for one in layers)}"
    ]
    if any(len(one.twins) for one in layers):
        nulls.append(
            f"untrained twins {_mean(one.twins.mean() for one in layers if len(one.twins))}"
        )
    also = " and beyond a further draw of their untrained twins" if tested_on_twins(result) else ""
    names = _encoders(result)
    return (
        f"In {len(beyond(result))} of {many(len(layers), 'layer')} of "
        f"{many(len(names), 'encoder')} the first {LEADING} spatial eigenvectors agree with "
        f"{result.against} beyond random bases{also}. The mean |cosine| over layers is "
        f"{number(mean)} ({listed(nulls)})."
    )


def _mean(values: Any) -> str:
    return number(float(np.mean(list(values))))


def context(result: Spatial, titles: Mapping[str, str]) -> str:
    """Say how chance was told, what is left out, and why."""
    parts = [
        f"Random bases: {BASES:,} draws in the same spaces, each filter as symmetric, left to "
        "right, as it is; p at most 0.05 after Holm's correction over all layers."
    ]
    if compared(result) and not tested_on_twins(result):
        parts.append(
            f"Untrained twins are not held against: fewer than {MIN_DRAWS} draws of each are there."
        )
    tied = [one for one in result.layers if not one.compared]
    if tied and compared(result):
        names = ", ".join(f"{titles.get(one.encoder, one.encoder)} {one.layer}" for one in tied)
        reasons = dict.fromkeys(one.agreement.reason for one in tied)
        parts.append(f"Not compared: {names}. {' '.join(reasons)}")
    parts += list(dict.fromkeys(result.without.values()))
    return " ".join(parts)


def encoders_sentence(result: Spatial, titles: Mapping[str, str]) -> str:
    """Say in which encoder the layers agree least and most with the others, beside random bases."""
    rows = []
    for name in _encoders(result):
        own = [one for one in compared(result) if one.encoder == name]
        value = float(np.mean([one.agreement.value for one in own]))
        rows.append((value, float(np.mean([one.chance for one in own])), titles.get(name, name)))
    said = f"The mean filters of {many(len(result.by_encoder), 'encoder')}, one below the other."
    if not rows:
        return said
    least, most = min(rows), max(rows)
    return (
        f"{said} Layers agree least with {result.against} in {least[2]} ({number(least[0])}, "
        f"random bases {number(least[1])}) and most in {most[2]} ({number(most[0])}, "
        f"{number(most[1])})."
    )


def layer_sentence(one: LayerFilters, against: str) -> str:
    """Say how far one layer agrees, or why nothing is compared."""
    if not one.compared:
        return one.agreement.reason
    agreement = one.agreement
    twins = f", untrained twins {number(float(one.twins.mean()))}" if len(one.twins) else ""
    return (
        f"The first {LEADING} of this layer agree with {against} to "
        f"{with_interval(agreement.value, agreement.low, agreement.high)} (random bases "
        f"{number(one.chance)}{twins})."
    )


def eigenvector_sentence(one: LayerFilters, place: int) -> str:
    """Say how much of the variance an eigenvector has, and whether it is told from its neighbours.

    Standard errors are those of eigenvalues of Gaussian kernels.
    """
    rank = int(one.ranks[place])
    share, error = float(one.shares[rank]), float(one.shares[rank]) * np.sqrt(2 / one.kernels)
    said = (
        f"Eigenvector {rank + 1} of {one.layer} has {percent(share, 1)} of the variance of "
        f"{one.kernels:,} kernels (standard error {percent(error, 1)})"
    )
    if rank + 1 < len(one.shares):
        gap = (share - float(one.shares[rank + 1])) / error if error else 0.0
        said += f"; the next one lies {number(gap, 1)} standard errors below"
    alike = np.flatnonzero(one.spaces == one.spaces[rank]) + 1
    if len(alike) == 1:
        return f"{said}."
    return (
        f"{said}. Eigenvalues {listed([str(n) for n in alike])} are not told apart: their "
        "eigenvectors may turn into each other, and only the space that they span means something."
    )


def table(result: Spatial, encoder: str = "") -> pd.DataFrame:
    """Return a row per layer, of one encoder where it is named."""
    return pd.DataFrame(
        [
            {
                "encoder": one.encoder,
                "layer": one.layer,
                "kernels": one.kernels,
                "side": one.side,
                "agreement": one.agreement.value,
                "low": one.agreement.low,
                "high": one.agreement.high,
                "random bases": one.chance,
                "level": one.level,
                "p": one.p,
                "p of all": one.p_of_all,
                "untrained twins": float(one.twins.mean()) if len(one.twins) else float("nan"),
                "beyond twins": against_twins(one).value if one.compared else "",
                "reason": one.agreement.reason,
                **{f"share {k + 1}": float(v) for k, v in enumerate(one.shares[:LEADING])},
                **{f"space {k + 1}": int(v) for k, v in enumerate(one.spaces[:LEADING])},
            }
            for one in result.layers
            if encoder in ("", one.encoder)
        ]
    )


def trace(result: Spatial) -> dict[str, Any]:
    """Return what the numbers rest on."""
    draws = [len(one.twins) for one in compared(result)]
    return {
        "encoders": ", ".join(result.encoders),
        "compared with": result.against,
        "eigenvectors": f"the first {LEADING}, near-equal eigenvalues as spaces",
        "covariance": "uncentred, over kernels",
        "random bases": f"{BASES}, turned within left-right symmetric and antisymmetric patterns",
        "untrained twins": f"{min(draws, default=0)} draws of each",
        "correction": "Holm, over all layers",
        "interval": "95 %, blocks of neurons left out",
        "seed": result.seed,
    }
