"""What the command `units --copies` does: encoders of one architecture, read pair by pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.units.choice import places_by_depth
from substrate.analyses.units.copies import alike, first_copies, layers_with_positions, pairs
from substrate.analyses.units.place import PlaceParams, require_readable
from substrate.analyses.units.several import SEVERAL, SeveralEncoders, SeveralParams
from substrate.encoder_ref import EncoderRef
from substrate.encoders.spec import Encoder
from substrate.paired.reloaded import encoder_and_domain
from substrate.paired.stored import read_places
from substrate.progress import Progress
from substrate.runs import Run
from substrate.wording import number, percent, with_interval

#: Shares of the work: reading the images, matching.
WEIGHTS = {"images": 0.9, "matching": 0.1}
NONE = (
    "No two encoders of this study have one recipe and shape: copies that differ by their seed are "
    "compared here."
)


def compare_copies(
    run: Run, first: str | None, layer: str | None, domain: str, progress: Progress
) -> list[SeveralEncoders]:
    """Read all pairs of encoders of one recipe and shape, all their layers, and match their units.

    Those of one encoder, or of every recipe and shape of the study where it is None. Units are
    matched at ``layer``, or at the first layer.

    Raises
    ------
    AnalysisError
        If there are no copies, or they cannot be read.
    """
    groups = [alike(run, first)] if first else [alike(run, a) for a, _ in first_copies(run)]
    groups = [group for group in groups if len(group) > 1]
    if not groups:
        raise AnalysisError(NONE)
    seed = int(run.study["seed"])
    every = [PlaceParams(a, "", b, "", domain, seed) for group in groups for a, b in pairs(group)]
    places = [places_by_depth(run, one) for one in every]
    for one in (place for of_pair in places for place in of_pair):
        require_readable(run, one)
    progress.declare(WEIGHTS)
    for index, of_pair in enumerate(places):
        _read(run, of_pair, progress, (index, len(places)))
    progress.step("images", 1.0)
    progress.phase("Matching units")
    results = []
    for group in groups:
        shown = layer or layers_with_positions(run.encoders[group[0]])[0]
        results.append(obtain(SEVERAL, run, SeveralParams(group, shown, domain, seed)))
    progress.step("matching", 1.0)
    return results


def _read(run: Run, places: Sequence[PlaceParams], progress: Progress, at: tuple[int, int]) -> None:
    """Read one pair of encoders at all layers."""
    root, domain = str(run.store.root), places[0].domain

    def load(ref: EncoderRef) -> Encoder:
        return encoder_and_domain(root, run.run_id, str(ref), domain)[0]

    def said(what: str, done: int, every: int) -> None:
        progress.phase(what, run_id=run.run_id)
        progress.step("images", (at[0] + done / every) / at[1])

    images = encoder_and_domain(root, run.run_id, places[0].first, domain)[1]
    read_places(run, places, load, images, said)


def copies_as_plain(results: Sequence[SeveralEncoders]) -> list[dict[str, Any]]:
    """Return what the command prints as JSON."""
    return [
        {
            "encoders": list(one.encoders),
            "layer": one.layer,
            "n": one.size.caption,
            "pairs": [
                {
                    "first": pair.first,
                    "second": pair.second,
                    "r": pair.mean.value,
                    "low": pair.mean.low,
                    "high": pair.mean.high,
                    "rotations": pair.rotations,
                    "cycles": pair.cycles.tolist(),
                }
                for pair in one.pairs
            ],
            "consistency": one.consistency if len(one.encoders) > 2 else None,
            "consistency_twins": one.consistency_twins.tolist(),
            "consistency_shuffled": one.consistency_shuffled.tolist(),
        }
        for one in results
    ]


def copies_lines(results: Sequence[SeveralEncoders], run: Run) -> Iterator[str]:
    """Yield what the command prints for a reader."""
    for one in results:
        yield f"{', '.join(run.encoders[n].title for n in one.encoders)}: {one.layer}"
        for pair in one.pairs:
            mean = with_interval(float(pair.mean.value), pair.mean.low, pair.mean.high)
            yield f"  {pair.first} and {pair.second}: {mean}, rotated {number(pair.rotations)}"
        if len(one.encoders) > 2:
            yield f"  back to themselves around three: {percent(one.consistency)}"
