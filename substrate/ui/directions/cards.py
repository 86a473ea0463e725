"""A direction's card: what it explains, its extreme images, its scores and its partners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.directions.basis import (
    BASIS,
    TEST,
    Basis,
    BasisParams,
)
from substrate.analyses.directions.defaults import settings
from substrate.analyses.directions.partners import (
    MATCHED,
    Matched,
    MatchedParams,
)
from substrate.exhibits.directions.words import describe
from substrate.figures.directions.cards import (
    partner_plot,
    score_histogram,
)
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui.charts import show
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.directions import address
from substrate.ui.results import result
from substrate.ui.samples import sample_table, thumbnails_of
from substrate.ui.selection import Selection

#: Images shown at either end of a direction, and per row of a sheet.
IMAGES, COLUMNS = 9, 3


def card(
    selection: Selection,
    basis: Basis,
    direction: int,
    theme: Theme,
    *,
    key: str,
    name: str,
    index: int,
) -> Any:
    """Show one direction; return the place that is kept for its map on an image."""
    run = selection.run
    heading, button = st.columns([4, 1], vertical_alignment="center")
    heading.markdown(f"**{name} · {basis.layer} · direction {direction + 1}**")
    if button.button(
        "Pin",
        key=f"{key}-pin",
        icon=":material/push_pin:",
        width="stretch",
        help="Keep this direction below for reference while you look at others",
    ):
        selection.put({address.PIN: address.pin_text(basis, direction)}, again=True)
    st.caption(f"on {basis.domain} · " + " · ".join(describe(basis, direction)))
    extremes(run, basis, direction, theme)
    place = st.container()
    _histogram(run, basis, direction, theme, key, index)
    _partners(run, basis, direction, theme, key, index)
    return place


def extremes(run: Run, basis: Basis, direction: int, theme: Theme) -> None:
    """Show the images with the highest and the lowest scores."""
    scores = basis.scores[:, direction]
    order = np.argsort(scores, kind="stable")
    thumbnails, samples = thumbnails_of(run, basis.domain), sample_table(run, basis.domain)
    ends = (("Highest scores", order[::-1][:IMAGES]), ("Lowest scores", order[:IMAGES]))
    with st.container(horizontal=True, gap="small"):
        for title, rows in ends:
            with st.container(width=COLUMNS * 72):
                st.markdown(f"<small>{title}</small>", unsafe_allow_html=True)
                show_sheet(
                    thumbnails[rows],
                    captions(samples, rows, scores / scores.std()),
                    theme,
                    columns=COLUMNS,
                    side=64,
                    alt=f"{title} on direction {direction + 1} of {basis.encoder}: "
                    + ", ".join(samples["sample_id"].iloc[rows]),
                )


def captions(samples: pd.DataFrame, rows: np.ndarray, scores: np.ndarray) -> list[str]:
    """Return each image's score, and its label and photograph below it."""
    return [
        f"{scores[row]:+.1f} {samples['label'].iloc[row]}\n{_end(samples['group'].iloc[row])}"
        for row in rows
    ]


def _end(group: str) -> str:
    return group.rsplit("/", 1)[-1]


def _histogram(run: Run, basis: Basis, direction: int, theme: Theme, key: str, index: int) -> None:
    samples = sample_table(run, basis.domain)
    part = np.full(len(samples), "between the parts", dtype=object)
    part[basis.fit], part[basis.test] = "fit", "test"
    table = samples[["sample_id", "label", "group"]].assign(
        part=part, score=basis.scores[:, direction]
    )
    show(
        score_histogram(basis, direction, theme, index=index), key=f"{key}-histogram",
        table=table, run=run, trace=basis_trace(basis, direction),
        read="How far each sample lies along the direction. A lone bar at one end is a direction "
        "that a few images make.",
    )  # fmt: skip


def _partners(run: Run, basis: Basis, direction: int, theme: Theme, key: str, index: int) -> None:
    chosen = settings(run)
    chosen["components"] = max(chosen["components"], min(64, 16 * (direction // 16 + 1)))
    params = MatchedParams(
        basis.encoder, basis.layer, basis.domain, basis.part, scaling=basis.scaling, **chosen
    )
    found = result(MATCHED, run, params, what="the partners in the other encoders")
    if found is None or not found.others or direction >= found.values.shape[1]:
        return
    parts = ("test", "fit") if basis.part == TEST else ("fit", "test")
    show(
        partner_plot(found, direction, theme, index=index), key=f"{key}-partners",
        table=partner_table(found, direction), run=run, trace=basis_trace(basis, direction),
        read=f"Each row is the direction of another encoder (its number follows the name), among "
        f"{params.components}, that goes with this one in the {parts[0]} part; the dot is its "
        f"correlation in the {parts[1]} part. {found.interval_reason or found.null_reason}",
    )  # fmt: skip


def partner_table(found: Matched, direction: int) -> pd.DataFrame:
    """Return the partners of one direction with interval and chance level."""
    table = pd.DataFrame(
        {
            "encoder": found.others,
            "layer": found.layers,
            "direction": found.partner[:, direction] + 1,
            "correlation": found.values[:, direction] * found.signs[:, direction],
        }
    )
    for name in ("low", "high", "level"):
        values = getattr(found, name)
        table[name] = np.nan if values is None else values[:, direction]
    return table


def basis_trace(basis: Basis, direction: int) -> dict[str, Any]:
    """Return what a card's numbers rest on."""
    return {
        "encoder": basis.encoder, "layer": basis.layer, "domain": basis.domain,
        "direction": direction + 1, "found in": basis.part, "whitening": basis.scaling,
        "seed": basis.seed, "n": len(basis.scores), "photographs": basis.photographs,
    }  # fmt: skip


def pinned_card(selection: Selection, scaling: str, theme: Theme) -> None:
    """Show the direction that is pinned."""
    run = selection.run
    pin = address.read_pin(selection[address.PIN], run)
    if pin is None:
        return
    seed = settings(run)["seed"]
    basis = result(
        BASIS,
        run,
        BasisParams(pin.encoder, pin.layer, pin.domain, pin.part, scaling, seed),
        what="the pinned direction",
    )
    if basis is None or pin.direction >= basis.count:
        return
    with st.container(border=True):
        heading, button = st.columns([5, 1], vertical_alignment="center")
        title = run.encoders[pin.encoder].title
        heading.markdown(
            f"**Pinned: {title} · {pin.layer} · direction {pin.direction + 1}** on {pin.domain}"
        )
        if button.button("Unpin", key="directions-unpin", width="stretch"):
            selection.put({address.PIN: ""}, again=True)
        st.caption(" · ".join(describe(basis, pin.direction)))
        extremes(run, basis, pin.direction, theme)
