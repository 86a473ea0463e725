"""What the resident worker does: computations and forward passes that a page asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from substrate.analyses.registry import ANALYSES
from substrate.analyses.spec import obtain, parameters_from, result_key
from substrate.runs import open_run
from substrate.store import Store


def compute_analysis(root: str, run_id: str, analysis: str, params: dict[str, Any]) -> str:
    """Compute and store one analysis of a run; return the key of its entry."""
    run = open_run(Store(Path(root)), run_id)
    chosen = ANALYSES[analysis]
    parameters = parameters_from(chosen, params)
    obtain(chosen, run, parameters)
    return result_key(chosen, run, parameters)
