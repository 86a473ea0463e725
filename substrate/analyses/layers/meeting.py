"""Relative depth, counted over the layers that change anything, and which layers meet at it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from substrate.analyses.layers.depth import (
    Closer,
    depth_correlation,
    diagonal_gap,
    equal_depth,
)
from substrate.analyses.layers.living import living_layers
from substrate.analyses.shared.effort import chosen_rows
from substrate.analyses.spec import AnalysisError
from substrate.encoder_ref import EncoderRef
from substrate.numerics.depth.steps import distances, moving
from substrate.numerics.metrics.imbalance import prepare
from substrate.numerics.metrics.spec import UndefinedScoreError
from substrate.runs import LayerInfo, Run

#: Samples whose nearest neighbours tell whether a layer changes anything, at most.
SAMPLES = 512


@dataclass(frozen=True, eq=False)
class CountedDepth:
    """Relative depths of an encoder's layers, and which of them change anything.

    ``source`` is for each layer itself where it moves, else the layer that it leaves as it was.
    """

    depth: Float[np.ndarray, " a"]
    moves: Bool[np.ndarray, " a"]
    source: Int[np.ndarray, " a"]


def counted_depth(run: Run, encoder: str, domain: str, seed: int) -> CountedDepth:
    """Return the relative depths of an encoder's layers as they are listed, still layers passed by.

    A layer is still where it changes next to nothing (`substrate.numerics.depth.steps.moving`): its
    share of the depth goes to the others, so such layers, inserted anywhere, move no other layer.
    Constant layers, readouts and layers without neighbours count as they are listed.
    """
    layers = run.encoders[encoder].layers
    rows = chosen_rows(run.groups(domain), SAMPLES, seed)
    living = living_layers(run, EncoderRef(encoder), domain, rows)
    groups, still = run.groups(domain)[rows], set[str]()
    try:
        states = [
            prepare(run.representation(encoder, domain, name).features[rows], groups=groups)
            for name in living
        ]
        kept = moving(distances(states)) if states else np.arange(0)
        still = set(living) - {living[i] for i in kept}
    except UndefinedScoreError:  # too few samples: nothing is known to be still
        pass
    return counted(
        np.array([layer.depth for layer in layers]),
        np.array([layer.name not in still for layer in layers]),
    )


def feature_depths(run: Run, encoder: str, domain: str, seed: int) -> Float[np.ndarray, " a"]:
    """Return the counted depths of an encoder's layers up to the last features."""
    count = len(run.encoders[encoder].feature_layers)
    return counted_depth(run, encoder, domain, seed).depth[:count]


def counted(listed: Float[np.ndarray, " a"], moves: Bool[np.ndarray, " a"]) -> CountedDepth:
    """Return listed depths without the share of layers that do not move; the first always does."""
    source = np.maximum.accumulate(np.where(moves, np.arange(len(listed)), 0))
    shares = np.where(moves, np.diff(listed, prepend=0.0), 0.0)
    if moves.all() or shares.sum() <= 0:
        return CountedDepth(listed, moves, source)
    return CountedDepth(listed[-1] * np.cumsum(shares) / shares.sum(), moves, source)


@dataclass(frozen=True, eq=False)
class LayerSide:
    """One encoder's layers, with relative depth, width and pooling.

    Depth is counted over the layers that move; one that does not shares it with its ``source``, the
    layer that it leaves as it was (`counted_depth`).
    """

    encoder: str
    layers: tuple[str, ...]
    depth: Float[np.ndarray, " a"]
    moves: Bool[np.ndarray, " a"]
    source: Int[np.ndarray, " a"]
    width: np.ndarray
    pooling: tuple[str, ...]


def stored_layers(run: Run, encoder: str) -> tuple[LayerInfo, ...]:
    """Return an encoder's layers, or refuse a name that the run lacks."""
    if encoder not in run.encoders:
        raise AnalysisError(
            f"This run has no encoder {encoder!r}; it has {', '.join(run.encoders)}."
        )
    return run.encoders[encoder].layers


def side(run: Run, encoder: str, domain: str, seed: int) -> LayerSide:
    """Return an encoder's layers as the figures name them, with their depth on a domain."""
    layers, counted = stored_layers(run, encoder), counted_depth(run, encoder, domain, seed)
    return LayerSide(
        encoder,
        tuple(layer.name for layer in layers),
        counted.depth,
        counted.moves,
        counted.source,
        np.array([layer.width for layer in layers]),
        tuple(layer.pooling for layer in layers),
    )


@dataclass(frozen=True, eq=False)
class Meeting:
    """Two sides, and which of their layers meet at equal depth.

    Gap and correlation are those of the layers that move: copies of a layer count once.
    """

    first: LayerSide
    second: LayerSide
    equal: Int[np.ndarray, " a"]

    def summary(self, values: Float[np.ndarray, "a b"], closer: Closer) -> tuple[float, float]:
        """Return the gap of equal depth from all other pairs, and the correlation of depths."""
        i, j = (np.flatnonzero(one.moves) for one in (self.first, self.second))
        kept, met = values[np.ix_(i, j)], np.searchsorted(j, self.equal[i])
        return (
            diagonal_gap(kept, met, closer),
            depth_correlation(kept, self.first.depth[i], self.second.depth[j], closer),
        )


def met_layers(run: Run, first: str, second: str, domain: str, seed: int) -> Meeting:
    """Return two encoders' layers, and for each of the first the one of the second it meets."""
    return meeting(*(side(run, name, domain, seed) for name in (first, second)))


def meeting(first: LayerSide, second: LayerSide) -> Meeting:
    """Return which layers of two sides meet; one that does not move meets what its source does."""
    i, j = np.flatnonzero(first.moves), np.flatnonzero(second.moves)
    met = j[equal_depth(first.depth[i], second.depth[j])]
    return Meeting(first, second, met[np.searchsorted(i, first.source)])
