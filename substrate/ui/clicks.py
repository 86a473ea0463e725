"""What a reader selects on a chart or in a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st


def new_choice(key: str, event: Any, read: Callable[[Any], tuple[int, int] | None]) -> Any:
    """Return what a chart or table newly selects; a selection that was seen before is not new."""
    picked = read(event)
    seen = st.session_state.get(f"{key}-seen")
    st.session_state[f"{key}-seen"] = picked
    return picked if picked != seen else None


def clicked(event: Any) -> tuple[int, int] | None:
    """Return the cell (row, column) that was clicked on a heatmap."""
    points = event.selection.points if event else []
    cells = [p["customdata"] for p in points if p.get("customdata") is not None]
    return (int(cells[0][0]), int(cells[0][1])) if cells else None
