"""The controls of the selection: each shows the value that the selection has, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import streamlit as st

from substrate.ui.fields import Field, Several, Whole
from substrate.ui.selection import Selection, memory

#: What to do where fewer encoders are chosen than a comparison needs.
TWO_AT_LEAST = "choose two at least under Panel."

Width = int | Literal["stretch"]


def row_of(selection: Selection) -> Any:
    """Return the one row of the page's own controls, placed where it is asked for first.

    It wraps in a narrow window; what a view adds to it costs no further line in a wide one.
    """
    if selection.row is None:
        selection.row = st.container(
            horizontal=True, vertical_alignment="bottom", key="own-controls"
        )
    return selection.row


def views(selection: Selection, name: str) -> None:
    """Begin the row of the page's own controls with the choice of a view."""
    segmented(selection, name, row_of(selection), labelled=False)


def _prepare(selection: Selection, name: str, *, always: bool = True) -> Field:
    """Put the selection's value into the control that is about to be drawn.

    Streamlit shows a control's first option where its state was set in an earlier run or its
    options changed, so the value is set each time. A text that is being typed would suffer from
    that: it is set only where it differs.
    """
    field, value, state = selection.by_name[name], selection[name], memory()
    texts = field.kind.write(value)
    stands = name in st.session_state and state.drawn.get(name) == texts
    if always or selection.navigated or not stands:
        st.session_state[name] = list(value) if isinstance(field.kind, Several) else value
    state.drawn[name] = texts
    selection.placed.add(name)
    return field


def _written(selection: Selection, field: Field) -> Callable[[str], str]:
    """Return how the options of a field are written for the reader."""
    return lambda option: selection.written(field.name, option)


def select(
    selection: Selection,
    name: str,
    place: Any = st,
    *,
    width: Width = "stretch",
    label: str = "",
    shown: Callable[[str], str] | None = None,
) -> None:
    """Place a field of one choice as a select box."""
    options = selection.options(name)
    choose_from(selection, name, options, place, width=width, label=label, shown=shown)


def choose_from(
    selection: Selection,
    name: str,
    options: Sequence[str],
    place: Any = st,
    *,
    width: Width = "stretch",
    label: str = "",
    shown: Callable[[str], str] | None = None,
) -> None:
    """Place a field as a select box of options that only the page knows."""
    field = _prepare(selection, name)
    place.selectbox(
        label or field.label,
        options,
        key=name,
        width=width,
        format_func=shown or _written(selection, field),
        help=field.help or None,
    )


def segmented(selection: Selection, name: str, place: Any = st, *, labelled: bool = True) -> None:
    """Place a field of one choice as buttons beside each other."""
    field = _prepare(selection, name)
    place.segmented_control(
        field.label,
        selection.options(name),
        required=True,
        key=name,
        format_func=_written(selection, field),
        help=field.help or None,
        label_visibility="visible" if labelled else "collapsed",
    )


def slider(selection: Selection, name: str, options: Sequence[str], place: Any = st) -> None:
    """Place a field of one choice as a slider over options that only the page knows."""
    field = _prepare(selection, name)
    place.select_slider(field.label, options, key=name)


def several(selection: Selection, name: str, place: Any = st) -> None:
    """Place a field of several choices."""
    field = _prepare(selection, name)
    place.multiselect(
        field.label,
        selection.options(name),
        key=name,
        format_func=_written(selection, field),
        help=field.help or None,
    )


def whole(selection: Selection, name: str, place: Any = st, *, width: Width = "stretch") -> None:
    """Place a field of a whole number."""
    field = _prepare(selection, name, always=False)
    assert isinstance(field.kind, Whole)
    place.number_input(
        field.label,
        field.kind.low,
        field.kind.high,
        step=field.kind.step,
        key=name,
        width=width,
        help=field.help or None,
    )


def toggle(selection: Selection, name: str, place: Any = st) -> None:
    """Place a field that is on or off."""
    place.toggle(_prepare(selection, name).label, key=name)


def text(selection: Selection, name: str, place: Any = st, *, most: int = 80) -> None:
    """Place a field of free text."""
    place.text_input(_prepare(selection, name, always=False).label, key=name, max_chars=most)
