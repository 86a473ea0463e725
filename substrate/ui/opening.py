"""How a page opens: its selection is read, the bar and the links are drawn, the address follows."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, TypeVar

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.gallery.shown import is_shipped, shipped_run
from substrate.runs import Run, RunError, list_runs, open_run
from substrate.store import Store
from substrate.ui import session
from substrate.ui.bar import bar, say_replaced
from substrate.ui.declared import PAGES, SHARED, fields_of
from substrate.ui.fields import Texts
from substrate.ui.literal import literal
from substrate.ui.pill import show_pill
from substrate.ui.selection import (
    IN_FLIGHT,
    Memory,
    Page,
    Selection,
    by_history,
    edits,
    incoming,
    memory,
    mirrored,
    moved,
    resolve,
)
from substrate.ui.shared.pins import list_pins
from substrate.ui.shared.present import place_mode
from substrate.ui.study import estimate

T = TypeVar("T")

#: What the bar says of the shipped run.
SHIPPED = "The shipped run: results only, made with this version."


def given(value: T | None) -> T:
    """Return a value, or end the page where a control has already said why there is none."""
    if value is None:
        st.stop()
    return value


def open_page(key: str) -> Selection:
    """Read the selection of a page, place its bar, and complete its address.

    Without any run a page that shows one says so and stops.
    """
    page, store = PAGES[key], session.store(failing=_bare_links)
    runs = all_runs(store)
    if page.shows_run and not runs:
        _bare_links()
        st.info("Nothing has been run yet. Choose encoders and domains on the Study page.")
        with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
            st.page_link("pages/study.py", label="Go to Study", icon=":material/science:")
        st.stop()
    selection = _read(page, store, runs)
    selection.link = lambda to, changes=None, fresh=False: link(
        to, selection.opened or (runs[0] if runs else None), changes, fresh=fresh
    )
    _links(selection)
    show_pill(selection, store)
    with st.sidebar.container(key="pins"):
        list_pins(store)
    place_mode(store)
    _name_tab(selection)
    if page.shows_run:
        bar(selection, SHARED, runs)
        _say_shipped(selection, store)
    else:
        say_replaced(selection)
    return selection


def all_runs(store: Store) -> list[Run]:
    """Return the runs that pages can show, the one that is shown by default first.

    That is the latest of one's own; the shipped one stands behind all others, and before them
    until one of them is finished. A finished run of the same study takes its place.
    """
    own, shown = list_runs(store), shipped_run()
    if shown is None:
        return own
    done = [run for run in own if run.record.get("status") == "done"]
    if shown.run_id in {run.run_id for run in done}:
        return own
    others = [run for run in own if run.run_id != shown.run_id]
    return [*others, shown] if done else [shown, *others]


def _say_shipped(selection: Selection, store: Store) -> None:
    """Say that the run on the page is the shipped one, and link to where one's own is made."""
    if not is_shipped(selection.run):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f":material/inventory_2: {SHIPPED}", width="content")
        with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
            st.page_link(
                "pages/study.py",
                label=f"Run it yourself (about {estimate.of_default(store)})",
                icon=":material/play_arrow:",
                query_params=selection.link("study"),
            )


def _name_tab(selection: Selection) -> None:
    """Give the browser's tab the page and what it shows, so that many tabs are told apart."""
    said = [selection.page.key.capitalize()]
    if selection.page.shows_run:
        page, run = selection.page, selection.run
        fields = (one for one in selection.fields if page.key in one.pages)
        read = {one.name for one in fields} - set(page.unused(selection))
        pair = [selection[name] for name in ("first", "second") if name in read]
        titles = [run.encoders[name].title for name in pair if name in run.encoders]
        said += [" – ".join(titles)] if titles else []
        said += [run.domains[selection["domain"]].title] if "domain" in read else []
        said.append(str(selection.run.study["name"]))
    st.set_page_config(page_title=" · ".join([*said, "Substrate"]))


