"""Where on an image a direction lies: maps that the resident worker makes when asked for."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.directions.basis import Basis
from substrate.analyses.directions.spatial_map import (
    SpatialMap,
    project_map,
)
from substrate.figures.directions.cards import spatial_overlay
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.store import CorruptEntryError, Entry
from substrate.ui import controls
from substrate.ui.charts import show
from substrate.ui.directions.cards import basis_trace
from substrate.ui.samples import sample_table
from substrate.ui.selection import Selection
from substrate.ui.session import resident
from substrate.worker import map_key, spatial_map

#: Seconds between looks at whether a map is ready.
POLL_S = 1.0


@dataclass(frozen=True, eq=False)
class Asked:
    """One map that the page wants: whose, of which sample, and where it goes."""

    place: Any
    basis: Basis
    direction: int
    row: int
    key: str


def choose_image(
    selection: Selection, a: Basis, b: Basis, cell: tuple[int, int]
) -> tuple[int, int]:
    """Let the reader choose the image of the maps; return its row for either side."""
    ends = {
        "highest of A": int(a.scores[:, cell[0]].argmax()),
        "lowest of A": int(a.scores[:, cell[0]].argmin()),
    }
    same = a.domain == b.domain
    if same:
        ends["highest of B"] = int(b.scores[:, cell[1]].argmax())
        ends["lowest of B"] = int(b.scores[:, cell[1]].argmin())
    ids = sample_table(selection.run, a.domain)["sample_id"].tolist()
    options = [*ends, *ids]
    picked = selection.settle("directions.image", options)
    controls.choose_from(selection, "directions.image", options)
    row = ends.get(picked, ids.index(picked) if picked in ids else ends["highest of A"])
    return row, row if same else int(b.scores[:, cell[1]].argmax())


def maps(run: Run, asked: list[Asked], theme: Theme) -> None:
    """Put every map in its place: at once where stored, else as soon as the worker has it."""
    waiting = False
    for wanted in asked:
        entry = _stored(run, wanted)
        future = None if entry is not None else _ask(run, wanted)
        if future is not None and future.done():
            entry, problem = _answer(run, wanted, future)
            if problem:
                wanted.place.caption(problem)
                continue
        if entry is not None:
            _draw(run, wanted, entry, theme)
            continue
        waiting = True
        wanted.place.caption(":material/hourglass_top: Making the map of this image…")
    if waiting:
        _look_again([(run, wanted) for wanted in asked])


@st.fragment(run_every=POLL_S)
def _look_again(pending: list[tuple[Run, Asked]]) -> None:
    """Draw the page again once no map is under way."""
    if all(_stored(run, w) is not None or _ask(run, w).done() for run, w in pending):
        st.rerun()


def _key(run: Run, wanted: Asked) -> str:
    basis = wanted.basis
    return map_key(run, basis.encoder, basis.layer, basis.domain, wanted.row)


def _stored(run: Run, wanted: Asked) -> Entry | None:
    try:
        return run.store.get(_key(run, wanted))
    except CorruptEntryError:
        return None


def _ask(run: Run, wanted: Asked) -> Future[Any]:
    """Ask the worker, once: a question that failed is remembered and not asked again."""
    question = f"map/{_key(run, wanted)}"
    asked = st.session_state.setdefault("directions-maps", {})
    if question not in asked:
        basis = wanted.basis
        asked[question] = resident().ask(
            question, spatial_map, str(run.store.root), run.run_id, basis.encoder, basis.layer,
            basis.domain, wanted.row,
        )  # fmt: skip
    return asked[question]


def _answer(run: Run, wanted: Asked, future: Future[Any]) -> tuple[Entry | None, str]:
    try:
        return run.store.get(future.result()), ""
    except BrokenExecutor:
        resident().recycle()
        st.session_state["directions-maps"].clear()
        return None, "The worker stopped while making the map. Reload the page to try again."
    except (ValueError, OSError, KeyError, StopIteration) as error:
        return None, f"No map of this image: {error}"


def _draw(run: Run, wanted: Asked, entry: Entry, theme: Theme) -> None:
    basis = wanted.basis
    layer = next(x for x in run.encoders[basis.encoder].layers if x.name == basis.layer)
    with wanted.place:
        if "map" not in entry.names:
            st.caption(
                f"{basis.layer} of {basis.encoder} has no positions, so there is no map of an "
                "image: choose one of its blocks to see one."
            )
            return
        found = project_map(entry.array("map"), basis, wanted.direction, wanted.row, layer.pooling)
        picture = entry.array("picture")
        sample = sample_table(run, basis.domain)["sample_id"].iloc[wanted.row]
        show(
            spatial_overlay(found, picture, theme, title=f"Where on {sample}"),
            key=f"{wanted.key}-map", table=map_table(found), run=run,
            trace=basis_trace(basis, wanted.direction) | {"sample": sample},
            read=explain(found),
        )  # fmt: skip


def explain(found: SpatialMap) -> str:
    """Say what the map shows, and how it relates to the sample's score."""
    text = (
        "The image, and over it the direction's score at each position of the layer "
        f"({found.values.shape[0]} × {found.values.shape[1]}), in deviations of the domain's "
        "scores; blue raises the score and red lowers it. "
    )
    if found.agrees:
        return text + f"The mean over positions is this sample's score, {found.score:+.2f}."
    return text + (
        f"The mean over positions is {found.mean:+.2f}; the sample's own score is "
        f"{found.score:+.2f}, as this layer is not pooled by a plain mean ({found.pooling})."
    )


def map_table(found: SpatialMap) -> pd.DataFrame:
    """Return the map as one row per position."""
    y, x = (side.ravel() for side in np.indices(found.values.shape))
    return pd.DataFrame({"row": y, "column": x, "score": found.values.ravel()})
