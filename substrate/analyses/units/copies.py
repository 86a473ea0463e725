"""Encoders of one architecture: which may be compared unit by unit, and which pairs they make."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from substrate.analyses.units.place import FILES
from substrate.runs import RANDOM_LABELS, EncoderRecord, Run

#: How layers with positions are pooled.
WITH_POSITIONS = ("spatial", "tokens", "cls")


#: Names and widths of an encoder's layers, and how many parameters it has.
Shape = tuple[tuple[tuple[str, int], ...], int | None]


def shape(record: EncoderRecord) -> Shape:
    """Return an encoder's shape: those of one recipe and shape differ by their seed alone."""
    return tuple((layer.name, layer.width) for layer in record.layers), record.parameters


def alike(run: Run, encoder: str) -> tuple[str, ...]:
    """Return an encoder and all others of its recipe and shape, in the study's order.

    None that learnt random labels, unless it is the encoder itself, and none from files.
    """
    own = run.encoders[encoder]
    return tuple(
        name
        for name, record in run.encoders.items()
        if name == encoder
        or (
            run.recipe(name) == run.recipe(encoder)
            and shape(record) == shape(own)
            and record.paradigm != RANDOM_LABELS
            and record.source != FILES
        )
    )


def pairs(encoders: Sequence[str]) -> list[tuple[str, str]]:
    """Return every two of some encoders, in their order."""
    return list(combinations(encoders, 2))


def first_copies(run: Run) -> list[tuple[str, str]]:
    """Return the first two encoders of each recipe and shape."""
    first: dict[tuple[str, Shape], tuple[str, str]] = {}
    for name, record in run.encoders.items():
        if record.paradigm == RANDOM_LABELS or record.source == FILES:
            continue
        same = alike(run, name)
        if len(same) > 1:
            first.setdefault((run.recipe(name), shape(record)), (same[0], same[1]))
    return list(first.values())


def layers_with_positions(record: EncoderRecord) -> tuple[str, ...]:
    """Return the layers that have positions, in order."""
    return tuple(layer.name for layer in record.layers if layer.pooling in WITH_POSITIONS)
