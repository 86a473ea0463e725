"""What the command `units` does: two encoders read side by side, their units compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from substrate.analyses.spec import Analysis, AnalysisError, obtain
from substrate.analyses.units.choice import default_place
from substrate.analyses.units.few_to_one import FEW_TO_ONE, FewToOne, FewToOneParams
from substrate.analyses.units.many_to_many import MANY_TO_MANY, ManyToMany, ManyToManyParams
from substrate.analyses.units.mutual_information import (
    MUTUAL_INFORMATION,
    MutualInformation,
    MutualInformationParams,
)
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOne, OneToOneParams
from substrate.analyses.units.pictures import SHOWN
from substrate.analyses.units.place import PlaceParams
from substrate.domains.spec import Domain
from substrate.encoder_ref import EncoderRef
from substrate.encoders.spec import Encoder
from substrate.paired.information import measure_information
from substrate.paired.pictures import store_pictures
from substrate.paired.reloaded import encoder_and_domain
from substrate.paired.stored import read_side_by_side
from substrate.progress import Progress
from substrate.runs import Run

#: Shares of the work: reading the images, matching, the further analyses, cutting pictures.
WEIGHTS = {"images": 0.7, "matching": 0.1, "further": 0.15, "pictures": 0.05}


@dataclass(frozen=True)
class Wanted:
    """Encoders, layers and domain as the command names them; what is None has its default."""

    first: str | None
    first_layer: str | None
    second: str | None
    second_layer: str | None
    domain: str | None


def place_of(run: Run, wanted: Wanted) -> PlaceParams:
    """Return the two layers that are wanted, or raise with the reason why they cannot be read."""
    return default_place(
        run,
        wanted.first,
        wanted.first_layer,
        wanted.second,
        wanted.second_layer,
        wanted.domain,
    )


@dataclass(frozen=True, eq=False)
class ComparedUnits:
    """What is said of the units of two layers; a sentence where an analysis cannot be had.

    ``information`` is None where it was not asked for.
    """

    matched: OneToOne
    few: FewToOne | str
    many: ManyToMany | str
    information: MutualInformation | str | None = None


def compare(
    run: Run, params: PlaceParams, progress: Progress, *, absolute: bool, information: bool = False
) -> ComparedUnits:
    """Read both encoders over the domain, compare units, and cut pictures of the best and worst.

    ``information`` measures the mutual information of units as well, in a pass of its own.
    """
    root = str(run.store.root)
    progress.declare(WEIGHTS | ({"information": 0.7} if information else {}))
    domain = encoder_and_domain(root, run.run_id, params.first, params.domain)[1]

    def load(ref: EncoderRef) -> Encoder:
        return encoder_and_domain(root, run.run_id, str(ref), params.domain)[0]

    def said(what: str, done: int, every: int) -> None:
        progress.phase(what, run_id=run.run_id)
        progress.step("images", done / every)

    read_side_by_side(run, params, load, domain, said)
    progress.step("images", 1.0)
    progress.phase("Matching units", run_id=run.run_id)
    result: OneToOne = obtain(ONE_TO_ONE, run, OneToOneParams(params, absolute))
    progress.step("matching", 1.0)
    progress.phase("Predicting units from few, and clustering them", run_id=run.run_id)
    few = _obtained(FEW_TO_ONE, run, FewToOneParams(params))
    progress.step("further", 0.6)
    many = _obtained(MANY_TO_MANY, run, ManyToManyParams(params))
    progress.step("further", 1.0)
    progress.phase("Cutting pictures of units")
    for side, units in enumerate((result.pairs.first, result.pairs.second)):
        chosen = [*units[:SHOWN].tolist(), *units[-SHOWN:].tolist()]
        name = EncoderRef.parse((params.first, params.second)[side])
        store_pictures(run, params, side, chosen, load(name), domain)
    progress.step("pictures", 1.0)
    return ComparedUnits(
        result, few, many, _informed(run, params, load, domain, progress) if information else None
    )


def _informed(
    run: Run,
    params: PlaceParams,
    load: Callable[[EncoderRef], Encoder],
    domain: Domain,
    progress: Progress,
) -> MutualInformation | str:
    """Measure the information of units and match them by it, or say why that cannot be."""

    def said(what: str, done: int, every: int) -> None:
        progress.phase(f"Counting activations: {what}", run_id=run.run_id)
        progress.step("information", done / every)

    try:
        measure_information(run, params, load, domain, said)
    except AnalysisError as error:
        return str(error)
    progress.step("information", 1.0)
    return _obtained(MUTUAL_INFORMATION, run, MutualInformationParams(params))  # type: ignore[no-any-return]


def _obtained(analysis: Analysis, run: Run, params: Any) -> Any:
    """Return a result, or the sentence that says why there is none."""
    try:
        return obtain(analysis, run, params)
    except AnalysisError as error:
        return str(error)
