"""The Layers page's choices, results and the card of a chosen pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from substrate.analyses.layers import (
    DEFAULT_METRIC,
    LAYERS,
    LAYERS_PAIRS,
    LAYERS_UNTRAINED,
    LayersResult,
    PairsResult,
    UntrainedResult,
    layers_params,
    pairs_params,
    scalar_metrics,
    shared_seeds,
)
from substrate.analyses.layers_pair import Pair, encoder_table, layer_table, pair_of
from substrate.analyses.layers_scores import Scores
from substrate.analyses.layers_text import (
    beside_chance,
    layers_context,
    layers_sentence,
    number,
    pairs_sentence,
)
from substrate.metrics import METRICS
from substrate.runs import Run
from substrate.ui.results import result

TWO, ALL = "Two encoders", "All encoders"
SCALES = ("measured", "calibrated")


@dataclass(frozen=True)
class Choice:
    """What the page shows."""

    view: str
    first: str
    second: str
    domain: str
    metric: str
    scale: str


def choose(run: Run) -> Choice:
    """Place the page's controls; every one of them is in the address."""
    encoders, domains, metrics = list(run.encoders), list(run.domains), list(scalar_metrics())
    view = st.segmented_control(
        "View", [TWO, ALL], default=TWO, required=True, key="view", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    row = st.container(horizontal=True, vertical_alignment="bottom")
    first = second = encoders[0]
    if view != ALL:
        first = pick(row, "First encoder", encoders, "first", width=175)
        second = pick(row, "Second encoder", encoders, "second", min(1, len(encoders) - 1), 175)
    domain = pick(row, "Domain", domains, "domain", width=175)
    metric = pick(row, "Metric", metrics, "metric", metrics.index(DEFAULT_METRIC), 215)
    scale = pick(row, "Colour", list(SCALES), "scale", width=145)
    return Choice(view or TWO, first, second, domain, metric, scale)


def pick(
    place: Any, label: str, options: list[str], key: str, index: int = 0, width: int = 175
) -> str:
    """Place a choice that is in the address; what is no option counts as the default.

    The default is set as the widget's state, so that the address names it too.
    """
    asked = st.session_state.get(key, st.query_params.get(key))
    if key not in st.session_state or asked not in options:
        st.session_state[key] = asked if asked in options else options[index]
    picked = place.selectbox(label, options, key=key, bind="query-params", width=width)
    return picked if picked in options else options[index]


def layers_result(run: Run, choice: Choice) -> tuple[LayersResult, UntrainedResult | None] | None:
    """Return the grid of two encoders and that of their untrained twins, where there are any."""
    params = layers_params(run, choice.first, choice.second, choice.domain, choice.metric)
    found = result(LAYERS, run, params, what=f"{choice.first} against {choice.second}")
    if found is None:
        return None
    if not shared_seeds(run, params):
        return found, None
    return found, result(LAYERS_UNTRAINED, run, params, what="their untrained twins")


def pairs_result(run: Run, choice: Choice) -> PairsResult | None:
    """Return the matrix of all encoders."""
    params = pairs_params(run, choice.domain, choice.metric)
    return result(LAYERS_PAIRS, run, params, what="all pairs of encoders")


def title(run: Run, encoder: str) -> str:
    """Return an encoder's readable name."""
    return run.encoders[encoder].title


def titles(run: Run) -> dict[str, str]:
    """Return every encoder's readable name."""
    return {name: record.title for name, record in run.encoders.items()}


def two_sentences(
    run: Run, found: LayersResult, untrained: UntrainedResult | None
) -> tuple[str, str]:
    """Return the page's opening sentence for two encoders, and what stands beside it."""
    names = title(run, found.first.encoder), title(run, found.second.encoder)
    opening = layers_sentence(found, *names, run.domains[found.domain].title)
    return opening, layers_context(found, untrained)


def two_table(found: LayersResult) -> pd.DataFrame:
    """Return all layer pairs as a table."""
    return layer_table(found.scores, found.first, found.second)


def all_table(found: PairsResult) -> pd.DataFrame:
    """Return every two encoders as a table."""
    return encoder_table(found.scores, found.encoders)


def all_sentences(run: Run, found: PairsResult) -> tuple[str, str]:
    """Return the page's opening sentence for all encoders, and what stands beside it."""
    opening = pairs_sentence(found, run.domains[found.domain].title, titles(run))
    return opening, beside_chance(found.scores)


def explain(metric: str) -> None:
    """Say what the metric measures and when it misleads."""
    chosen = METRICS[metric]
    st.caption(
        f"**{chosen.label}** · {chosen.definition} · {chosen.value_range} · {chosen.reference}. "
        f"{chosen.misleads}"
    )


def say(place: Any, sentence: str, context: str) -> None:
    """Open the page with a sentence to read aloud, and what stands beside it."""
    place.markdown("##### " + sentence.replace(" %", "\u00a0%"))
    place.markdown(context.replace(" %", "\u00a0%"))


def side_by_side(first: int, second: int) -> tuple[Any, Any]:
    """Return two places beside each other where they fit, else one below the other."""
    row = st.container(horizontal=True, gap="medium")
    return row.container(width=first), row.container(width=second)


def trace(scores: Scores, **more: Any) -> dict[str, Any]:
    """Return what a chart's numbers rest on."""
    return {
        **more, "metric": scores.metric, "n": scores.counted, "whitening": "none",
        "permutations": scores.permutations, "seed": scores.seed, "unit": scores.unit,
        "interval": scores.interval_reason or f"95 %, {scores.blocks} blocks left out in turn",
    }  # fmt: skip


def cell_of(name: str, rows: Sequence[str], columns: Sequence[str]) -> tuple[int, int] | None:
    """Return the pair that the address names, or None where it names none that exists."""
    first, _, second = st.query_params.get(name, "").partition("|")
    if first in rows and second in columns:
        return rows.index(first), columns.index(second)
    return None


def remember(name: str, rows: Sequence[str], columns: Sequence[str], cell: tuple[int, int]) -> None:
    """Put a pair into the address and draw the page again."""
    value = f"{rows[cell[0]]}|{columns[cell[1]]}"
    if st.query_params.get(name) != value:
        st.query_params[name] = value
        st.rerun()


def new_choice(key: str, event: Any, read: Callable[[Any], tuple[int, int] | None]) -> Any:
    """Return what a chart or table newly selects; a selection already seen is not news."""
    picked = read(event)
    seen = st.session_state.get(f"{key}-seen")
    st.session_state[f"{key}-seen"] = picked
    return picked if picked != seen else None


def clicked(event: Any) -> tuple[int, int] | None:
    """Return the cell that was clicked on a heatmap."""
    points = event.selection.points if event else []
    cells = [p["customdata"] for p in points if p.get("customdata") is not None]
    return (int(cells[0][0]), int(cells[0][1])) if cells else None


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


def layer_details(found: LayersResult, cell: tuple[int, int]) -> list[str]:
    """Return depth, width and pooling of the two layers."""
    lines = []
    for side, index in zip((found.first, found.second), cell, strict=True):
        lines.append(
            f"{side.layers[index]}: depth {number(side.depth[index])}, {side.width[index]} units, "
            f"pooling {side.pooling[index]}"
        )
    return lines


def compare_along_depth(first: str, second: str) -> None:
    """Offer to open two encoders in the other view."""

    def open_both() -> None:
        st.session_state["first"], st.session_state["second"] = first, second
        st.session_state["view"] = TWO

    if first != second:
        st.button("Compare these two along their depth", on_click=open_both)
