"""What of the Directions page's selections is in the address, and how it is read back safely."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from substrate.analyses.directions_basis import ALL, FIT, TEST, Basis
from substrate.runs import Run

CELL, PIN, ROWS = "cell", "pin", "rows"


def read_cell(shape: tuple[int, int]) -> tuple[int, int] | None:
    """Return the cell that the address names ("3,5", counted from 1), if it exists."""
    first, _, second = st.query_params.get(CELL, "").partition(",")
    i, j = _counted(first), _counted(second)
    if i is None or j is None:
        return None
    return (i - 1, j - 1) if 0 < i <= shape[0] and 0 < j <= shape[1] else None


def _counted(text: str) -> int | None:
    """Return a number of at most nine digits, or None for anything else."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None


def write_cell(cell: tuple[int, int]) -> None:
    """Put a cell into the address."""
    st.query_params[CELL] = f"{cell[0] + 1},{cell[1] + 1}"


def clicked_cell(selection: Any) -> tuple[int, int] | None:
    """Return the cell of a click on the heatmap."""
    cells = [p["customdata"] for p in selection.get("points", []) if p.get("customdata")]
    return (int(cells[0][0]), int(cells[0][1])) if cells else None


def selected_rows(selection: Any) -> list[int]:
    """Return the samples inside a lasso, a box or a click."""
    points = selection.get("points", [])
    return sorted({int(p["customdata"][0]) for p in points if p.get("customdata")})


def read_rows(n: int) -> list[int]:
    """Return the samples that the address names, leaving out any that do not exist."""
    rows: set[int] = set()
    for part in st.query_params.get(ROWS, "").split("."):
        first, _, last = part.partition("-")
        start, end = _counted(first), _counted(last or first)
        if start is not None and end is not None:
            rows.update(range(start, min(end, n - 1) + 1))
    return sorted(rows)


def write_rows(rows: Iterable[int]) -> None:
    """Put samples into the address as ranges ("0-3.7.9-12"), or take them out."""
    ranges: list[list[int]] = []
    for row in sorted(rows):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    text = ".".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ranges)
    if text:
        st.query_params[ROWS] = text
    elif ROWS in st.query_params:
        del st.query_params[ROWS]


@dataclass(frozen=True)
class Pinned:
    """A direction that is kept for reference."""

    encoder: str
    layer: str
    domain: str
    part: str
    direction: int


def read_pin(run: Run) -> Pinned | None:
    """Return the direction that the address pins, if the run has it."""
    parts = st.query_params.get(PIN, "").split("/")
    direction = _counted(parts[-1])
    if len(parts) < 5 or not direction:
        return None
    encoder, layer, domain, part = parts[0], parts[1], "/".join(parts[2:-2]), parts[-2]
    known = encoder in run.encoders and layer in {
        info.name for info in run.encoders[encoder].layers
    }
    if not known or domain not in run.domains or part not in (FIT, TEST, ALL):
        return None
    return Pinned(encoder, layer, domain, part, direction - 1)


def write_pin(basis: Basis | None, direction: int = 0) -> None:
    """Pin a direction, or unpin."""
    if basis is None:
        if PIN in st.query_params:
            del st.query_params[PIN]
        return
    st.query_params[PIN] = "/".join(
        (basis.encoder, basis.layer, basis.domain, basis.part, str(direction + 1))
    )
