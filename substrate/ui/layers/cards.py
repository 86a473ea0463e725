"""Choosing a pair on a matrix or in a table, and the card that shows its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.layers.all_encoders import UntrainedPairsResult
from substrate.analyses.layers.tables import (
    Pair,
    pair_of,
)
from substrate.analyses.layers.two_encoders import (
    LayersResult,
    UntrainedResult,
)
from substrate.analyses.shared.grid_scores import Scores
from substrate.numerics.metrics import METRICS
from substrate.ui.clicks import new_choice
from substrate.ui.layers.controls import TWO
from substrate.ui.selection import Selection
from substrate.wording import (
    many,
    number,
    spread,
)


def explain(metric: str) -> None:
    """Say what the metric measures and when it misleads."""
    chosen = METRICS[metric]
    st.caption(
        f"**{chosen.label}** · {chosen.definition} · {chosen.value_range} · {chosen.reference}. "
        f"{chosen.misleads}"
    )


def cell_of(
    pair: Sequence[str], rows: Sequence[str], columns: Sequence[str]
) -> tuple[int, int] | None:
    """Return the places of a chosen pair, or None where none that exists is chosen."""
    if len(pair) == 2 and pair[0] in rows and pair[1] in columns:
        return list(rows).index(pair[0]), list(columns).index(pair[1])
    return None


def remember(
    selection: Selection,
    name: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cell: tuple[int, int],
) -> None:
    """Choose a pair and draw the page again."""
    pair = (rows[cell[0]], columns[cell[1]])
    if selection[name] != pair:
        selection.put({name: pair}, again=True)


def pair_card(
    scores: Scores, cell: tuple[int, int], heading: str, details: Sequence[str] = ()
) -> None:
    """Show one pair's numbers, or why one is missing."""
    pair = pair_of(scores, *cell)
    st.markdown(f"**{heading}**")
    if pair.value is None:
        st.caption(scores.missing[0] if scores.missing else "This pair has no value.")
        return
    left, right = st.columns(2)
    left.metric("Score", number(pair.value))
    right.metric("Calibrated", "–" if pair.calibrated is None else number(pair.calibrated))
    st.markdown("\n".join(f"- {line}" for line in (*_lines(scores, pair), *details)))


def _lines(scores: Scores, pair: Pair) -> list[str]:
    lines = [scores.interval_reason or "no interval: it cannot be taken without some photographs"]
    if pair.low is not None and pair.high is not None:
        lines = [f"95 % interval {number(pair.low)} to {number(pair.high)}"]
    if pair.null_mean is not None and pair.tau is not None:
        lines.append(
            f"chance {number(pair.null_mean)} on average, at most {number(pair.tau)} in 95 % of "
            "permutations for this pair"
            if scores.closer == "higher"
            else f"chance {number(pair.null_mean)} on average, at least {number(pair.tau)} in "
            "95 % of permutations for this pair"
        )
    elif pair.null_mean is not None:
        lines.append(f"tiles shuffled inside each photograph {number(pair.null_mean)} on average")
    elif scores.null_reason:
        lines.append(scores.null_reason)
    if pair.tau_any is not None:
        lines.append(f"95 % level of the closest of all pairs {number(pair.tau_any)}")
    if pair.p is not None:
        every = "" if pair.p_any is None else f", {pair.p_any:.3f} allowing for all pairs"
        lines.append(f"p = {pair.p:.3f} for this pair alone{every}")
    elif not scores.null_reason:
        lines.append(f"no p-value: {scores.photographs} photographs, and at least 10 are needed")
    return [*lines, f"n = {scores.counted}"]


def table_choice(
    table: pd.DataFrame, rows: Sequence[str], columns: Sequence[str], key: str
) -> tuple[int, int] | None:
    """Show all pairs as a table; return the pair whose row is newly chosen."""
    number_columns = {
        name: st.column_config.NumberColumn(format="%.3f") for name in table.columns[2:]
    }
    event = st.dataframe(
        table, hide_index=True, height=260, key=key, on_select="rerun",
        selection_mode="single-row", column_config=number_columns,
    )  # fmt: skip

    def read(event: Any) -> tuple[int, int] | None:
        chosen = event.selection.rows if event else []
        if not chosen or chosen[0] >= len(table):
            return None
        first, second = table.iloc[chosen[0], :2]
        return rows.index(first), columns.index(second)

    return new_choice(key, event, read)


def untrained_line(
    untrained: UntrainedResult | UntrainedPairsResult | None, cell: tuple[int, int]
) -> list[str]:
    """Return what untrained twins give for a pair, where it is known."""
    if untrained is None:
        return []
    there = untrained.values[:, cell[0], cell[1]]
    if not np.isfinite(there).all():
        return []
    return [f"untrained twins ({many(len(untrained.seeds), 'seed')}) {spread(there)}"]


def layer_details(found: LayersResult, cell: tuple[int, int]) -> list[str]:
    """Return depth, width and pooling of the two layers."""
    lines = []
    for side, index in zip((found.first, found.second), cell, strict=True):
        lines.append(
            f"{side.layers[index]}: depth {number(side.depth[index])}, {side.width[index]} units, "
            f"pooling {side.pooling[index]}"
        )
    return lines


def compare_along_depth(selection: Selection, first: str, second: str) -> None:
    """Offer to open two encoders in the other view."""
    if first != second and st.button("Compare these two along their depth"):
        selection.put({"first": first, "second": second, "layers.view": TWO}, again=True)
