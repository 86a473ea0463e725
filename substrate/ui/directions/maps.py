"""Where on an image both directions lie: maps that the resident worker makes when asked for."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from substrate.analyses.directions.basis import BASIS, Basis, counterpart, turned
from substrate.analyses.directions.spatial_map import SpatialMap, project_map
from substrate.exhibits.directions import card_words, cards
from substrate.figures.theme import Theme
from substrate.gallery.archive import RESULTS_ONLY
from substrate.gallery.shown import is_shipped
from substrate.runs import Run
from substrate.store import CorruptEntryError, Entry
from substrate.ui import controls
from substrate.ui.charts import show
from substrate.ui.directions.cards import Side
from substrate.ui.layout import wrapping_columns
from substrate.ui.results import result, worker_stopped
from substrate.ui.samples import sample_table
from substrate.ui.selection import Selection
from substrate.ui.session import resident
from substrate.wording import unbroken
from substrate.worker import LEAST_POSITIONS, deepest_map, map_key, mapped_layer_key

#: Said of the shipped run.
NEEDS_NETWORKS = f"A map of an image takes a pass of the networks. {RESULTS_ONLY}"
#: Seconds between looks at whether a map is ready.
POLL_S = 1.0


@dataclass(frozen=True, eq=False)
class MapRequest:
    """One map that the page shows: of which direction and sample, and where it goes."""

    place: Any
    side: Side
    row: int

    @property
    def basis(self) -> Basis:
        """Return the directions that the map's one is among."""
        return self.side.basis


@dataclass(frozen=True, eq=False)
class Mapped:
    """A map that can be drawn: the projected one, the picture, and whose direction it is."""

    projected: SpatialMap
    picture: np.ndarray
    basis: Basis
    direction: int
    note: str


def places(selection: Selection, sides: tuple[Side, Side]) -> list[MapRequest]:
    """Let the reader choose the image, and keep a place for either direction's map of it."""
    rows = _choose_image(selection, sides)
    columns = wrapping_columns("directions-maps-row", [1, 1])
    return [
        MapRequest(column.container(), side, row)
        for column, side, row in zip(columns, sides, rows, strict=True)
    ]


def _choose_image(selection: Selection, sides: tuple[Side, Side]) -> tuple[int, int]:
    """Let the reader choose the image of the maps; return its row for either side."""
    one, other = (side.deviations for side in sides)
    a, b = (side.basis for side in sides)
    ends = {"highest of A": int(one.argmax()), "lowest of A": int(one.argmin())}
    same = a.domain == b.domain
    if same:
        ends |= {"highest of B": int(other.argmax()), "lowest of B": int(other.argmin())}
    ids = sample_table(selection.run, a.domain)["sample_id"].tolist()
    options = [*ends, *ids]
    picked = selection.settle("directions.image", options)
    controls.choose_from(selection, "directions.image", options, width=420)
    row = ends.get(picked, ids.index(picked) if picked in ids else ends["highest of A"])
    return row, row if same else int(other.argmax())


def show_maps(run: Run, requests: list[MapRequest], theme: Theme) -> None:
    """Put the maps in their places, on one scale, once the worker has all of them."""
    if is_shipped(run):
        requests[0].place.caption(NEEDS_NETWORKS)
        return
    ready: list[tuple[MapRequest, Mapped]] = []
    waiting = False
    for request in requests:
        entry = _stored(run, request)
        future = None if entry is not None else _ask(run, request)
        if future is not None and future.done():
            problem = _problem(future)
            entry = None if problem else _stored(run, request)
            if entry is None:
                request.place.caption(problem or "The map is damaged: reload the page.")
                continue
        if entry is None:
            waiting = True
            request.place.caption(":material/hourglass_top: Making the map of this image…")
        elif entry == "":
            request.place.caption(
                card_words.no_map(request.basis, request.side.name, LEAST_POSITIONS)
            )
        elif (mapped := _mapped(run, request, *entry)) is not None:
            ready.append((request, mapped))
    if waiting:
        _look_again([(run, request) for request in requests])
        return
    limit = max((float(np.abs(mapped.projected.values).max()) for _, mapped in ready), default=1.0)
    for request, mapped in ready:
        _draw(run, request, mapped, theme, limit)


@st.fragment(run_every=POLL_S)
def _look_again(pending: list[tuple[Run, MapRequest]]) -> None:
    """Draw the page again once no map is under way."""
    if all(_stored(run, one) is not None or _ask(run, one).done() for run, one in pending):
        st.rerun()


def _stored(run: Run, request: MapRequest) -> tuple[str, Entry] | str | None:
    """Return the mapped layer and its map, "" where no layer can be mapped, None if not known."""
    basis = request.basis
    try:
        stored = run.store.get(mapped_layer_key(run, basis.encoder, basis.layer, basis.domain))
        if stored is None:
            return None
        layer = str(stored.manifest["meta"]["layer"])
        if not layer:
            return ""
        entry = run.store.get(map_key(run, basis.encoder, layer, basis.domain, request.row))
    except CorruptEntryError:
        return None
    return None if entry is None else (layer, entry)


def _ask(run: Run, request: MapRequest) -> Future[Any]:
    """Ask the worker, once: a question that failed is remembered and not asked again."""
    basis = request.basis
    key = map_key(run, basis.encoder, basis.layer, basis.domain, request.row)
    question = f"map/{key}"
    asked = st.session_state.setdefault("directions-maps", {})
    if question not in asked:
        where = (basis.encoder, basis.layer, basis.domain, request.row)
        asked[question] = resident().ask(
            question, deepest_map, str(run.store.root), run.run_id, *where
        )
    return asked[question]


def _problem(future: Future[Any]) -> str:
    """Return why the worker made no map, or nothing where it did."""
    try:
        future.result()
    except BrokenExecutor:
        resident().recycle()
        st.session_state["directions-maps"].clear()
        return worker_stopped("making the map")
    except (ValueError, OSError, KeyError, StopIteration) as error:
        return f"No map of this image: {error}"
    return ""


def _mapped(run: Run, request: MapRequest, layer: str, entry: Entry) -> Mapped | None:
    """Project the map on the direction, or on the one of an earlier layer that goes with it."""
    basis, direction, note = request.basis, request.side.direction, ""
    if layer != basis.layer:
        params = replace(basis.params, layer=layer)
        other = result(BASIS, run, params, what=f"the directions of {layer}")
        if other is None:
            return None
        goes = counterpart(basis, direction, other)
        note = card_words.mapped_sentence(
            basis, other, goes.direction, abs(goes.correlation), LEAST_POSITIONS
        )
        direction = goes.direction
        basis = turned(other, direction) if goes.correlation < 0 else other
    pooling = next(x for x in run.encoders[basis.encoder].layers if x.name == layer).pooling
    projected = project_map(entry.array("map"), basis, direction, request.row, pooling)
    return Mapped(projected, entry.array("picture"), basis, direction, note)


def _draw(run: Run, request: MapRequest, mapped: Mapped, theme: Theme, limit: float) -> None:
    basis = mapped.basis
    sample = sample_table(run, basis.domain)["sample_id"].iloc[request.row]
    exhibit = cards.spatial_map(
        mapped.projected,
        mapped.picture,
        basis,
        mapped.direction,
        sample,
        theme,
        side=request.side.letter,
        limit=limit,
    )
    with request.place:
        st.caption(unbroken(f"{mapped.note} {exhibit.sentence}".strip()))
        show(exhibit, run)
