"""Channels of encoders: which layers stand out of their noise, and the spectrum of one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.weights.channels import ChannelLayer, Channels
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.verdict import Badge, Verdict, first_that_fits
from substrate.exhibits.verdict import name as short
from substrate.figures.theme import Theme
from substrate.figures.weights import spectra
from substrate.numerics.weights.noise import CountTest, count_test
from substrate.numerics.weights.similarity import APART, FAINT
from substrate.runs import Run
from substrate.wording import NOISE_ALONE, above_draws, many, number, spread

#: Learned eigenvalues below which a rank and a similarity of channels say little.
FEWEST = 3


def learned_layers(result: Channels) -> list[ChannelLayer]:
    """Return the layers in which something learned stands out of the noise."""
    return [one for one in result.layers if len(one.learned)]


def with_twins(result: Channels) -> list[ChannelLayer]:
    """Return the layers of which the eigenvalues of all draws of the untrained twin are known."""
    return [one for one in result.layers if len(one.twin_above) and one.twin_above.min() >= 0]


def twins_test(result: Channels) -> CountTest:
    """Hold all eigenvalues above noise against those of every draw of the untrained twin.

    What cannot be told from noise does not count.
    """
    twins = with_twins(result)
    draws = np.sum([one.twin_above for one in twins], axis=0) if twins else np.empty(0, np.int64)
    return count_test(sum(one.above for one in twins if len(one.learned)), draws)


def verdict(result: Channels, title: str) -> Verdict | None:
    """Return how many learned channels stand out of the noise of all layers, beyond the twin's.

    Nothing is tested beside fewer than five draws of the twin: the count is a description then.
    """
    beside = twins_test(result)
    count = (
        beside.above if beside.tested else sum(len(one.learned) for one in learned_layers(result))
    )
    has, said = f"{short(title)} has", f"{many(count, 'channel eigenvalue')} above noise"
    if not count or (beside.tested and not beside.more):
        return first_that_fits(
            Badge.UNTOLD,
            f"{has} {said}, not told from untrained",
            f"{said}, not told from untrained",
        )
    return first_that_fits(
        Badge.TWINS if beside.tested else Badge.DESCRIBED,
        f"{has} {said}, in all layers together",
        f"{said}, in all layers together",
    )


def sentence(result: Channels, title: str) -> str:
    """Say how many layers have learned channels, and of how many nothing can be said."""
    layers, learned = result.layers, learned_layers(result)
    said = (
        f"{title}: in {len(learned)} of {many(len(layers), 'layer')} eigenvalues stand out of the "
        "noise of one variance"
    )
    if twins := with_twins(result):
        above = np.array([one.twin_above > 0 for one in twins]).sum(axis=0)
        said += (
            f" (of its untrained twin in {number(float(above.mean()), 1)} of {len(twins)}, the "
            f"mean of {many(len(above), 'draw')})"
        )
    if learned:
        ranks = spread([one.rank for one in learned], 1)
        planted = spread([one.planted_rank[0] for one in learned], 1)
        kind = "effective ranks" if " " in ranks else "an effective rank"
        said += f", with {kind} of {ranks} (their estimator gives {planted} for planted samples)"
    none = sum(one.above == 0 for one in layers)
    silent = len(layers) - len(learned) - none
    parts = [f"in {none} none does"] if none else []
    parts += [f"in {silent} noise cannot be told from learning"] if silent else []
    return f"{said}; {' and '.join(parts)}." if parts else f"{said}."


def null(result: Channels) -> str:
    """Say what noise and the draws of the untrained twin give, or that nothing is tested."""
    beside = twins_test(result)
    if not len(beside.draws):
        return f"Nothing is tested: there is no untrained twin, and {NOISE_ALONE}."
    return above_draws(
        beside.above, beside.draws.tolist(), beside.further, beside.p, "the untrained twin"
    )


def context(result: Channels) -> str:
    """Say what untrained twins give, and where channels cannot be tested."""
    reasons = dict.fromkeys(one.reason for one in result.layers if one.reason)
    return " ".join([null(result), *reasons])


def untestable(result: Channels, title: str) -> str:
    """Say in one line where similarity of channels cannot be tested, empty where it can be."""
    few = sum(len(one.learned) < FEWEST for one in learned_layers(result))
    silent = len(result.layers) - len(learned_layers(result))
    if not silent + few:
        return ""
    reasons = [f"in {silent} no learned eigenvalue can be told from noise"] if silent else []
    reasons += [f"in {few} fewer than {FEWEST} can"] if few else []
    return (
        f"{title}: how alike channels are cannot be tested here in {silent + few} of "
        f"{many(len(result.layers), 'layer')}: {', '.join(reasons)}."
    )


def ranks(result: Channels, run: Run, theme: Theme) -> Exhibit:
    """Return effective ranks along depth, beside what their estimator gives."""
    title = titles(run)[result.encoder]
    return Exhibit(
        key=f"weights-ranks-{result.encoder}",
        title=f"Learned channels of {title}",
        sentence=sentence(result, title),
        context=context(result),
        verdict=verdict(result, title),
        figure=spectra.ranks_along_depth(result, title, theme),
        read="Filled: the mean rank of the learned eigenvalues of a layer's channels, weighted by "
        "their size. Open: what the same estimator gives for samples of a covariance that has "
        "these eigenvalues, as many neurons and inputs, with the standard deviation over draws; "
        "where it lies lower, the layer's own rank is as much too low. Layers without a mark have "
        "nothing learned that can be told from noise; the table says why.",
        table=table(result),
        shown=table(result),
        trace=trace(result),
    )


def spectrum(
    result: Channels, layer: str, run: Run, theme: Theme, *, chosen: int | None = None
) -> Exhibit:
    """Return the eigenvalues of one layer, before and after shrinkage."""
    title = titles(run)[result.encoder]
    one = next(one for one in result.layers if one.layer == layer)
    key = f"weights-spectrum-{result.encoder}"
    if not len(one.values):
        return Exhibit(
            key=key,
            title=f"Channels of {title}, {layer}",
            sentence=f"{title} {layer}: {one.reason}",
        )
    verb = "lies" if one.above == 1 else "lie"
    said = (
        f"{title} {layer}: {one.above} of {one.smaller} eigenvalues {verb} above the edge of "
        f"noise, {number(one.edge)} for {one.neurons:,} neurons over {one.inputs:,} inputs."
    )
    if len(one.learned):
        said += (
            f" The effective rank of what is learned is {number(one.rank, 1)}; the same estimator "
            f"gives {number(one.planted_rank[0], 1)} for planted samples of it"
        )
        said += (
            f", and a similarity S of {number(one.planted_similarity[0])} for two of them."
            if apart(one)
            else f". {FAINT}"
        )
    return Exhibit(
        key=key,
        title=f"Channels of {title}, {layer}",
        sentence=said,
        context=one.reason
        or f"The eigenvalues below the edge lie within {number(one.distance, 3)} of the law of "
        "noise, in share of eigenvalues.",
        figure=spectra.channel_spectrum(one, title, theme, chosen=chosen),
        read="Points are the eigenvalues of W'W / n of the layer's neurons, in units of the noise "
        "that their own median gives; the dashed line is where those of noise would lie, the "
        "dotted one the largest that noise has. Diamonds are what is left of those above it after "
        "shrinkage. Where the points below the edge leave the dashed line, weight decay or a long "
        "training has moved all of them. Click an eigenvalue to open its eigenvector.",
        table=pd.DataFrame(
            {
                "rank": np.arange(1, len(one.values) + 1),
                "eigenvalue": one.values,
                "learned": [*one.learned, *[0.0] * (len(one.values) - len(one.learned))],
            }
        ),
        trace=trace(result) | {"layer": layer, "gamma": one.gamma},
    )


def apart(one: ChannelLayer) -> bool:
    """Say whether S of planted samples has a scale: its levels, 0 and 1, lie apart."""
    mean, deviation = one.planted_similarity
    return bool(np.isfinite(mean) and APART * deviation < 1)


def table(result: Channels) -> pd.DataFrame:
    """Return a row per layer; of the untrained twin the mean of all draws."""
    beside = with_twins(result)
    return pd.DataFrame(
        [
            {
                "layer": one.layer,
                "neurons": one.neurons,
                "inputs": one.inputs,
                "above noise": one.above if one.above >= 0 else None,
                "of": one.smaller,
                "rank": one.rank,
                "rank of planted": one.planted_rank[0],
                "S of planted": one.planted_similarity[0] if apart(one) else float("nan"),
                "above noise, untrained": float(one.twin_above.mean())
                if one in beside
                else float("nan"),
                "distance from the law": one.distance,
                "reason": one.reason,
            }
            for one in result.layers
        ]
    )


def trace(result: Channels) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        "encoder": result.encoder,
        "covariance": "W'W / n, uncentred; positions of a kernel are further neurons",
        "noise": "variance from the median below the edge",
        "untrained twin": many(len(twins_test(result).draws), "draw"),
        "planted samples": result.draws,
        "seed": result.seed,
    }
