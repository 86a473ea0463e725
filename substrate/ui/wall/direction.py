"""The page of one shared direction: its images, its neighbours in the order, what it follows."""

from __future__ import annotations

import contextlib

import numpy as np
import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.analyses.shared.trajectory import trajectories
from substrate.analyses.sharedness.wall import Wall
from substrate.exhibits.checkpoint_words import NOT_KEPT_HERE
from substrate.exhibits.exhibit import titles
from substrate.exhibits.sharedness.cards import direction_lines, sheet_title
from substrate.figures.theme import Theme
from substrate.ui import controls
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.samples import thumbnails_of
from substrate.ui.selection import Selection
from substrate.ui.shared.linked_sheet import Opens
from substrate.ui.shared.present import presenting
from substrate.wording import signed

#: Images of a row beside the charts and of a pinned direction, and the side of each in pixels.
IMAGES, PINNED, SIDE = 6, 9, 96
PANEL = "the panel"
#: Seed of the images that stand for all the others.
SEED = 0


def choose(selection: Selection, result: Wall) -> int:
    """Let the reader choose a direction, or go to the next one of the wall; return it (from 0)."""
    order = [str(direction + 1) for direction in result.order]
    number = selection.settle("direction.number", order)
    place = order.index(number)
    row = controls.row_of(selection)
    for step, label, icon, key in (
        (-1, "Previous", ":material/chevron_left:", "Left"),
        (1, "Next", ":material/chevron_right:", "Right"),
    ):
        if row.button(
            label,
            key=f"direction-{label.lower()}",
            icon=icon,
            shortcut=None if presenting() else key,
            disabled=not 0 <= place + step < len(order),
            help="The neighbouring row of the wall",
        ):
            selection.put({"direction.number": order[place + step]}, again=True)
    controls.choose_from(selection, "direction.number", order, row, width=120)
    controls.select(selection, "direction.by", row, width=210)
    if row.button("Pin", key="direction-pin", icon=":material/push_pin:"):
        selection.put({"direction.pin": number}, again=True)
    with row, contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
        st.page_link("pages/wall.py", label="Wall", query_params=selection.link("wall"))
    return int(number) - 1


def images(
    selection: Selection,
    result: Wall,
    direction: int,
    theme: Theme,
    *,
    key: str = "direction",
    columns: int = IMAGES,
) -> None:
    """Show held-out images at both ends of a direction, in its middle, and at random.

    ``key`` begins the names of the sheets, which are rows of ``columns`` images.
    """
    shared, by = result.shared, selection["direction.by"]
    scores = shared.scores[:, direction]
    if by in shared.encoders:
        scores = shared.parts[shared.encoders.index(by), :, direction]
    else:
        by = PANEL
    order, count = np.argsort(-scores, kind="stable"), min(columns, len(scores))
    middle = np.argsort(np.abs(scores - np.median(scores)), kind="stable")[:count]
    drawn = np.random.default_rng(SEED).choice(len(scores), count, replace=False)
    pictures, spread = thumbnails_of(selection.run, shared.size.domain), scores.std() or 1.0
    for title, rows in (
        ("Highest", order[:count]),
        ("Middle", middle),
        ("Random", drawn),
        ("Lowest", order[::-1][:count]),
    ):
        words = sheet_title(title, titles(selection.run).get(by, by), shared)
        st.caption(words)
        show_sheet(
            pictures[shared.rows[rows]],
            [signed(float(scores[row] / spread), 1) for row in rows],
            theme,
            columns=columns,
            side=SIDE,
            alt=f"{words}, direction {direction + 1}",
            opens=Opens.of(
                selection, shared.size.domain, shared.rows[rows], f"{key}-{title.lower()}"
            ),
        )


def pinned(selection: Selection, result: Wall, theme: Theme) -> None:
    """Show the pinned direction's images below, where one is pinned."""
    number = selection["direction.pin"]
    if not number or not 1 <= int(number) <= result.shared.k:
        return
    with st.container(border=True):
        heading, button = st.columns([5, 1], vertical_alignment="center")
        heading.markdown(f"**Pinned: direction {number}**")
        if button.button("Unpin", key="direction-unpin", width="stretch"):
            selection.put({"direction.pin": ""}, again=True)
        lines(selection, result, int(number) - 1)
        images(selection, result, int(number) - 1, theme, key="direction-pinned", columns=PINNED)


def lines(selection: Selection, result: Wall, direction: int) -> None:
    """List what is known of a direction."""
    facts = direction_lines(result.shared, direction, titles(selection.run))
    st.caption(" · ".join(facts))


def emergence(selection: Selection) -> None:
    """Lead to how directions emerge in the trainings of the panel, or say that none was kept."""
    run = selection.run
    kept = [name for name in selection["panel"] if name in trajectories(run)]
    if not kept:
        st.caption(NOT_KEPT_HERE)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for name in kept:
            changes = {"training.view": "Directions", "training.encoder": name}
            with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
                st.page_link(
                    "pages/training.py",
                    label=f"How directions emerge in the training of {run.encoders[name].title}",
                    icon=":material/trending_up:",
                    query_params=selection.link("training", changes),
                    width="content",
                )
