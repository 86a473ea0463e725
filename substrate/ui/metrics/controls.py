"""The Metrics page's choice and tables."""

from __future__ import annotations

import streamlit as st

from substrate.analyses.metrics.all_metrics import MetricsParams, params_of
from substrate.exhibits.exhibit import Exhibit
from substrate.ui.selection import Selection
from substrate.wording import ONE_ENCODER


def choose(selection: Selection) -> MetricsParams | None:
    """Return the pair that the bar names; say so where the run has none."""
    if not selection["second"]:
        st.info(ONE_ENCODER, icon=":material/info:")
        return None
    names = ("first", "first_layer", "second", "second_layer", "domain")
    return params_of(selection.run, *(selection[name] for name in names))


def _decimals(column: str) -> str:
    """Return the format of a column: two decimals, three for p-values."""
    return "%.3f" if column == "p" else "%.2f"


#: Columns of numbers and what they are called on the page.
NUMBERS = {
    "value": "value",
    "mean_null": "null",
    "tau": "95 % level",
    "p": "p",
    "calibrated": "calibrated",
    "low": "low",
    "high": "high",
}


def show_numbers(exhibit: Exhibit) -> None:
    """Show every number of the pair."""
    st.subheader(exhibit.title)
    st.caption(exhibit.sentence)
    number, shown = st.column_config.NumberColumn, exhibit.shown
    if shown is None:
        return
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="–",
        column_config={
            "label": st.column_config.TextColumn("metric", pinned=True),
            "direction": st.column_config.TextColumn(width=125),
            "reason": st.column_config.TextColumn("without", width="large"),
            **{
                name: number(label, format=_decimals(name), width=74)
                for name, label in NUMBERS.items()
            },
            **{c: number(format="%.2f") for c in shown.columns if "shuffled" in c},
        },
    )


def show_definitions(exhibit: Exhibit) -> None:
    """Show what each metric declares about itself."""
    st.subheader(exhibit.title)
    st.caption(exhibit.sentence)
    st.dataframe(exhibit.shown, hide_index=True, height=420)
