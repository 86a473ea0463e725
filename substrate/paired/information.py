"""Passes of two encoders that count joint histograms of units, for their mutual information."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.units.histograms import (
    PILOT,
    POSITIONS,
    information_key,
    require_measurable,
)
from substrate.analyses.units.place import (
    PlaceParams,
    passes,
    photographs_of_blocks,
    widths,
)
from substrate.domains.spec import Domain
from substrate.encoder_ref import EncoderRef
from substrate.encoders.spec import Encoder
from substrate.numerics.units.blocks import LEAST_BLOCKS, parts
from substrate.numerics.units.information import Bins, JointHistogram, bins_of, histograms_within
from substrate.numerics.units.informed import Information
from substrate.paired.passes import PairedPass, Place, paired_rows
from substrate.paired.stored import Progress, stand_ins_of, there, titles_of
from substrate.runs import Run

#: The bins of either side.
Sides = tuple[Bins, Bins]


def measure_information(
    run: Run,
    params: PlaceParams,
    load: Callable[[EncoderRef], Encoder],
    domain: Domain,
    progress: Progress = lambda _what, _done, _all: None,
) -> None:
    """Bring the mutual information of a place and of its nulls to the store, pass by pass.

    ``progress`` is called after each batch of images; what it raises stops the pass that is under
    way and loses no other.

    Raises
    ------
    AnalysisError
        If the joint histograms do not fit the memory.
    """
    require_measurable(run, params)
    wanted = passes(run, params)
    every = (run.domains[params.domain].n + 2 * PILOT) * len(wanted)
    done = 0
    for one in wanted:
        key = information_key(run, params, one)
        if there(run, key):
            continue
        what = titles_of(run, one)

        def count(images: int, what: str = what) -> None:
            nonlocal done
            done = min(done + images, every)
            progress(what, done, every)

        rows = photographs_of_blocks(run, params, one)
        place = Place(params.first_layer, params.second_layer)
        paired = PairedPass(load(one.first), load(one.second), [place], domain, rows, count)
        kept = histograms_within(*widths(run, params), len(rows))
        with run.store.computing(key):
            if not there(run, key):
                information = information_of(
                    paired, stand_ins_of(run, params, one), params.seed, apart=kept == len(rows)
                )
                arrays = {
                    "halves": information.halves,
                    "left_out": information.left_out,
                    "rows": np.array(information.rows),
                }
                run.store.put(key, arrays=arrays, meta={"kind": "mutual information"})


def information_of(
    paired: PairedPass,
    stand_ins: Int[np.ndarray, " n"] | None = None,
    seed: int = 0,
    *,
    apart: bool = True,
    positions: int = POSITIONS,
) -> Information:
    """Return the mutual information of the units of a pass's first place.

    The bins of each half of the blocks are those of some images of the other half. ``apart`` keeps
    a histogram for each block, so that blocks can be left out (from `LEAST_BLOCKS` on).
    """
    halves = parts(len(paired.rows))
    apart = apart and len(paired.rows) >= LEAST_BLOCKS
    pilots = [_pilot(paired, half, stand_ins, seed, positions) for half in halves]
    bits, rows = [], []
    left_out: dict[int, np.ndarray] = {}
    for half, sides in zip(halves, (pilots[1], pilots[0]), strict=True):
        total = JointHistogram(*sides)
        blocks: dict[int, JointHistogram] = {}
        for index in half:
            own = JointHistogram(*sides) if apart else total
            for a, b in _rows(paired, paired.rows[index], stand_ins, seed, positions):
                own.update(a, b)
            if apart:
                total, blocks[index] = total.merge(own), own
        bits.append(total.information())
        rows.append(total.rows)
        left_out |= {index: total.without(own).information() for index, own in blocks.items()}
    replicates = [left_out[index] for index in sorted(left_out)]
    shape = (len(replicates), *bits[0].shape)
    return Information(
        halves=np.array(bits, dtype=np.float32),
        left_out=np.array(replicates, dtype=np.float32).reshape(shape),
        rows=(rows[0], rows[1]),
    )


def _pilot(
    paired: PairedPass,
    half: list[int],
    stand_ins: np.ndarray | None,
    seed: int,
    positions: int,
) -> Sides:
    """Return the bins that some images of one half make: evenly spread over its photographs."""
    own = np.concatenate([paired.rows[block] for block in half])
    some = own[np.unique(np.linspace(0, len(own) - 1, min(PILOT, len(own))).round().astype(int))]
    every = list(_rows(paired, some, stand_ins, seed, positions))
    a, b = (np.concatenate([one[side] for one in every]) for side in (0, 1))
    return bins_of(a), bins_of(b)


def _rows(
    paired: PairedPass,
    rows: Int[np.ndarray, " n"],
    stand_ins: np.ndarray | None,
    seed: int,
    positions: int,
) -> Iterator[tuple[Float[np.ndarray, "m p"], Float[np.ndarray, "m q"]]]:
    """Yield some positions of each of these images, paired; which ones depends on the image."""
    first = rows if stand_ins is None else stand_ins[rows]
    for batch in paired.batches(first, rows):
        both = paired_rows(*batch.of(paired.places[0]))
        images = len(batch.rows[1])
        per_image = len(both[0]) // images
        kept = np.concatenate(
            [
                image * per_image + _some(per_image, positions, [seed, int(row)])
                for image, row in enumerate(batch.rows[1])
            ]
        )
        yield both[0][kept], both[1][kept]


def _some(count: int, most: int, seed: list[int]) -> Int[np.ndarray, " k"]:
    """Return at most so many of a number of positions, drawn at random."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))
