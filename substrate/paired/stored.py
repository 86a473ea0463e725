"""Passes of two encoders whose blocks go to the store, so that an interrupted one goes on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from substrate.analyses.units.place import (
    PlaceParams,
    PlacePass,
    block_key,
    passes,
    photographs_of_blocks,
)
from substrate.domains.spec import Domain
from substrate.encoder_ref import EncoderRef
from substrate.encoders.spec import Encoder
from substrate.numerics.nulls import group_permutations
from substrate.paired.passes import PairedPass, Place
from substrate.runs import Run
from substrate.store import CorruptEntryError

#: Called with what is being read, the images done, and the images in all.
Progress = Callable[[str, int, int], None]


def read_side_by_side(
    run: Run,
    params: PlaceParams,
    load: Callable[[EncoderRef], Encoder],
    domain: Domain,
    progress: Progress = lambda _what, _done, _all: None,
) -> None:
    """Bring every block of a place that is missing to the store: the encoders', then the nulls'.

    ``progress`` is called after each batch of images; an exception that it raises stops the pass
    and loses no block that was finished.
    """
    wanted = passes(run, params)
    total = sum(len(np.concatenate(photographs_of_blocks(run, params, one))) for one in wanted)
    done = 0
    for one in wanted:
        rows = photographs_of_blocks(run, params, one)
        missing = [i for i in range(len(rows)) if not there(run, block_key(run, params, one, i))]
        done += sum(len(rows[i]) for i in range(len(rows)) if i not in missing)
        if not missing:
            continue
        what = titles_of(run, one)

        def count(images: int, what: str = what) -> None:
            nonlocal done
            done += images
            progress(what, done, total)

        paired = PairedPass(
            load(one.first),
            load(one.second),
            [Place(params.first_layer, params.second_layer)],
            domain,
            rows,
            progress=count,
        )
        stand_ins = stand_ins_of(run, params, one)
        for index in missing:
            key = block_key(run, params, one, index)
            with run.store.computing(key):
                if not there(run, key):
                    block = paired.block(index, stand_ins)[paired.places[0]]
                    run.store.put(key, arrays=block.arrays(), meta={"kind": "paired block"})


def stand_ins_of(run: Run, params: PlaceParams, one: PlacePass) -> np.ndarray | None:
    """Return the photograph that the first encoder sees in the place of each."""
    if one.shuffle < 0:
        return None
    return group_permutations(run.groups(params.domain), one.shuffle + 1, params.seed)[-1]


def titles_of(run: Run, one: PlacePass) -> str:
    """Return what a pass reads, in words."""
    titles = [
        run.encoders[ref.name].title + ("" if ref.twin is None else f", untrained {ref.twin}")
        for ref in (one.first, one.second)
    ]
    return " and ".join(titles) + (", photographs shuffled" if one.shuffle >= 0 else "")


def there(run: Run, key: str) -> bool:
    """Say whether a block is there and whole; a damaged one is removed."""
    try:
        return run.store.get(key) is not None
    except CorruptEntryError:
        run.store.remove_damaged(key)
        return False
