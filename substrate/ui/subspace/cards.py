"""The card of one direction of the shared subspace: its images, its numbers, its owners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.untrained import UntrainedSharedness
from substrate.figures.theme import Theme
from substrate.runs import RunError
from substrate.store import StoreError
from substrate.ui import controls
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.pickers import news
from substrate.ui.samples import thumbnails_of
from substrate.ui.selection import Selection
from substrate.wording import (
    number,
)

PANEL = "the panel"
IMAGES = 10
_SHEET = 302


def read_dot(selection: Selection, found: Sharedness, chart: str, table: str) -> None:
    """Take a dot that was newly clicked, or a row newly chosen, into the selection."""
    clicked = [p["customdata"] for p in (news(chart) or {}).get("points", [])]
    picked = (news(table) or {}).get("rows", [])
    changes = {}
    if clicked and clicked[0] and int(clicked[0][0]) < found.k:
        changes["subspace.direction"] = str(int(clicked[0][0]) + 1)
        if clicked[0][1] in found.encoders:
            changes["subspace.by"] = clicked[0][1]
    elif picked and picked[0] < found.k:
        changes["subspace.direction"] = str(picked[0] + 1)
    if changes:
        selection.put(changes)


def _choose_direction(selection: Selection, found: Sharedness) -> tuple[int, str]:
    directions = [str(k + 1) for k in range(found.k)]
    direction = selection.settle("subspace.direction", directions)
    controls.choose_from(selection, "subspace.direction", directions)
    controls.select(selection, "subspace.by")
    return int(direction) - 1, selection["subspace.by"]


def direction_card(place: Any, selection: Selection, found: Sharedness, theme: Theme) -> int:
    """Show the images at both ends of a chosen direction, and what is known; return it (from 0)."""
    with place.container(width=_SHEET - 62):
        direction, owner = _choose_direction(selection, found)
        st.markdown("\n".join(f"- {line}" for line in _lines(found, direction)))
    scores = found.scores[:, direction]
    if owner in found.encoders:
        scores = found.parts[found.encoders.index(owner), :, direction]
    order = np.argsort(scores)
    try:
        thumbnails = thumbnails_of(selection.run, found.size.domain)
    except (RunError, StoreError) as error:
        place.info(str(error))
        return direction
    for words, rows in (("Highest", order[::-1][:IMAGES]), ("Lowest", order[:IMAGES])):
        with place.container(width=_SHEET):
            st.caption(f"{words} scores of {owner} among {found.n_test} held-out samples")
            show_sheet(
                thumbnails[found.rows[rows]], [f"{scores[row]:.1f}" for row in rows], theme,
                alt=f"{words} scoring images of direction {direction + 1}", columns=5, side=52,
            )  # fmt: skip
    return direction


def _lines(found: Sharedness, k: int) -> list[str]:
    bounds = ""
    if np.isfinite(found.mean_low[k]):
        bounds = f" (95 % interval {number(found.mean_low[k])} to {number(found.mean_high[k])})"
    lines = [
        f"leave-encoder-out correlation {number(found.mean[k])} over encoders{bounds}",
        f"{found.variance_shares[k]:.1%} of the panel's variance",
    ]
    if np.isfinite(found.reliability[k]):
        lines.append(
            f"found again in two halves of the fitted photographs with r = "
            f"{number(found.reliability[k])}"
        )
    if np.isfinite(found.isolation[k]) and found.isolation[k] < 0.1:
        lines.append(
            f"its variance lies within {found.isolation[k]:.0%} of a neighbour's: by itself it is "
            "arbitrary in the plane of the two"
        )
    owner = int(np.argmax(found.loading_shares[:, k]))
    share = found.loading_shares[owner, k]
    lines.append(f"largest share of its loadings: {found.encoders[owner]}, {share:.0%}")
    return lines


def direction_table(found: Sharedness, untrained: UntrainedSharedness | None) -> pd.DataFrame:
    """Return every direction with its correlations and what they stand beside."""
    columns: dict[str, np.ndarray] = {
        "direction": np.arange(1, found.k + 1),
        "mean": found.mean,
        "low": found.mean_low,
        "high": found.mean_high,
        "shuffled": found.shuffled.mean(axis=(0, 1)),
        "ceiling": _column_median(found.ceiling),
        "reliability": found.reliability,
        "variance": found.variance_shares,
    }
    if untrained is not None:
        means = np.full((len(untrained.seeds), found.k), np.nan)
        width = min(found.k, untrained.correlations.shape[2])
        means[:, :width] = untrained.correlations.mean(axis=1)[:, :width]
        columns |= {
            f"untrained {seed}": mean for seed, mean in zip(untrained.seeds, means, strict=True)
        }
    columns |= {encoder: found.correlations[e] for e, encoder in enumerate(found.encoders)}
    return pd.DataFrame(columns)


def _column_median(values: np.ndarray) -> np.ndarray:
    return np.array([np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else np.nan
                     for c in values.T])  # fmt: skip


def direction_choice(table: pd.DataFrame, key: str) -> None:
    """Offer the directions as rows to choose from, for those who do not click on charts."""
    formats = {name: st.column_config.NumberColumn(format="%.2f") for name in table.columns[1:]}
    st.dataframe(
        table, hide_index=True, height=260, key=key, on_select="rerun",
        selection_mode="single-row", column_config=formats,
    )  # fmt: skip


def domain_table(
    found: list[Sharedness], untrained: list[UntrainedSharedness | None]
) -> pd.DataFrame:
    """Return every domain's summary beside its nulls."""
    rows = []
    for each, twins in zip(found, untrained, strict=True):
        row = {
            "domain": each.size.title,
            "samples": each.size.caption,
            "unit": each.unit,
            "trained": each.summary.value,
            "low": each.summary.low,
            "high": each.summary.high,
            "interval": each.summary.reason or "95 %, held-out photographs",
            "shuffled": float(each.shuffled_summaries.mean()),
        }
        if twins is not None:
            row |= {
                f"untrained {seed}": value
                for seed, value in zip(twins.seeds, twins.summaries, strict=True)
            }
        rows.append(row)
    return pd.DataFrame(rows)
