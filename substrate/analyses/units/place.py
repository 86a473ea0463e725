"""A layer of one encoder beside a layer of another: which blocks of photographs were read there.

The passes themselves need networks and run where those are at hand (`substrate.paired.stored`);
what they leave in the store is read here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Int

from substrate.analyses.spec import AnalysisError, Inputs
from substrate.encoder_ref import EncoderRef
from substrate.numerics.intervals import group_members
from substrate.numerics.units.blocks import PairedBlocks, UnitsError, blocks_within
from substrate.numerics.units.extremes import End, Extremes
from substrate.numerics.units.place import Grids, PlaceBlock, together
from substrate.runs import Run
from substrate.store import digest

#: Raise it when the same images and networks give other blocks.
VERSION = 2
#: Passes over photographs that do not belong together, and pairs of untrained twins.
SHUFFLES, TWINS = 5, 5
#: Blocks of the passes that are nulls: one to choose on, one to judge on.
HALVES = 2
#: The source of encoders that are known by files of their features.
FILES = "features"


@dataclass(frozen=True)
class PlaceParams:
    """Two encoders and a layer of each, the domain that both see, and the seed of the blocks."""

    first: str
    first_layer: str
    second: str
    second_layer: str
    domain: str
    seed: int = 0


@dataclass(frozen=True)
class PlacePass:
    """One pass over a place: which networks see which photographs.

    ``shuffle`` is the number of the random order in which the first one sees them, -1 where both
    see the same.
    """

    first: EncoderRef
    second: EncoderRef
    shuffle: int = -1

    @property
    def blocks(self) -> int:
        """Blocks of photographs of a null; 0 where their number follows from the memory."""
        plain = self.shuffle < 0 and self.first.twin is None and self.second.twin is None
        return 0 if plain else HALVES


def trained(params: PlaceParams) -> PlacePass:
    """Return the pass of the two encoders over the same photographs."""
    return PlacePass(EncoderRef.parse(params.first), EncoderRef.parse(params.second))


def shuffled(params: PlaceParams) -> list[PlacePass]:
    """Return the passes over photographs that do not belong together."""
    one = trained(params)
    return [PlacePass(one.first, one.second, shuffle) for shuffle in range(SHUFFLES)]


def twins(run: Run, params: PlaceParams) -> list[PlacePass]:
    """Return the passes of pairs of untrained twins, draw by draw.

    Of one encoder with itself the second has the next draw: a twin would only find itself.
    """
    names = [EncoderRef.parse(name) for name in (params.first, params.second)]
    if any(name.twin is not None or name.step is not None for name in names):
        return []
    seeds = [run.untrained_seeds(name.name, params.domain) for name in names]
    shift = 1 if names[0].name == names[1].name else 0
    pairs = zip(seeds[0], seeds[1][shift:], strict=False)
    return [
        PlacePass(EncoderRef(names[0].name, twin=a), EncoderRef(names[1].name, twin=b))
        for a, b in list(pairs)[:TWINS]
    ]


def passes(run: Run, params: PlaceParams) -> list[PlacePass]:
    """Return every pass that the analyses of a place read: the encoders', then the nulls'."""
    nulls = shuffled(params) if enough_groups(run, params.domain) else []
    return [trained(params), *twins(run, params), *nulls]


def enough_groups(run: Run, domain: str) -> bool:
    """Say whether a domain has two photographs at least, so that they can be permuted."""
    return len(np.unique(run.groups(domain))) > 1


def place_inputs(run: Run, params: PlaceParams) -> Inputs:
    """Return the networks and the domain that the analyses of a place read."""
    networks = {ref: 0 for one in passes(run, params) for ref in (one.first, one.second)}
    return tuple(networks), (params.domain,)


def widths(run: Run, params: PlaceParams) -> tuple[int, int]:
    """Return the number of units of either layer.

    Raises
    ------
    AnalysisError
        If an encoder has no such layer.
    """
    out = []
    for name, layer in ((params.first, params.first_layer), (params.second, params.second_layer)):
        info = run.encoders[EncoderRef.parse(name).name]
        same = [one.width for one in info.layers if one.name == layer]
        if not same:
            raise AnalysisError(
                f"{info.title} has no layer {layer!r}. Choose one of "
                f"{', '.join(one.name for one in info.layers)}."
            )
        out.append(same[0])
    return out[0], out[1]


def require_readable(run: Run, params: PlaceParams) -> None:
    """Refuse two layers that no pass can read, in one sentence.

    Raises
    ------
    AnalysisError
        If an encoder or the domain is known by files of features alone, an encoder has no such
        layer, the layers are too wide for the memory, or there is one photograph.
    """
    for name in (params.first, params.second):
        info = run.encoders[EncoderRef.parse(name).name]
        if info.source == FILES:
            raise AnalysisError(
                f"{info.title} was read from files of features: without its network there are no "
                "units at positions. Choose another encoder."
            )
    domain = run.domains[params.domain]
    if not domain.pictured:
        raise AnalysisError(
            f"The features of {domain.title} were read from files: there are no images that two "
            "networks could see. Choose another domain."
        )
    try:
        blocks_within(*widths(run, params), photographs=domain.photographs)
    except UnitsError as error:
        raise AnalysisError(str(error)) from error


def is_read(run: Run, params: PlaceParams) -> bool:
    """Say whether every block of the two layers and of their nulls is in the store."""
    return all(
        block_key(run, params, one, index) in run.store
        for one in passes(run, params)
        for index in range(len(photographs_of_blocks(run, params, one)))
    )


def images_to_read(run: Run, params: PlaceParams) -> int:
    """Return how many pairs of images all passes of two layers read."""
    return len(passes(run, params)) * run.domains[params.domain].n


def photographs_of_blocks(
    run: Run, params: PlaceParams, one: PlacePass
) -> list[Int[np.ndarray, " k"]]:
    """Return the rows of each block of a pass: photographs in random order, in equal numbers."""
    members = group_members(run.groups(params.domain))
    count = one.blocks or blocks_within(*widths(run, params), photographs=len(members))
    order = np.random.default_rng(params.seed).permutation(len(members))
    return [
        np.sort(np.concatenate([members[g] for g in block]))
        for block in np.array_split(order, count)
    ]


def block_key(run: Run, params: PlaceParams, one: PlacePass, index: int) -> str:
    """Return the store key of one block of a pass."""
    rows = photographs_of_blocks(run, params, one)
    return digest(
        {
            "kind": "paired block",
            "version": VERSION,
            "place": {**asdict(params), "first": str(one.first), "second": str(one.second)},
            "inputs": list(run.input_digests((one.first, one.second), (params.domain,)).items()),
            "shuffle": one.shuffle,
            "blocks": len(rows),
            "block": index,
        }
    )


@dataclass(frozen=True, eq=False)
class PlaceData:
    """What a pass left in the store."""

    blocks: PairedBlocks
    ends: dict[tuple[int, End], Extremes]
    grids: Grids


def read_place(run: Run, params: PlaceParams, one: PlacePass) -> PlaceData:
    """Return the blocks of a pass.

    Raises
    ------
    AnalysisError
        If some of them have not been read yet.
    """
    p, q = widths(run, params)
    blocks: list[PlaceBlock] = []
    for index in range(len(photographs_of_blocks(run, params, one))):
        entry = run.store.get(block_key(run, params, one, index))
        if entry is None:
            raise AnalysisError(
                f"The images of {run.domains[params.domain].title} have not been read by "
                f"{one.first.title} and {one.second.title} side by side yet."
            )
        blocks.append(PlaceBlock.from_arrays(p, q, entry.arrays()))
    ends = {}
    for key in blocks[0].ends:
        ends[key] = blocks[0].ends[key]
        for block in blocks[1:]:
            ends[key] = ends[key].merge(block.ends[key])
    return PlaceData(together(blocks), ends, blocks[0].grids)
