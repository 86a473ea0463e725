"""Mutual information of the units of two layers in the store: where it lies, how it is read.

It is measured where networks are at hand (`substrate.paired.information`).
"""

from __future__ import annotations

from dataclasses import asdict

from substrate.analyses.spec import AnalysisError
from substrate.analyses.units.place import (
    VERSION as PLACE_VERSION,
)
from substrate.analyses.units.place import (
    PlaceParams,
    PlacePass,
    passes,
    photographs_of_blocks,
    widths,
)
from substrate.numerics.units.blocks import UnitsError
from substrate.numerics.units.information import BINS, histograms_within
from substrate.numerics.units.informed import Information
from substrate.runs import Run
from substrate.store import digest

#: Raise it when the same images and networks give other histograms.
VERSION = 1
#: Positions of each image that are counted at most, drawn at random, the same on both sides.
POSITIONS = 64
#: Images of either half from which the bins of the other half are made.
PILOT = 32


def information_key(run: Run, params: PlaceParams, one: PlacePass) -> str:
    """Return the store key of what one pass measured."""
    return digest(
        {
            "kind": "mutual information",
            "version": [PLACE_VERSION, VERSION],
            "place": {**asdict(params), "first": str(one.first), "second": str(one.second)},
            "inputs": list(run.input_digests((one.first, one.second), (params.domain,)).items()),
            "shuffle": one.shuffle,
            "blocks": len(photographs_of_blocks(run, params, one)),
            "counted": [BINS, POSITIONS, PILOT],
        }
    )


def is_measured(run: Run, params: PlaceParams) -> bool:
    """Say whether the information of a place and of all its nulls is in the store."""
    return all(information_key(run, params, one) in run.store for one in passes(run, params))


def require_measurable(run: Run, params: PlaceParams) -> None:
    """Refuse layers whose joint histograms do not fit the memory, in one sentence.

    Raises
    ------
    AnalysisError
        If they do not.
    """
    try:
        histograms_within(*widths(run, params), 2)
    except UnitsError as error:
        raise AnalysisError(str(error)) from error


def read_information(run: Run, params: PlaceParams, one: PlacePass) -> Information:
    """Return what one pass measured.

    Raises
    ------
    AnalysisError
        If it has not been measured yet.
    """
    entry = run.store.get(information_key(run, params, one))
    if entry is None:
        raise AnalysisError(
            "The mutual information of these layers has not been measured yet: "
            "python -m substrate units --information does."
        )
    even, odd = entry.array("rows").tolist()
    return Information(entry.array("halves"), entry.array("left_out"), (even, odd))
