"""Which image the lens shows: one of the domain, chosen or gone to, or one of the viewer's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from jaxtyping import UInt8

from substrate.analyses.lens.position import leading_row
from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.exhibits.detector.words import NO_NETWORKS
from substrate.gallery.archive import RESULTS_ONLY
from substrate.gallery.shown import is_shipped
from substrate.ui import controls
from substrate.ui.samples import sample_table
from substrate.ui.selection import Selection
from substrate.ui.shared.own_image import drop_image
from substrate.ui.shared.present import presenting

OWN = "your own image"


@dataclass(frozen=True, eq=False)
class Shown:
    """The image that is shown: its row in the domain, or the picture of one's own and its name.

    ``name`` is its id, or what stands for it.
    """

    row: int | None
    name: str
    own: str = ""
    picture: UInt8[np.ndarray, "s s 3"] | None = None


def choose(selection: Selection, shared: Sharedness) -> Shown:
    """Let the viewer choose an image, go to the next, or drop one; return what is shown."""
    ids = sample_table(selection.run, shared.size.domain)["sample_id"].astype(str).tolist()
    first = leading_row(shared)
    name = selection.settle("lens.image", [ids[first], *ids])
    row = ids.index(name)
    place = st.container(horizontal=True, vertical_alignment="bottom")
    for step, label, icon, key in (
        (-1, "Previous", ":material/chevron_left:", "Left"),
        (1, "Next", ":material/chevron_right:", "Right"),
    ):
        if place.button(
            label,
            key=f"lens-{label.lower()}",
            icon=icon,
            shortcut=None if presenting() else key,
            disabled=not 0 <= row + step < len(ids),
            help="The neighbouring image in the order of the samples",
        ):
            selection.put({"lens.image": ids[row + step], "lens.own": ""}, again=True)
    controls.choose_from(selection, "lens.image", ids, place, width=360)
    with place, st.popover("Image of your own", icon=":material/upload:", width="content"):
        picture = _own(selection)
    if picture is None:
        return Shown(row, name)
    if place.button("Back to the domain", key="lens-back", icon=":material/undo:"):
        selection.put({"lens.own": ""}, again=True)
    return Shown(None, OWN, selection["lens.own"], picture)


def _own(selection: Selection) -> UInt8[np.ndarray, "s s 3"] | None:
    """Place where an image is dropped, or why none can be; return its picture."""
    run = selection.run
    if not run.pictured(*run.domains):
        st.info(NO_NETWORKS)
    elif is_shipped(run):
        st.info(RESULTS_ONLY)
    else:
        return drop_image(selection, "lens.own")
    return None
