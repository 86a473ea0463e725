"""Filters of encoders: grids, layers beside each other, one eigenvector, raw kernels, power."""

from __future__ import annotations

import numpy as np
import pandas as pd

from substrate.analyses.weights.choice import layers_of
from substrate.analyses.weights.compared import LEADING
from substrate.analyses.weights.kernels import Kernels
from substrate.analyses.weights.matches import matches
from substrate.analyses.weights.spatial import Spatial
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.verdict import Badge, counted
from substrate.exhibits.verdict import name as short
from substrate.exhibits.weights import words
from substrate.figures.theme import Theme
from substrate.figures.weights import grid, raw, similarity
from substrate.figures.weights.card import filter_card
from substrate.numerics.weights.spatial import highest_white
from substrate.runs import Run
from substrate.wording import many, number


def filters(
    result: Spatial,
    encoder: str,
    run: Run,
    theme: Theme,
    *,
    chosen: tuple[int, int] | None = None,
) -> Exhibit:
    """Return the eigenvectors of an encoder's layers, below the mean of all encoders."""
    title = titles(run)[encoder]
    own = layers_of(result, encoder)
    beyond = words.beyond(result)
    count = sum(one.encoder == encoder for one in beyond)
    return Exhibit(
        key=f"weights-filters-{encoder}",
        title=f"Filters of {title}",
        sentence=f"{title}: in {count} of {many(len(own), 'layer')} the first {LEADING} spatial "
        "eigenvectors agree with the mean beyond chance.",
        figure=grid.filter_grid(result, encoder, title, theme, chosen=chosen),
        read="Rows are layers from the first to the last, below the mean of all encoders; columns "
        "are the eigenvectors of the covariance of a layer's kernels, each with its share of "
        "the variance. Blue is positive and red negative, each scaled by itself; the sign of an "
        "eigenvector is a convention and follows the mean of the others. A line below several "
        "marks eigenvalues that are not told apart. The agreement is the mean |cosine| of the "
        f"first five with {result.against}, bold where it exceeds random bases of the same "
        "eigenvalues, each filter as symmetric, left to right, as it is. Click a filter to open "
        "it, or one of the mean to open the nearest of this encoder's.",
        table=words.table(result, encoder),
        trace=words.trace(result) | {"encoder": encoder},
    )


def opening(result: Spatial, first: Exhibit, run: Run) -> Exhibit:
    """Return the filters of an encoder with what all layers together say: it opens the page."""
    return Exhibit(
        **{
            **{name: getattr(first, name) for name in ("key", "title", "figure", "read", "trace")},
            "sentence": words.sentence(result),
            "context": words.context(result, titles(run)),
            "verdict": words.verdict(result),
            "table": words.table(result),
        }
    )


def encoders(result: Spatial, run: Run, theme: Theme) -> Exhibit:
    """Return the mean eigenvectors of every encoder's layers, one below the other."""
    named = titles(run)
    return Exhibit(
        key="weights-encoders",
        title="Filters of every encoder",
        sentence=words.encoders_sentence(result, named),
        figure=grid.encoders_grid(result, named, theme),
        read="Rows are encoders, below the mean of all: the eigenvectors of the mean covariance of "
        "the layers after the first, each layer of equal weight, with the share of the variance "
        "under each. Signs, and the order of near-equal eigenvalues, are those of the mean. Blue "
        "is positive and red negative, each scaled by itself. Encoders whose rows look alike are "
        "made of the same filters; the count above tests it layer by layer. Click a filter to "
        "open the nearest one of the layers that its row is the mean of.",
        table=pd.DataFrame(
            [
                {
                    "encoder": one.encoder or "mean of all",
                    "side": one.side,
                    "layers": one.layers,
                    **{f"share {k + 1}": float(v) for k, v in enumerate(one.shares[:LEADING])},
                }
                for one in (*result.means, *result.by_encoder)
            ]
        ),
        trace=words.trace(result),
    )


