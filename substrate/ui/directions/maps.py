"""Where on an image a direction lies: maps that the resident worker makes when asked for."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from typing import Any

import streamlit as st

from substrate.analyses.directions.basis import Basis
from substrate.analyses.directions.spatial_map import project_map
from substrate.exhibits.directions import card_words, cards
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.store import CorruptEntryError, Entry
from substrate.ui import controls
from substrate.ui.charts import show
from substrate.ui.samples import sample_table
from substrate.ui.selection import Selection
from substrate.ui.session import resident
from substrate.wording import unbroken
from substrate.worker import map_key, spatial_map

#: Seconds between looks at whether a map is ready.
POLL_S = 1.0


@dataclass(frozen=True, eq=False)
class MapRequest:
    """One map that the page shows: whose, of which sample, and where it goes."""

    place: Any
    basis: Basis
    direction: int
    row: int
    side: str


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


def show_maps(run: Run, requests: list[MapRequest], theme: Theme) -> None:
    """Put every map in its place: at once where stored, else as soon as the worker has it."""
    waiting = False
    for request in requests:
        entry = _stored(run, request)
        future = None if entry is not None else _ask(run, request)
        if future is not None and future.done():
            entry, problem = _answer(run, request, future)
            if problem:
                request.place.caption(problem)
                continue
        if entry is not None:
            _draw(run, request, entry, theme)
            continue
        waiting = True
        request.place.caption(":material/hourglass_top: Making the map of this image…")
    if waiting:
        _look_again([(run, request) for request in requests])


@st.fragment(run_every=POLL_S)
def _look_again(pending: list[tuple[Run, MapRequest]]) -> None:
    """Draw the page again once no map is under way."""
    if all(_stored(run, one) is not None or _ask(run, one).done() for run, one in pending):
        st.rerun()


def _key(run: Run, request: MapRequest) -> str:
    basis = request.basis
    return map_key(run, basis.encoder, basis.layer, basis.domain, request.row)


def _stored(run: Run, request: MapRequest) -> Entry | None:
    try:
        return run.store.get(_key(run, request))
    except CorruptEntryError:
        return None


def _ask(run: Run, request: MapRequest) -> Future[Any]:
    """Ask the worker, once: a question that failed is remembered and not asked again."""
    question = f"map/{_key(run, request)}"
    asked = st.session_state.setdefault("directions-maps", {})
    if question not in asked:
        basis = request.basis
        asked[question] = resident().ask(
            question,
            spatial_map,
            str(run.store.root),
            run.run_id,
            basis.encoder,
            basis.layer,
            basis.domain,
            request.row,
        )
    return asked[question]


def _answer(run: Run, request: MapRequest, future: Future[Any]) -> tuple[Entry | None, str]:
    try:
        return run.store.get(future.result()), ""
    except BrokenExecutor:
        resident().recycle()
        st.session_state["directions-maps"].clear()
        return None, "The worker stopped while making the map. Reload the page to try again."
    except (ValueError, OSError, KeyError, StopIteration) as error:
        return None, f"No map of this image: {error}"


def _draw(run: Run, request: MapRequest, entry: Entry, theme: Theme) -> None:
    basis = request.basis
    layer = next(x for x in run.encoders[basis.encoder].layers if x.name == basis.layer)
    with request.place:
        if "map" not in entry.names:
            st.caption(card_words.no_map(basis))
            return
        projected = project_map(
            entry.array("map"), basis, request.direction, request.row, layer.pooling
        )
        picture = entry.array("picture")
        sample = sample_table(run, basis.domain)["sample_id"].iloc[request.row]
        exhibit = cards.spatial_map(
            projected, picture, basis, request.direction, sample, theme, side=request.side
        )
        st.caption(unbroken(exhibit.sentence))
        show(exhibit, run)
