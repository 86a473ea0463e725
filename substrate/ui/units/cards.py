"""Pictures of units on the page: asked of the worker, shown once they are there."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Future
from dataclasses import asdict
from typing import Any

import streamlit as st

from substrate.analyses.units.choice import ONE_UNIT
from substrate.analyses.units.few_to_one import FewToOne
from substrate.analyses.units.many_to_many import ManyToMany
from substrate.analyses.units.one_to_one import OneToOne
from substrate.analyses.units.pictures import UnitPictures, unit_pictures
from substrate.analyses.units.place import PlaceParams
from substrate.exhibits.units import exhibits, few, many
from substrate.exhibits.units.section import known_pictures, pictures_of
from substrate.figures.theme import Theme
from substrate.gallery.shown import is_shipped
from substrate.runs import Run
from substrate.ui.charts import show, show_with_sentence
from substrate.ui.clicks import clicked, new_choice
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.layout import side_by_side
from substrate.ui.results import worker_stopped
from substrate.ui.selection import Selection
from substrate.ui.session import resident
from substrate.ui.units.controls import written
from substrate.wording import number
from substrate.worker import picture_units

#: Seconds between looks at whether pictures are ready.
POLL_S = 1.0
_ASKED = "units-pictures"


def show_pairs(selection: Selection, result: OneToOne, theme: Theme) -> None:
    """Show the best and the worst pairs beside each other; a click opens a unit."""
    run = selection.run
    rows = [exhibits.shown_pairs(result, best=best) for best in (True, False)]
    every = sorted({row for both in rows for row in both})
    wanted = [
        (side, int(units[row]))
        for side, units in enumerate((result.pairs.first, result.pairs.second))
        for row in every
    ]
    _require(run, result.place, wanted)
    made = [
        exhibits.cards(result, pictures_of(result, run, shown), run, theme, best=best)
        for shown, best in zip(rows, (True, False), strict=True)
    ]
    for place, exhibit in zip(side_by_side("units-pairs", *made), made, strict=True):
        with place:
            event = show(exhibit, run, select=("points",))
            _open(selection, exhibit.key, event)


def show_sums(selection: Selection, result: FewToOne, theme: Theme, level: int | None) -> None:
    """Show units of B beside the units of A that predict them; a click opens a unit."""
    wanted = few.wanted_pictures(result, level)
    _require(selection.run, result.place, wanted)
    pictures = known_pictures(selection.run, result.place, wanted)
    shown = few.sums(result, pictures, selection.run, theme, level)
    _open(selection, shown.key, show_with_sentence(shown, selection.run, select=("points",)))


def show_clusters(selection: Selection, result: ManyToMany, theme: Theme) -> None:
    """Show the largest clusters with pictures of their units; a click opens a unit."""
    wanted = many.wanted_pictures(result)
    _require(selection.run, result.place, wanted)
    pictures = known_pictures(selection.run, result.place, wanted)
    shown = many.cards(result, pictures, selection.run, theme)
    _open(selection, shown.key, show_with_sentence(shown, selection.run, select=("points",)))


def _open(selection: Selection, key: str, event: Any) -> None:
    """Open the unit that is newly clicked."""
    picked = new_choice(key, event, clicked)
    if picked:
        selection.put({"units.view": ONE_UNIT, "units.unit": written(*picked)}, again=True)


def show_unit(selection: Selection, result: OneToOne, side: int, unit: int, theme: Theme) -> None:
    """Show the images at both ends of a unit's activation."""
    run = selection.run
    _require(run, result.place, [(side, unit)])
    for title, end in (("Most active", "highest"), ("Least active", "lowest")):
        pictures = unit_pictures(run, result.place, side, unit, end)  # type: ignore[arg-type]
        st.caption(title)
        if pictures is None:
            st.caption(_waiting(run))
        else:
            _sheet(pictures, f"{title} images of unit {unit + 1}", theme)


def _sheet(pictures: UnitPictures, alt: str, theme: Theme) -> None:
    values = [number(float(value)) for value in pictures.values]
    show_sheet(pictures.pictures, values, theme, columns=len(values) or 1, side=72, alt=alt)


def _waiting(run: Run) -> str:
    return "The pictures of this unit are not there." if is_shipped(run) else "Cutting pictures…"


def _require(run: Run, place: PlaceParams, wanted: list[tuple[int, int]]) -> None:
    """Ask the worker for pictures that are missing; look again until they are there."""
    missing = [one for one in wanted if unit_pictures(run, place, *one) is None]
    if not missing or is_shipped(run):
        return
    asked = [_ask(run, place, side, [u for s, u in missing if s == side]) for side in (0, 1)]
    under_way = [future for future in asked if future is not None]
    if all(future.done() for future in under_way):
        for future in under_way:
            if problem := _problem(future):
                st.caption(problem)
        return
    _look_again(under_way)


@st.fragment(run_every=POLL_S)
def _look_again(under_way: list[Future[Any]]) -> None:
    """Draw the page again once nothing is under way."""
    if all(future.done() for future in under_way):
        st.rerun()
    st.caption(":material/hourglass_top: Cutting pictures of units…")


def _ask(run: Run, place: PlaceParams, side: int, units: list[int]) -> Future[Any] | None:
    """Ask the worker, once: a question that failed is remembered and not asked again."""
    if not units:
        return None
    question = f"units/{run.run_id}/{sorted(asdict(place).items())}/{side}/{units}"
    asked = st.session_state.setdefault(_ASKED, {})
    if question not in asked:
        asked[question] = resident().ask(
            question, picture_units, str(run.store.root), run.run_id, asdict(place), side, units
        )
    future: Future[Any] = asked[question]
    return future


def _problem(future: Future[Any]) -> str:
    """Return why the worker cut no pictures, or nothing where it did."""
    try:
        future.result()
    except BrokenExecutor:
        resident().recycle()
        st.session_state[_ASKED].clear()
        return worker_stopped("cutting pictures")
    except (ValueError, OSError, KeyError, StopIteration) as error:
        return f"No pictures of units: {error}"
    return ""