def layer_matrix(
    result: Spatial,
    shown: list[int],
    run: Run,
    theme: Theme,
    *,
    chosen: tuple[int, int] | None = None,
) -> Exhibit:
    """Return the agreement of every two layers."""
    values = result.similarity[np.ix_(shown, shown)]
    level = result.level[np.ix_(shown, shown)]
    upper = np.triu(np.ones(values.shape, dtype=bool), 1) & np.isfinite(values)
    above = int(np.count_nonzero(upper & (values > level)))
    pairs = int(upper.sum())
    names = [similarity.layer_name(result.layers[i], titles(run)) for i in shown]
    return Exhibit(
        key="weights-layers",
        title="Layers whose filters agree",
        sentence=f"Filters of {above} of {many(pairs, 'pair')} of layers agree beyond the 95 % "
        f"level of random bases of their own; by chance about {number(0.05 * pairs, 0)} would.",
        context="Pairs share layers and are not independent.",
        verdict=counted(
            Badge.SEVERAL, "Filters agree beyond random bases in", above, "pair", "of layers"
        ),
        figure=similarity.layer_matrix(result, titles(run), theme, shown, chosen=chosen),
        read="Each cell is the mean |cosine| of the first five spatial eigenvectors of two layers, "
        "calibrated: minus what random bases of the same symmetry give, over 1 minus that. "
        "Eigenvectors whose eigenvalues are not told apart are compared as the space that they "
        "span. A cross marks what random bases reach as well; grey cells have kernels of two "
        "sizes or that span too little, or eigenvalues that nearly tie. Click a cell to "
        "see both layers' filters.",
        table=pd.DataFrame(values, index=names, columns=names).reset_index(names="layer"),
        trace=words.trace(result),
    )


def two_layers(result: Spatial, pair: tuple[int, int], run: Run, theme: Theme) -> Exhibit:
    """Return the first eigenvectors of two layers, one above the other."""
    a, b = (result.layers[i] for i in pair)
    cosines = [float(value) for value in result.by_rank[pair]]
    finite = [value for value in cosines if np.isfinite(value)]
    names = [similarity.layer_name(one, titles(run)) for one in (a, b)]
    cuts = (np.diff(a.spaces) > 0) & (np.diff(b.spaces) > 0) if finite else np.zeros(0, bool)
    spaces = np.concatenate([[0], np.cumsum(cuts)])
    numbered = [int(space) for space in spaces[: len(finite)]]
    value = float(result.similarity[pair])
    said = (
        f"The first eigenvectors of {names[0]} and {names[1]} have a mean |cosine| of "
        f"{number(value)} (random bases {number(float(result.chance[pair]))}, 95 % level "
        f"{number(float(result.level[pair]))})."
        if finite
        else f"{names[0]} and {names[1]} are not compared: their kernels have two sizes or span "
        "too little, or their eigenvalues nearly tie."
    )
    figure = None
    if finite:
        fact = f"{a.kernels:,} and {b.kernels:,} kernels · seed {result.seed}"
        figure = similarity.two_layers(a, b, titles(run), theme, finite, numbered, pair, fact)
    return Exhibit(
        key="weights-pair",
        title="The first eigenvectors of two layers",
        sentence=said,
        figure=figure,
        read="Above the eigenvectors of one layer, below those of the other, each with its share "
        "of the variance; the lower ones are turned to the sign of the upper ones. The bold "
        "numbers are |cosines|; those below one line are of eigenvalues that are not told apart, "
        "and say how far the spaces that they span agree. Click a filter to open it.",
        table=pd.DataFrame(
            {
                "rank": range(1, len(finite) + 1),
                "|cosine|": finite,
                "space": numbered,
                "share of first": a.shares[: len(finite)],
                "share of second": b.shares[: len(finite)],
            }
        ),
        trace=words.trace(result) | {"layers": " and ".join(names)},
    )


