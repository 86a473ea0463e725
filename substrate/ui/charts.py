"""Place a figure: the chart, how to read it, where its numbers come from, and its exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import pandas as pd
import streamlit as st

from substrate.exhibits.exhibit import Exhibit
from substrate.figures import export
from substrate.runs import Run
from substrate.ui.literal import literal
from substrate.wording import unbroken

CONFIG = {
    "displaylogo": False,
    "toImageButtonOptions": {"format": "svg", "filename": "substrate"},
    "modeBarButtonsToRemove": ["autoScale2d"],
}


def show(
    exhibit: Exhibit,
    run: Run | None = None,
    *,
    key: str = "",
    select: tuple[Literal["points", "box", "lasso"], ...] = (),
    alt: str = "",
) -> Any:
    """Place an exhibit's figure and return its selection events.

    Without a figure its sentence is placed, which says why there is none. ``key`` is needed only
    where one exhibit stands on a page twice, ``select`` names the selection modes that the page
    listens to.
    """
    if exhibit.figure is None:
        st.info(literal(exhibit.sentence), icon=":material/info:")
        return None
    key = key or exhibit.key
    event = st.plotly_chart(
        exhibit.figure,
        theme=None,
        key=key,
        config={**CONFIG, "toImageButtonOptions": {"format": "svg", "filename": key}},
        alt=alt or f"{exhibit.title}. {exhibit.read}",
        on_select="rerun" if select else "ignore",
        selection_mode=select or ("points",),
    )
    with st.container(horizontal=True, vertical_alignment="top"):
        st.caption(exhibit.read, width="stretch")
        with st.popover("Export", icon=":material/download:", width="content"):
            table = pd.DataFrame() if exhibit.table is None else exhibit.table
            _exports(exhibit.figure, key, table, run, exhibit.trace)
    return event


def show_with_sentence(exhibit: Exhibit, run: Run | None = None, **options: Any) -> Any:
    """Place an exhibit's figure below what it shows; the options are those of `show`."""
    if exhibit.figure is not None:
        st.markdown(unbroken(literal(exhibit.sentence)))
        if exhibit.context:
            st.caption(unbroken(literal(exhibit.context)))
    return show(exhibit, run, **options)


def say(place: Any, exhibit: Exhibit) -> None:
    """Open the page with a sentence to read aloud, and what stands beside it."""
    place.markdown("##### " + unbroken(exhibit.sentence))
    if exhibit.context:
        place.caption(unbroken(exhibit.context))


def _exports(
    figure: Any, key: str, table: pd.DataFrame, run: Run | None, trace: Mapping[str, Any]
) -> None:
    facts = {**({"run": run.run_id, "study": run.study["name"]} if run else {}), **trace}
    formats: list[tuple[str, str, str, Callable[[], bytes]]] = [
        ("HTML", "html", "text/html", lambda: export.html(figure, facts)),
        ("CSV", "csv", "text/csv", lambda: export.csv(table, facts)),
    ]
    if export.browser_available():
        formats[:0] = [
            ("PNG", "png", "image/png", lambda: export.image(figure, "png")),
            ("SVG", "svg", "image/svg+xml", lambda: export.image(figure, "svg")),
        ]
    else:
        st.caption(
            "PNG and SVG from the server need Chrome or Chromium. The camera button on the chart "
            "saves an SVG without it."
        )
    for label, ending, mime, data in formats:
        st.download_button(
            label,
            data,
            f"{key}.{ending}",
            mime,
            key=f"{key}-{ending}",
            on_click="ignore",
            width="stretch",
        )
    if facts:
        st.caption("Traced to")
        st.json({name: str(value) for name, value in facts.items()}, expanded=False)
