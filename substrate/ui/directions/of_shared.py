"""One shared direction in single encoders: which of their own goes with it, and where it lies.

The shared direction is a sum over encoders; a map and a causal check are of one encoder's own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import numpy as np
import streamlit as st
from jaxtyping import Float, Int
from streamlit.errors import StreamlitAPIException

from substrate.analyses.directions.basis import BASIS, Basis, BasisParams, turned
from substrate.exhibits.exhibit import titles
from substrate.figures.theme import Theme
from substrate.gallery.shown import is_shipped
from substrate.runs import Run
from substrate.ui.directions.cards import Side
from substrate.ui.directions.maps import NEEDS_NETWORKS, MapRequest, show_maps
from substrate.ui.layout import wrapping_columns
from substrate.ui.literal import literal
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.wording import listed, signed


def nearest_own(
    own: Float[np.ndarray, "t m"], shared: Float[np.ndarray, " t"]
) -> tuple[int, float]:
    """Return which of an encoder's directions (from 0) goes with a shared one, and their r.

    Parameters
    ----------
    own, shared
        Scores of the same samples along the encoder's directions, and along the shared one.
    """
    centred = own - own.mean(axis=0)
    along = shared - shared.mean()
    lengths = np.linalg.norm(centred, axis=0) * np.linalg.norm(along)
    dots = centred.T @ along
    correlations = np.divide(dots, lengths, out=np.zeros_like(dots), where=lengths > 0)
    place = int(np.abs(correlations).argmax())
    return place, float(correlations[place])


def show_where(
    selection: Selection,
    encoders: Sequence[str],
    rows: Int[np.ndarray, " t"],
    scores: Float[np.ndarray, " t"],
    theme: Theme,
    *,
    key: str,
) -> None:
    """Map the encoders' own directions that go with a shared one on its highest image, one scale.

    ``rows`` are the samples that ``scores`` along the shared direction belong to; ``key`` names the
    row of maps on its page.
    """
    run = selection.run
    st.subheader("Where on its highest image")
    if is_shipped(run):
        st.caption(NEEDS_NETWORKS)
        return
    sides = [
        side
        for letter, name in zip("AB", encoders, strict=False)
        if (side := _side(run, letter, name, selection["domain"], rows, scores)) is not None
    ]
    if not sides:
        return
    said = listed([_said(side, rows, scores) for side in sides])
    st.caption(literal(f"{said[0].upper()}{said[1:]}."))
    _links(selection, sides)
    columns = wrapping_columns(key, [1] * len(sides), least_rem=27)
    for column, side in zip(columns, sides, strict=True):
        column.markdown(f"**{literal(side.name)}**, direction {side.direction + 1}")
    highest = int(rows[np.argmax(scores)])
    requests = [
        MapRequest(column.container(), side, highest)
        for column, side in zip(columns, sides, strict=True)
    ]
    show_maps(run, requests, theme)


def _side(
    run: Run,
    letter: str,
    name: str,
    domain: str,
    rows: Int[np.ndarray, " t"],
    scores: Float[np.ndarray, " t"],
) -> Side | None:
    layer, seed = run.encoders[name].default_layer, int(run.study["seed"])
    params = BasisParams(name, layer, domain, scaling="z-score", seed=seed)  # as the panel has it
    basis: Basis | None = result(BASIS, run, params, what=f"the directions of {titles(run)[name]}")
    if basis is None:
        return None
    place, r = nearest_own(basis.scores[rows], scores)
    return Side(letter, titles(run)[name], turned(basis, place) if r < 0 else basis, place, r < 0)


def _said(side: Side, rows: Int[np.ndarray, " t"], scores: Float[np.ndarray, " t"]) -> str:
    _, r = nearest_own(side.basis.scores[rows][:, [side.direction]], scores)
    return f"direction {side.direction + 1} of {side.name} goes with it by r = {signed(r)}"


def _links(selection: Selection, sides: Sequence[Side]) -> None:
    """Place links to what the pages of these encoders show of the direction."""
    first = sides[0]
    pair = {side: one.basis.encoder for side, one in zip(("first", "second"), sides, strict=False)}
    causal = {
        "subspace.view": "Disagreement",
        "subspace.direction": str(first.direction + 1),
        **pair,
    }
    links = [("subspace", causal, "What probes lose without it"), ("directions", pair, "Partners")]
    if selection.run.encoders[first.basis.encoder].trajectory:
        along = {"training.view": "Directions", "training.encoder": first.basis.encoder}
        links.append(("training", along, f"When directions of {first.name} emerge"))
    with st.container(horizontal=True, gap="medium"):
        for page, values, label in links:
            with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
                st.page_link(
                    f"pages/{page}.py",
                    label=label,
                    icon=":material/arrow_forward:",
                    query_params=selection.link(page, values),
                    width="content",
                )
