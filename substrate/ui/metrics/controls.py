"""The Metrics page's choices and tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd
import streamlit as st

from substrate.analyses.metrics.all_metrics import (
    MetricsParams,
    MetricsResult,
)
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.document import metadata_rows
from substrate.ui.selection import Selection


@dataclass(frozen=True)
class Choice:
    """Two layers on one domain."""

    params: MetricsParams
    title: str


def choose(selection: Selection) -> Choice | None:
    """Return the pair that the bar names; say so where the run has none."""
    if not selection["second"]:
        st.info("Two encoders are compared here; this run has one.", icon=":material/info:")
        return None
    names = ("first", "first_layer", "second", "second_layer", "domain")
    first, first_layer, second, second_layer, domain = (selection[name] for name in names)
    study = selection.run.study
    params = MetricsParams(
        first,
        first_layer,
        second,
        second_layer,
        domain,
        int(study["permutations"]),
        int(study["seed"]),
    )
    return Choice(params, f"{first} {first_layer} – {second} {second_layer} on {domain}")


def sentence(found: MetricsResult) -> str:
    """Say how many metrics are above chance, and between what they range."""
    tested = [row for row in found.rows if row.p is not None]
    values = [row.calibrated for row in found.rows if row.calibrated is not None]
    if not values:
        return "No metric has a value for this pair; the table says why."
    spread = f"calibrated values run from {min(values):.2f} to {max(values):.2f}"
    if not tested:
        return (
            f"On one scale, where shuffled images give 0 and identical features 1, {spread}. "
            f"With {found.groups} photographs no p-value is given."
        )
    above = sum(row.p <= 0.05 for row in tested if row.p is not None)
    return (
        f"{above} of {len(tested)} metrics are above what shuffled photographs give (p ≤ .05, each "
        f"on its own); on one scale, where shuffling gives 0 and identity 1, {spread}."
    )


def table(found: MetricsResult) -> pd.DataFrame:
    """Return the result as a table, for the page and for CSV."""
    return pd.DataFrame([asdict(row) for row in found.rows])


#: Columns of numbers and what they are called on the page.
NUMBERS = {
    "value": "value", "mean_null": "null", "tau": "95 % level", "p": "p",
    "calibrated": "calibrated", "low": "low", "high": "high",
}  # fmt: skip


def show_table(found: MetricsResult) -> None:
    """Show every number of the pair."""
    st.dataframe(
        table(found).drop(columns=["key"]),
        hide_index=True,
        placeholder="–",
        column_config={
            "label": st.column_config.TextColumn("metric", pinned=True),
            "direction": st.column_config.TextColumn(width=125),
            "reason": st.column_config.TextColumn("without", width="large"),
        } | {name: st.column_config.NumberColumn(label, format="%.4f", width=74)
             for name, label in NUMBERS.items()},
    )  # fmt: skip


def show_metadata() -> None:
    """Show what each metric declares about itself."""
    st.dataframe(pd.DataFrame(metadata_rows(METRICS)), hide_index=True, height=420)