def one_filter(result: Spatial, at: tuple[int, int], run: Run, theme: Theme) -> Exhibit:
    """Return an eigenvector beside its nearest one in every other encoder."""
    one = result.layers[at[0]]
    nearest = matches(result, *at)
    above = sum(match.cosine > match.level for match in nearest)
    name = similarity.layer_name(one, titles(run))
    said = words.eigenvector_sentence(one, at[1])
    if nearest:
        said += (
            f" It has a match beyond chance in {above} of {many(len(nearest), 'other encoder')}."
        )
    return Exhibit(
        key="weights-filter",
        title=f"Eigenvector {int(one.ranks[at[1]]) + 1} of {name}",
        sentence=said,
        context=words.layer_sentence(one, result.against),
        figure=filter_card(
            one, at[1], nearest, result.layers, titles(run), theme, f"{name} · seed {result.seed}"
        ),
        read="At the left the eigenvector, at its right the nearest one of each other encoder, "
        "over all its layers, turned to the same sign. The number is their |cosine|; chance is "
        "what the nearest of as many to a random direction, as symmetric as the eigenvector, stays "
        "below in 95 % of cases.",
        table=pd.DataFrame(
            [
                {
                    "encoder": result.layers[match.layer].encoder,
                    "layer": result.layers[match.layer].layer,
                    "eigenvector": int(result.layers[match.layer].ranks[match.place]) + 1,
                    "|cosine|": match.cosine,
                    "chance": match.level,
                }
                for match in nearest
            ]
        ),
        trace=words.trace(result) | {"layer": name, "eigenvector": int(one.ranks[at[1]]) + 1},
    )


def raw_filters(kernels: Kernels, run: Run, theme: Theme) -> Exhibit:
    """Return the first raw filters of a layer."""
    title = titles(run)[kernels.encoder]
    o, i, side = kernels.filters.shape[:3]
    return Exhibit(
        key=f"weights-raw-{kernels.encoder}",
        title=f"Raw filters of {title}",
        sentence=f"The first {o} neurons of {kernels.layer} of {title} over its first "
        f"{many(i, 'input channel')}: kernels of {side} x {side}.",
        figure=raw.raw_filters(kernels, title, theme),
        read="Each small square is one kernel; rows are neurons, columns input channels. Blue is "
        "positive and red negative, all on one scale. Nothing is tested here.",
        table=pd.DataFrame(
            kernels.filters.reshape(o * i, side * side),
            index=pd.MultiIndex.from_product([range(1, o + 1), range(1, i + 1)]),
        ).reset_index(names=["neuron", "channel"]),
        trace={"encoder": kernels.encoder, "layer": kernels.layer, "shape": str(kernels.shape)},
    )


def power(result: Spatial, encoder: str, run: Run, theme: Theme) -> Exhibit:
    """Return the power of an encoder's filters by frequency."""
    title, own = titles(run)[encoder], layers_of(result, encoder)
    reached = np.concatenate([one.power for one in result.layers])
    ends = max(0.005, 0.8 * float(reached.min())), 1.2 * float(reached.max())
    most = sum(float(one.power[0]) > highest_white(one.kernels) for one in own)
    return Exhibit(
        key=f"weights-power-{encoder}",
        title=f"Power of the filters of {title}",
        sentence=f"In {most} of {many(len(own), 'layer')} of {title} filters have more power at "
        "the lowest frequency than white ones have in 95 % of cases; of white ones about "
        f"{number(0.05 * len(own), 1)} would.",
        verdict=counted(
            Badge.SEVERAL,
            f"Filters of {short(title)} are smoother than white ones in",
            most,
            "layer",
        ),
        context="White filters, such as initial weights, are the dotted line; layers are tested "
        "one by one, by the number of their kernels.",
        figure=raw.power_curves(own, title, theme, ends=ends),
        read="The power of a layer's filters at each radial frequency, from their covariance, over "
        "that of white filters of the same size; one line for each layer, the first one dashed. "
        "Smooth filters lie high at the left.",
        table=pd.DataFrame(
            {"frequency": own[0].frequencies, **{one.layer: one.power for one in own}}
        ),
        trace=words.trace(result) | {"encoder": encoder},
    )
