"""What is said of one image: its sentences, its verdicts, and who its neighbours are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from substrate.analyses.lens.neighbours import Neighbours
from substrate.analyses.lens.position import Position
from substrate.exhibits.verdict import Badge, Verdict, counted, first_that_fits
from substrate.wording import many, number, ordinal, percent

FITTED = (
    "This image took part in finding the directions: its own scores are not held out, and it is "
    "ranked among images that are."
)
OWN = "An image of your own, ranked among the held-out images of the domain."
ALONE = "One image has no interval."
NEIGHBOURS = "Nearest neighbours in each encoder"


def place_sentence(result: Position) -> str:
    """Say where the panel places the image furthest out, and how many encoders do as well."""
    lead, total = result.lead, len(result.encoders)
    rank = int(result.placed.ranks[0, lead])
    high = result.high(lead)
    rank = rank if high else result.placed.out_of - rank + 1
    end = "highest" if high else "lowest"
    place = end if rank == 1 else f"{ordinal(rank)} {end}"
    among = "" if result.held_out else ", itself counted"
    return (
        f"Along direction {lead + 1} the panel scores this image {place} of "
        f"{result.placed.out_of} held-out images{among}; {result.outer(lead)} of "
        f"{many(total, 'encoder')} place it in the same outer tenth."
    )


def place_verdict(result: Position) -> Verdict | None:
    """Return in how many encoders the image lies far out where the panel has it furthest out."""
    count = result.outer(result.lead)
    return counted(Badge.DESCRIBED, "far out along its leading direction in", count, "encoder")


def place_context(result: Position) -> str:
    """Say how the image stands to those that it is ranked among."""
    if result.row is None:
        return OWN
    return ALONE if result.held_out else FITTED


def mean_shared(result: Neighbours, place: int) -> float:
    """Return how many neighbours two encoders share on average; NaN for one encoder."""
    counts = result.shared(place)
    pairs = counts[np.triu_indices(len(counts), 1)]
    return float(pairs.mean()) if len(pairs) else float("nan")


def neighbours_sentence(result: Neighbours, place: int) -> str:
    """Say how many neighbours two encoders share, and how many chance would give."""
    return (
        f"Two encoders share {number(mean_shared(result, place), 1)} of the "
        f"{many(result.count(place), 'nearest image')} on average; drawn at random they would "
        f"share {number(result.by_chance(place))}."
    )


def neighbours_verdict(result: Neighbours, place: int) -> Verdict | None:
    """Return how many neighbours two encoders share, as a description."""
    share = mean_shared(result, place) / max(result.count(place), 1)
    shared = percent(share).replace(" ", "\u00a0")
    return first_that_fits(
        Badge.DESCRIBED, f"two encoders share {shared} of its nearest images on average"
    )


def belongs(table: pd.DataFrame, row: int, domain: str, group: str, *, held_out: bool) -> list[str]:
    """Return where an image belongs, as Markdown lines' label and value."""
    sample = table.iloc[row]
    own = int((table["group"] == sample["group"]).sum())
    lines = [
        f"Domain: {domain}",
        f"{group.capitalize()}: {sample['group']} ({many(own, 'image')} of it)",
        f"Id: {sample['sample_id']}",
        "Held out: yes" if held_out else "Held out: no, it took part in finding the directions",
    ]
    if sample["label"]:
        lines.insert(2, f"Label: {sample['label']}")
    return lines


def neighbour_caption(cosine: float, label: str, group: str) -> str:
    """Return what stands below a neighbour: its cosine, then its label or photograph."""
    return f"{number(cosine)}\n{label or group.rsplit('/', 1)[-1]}"


def neighbour_alt(encoder: str, names: Sequence[str]) -> str:
    """Say in words which images stand in an encoder's strip."""
    return f"Nearest neighbours in {encoder}: {', '.join(names)}"
