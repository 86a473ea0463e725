"""What of the Directions page's selections is in the address, and how it is read back safely."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from substrate.analyses.directions.basis import (
    ALL,
    FIT,
    TEST,
    Basis,
)
from substrate.runs import Run
from substrate.ui.fields import counted

CELL, PIN, ROWS = "directions.cell", "directions.pin", "directions.rows"


def is_cell(text: str) -> bool:
    """Say whether a text has the form of a cell: "3,5", counted from 1."""
    first, _, second = text.partition(",")
    return bool(counted(first)) and bool(counted(second))


def is_rows(text: str) -> bool:
    """Say whether a text has the form of samples: "0-3.7.9-12"."""
    return all(counted(edge) is not None for part in text.split(".") for edge in part.split("-", 1))


def is_pin(text: str) -> bool:
    """Say whether a text has the form of a pinned direction: "encoder/layer/domain/part/3"."""
    parts = text.split("/")
    return len(parts) >= 5 and bool(counted(parts[-1])) and parts[-2] in (FIT, TEST, ALL)


def read_cell(text: str, shape: tuple[int, int]) -> tuple[int, int] | None:
    """Return the cell that a text names, if it exists."""
    if not is_cell(text):
        return None
    i, j = (int(part) - 1 for part in text.split(","))
    return (i, j) if i < shape[0] and j < shape[1] else None


def cell_text(cell: tuple[int, int]) -> str:
    """Return a cell as the address names it."""
    return f"{cell[0] + 1},{cell[1] + 1}"


def clicked_cell(selection: Any) -> tuple[int, int] | None:
    """Return the cell of a click on the heatmap."""
    cells = [p["customdata"] for p in selection.get("points", []) if p.get("customdata")]
    return (int(cells[0][0]), int(cells[0][1])) if cells else None


def selected_rows(selection: Any) -> list[int]:
    """Return the samples inside a lasso, a box or a click."""
    points = selection.get("points", [])
    return sorted({int(p["customdata"][0]) for p in points if p.get("customdata")})


def read_rows(text: str, n: int) -> list[int]:
    """Return the samples that a text names, leaving out any that do not exist."""
    rows: set[int] = set()
    for part in text.split("."):
        first, _, last = part.partition("-")
        start, end = counted(first), counted(last or first)
        if start is not None and end is not None:
            rows.update(range(start, min(end, n - 1) + 1))
    return sorted(rows)


def rows_text(rows: Iterable[int]) -> str:
    """Return samples as ranges ("0-3.7.9-12"), or "" for none."""
    ranges: list[list[int]] = []
    for row in sorted(rows):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    return ".".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ranges)


@dataclass(frozen=True)
class Pinned:
    """A direction that is kept for reference."""

    encoder: str
    layer: str
    domain: str
    part: str
    direction: int


def read_pin(text: str, run: Run) -> Pinned | None:
    """Return the direction that a text pins, if the run has it."""
    if not is_pin(text):
        return None
    parts = text.split("/")
    encoder, layer, domain, part = parts[0], parts[1], "/".join(parts[2:-2]), parts[-2]
    exists = encoder in run.encoders and layer in {
        info.name for info in run.encoders[encoder].layers
    }
    if not exists or domain not in run.domains:
        return None
    return Pinned(encoder, layer, domain, part, int(parts[-1]) - 1)


def pin_text(basis: Basis, direction: int) -> str:
    """Return a direction as the address pins it."""
    return "/".join((basis.encoder, basis.layer, basis.domain, basis.part, str(direction + 1)))
