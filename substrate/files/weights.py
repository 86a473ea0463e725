"""Weights from files: what stands out of the noise of their layers, and which filters they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np

from substrate.files.channels import beside_noise, channels_of
from substrate.files.layers import LearnedLayer
from substrate.numerics.several import holm_adjusted
from substrate.numerics.weights.spatial import (
    NEARLY_TIED,
    SpatialBasis,
    agreement_beside_chance,
    mean_basis,
    spatial_basis,
)
from substrate.wording import NOISE_ALONE, many

#: Leading spatial eigenvectors that are compared, and draws of random bases.
LEADING, BASES = 5, 4999
#: A layer with spatial patterns has at least this many kernels: fewer have no covariance.
FEWEST_KERNELS = 20
ALPHA = 0.05
#: Mean agreement of random bases above which nearly tied eigenvalues leave nothing to compare.
TIED = 0.9


def report(files: Mapping[str, list[LearnedLayer]], *, seed: int = 0) -> dict[str, Any]:
    """Say what is learned in each layer of some networks, ready for JSON.

    Returns
    -------
    dict
        ``networks``: by name a row for each layer, with its ``channels`` (inputs, neurons, noise,
        eigenvalues above it, effective rank beside what the same estimator gives for a planted
        covariance of these eigenvalues; or why not) and its ``spatial`` eigenvectors (shares of
        the first, and how well the first five agree with the mean basis of the other networks, or
        of the other layers where there is one network, beside random bases, with ``p`` of the layer
        and ``p_of_all`` after Holm's correction over all layers). ``sentence`` says in how many
        layers they agree, ``noise_alone`` how often noise has an eigenvalue above its edge;
        ``beside_noise`` holds each network's against networks of noise (`beside_noise`).
    """
    bases = {name: _bases(layers) for name, layers in files.items()}
    networks = {
        name: [
            _row(layer, bases[name].get(layer.name), _others(bases, name, layer), seed)
            for layer in layers
        ]
        for name, layers in files.items()
    }
    spatial = [row["spatial"] for rows in networks.values() for row in rows if row["spatial"]]
    _correct(spatial)
    sentence = " ".join([_sentence(spatial, len(files)), *_copies(files)])
    return {
        "sentence": sentence,
        "noise_alone": f"{NOISE_ALONE.capitalize()}.",
        "beside_noise": {name: beside_noise(rows, seed) for name, rows in networks.items()},
        "networks": networks,
        "seed": seed,
    }


def _copies(files: Mapping[str, list[LearnedLayer]]) -> Iterator[str]:
    """Say of every two networks that hold the same weights that nothing follows from agreement."""
    for (first, a), (second, b) in combinations(files.items(), 2):
        if len(a) == len(b) and all(
            np.array_equal(one.weights, other.weights) for one, other in zip(a, b, strict=True)
        ):
            yield f"{first} and {second} hold the same weights: that they agree says nothing."


def _bases(layers: list[LearnedLayer]) -> dict[str, SpatialBasis]:
    """Decompose the kernels of every layer that has enough of them."""
    return {
        layer.name: spatial_basis(layer.weights)
        for layer in layers
        if layer.spatial and layer.weights.shape[0] * layer.weights.shape[1] >= FEWEST_KERNELS
    }


def _others(
    bases: Mapping[str, Mapping[str, SpatialBasis]], name: str, layer: LearnedLayer
) -> SpatialBasis | None:
    """Return the mean basis of all other networks' layers but their first; of one network, its own.

    First layers see pixels and differ from all that follow.
    """
    own = bases[name].get(layer.name)
    if own is None:
        return None
    pools = [one for other, one in bases.items() if other != name] or [bases[name]]
    others = [
        basis
        for pool in pools
        for place, (other, basis) in enumerate(pool.items())
        if place
        and basis.side == own.side
        and not (pool is bases[name] and other == layer.name)
        and not basis.lacking(LEADING)
    ]
    return mean_basis(others) if others else None


def _row(
    layer: LearnedLayer, basis: SpatialBasis | None, mean: SpatialBasis | None, seed: int
) -> dict[str, Any]:
    return {
        "layer": layer.name,
        "shape": list(layer.weights.shape),
        "spatial": _spatial(layer, basis, mean, seed),
        "channels": channels_of(layer, seed),
    }


def _spatial(
    layer: LearnedLayer, basis: SpatialBasis | None, mean: SpatialBasis | None, seed: int
) -> dict[str, Any] | None:
    if not layer.spatial:
        return None
    kernels = layer.weights.shape[0] * layer.weights.shape[1]
    if basis is None:
        reason = f"{kernels} kernels are too few: at least {FEWEST_KERNELS} are needed."
        return {"kernels": kernels, "reason": reason, "agreement": None}
    out: dict[str, Any] = {
        "kernels": kernels,
        "side": basis.side,
        "shares": basis.shares[:LEADING].tolist(),
        "spaces": basis.spaces[:LEADING].tolist(),
        "agreement": None,
    }
    if reason := basis.lacking(LEADING):
        return out | {"reason": reason}
    if mean is None:
        out["reason"] = "No other layer after a first one has kernels of its size."
    else:
        agreement = agreement_beside_chance(basis, mean, LEADING, seed=seed, draws=BASES)
        if agreement.chance > TIED:
            return out | {"reason": NEARLY_TIED}
        out["agreement"] = asdict(agreement)
    return out


def _correct(spatial: list[dict[str, Any]]) -> None:
    """Add to each layer that is compared the p-value that holds for all of them together."""
    compared = [row["agreement"] for row in spatial if row["agreement"]]
    corrected = holm_adjusted(np.array([one["p"] for one in compared], dtype=np.float64))
    for one, p in zip(compared, corrected, strict=True):
        one["p_of_all"] = float(p)


def _sentence(spatial: list[dict[str, Any]], networks: int) -> str:
    """Say in how many layers the first five agree beyond chance, or why none is compared."""
    compared = [row["agreement"] for row in spatial if row["agreement"]]
    if not compared:
        reasons = dict.fromkeys(row["reason"] for row in spatial)
        why = " ".join(reasons) or "No layer has square kernels of more than a pixel."
        return f"No spatial eigenvectors are compared. {why}"
    beyond = sum(one["p_of_all"] <= ALPHA for one in compared)
    of = "the mean of the other networks" if networks > 1 else "the mean of the other layers"
    return (
        f"In {beyond} of {many(len(compared), 'layer')} the first {LEADING} spatial eigenvectors "
        f"agree with {of} beyond random bases (p at most {ALPHA:g} after Holm's correction over "
        "all layers)."
    )


def lines(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the command prints: the sentence, then a table for each network."""
    yield content["sentence"]
    for name, rows in content["networks"].items():
        yield ""
        yield name
        yield f"  {'layer':<32} {'shape':<16} {'5 filters':>17} {'above noise':>12} {'rank':>17}"
        for row in rows:
            shape = " x ".join(map(str, row["shape"]))
            spatial, channels = row["spatial"], row["channels"]
            yield (
                f"  {row['layer'][-32:]:<32} {shape:<16} {_agreement_text(spatial):>17} "
                f"{_above_text(channels):>12} {_rank_text(channels):>17}"
            )
        yield f"  {content['beside_noise'][name]['sentence']}"
    yield ""
    yield (
        "5 filters: mean |cosine| of the first five spatial eigenvectors (random bases). Above "
        f"noise: eigenvalues above its edge; {NOISE_ALONE}. Initial weights that are drawn one by "
        "one are such noise; no network was built untrained. "
        "Rank: effective rank of what is learned (what the estimator gives where it is planted); "
        "a reason in place of it is in the JSON."
    )


def _agreement_text(spatial: Mapping[str, Any] | None) -> str:
    if not spatial:
        return ""
    if not spatial["agreement"]:
        return "tied" if spatial["reason"] == NEARLY_TIED else "not told"
    agreement = spatial["agreement"]
    return f"{agreement['value']:.2f} ({agreement['chance']:.2f})"


def _above_text(channels: Mapping[str, Any]) -> str:
    smaller = min(channels["inputs"], channels["neurons"])
    return f"{channels['above_noise']} of {smaller}" if "above_noise" in channels else ""


def _rank_text(channels: Mapping[str, Any]) -> str:
    if "effective_rank" not in channels:
        return "none" if channels.get("above_noise") == 0 else "not told"
    return f"{channels['effective_rank']:.1f} ({channels['planted']['effective_rank']:.1f})"
