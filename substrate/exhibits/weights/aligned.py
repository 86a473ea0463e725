"""Channels of two networks through the alignment of what their layers see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.weights.aligned import (
    COPIES,
    DRAWS,
    PLANTED,
    SHUFFLES,
    WHOLE,
    Aligned,
    AlignedLayer,
)
from substrate.analyses.weights.better import (
    FIRST_LEFT_OUT,
    aligned_better,
    tested_layers,
    twins_similarity_said,
    untrained_said,
)
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.verdict import Badge, Verdict, first_that_fits
from substrate.figures.theme import Theme
from substrate.figures.weights import alignment as figures
from substrate.numerics.weights.similarity import ALPHA, beyond
from substrate.runs import Run
from substrate.wording import CHANGED, growing, many, number, percent, span

NOT_READ = "These two networks have not been read side by side."


def measured_layers(result: Aligned) -> list[AlignedLayer]:
    """Return the layers in which both have something learned that the alignment carries."""
    return [one for one in result.layers if not one.reason]


def above(result: Aligned) -> list[AlignedLayer]:
    """Return those whose S lies above all that alignments to shuffled photographs give.

    For all layers together: after Holm's correction (`beyond`).
    """
    tested = [one for one in measured_layers(result) if len(one.permuted)]
    values, lows, levels = (
        (
            np.array(part)
            for part in zip(*((o.similarity, o.low, o.permuted.max()) for o in tested), strict=True)
        )
        if tested
        else [np.empty(0)] * 3
    )
    return [one for one, more in zip(tested, beyond(values, lows, levels), strict=True) if more]


def verdict(result: Aligned) -> Verdict | None:
    """Return in how many layers S lies above all alignments to shuffled photographs.

    The mean S, which is above 0 through shuffled alignments too, is said under the figure.
    """
    layers = many(len(result.layers), "layer")
    if result.copied:
        return first_that_fits(
            Badge.DESCRIBED,
            f"One network is a copy of the other, channel by channel, in {layers}",
        )
    if not (measured := measured_layers(result)):
        return untold(layers)
    if more := len(above(result)):
        return first_that_fits(
            Badge.SEVERAL,
            "Learned channels agree more than through shuffled alignments in "
            f"{many(more, 'layer')}",
        )
    return first_that_fits(
        Badge.UNTOLD,
        "Learned channels are not told from shuffled alignments in any of "
        f"{many(len(measured), 'layer')}",
    )


def sentence(result: Aligned, names: tuple[str, str]) -> str:
    """Say in how many layers S is told, its mean and its range over layers, beside its nulls."""
    layers, measured = len(result.layers), measured_layers(result)
    text = f"{names[0]} and {names[1]}: "
    if not measured:
        reasons = " ".join(dict.fromkeys(one.reason for one in result.layers))
        return (
            f"{text}in none of {many(layers, 'layer')} S can be told"
            f"{'' if result.twins.size else ', as between two untrained networks'}. {reasons}"
        )
    values = [one.similarity for one in measured]
    parts = [
        f"alignments to shuffled photographs {_mean([one.permuted.mean() for one in measured])}",
        f"two samples of one covariance {_mean([one.planted[0] for one in measured])}",
    ]
    plain = [one.unaligned for one in measured if np.isfinite(one.unaligned)]
    if plain:
        parts.insert(0, f"without alignment {_mean(plain)}")
    return (
        f"{text}in {len(measured)} of {many(layers, 'layer')} the similarity S of learned channels "
        f"can be told; its mean is {_mean(values)} ({span(values, 'layer')}; {', '.join(parts)})."
    )


def _mean(values: list[float]) -> str:
    finite = [value for value in values if np.isfinite(value)]
    return number(float(np.mean(finite))) if finite else "not told"


EXTENDED = (
    "Matrices of attention and MLPs are compared through the aligned residual stream, which they "
    "read or write: an extension, since the published method has convolutions alone."
)


def untold(layers: str) -> Verdict | None:
    """Say that no layer's similarity can be told."""
    return first_that_fits(
        Badge.UNTOLD, f"Similarity of learned channels cannot be told in any of {layers}"
    )


def at_half(mean: str, changes: list[float]) -> str:
    """Say what S is where alignments are fitted to half as many images."""
    return f"Fitted to half as many images S has a mean of {mean}; {growing(changes)}"


