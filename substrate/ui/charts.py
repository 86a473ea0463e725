"""Place a figure: the chart, how to read it, where its numbers come from, and its exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import Any, Literal
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.glossary import lines, terms_in
from substrate.exhibits.verdict_html import html
from substrate.figures import export, heading
from substrate.runs import Run
from substrate.ui import session
from substrate.ui.layout import side_by_side
from substrate.ui.literal import literal
from substrate.ui.shared import present
from substrate.ui.shared.pins import pin_button
from substrate.wording import unbroken

#: Plotly's own bar is hidden: the toolbar above the figure has what it offers, in words.
CONFIG = {"displayModeBar": False, "responsive": True}


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
    if present.hidden(session.store(), key):
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"head-{key}"):
        st.html(_heading(exhibit), width="stretch")
        with st.container(horizontal=True, gap="small", width="content", key=f"tools-{key}"):
            _toolbar(exhibit, key, run)
    figure = present.for_the_wall(exhibit.figure)
    return st.plotly_chart(
        figure,
        theme=None,
        key=key,
        width="content" if figure.layout.width else "stretch",
        config=CONFIG,
        alt=alt or f"{exhibit.title}. {exhibit.read}",
        on_select="rerun" if select else "ignore",
        selection_mode=select or ("points",),
    )


def show_beside(
    run: Run | None, *exhibits: Exhibit, place: Callable[[Exhibit, Run | None], Any] | None = None
) -> None:
    """Place exhibits beside each other where all have room, else below each other.

    ``place`` puts each into its column, `show` by default.
    """
    columns = side_by_side(f"beside-{exhibits[0].key}", *exhibits)
    for column, exhibit in zip(columns, exhibits, strict=True):
        with column:
            (place or show)(exhibit, run)


def _heading(exhibit: Exhibit) -> str:
    """Return the figure's title and its first fact, how many samples; Explain has the others."""
    facts = " ".join(heading.facts(exhibit.figure)[:1])
    title = heading.title(exhibit.figure) or exhibit.title
    return f'<div class="figure-heading"><h2>{escape(title)}</h2><p>{escape(facts)}</p></div>'


def _toolbar(exhibit: Exhibit, key: str, run: Run | None) -> None:
    """Place what can be done with a figure: explain it, link to it, take it away, pin it."""
    with st.popover("Explain", icon=":material/help:", type="tertiary", width="content"):
        st.markdown(literal(exhibit.read))
        if terms := terms_in(exhibit.read, exhibit.sentence):
            st.caption("Terms")
            st.markdown(lines(*terms))
        if facts := heading.facts(exhibit.figure):
            st.caption(literal(" · ".join(facts)))
        if exhibit.trace:
            st.caption("What its numbers rest on")
            st.json({name: str(value) for name, value in exhibit.trace.items()}, expanded=True)
    with st.popover("Share", icon=":material/ios_share:", type="tertiary", width="content"):
        _link()
        table = pd.DataFrame() if exhibit.table is None else exhibit.table
        _exports(exhibit.figure, key, table, run, exhibit.trace)
    pin_button(session.store(), key, heading.title(exhibit.figure) or exhibit.title)


def _link() -> None:
    """Show the whole address of what is on the page, with a button that copies it."""
    query = st.query_params.to_dict()
    several = [(name, value) for name in query for value in st.query_params.get_all(name)]
    st.caption("Address of this view")
    st.code(f"{st.context.url or ''}?{urlencode(several)}", language=None, wrap_lines=False)


def show_with_sentence(exhibit: Exhibit, run: Run | None = None, **options: Any) -> Any:
    """Place an exhibit's figure below what it shows; the options are those of `show`."""
    if exhibit.figure is not None and exhibit.verdict is not None:
        write_sentence(st.container(), exhibit)
    elif exhibit.figure is not None:
        st.markdown(unbroken(literal(exhibit.sentence)))
        if exhibit.context:
            st.caption(unbroken(literal(exhibit.context)))
    return show(exhibit, run, **options)


def write_sentence(place: Any, exhibit: Exhibit) -> None:
    """Open the page with the verdict: its badge, one short sentence, and the whole in Details.

    Where there is none, what the exhibit shows opens the page.
    """
    row = place.container(horizontal=True, vertical_alignment="center", gap="small")
    if exhibit.verdict is None:
        row.markdown(f"**{unbroken(literal(exhibit.sentence))}**", width="content")
        if exhibit.context:
            details(row, exhibit.context)
        return
    row.html(html(exhibit.verdict), width="content")
    details(row, exhibit.sentence, exhibit.context)


def details(place: Any, *texts: str) -> None:
    """Place sentences where they are read on request: the first in full, the others small."""
    with place.popover("Details", type="tertiary"):
        for text, write in zip(texts, (st.markdown, st.caption), strict=False):
            if text:
                write(unbroken(literal(text)))


def _paper(figure: Any, kind: str, width_mm: int) -> bytes:
    return export.paper(figure, kind, width_mm=width_mm)


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
        formats += [
            (f"{kind.upper()}, {mm} mm", f"{mm}mm.{kind}", mime, partial(_paper, figure, kind, mm))
            for mm in export.COLUMNS_MM
            for kind, mime in (("pdf", "application/pdf"), ("svg", "image/svg+xml"))
        ]
    else:
        st.caption(
            "PNG, SVG and PDF need Chrome or Chromium on the server; the HTML page holds a camera "
            "button that saves the picture without it."
        )
    st.caption("For papers: one column is 89 mm wide, two are 183 mm; text of 7 points")
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
