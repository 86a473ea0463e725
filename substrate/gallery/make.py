"""How the shipped run is made: the default study on packaged images, its results put together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from zipfile import ZIP_LZMA, ZipFile, ZipInfo

import numpy as np

from substrate import catalogue, study
from substrate.analyses.defaults import defaults
from substrate.analyses.registry import ANALYSES
from substrate.analyses.spec import AnalysisError, obtain, parameters_from, result_key, stored
from substrate.analyses.units.choice import default_place
from substrate.analyses.units.few_to_one import FEW_TO_ONE, FewToOneParams
from substrate.analyses.units.many_to_many import MANY_TO_MANY, ManyToManyParams
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOne, OneToOneParams
from substrate.analyses.units.pictures import pictures_key
from substrate.exhibits.defaults import sections
from substrate.exhibits.units import exhibits, few, many
from substrate.figures.theme import LIGHT
from substrate.gallery.archive import ENTRIES, RECORD, REFUSALS
from substrate.paired.command import compare
from substrate.progress import Progress
from substrate.representation import RepresentationError
from substrate.runs import NoImagesError, Run, RunError, sealed
from substrate.store import ARRAYS, MANIFEST, Store
from substrate.worker import picture_units

#: Bytes that the archive may have.
MOST = 6_000_000
#: The encoder whose checkpoints the shipped run has seen.
TRAINING = "resnet"
#: Large results that only other results are made of.
INNER = ("shared.image_statistics",)
#: What a question may be refused with.
REFUSED = (AnalysisError, RepresentationError, NoImagesError)


def gallery_study() -> study.StudyConfig:
    """Return the default study on images that every installation has, and one training besides.

    What is extracted of a training changes no run's id: the default study that a viewer runs has
    the same one, and takes the place of the shipped run.
    """
    names = catalogue.names()
    default = study.read(
        catalogue.DEFAULT_STUDY,
        presets=catalogue.presets(),
        **{**names, "at_hand": names["packaged"]},
    )
    return default.model_copy(update={"trajectories": (TRAINING,)})


def read_units(run: Run, progress: Progress) -> str:
    """Read the first two encoders side by side, and cut every picture that Units opens with."""
    place = default_place(run)
    compare(run, place, progress, absolute=False)
    for side in (0, 1):
        units = [unit for of, unit in _pictured_units(run) if of == side]
        picture_units(str(run.store.root), run.run_id, asdict(place), side, units)
    return run.run_id


def write_archive(run: Run, path: Path) -> Path:
    """Write a finished run's record, results and sample tables as one archive.

    The files have no dates, so that the same results are the same bytes. Every view of every page
    is computed first, as the whole report does: default choices are shown in all of them.

    Raises
    ------
    ValueError
        If the archive would have more than `MOST` bytes.
    """
    for _ in sections(run, LIGHT, every=True):
        pass
    contents = {
        RECORD: json.dumps(sealed(run.record), indent=1).encode(),
        REFUSALS: json.dumps(_refusals(run), indent=1, sort_keys=True).encode(),
        **dict(_results(run)),
        **dict(_pictures(run)),
        **dict(_tables(run)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    with ZipFile(scratch, "w") as archive:
        for name in sorted(contents):
            archive.writestr(ZipInfo(name), contents[name], ZIP_LZMA)
    if (size := scratch.stat().st_size) > MOST:
        scratch.unlink()
        raise ValueError(f"The shipped run would have {size:,} bytes; at most are {MOST:,}.")
    return scratch.replace(path)


def _refusals(run: Run) -> dict[str, str]:
    """Return why default analyses have no result, by the key that the result would have."""
    refused = {}
    for analysis, params in defaults(run):
        try:
            obtain(analysis, run, params)
        except REFUSED as error:
            refused[result_key(analysis, run, params)] = str(error)
    return refused


def _results(run: Run) -> Iterator[tuple[str, bytes]]:
    """Yield the files of every stored result of the run, of the present versions."""
    for path in sorted((run.store.root / "objects").glob(f"*/*/{MANIFEST}")):
        meta = json.loads(path.read_text(encoding="utf-8"))["meta"]
        if meta.get("kind") == "analysis" and _present(run, meta, path.parent.name):
            yield from _files(run.store, path.parent.name)


def _present(run: Run, meta: Mapping[str, object], key: str) -> bool:
    """Say whether a stored result is what the run's analysis of these parameters would read."""
    analysis = ANALYSES.get(str(meta["analysis"]))
    if analysis is None or analysis.key in INNER:
        return False
    try:
        params = parameters_from(analysis, dict(meta["parameters"]))  # type: ignore[call-overload]
        return result_key(analysis, run, params) == key
    except (RunError, TypeError, ValueError, KeyError):  # of another run, or of another version
        return False


def _pictured_units(run: Run) -> list[tuple[int, int]]:
    """Return side and number of the units of the first two encoders whose pictures are shown."""
    place = default_place(run)
    matched = obtain(ONE_TO_ONE, run, OneToOneParams(place))
    rows = {row for best in (True, False) for row in exhibits.shown_pairs(matched, best=best)}
    wanted = {
        *((side, int(units[row])) for side, units in enumerate(_sides(matched)) for row in rows),
        *few.wanted_pictures(obtain(FEW_TO_ONE, run, FewToOneParams(place))),
        *many.wanted_pictures(obtain(MANY_TO_MANY, run, ManyToManyParams(place))),
    }
    return sorted(wanted)


def _sides(matched: OneToOne) -> tuple[np.ndarray, np.ndarray]:
    return matched.pairs.first, matched.pairs.second


def _pictures(run: Run) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the pictures of units, where the first two encoders have been read."""
    place = default_place(run)
    if stored(ONE_TO_ONE, run, OneToOneParams(place)) is None:
        return
    for side, unit in _pictured_units(run):
        yield from _files(run.store, pictures_key(run, place, side, unit))


def _tables(run: Run) -> Iterator[tuple[str, bytes]]:
    """Yield the sample tables of the domains, without pictures."""
    for domain in run.domains.values():
        for name, content in _files(run.store, domain.entry):
            if not name.endswith(ARRAYS):
                yield name, content


def _files(store: Store, key: str) -> Iterator[tuple[str, bytes]]:
    if store.get(key) is None:
        raise RunError(f"The store {store.root} no longer holds entry {key[:12]}.")
    for path in sorted(store.path(key).iterdir()):
        yield f"{ENTRIES}/{key}/{path.name}", path.read_bytes()
