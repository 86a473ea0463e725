"""What untrained twins of two networks give: layers aligned better than shuffled ones, and S."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.weights.alignable import MATRICES
from substrate.analyses.weights.aligned import Aligned, AlignedLayer
from substrate.wording import many, number, spread

FIRST_LEFT_OUT = (
    "The first layer, which sees the image or frozen filters of it in any two networks, is left "
    "out."
)
#: What an alignment that is better than shuffled ones does not show.
UNTRAINED = (
    "An alignment better than shuffled ones is no sign of learning: two untrained networks had one "
    "in all layers."
)


def tested_layers(result: Aligned) -> list[AlignedLayer]:
    """Return the layers whose alignment is judged: all but a first one that nothing precedes."""
    return list(result.layers[_first(result) :])


def _first(result: Aligned) -> int:
    """Return 1 where the first layer is a convolution, over as many channels in both networks.

    Nothing that is learned precedes it: it sees the image, or frozen filters of it.
    """
    one = result.layers[0]
    (_, first), (_, second) = one.widths
    return int(first == second and not one.names[0].endswith(MATRICES))


def aligned_better(result: Aligned) -> list[AlignedLayer]:
    """Return the layers aligned better than by any map fitted to shuffled photographs."""
    return [
        one
        for one in tested_layers(result)
        if len(one.error_permuted) and one.error < one.error_permuted.min()
    ]


def twins_better(result: Aligned) -> Int[np.ndarray, " t"]:
    """Return in how many of the same layers each draw of both untrained twins is aligned so."""
    errors = result.twins[:, _first(result) :]
    if not errors.size:
        return np.empty(0, dtype=np.int64)
    return np.count_nonzero(errors[..., 0] < errors[..., 4:].min(axis=-1), axis=1)


def untrained_said(result: Aligned) -> str:
    """Say in how many layers untrained twins are aligned better than shuffled, and what of it."""
    counts = twins_better(result)
    if not len(counts):
        return UNTRAINED
    return (
        f"Untrained twins of both reach this themselves in {number(float(counts.mean()), 1)} of "
        f"{many(len(tested_layers(result)), 'layer')} ({spread(counts.tolist(), 0)} in "
        f"{many(len(counts), 'draw')}): an alignment better than shuffled ones is no sign of "
        "learning."
    )


def twins_similarity(result: Aligned) -> Float[np.ndarray, "k 3"]:
    """Return S with both ends of its range, of all layers and draws of twins where it is told."""
    if not result.twins.size:
        return np.empty((0, 3))
    rows = result.twins[..., 1:4].reshape(-1, 3)
    finite: Float[np.ndarray, "k 3"] = rows[np.isfinite(rows[:, 0])]
    return finite


def twins_similarity_said(result: Aligned) -> str:
    """Say what S is between untrained twins, and whether its range covers 0; or why it is not told.

    Empty where no twins were aligned.
    """
    if not result.twins.size:
        return ""
    draws, layers = result.twins.shape[:2]
    twins = twins_similarity(result)
    of = f"{many(draws * layers, 'layer')} of {many(draws, 'draw')}"
    if not len(twins):
        return (
            f"Between untrained twins of both S can be told in none of {of}. "
            f"{' '.join(result.twin_reasons)}"
        )
    covers = np.count_nonzero(~(twins[:, 1] > 0) & ~(twins[:, 2] < 0))
    return (
        f"Between untrained twins of both S can be told in {len(twins)} of {of}, with a mean of "
        f"{number(float(twins[:, 0].mean()))} ({spread(twins[:, 0].tolist())}); its range covers 0 "
        f"in {covers}."
    )