def _read(page: Page, store: Store, runs: list[Run]) -> Selection:
    """Return the page's selection, read from the address or from the controls."""
    state, fields, arrived = memory(), fields_of(page), incoming()
    same = state.page == page.key
    navigated = not same or by_history() or arrived not in state.recent
    address = arrived
    if not navigated:
        address = {**state.written, **mirrored(state.written, edits(fields, state))}
    run = None
    if page.shows_run:
        asked = address.get("run", ("",))[-1]
        run = _opened(store, asked, runs)
        if not navigated and asked != state.written.get("run", ("",))[-1]:
            address = _carried(state, page, _opened(store, state.written["run"][-1], runs), run)
        address = {**address, "run": (run.run_id,)}
    if navigated:
        state.page = page.key
        state.recent = [*(state.recent[1 - IN_FLIGHT :] if same else ()), arrived]
    values, replaced = resolve(fields, address, run)
    selection = Selection(page, fields, run, values)
    selection.replaced, selection.navigated = replaced if navigated else [], navigated
    selection.write(always=navigated and same and not by_history())
    return selection


def _opened(store: Store, asked: str, runs: list[Run]) -> Run:
    by_id = {run.run_id: run for run in runs}
    if (shown := shipped_run()) is not None:
        by_id.setdefault(shown.run_id, shown)
    if not asked or asked in by_id:
        return by_id.get(asked, runs[0])
    try:
        return open_run(store, asked)
    except RunError as error:
        st.warning(f"{literal(error)} Showing the latest run instead.")
        return runs[0]


def _carried(state: Memory, page: Page, old: Run, new: Run) -> dict[str, Texts]:
    """Return what goes over to another run, on this page; what others remember goes over, too."""
    shared: dict[str, Texts] = {}
    for key, mine in list(state.own.items()):
        if PAGES[key].shows_run:
            fields = fields_of(PAGES[key])
            values, _ = resolve(fields, {**state.shared, **mine}, old)
            kept = moved(fields, values, old, new)
            state.own[key] = {name: kept[name] for name in mine if name in kept}
            shared = {name: texts for name, texts in kept.items() if name not in mine}
    state.shared = shared
    return {**shared, **state.own.get(page.key, {})}


def adopt(run_id: str, store: Store) -> None:
    """Take a run that the viewer has just made or picked as the one that pages show."""
    state, runs = memory(), all_runs(store)
    before = state.shared.get("run", ("",))[-1]
    if runs and run_id != before:
        new = _opened(store, run_id, runs)
        if before in {run.run_id for run in runs}:
            _carried(state, PAGES["study"], _opened(store, before, runs), new)
        state.shared["run"] = (new.run_id,)


def link(
    key: str, run: Run | None, changes: Mapping[str, Any] | None = None, *, fresh: bool = False
) -> dict[str, list[str]]:
    """Return the whole address of a page: what is chosen now, or the defaults if ``fresh``.

    ``changes`` are parameters as an address writes them.
    """
    state, page = memory(), PAGES[key]
    base = {} if fresh else {**state.shared, **state.own.get(key, {})}
    given = {
        name: (value,) if isinstance(value, str) else tuple(value)
        for name, value in (changes or {}).items()
    }
    if page.shows_run and run is None:
        return {name: list(texts) for name, texts in given.items()}
    asked = given.get("run", base.get("run", ("",)))[-1]
    if page.shows_run and run is not None and asked != run.run_id:
        run = _opened(run.store, asked, [run])
    if page.shows_run and run is not None:
        given["run"] = (run.run_id,)
    fields = fields_of(page)
    values, _ = resolve(fields, {**base, **given}, run)
    return {one.name: list(one.kind.write(values[one.name])) for one in fields}


def _links(selection: Selection) -> None:
    """Link to every page, each with its whole address, so that a visit is one step of history."""
    with st.sidebar:
        for key in PAGES:
            with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
                st.page_link(
                    f"pages/{key}.py", icon=PAGES[key].icon, query_params=selection.link(key)
                )


def _bare_links() -> None:
    with st.sidebar:
        for key in PAGES:
            with contextlib.suppress(StreamlitAPIException):
                st.page_link(f"pages/{key}.py", icon=PAGES[key].icon)
