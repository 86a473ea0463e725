"""What is said of one cell of the panel: which it is, its value against chance, its sign."""

from __future__ import annotations

from substrate.analyses.directions.cosine_panel import CosinePanel
from substrate.exhibits.directions.words import cell_value
from substrate.wording import number, probability


def cells_heading() -> str:
    """Head the table of cells."""
    return "Cells, strongest first: directions of A and of B"


def cells_caption(panel: CosinePanel, cell: tuple[int, int]) -> str:
    """Say which cell is shown below, and what the intervals of the table are."""
    interval = panel.estimates.interval_reason or panel.interval_kind
    return (
        "Click a cell or select a row to see its two directions; shown is direction "
        f"{cell[0] + 1} of A and {cell[1] + 1} of B. rel.: split-half reliability of a direction. "
        f"Interval: {interval.rstrip('.')}."
    )


def cell_heading(cell: tuple[int, int]) -> str:
    """Name a cell."""
    return f"Direction {cell[0] + 1} of A and direction {cell[1] + 1} of B"


def cell_sentence(panel: CosinePanel, cell: tuple[int, int]) -> str:
    """Say what a cell's value is, against chance, and what its sign means."""
    i, j = cell
    parts = [f"{panel.kind.capitalize()} {cell_value(panel.estimates, i, j)}"]
    if panel.estimates.level is not None:
        beyond = "beyond" if panel.estimates.above[i, j] else "within"
        parts.append(f"{beyond} chance ({number(panel.estimates.level)} in the largest cell)")
    if panel.estimates.p is not None:
        parts.append(f"{probability(panel.estimates.p[i, j])} allowing for all cells")
    if panel.norms_a is not None and panel.norms_b is not None:
        parts.append(
            f"the map keeps {panel.norms_a[i]:.2f} of A's and {panel.norms_b[j]:.2f} of B's length"
        )
    if panel.values[i, j] < 0:
        parts.append("negative: B's sign, a convention, is turned below (sign aligned)")
    return " · ".join(parts) + "."


def points_sentence(panel: CosinePanel, cell: tuple[int, int]) -> str:
    """Say how the two directions go together by whose scores samples are placed."""
    i, j = cell
    return (
        f"Direction {i + 1} of A and direction {j + 1} of B: "
        f"{panel.kind} {cell_value(panel.estimates, i, j)}."
    )
