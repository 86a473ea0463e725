"""Passes of two encoders whose blocks go to the store, so that an interrupted one goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    read_places(run, [params], load, domain, progress)


def read_places(
    run: Run,
    places: Sequence[PlaceParams],
    load: Callable[[EncoderRef], Encoder],
    domain: Domain,
    progress: Progress = lambda _what, _done, _all: None,
) -> None:
    """Do so for several places of two encoders: one sweep over the images reads all of them.

    The places differ in their layers alone. Those whose moments fill the memory with fewer blocks
    take a sweep of their own.
    """
    sweeps = [(one, same) for one in passes(run, places[0]) for same in _alike(run, places, one)]
    total = len(sweeps) * run.domains[places[0].domain].n
    done = 0
    for one, same in sweeps:
        rows = photographs_of_blocks(run, same[0], one)
        missing = {
            index: [params for params in same if not there(run, block_key(run, params, one, index))]
            for index in range(len(rows))
        }
        done += sum(len(rows[index]) for index, left in missing.items() if not left)
        if not any(missing.values()):
            continue
        what = titles_of(run, one)

        def count(images: int, what: str = what) -> None:
            nonlocal done
            done += images
            progress(what, done, total)

        named = {params: Place(params.first_layer, params.second_layer) for params in same}
        paired = PairedPass(
            load(one.first), load(one.second), list(named.values()), domain, rows, progress=count
        )
        stand_ins = stand_ins_of(run, same[0], one)
        for index, left in missing.items():
            if left:
                _store_block(run, paired, index, stand_ins, {own: named[own] for own in left}, one)


def _store_block(
    run: Run,
    paired: PairedPass,
    index: int,
    stand_ins: np.ndarray | None,
    left: dict[PlaceParams, Place],
    one: PlacePass,
) -> None:
    """Read one block of photographs and store what is missing of it."""
    with run.store.computing(block_key(run, next(iter(left)), one, index)):
        left = {
            params: at for params, at in left.items() if not _block_there(run, params, one, index)
        }
        if not left:
            return
        blocks = paired.block(index, stand_ins)
        for params, at in left.items():
            key = block_key(run, params, one, index)
            run.store.put(key, arrays=blocks[at].arrays(), meta={"kind": "paired block"})


def _block_there(run: Run, params: PlaceParams, one: PlacePass, index: int) -> bool:
    return there(run, block_key(run, params, one, index))


def _alike(run: Run, places: Sequence[PlaceParams], one: PlacePass) -> list[list[PlaceParams]]:
    """Divide places by the number of blocks that they are read in."""
    out: dict[int, list[PlaceParams]] = {}
    for params in dict.fromkeys(places):
        out.setdefault(len(photographs_of_blocks(run, params, one)), []).append(params)
    return list(out.values())


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