def context(result: Aligned) -> str:
    """Say where S exceeds the null, what it depends on, where it cannot be told, and why."""
    parts = [COPIES] if result.copied else []
    parts += [EXTENDED] if result.extended else []
    if measured := measured_layers(result):
        parts += [
            f"In {len(above(result))} of {many(len(measured), 'layer')} S lies above all "
            f"{SHUFFLES} "
            "alignments to shuffled photographs, by more than its range over rotations and "
            f"resamples tells (p at most {ALPHA:g} after Holm's correction over layers).",
            at_half(
                _mean([o.halved for o in measured]), [o.similarity - o.halved for o in measured]
            ),
            "Weights against themselves, whose noise is the same too, have "
            f"{span([one.identical for one in measured], 'layer')}.",
        ]
        if partly := [one for one in measured if one.seen < one.inputs]:
            fewest = min(partly, key=lambda one: one.seen / one.inputs)
            parts.append(
                f"In {many(len(partly), 'layer')} of these the images show fewer directions than "
                f"there are inputs: {fewest.seen} of {fewest.inputs} in {fewest.names[0]}."
            )
    parts += [said] if (said := twins_similarity_said(result)) else []
    silent = [one for one in result.layers if one.reason]
    if silent and measured:
        reasons = " ".join(dict.fromkeys(one.reason for one in silent))
        parts.append(f"Not told in {many(len(silent), 'layer')}. {reasons}")
    return " ".join(parts)


def curve(result: Aligned, run: Run, theme: Theme) -> Exhibit:
    """Return S layer by layer, beside its nulls and its ceiling."""
    names = titles_of(result, run)
    return Exhibit(
        key="weights-similarity",
        title="Similarity of learned channels",
        sentence=sentence(result, names),
        context=context(result),
        verdict=verdict(result),
        figure=figures.similarity_along(result, names, theme, _facts(result, run)),
        read="Filled: the similarity S of the learned covariances of either layer, through the "
        "alignment of what both see; the mean of both orders, with the range over random rotations "
        "and Gaussian resamples, not over trainings (between networks drawn anew S had a standard "
        "deviation of 0.01 to 0.03). 0 is a rotated covariance and 1 a fresh sample of the same "
        "one. Triangles are what the same estimator gives for two samples of one covariance of "
        "this size, whose noise is independent: S of separate trainings is not expected to lie "
        "higher, but weights that share their noise too do, up to and above 1. For k x k kernels "
        "triangles are an upper level: they take positions as independent, and correlated ones do "
        f"not reach it. Open circles: at half of the images S differs by more than {CHANGED}, or "
        "the images "
        "show fewer directions than there are inputs. "
        "Diamonds are alignments fitted to photographs "
        "that do not belong together, squares no alignment. A cross stands where noise cannot be "
        "told from learning, or where the alignment carries so few directions that weights against "
        f"themselves would fall below {percent(WHOLE)} of their S.",
        table=table(result),
        shown=table(result),
        trace=trace(result),
    )


def errors(result: Aligned, run: Run, theme: Theme) -> Exhibit:
    """Return how well the inputs of every layer align on other photographs."""
    names = titles_of(result, run)
    better, rows = len(aligned_better(result)), tested_layers(result)
    below = sum(one.error < 1 for one in rows)
    same = f" {FIRST_LEFT_OUT}" if len(rows) < len(result.layers) else ""
    return Exhibit(
        key="weights-errors",
        title="Error of the alignment",
        sentence=f"In {better} of {many(len(rows), 'layer')} the alignment is better on "
        f"photographs that it was not fitted to than all {SHUFFLES} that were fitted to shuffled "
        f"ones (by chance in {number(len(rows) / (SHUFFLES + 1), 1)}). Its error is below 1, that "
        f"of a map to zero, in {below}.{same}",
        context=untrained_said(result),
        figure=figures.errors_along(result, names, theme, _facts(result, run)),
        read="The squared error of the aligned inputs over their square, on the half of the "
        "photographs that took no part in fitting: 0 is perfect, and near 1 nothing is aligned. "
        "Whiskers of the null are its lowest and highest.",
        table=table(result),
        trace=trace(result),
    )


def panels(
    result: Aligned,
    layer: str,
    run: Run,
    theme: Theme,
    *,
    chosen: tuple[int, int] | None = None,
) -> Exhibit:
    """Return the |cosine| panels of one layer's leading channel eigenvectors."""
    one = next(one for one in result.layers if one.names[0] == layer)
    names = titles_of(result, run)
    said = f"{layer}: "
    if one.reason:
        said += f"S is not told. {one.reason}"
    else:
        ends = (
            f"{number(one.low)} to {number(one.high)} over rotations and resamples; "
            if np.isfinite(one.low)
            else ""
        )
        said += (
            f"S is {number(one.similarity)} ({ends}orders {number(one.forth)} and "
            f"{number(one.back)}), with effective ranks {number(one.ranks[0], 1)} and "
            f"{number(one.ranks[1], 1)}, where planted samples of these have "
            f"{number(one.planted_ranks[0], 1)} and {number(one.planted_ranks[1], 1)}."
        )
    return Exhibit(
        key="weights-panels",
        title=f"Channel eigenvectors of {layer}",
        sentence=said,
        context=_largest(one),
        figure=figures.panels(one, names, theme, _facts(result, run), chosen=chosen),
        read="Rows and columns are the leading eigenvectors of the channel covariance of either "
        "layer by size; darkness is their |cosine|, white at one over the root of the number of "
        "inputs, where random directions lie, and black at five times that. Arrows mark the "
        "effective ranks: beyond them lies noise. The panel of shuffled photographs is one of the "
        f"{SHUFFLES} alignments of the null, not their mean, whose cells would be fainter. Dark "
        "blocks along the diagonal say that both networks read the same directions; where "
        "eigenvalues are close, several eigenvectors turn into each other, and the block matters "
        "rather than the diagonal. Click a cell to see what both eigenvectors respond to.",
        table=pd.DataFrame(
            one.aligned, columns=[f"B {k + 1}" for k in range(one.aligned.shape[1])]
        ),
        trace=trace(result) | {"layer": layer},
    )


def _largest(one: AlignedLayer) -> str:
    """Set the largest cell through the alignment beside the largest of each alignment of the null.

    The largest of a mean of several would lie below that of any one.
    """
    said = (
        f"The largest |cosine| of {one.aligned.shape[0]} by {one.aligned.shape[1]} leading "
        f"eigenvectors is {number(float(one.aligned.max()))} through the alignment"
    )
    if not len(one.null_largest):
        return f"{said}."
    mean = number(float(one.null_largest.mean()))
    return (
        f"{said}; the largest through each alignment to shuffled photographs is {mean} in the mean "
        f"of {len(one.null_largest)}, and {number(float(one.null_largest.max()))} at most."
    )


def table(result: Aligned) -> pd.DataFrame:
    """Return a row per layer."""
    return pd.DataFrame(
        [
            {
                "layer of A": one.names[0],
                "layer of B": one.names[1],
                "S": one.similarity,
                "low": one.low,
                "high": one.high,
                "order A, B": one.forth,
                "order B, A": one.back,
                "S unaligned": one.unaligned,
                "S shuffled": float(one.permuted.mean()) if len(one.permuted) else np.nan,
                "S of planted": one.planted[0],
                "S at half of the images": one.halved,
                "S against itself": one.identical,
                "S against itself, as carried": one.identical_seen,
                "inputs carried": one.seen,
                "inputs": one.inputs,
                "rank A": one.ranks[0],
                "rank B": one.ranks[1],
                "rank of planted A": one.planted_ranks[0],
                "rank of planted B": one.planted_ranks[1],
                "error": one.error,
                "error shuffled": float(np.mean(one.error_permuted))
                if len(one.error_permuted)
                else np.nan,
                "reason": one.reason,
            }
            for one in result.layers
        ]
    )


def trace(result: Aligned) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        "encoders": f"{result.first}, {result.second}",
        "images": f"{result.images} of {result.domain}, {result.photographs} photographs",
        "alignment": "orthogonal, uncentred, fitted on half of the photographs"
        + (", of the residual stream of transformers (an extension)" if result.extended else ""),
        "left out": f"layers whose own weights keep less than {percent(WHOLE)} of their S as "
        "the alignment carries them",
        "null": f"{SHUFFLES} alignments to shuffled photographs",
        "untrained twins": many(len(result.twins), "draw"),
        "range of S": f"{DRAWS} rotations and resamples",
        "planted samples": PLANTED,
        "seed": result.seed,
    }


def titles_of(result: Aligned, run: Run) -> tuple[str, str]:
    """Return the titles of both encoders."""
    return run.encoders[result.first].title, run.encoders[result.second].title


def _facts(result: Aligned, run: Run) -> str:
    return figures.facts(result, run.domains[result.domain].caption)
