"""Which labelled domain a page shows, and why others have no labels to learn."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.analyses.shared import labels
from substrate.exhibits.transfer import words
from substrate.runs import Run
from substrate.ui.literal import literal
from substrate.ui.selection import Selection


@st.cache_resource(max_entries=64, show_spinner=False)
def _choices(key: str, _run: Run) -> tuple[tuple[str, ...], dict[str, str]]:
    return labels.choices(_run)


def learnable(run: Run) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the domains with labels to learn, and why each other one has none."""
    return _choices("/".join(record.entry for record in run.domains.values()), run)


def labelled_domain(selection: Selection) -> str:
    """Return the chosen domain, or another with labels where it has none; "" without any."""
    names, reasons = learnable(selection.run)
    if not names:
        st.info(labels.NO_LABELS, icon=":material/info:")
        return ""
    chosen = selection["domain"]
    if chosen in names:
        return chosen
    other = stand_in(selection.run, names)
    st.info(
        literal(words.instead(reasons[chosen], selection.run.domains[other].title)),
        icon=":material/info:",
    )
    return other


def stand_in(run: Run, names: Sequence[str]) -> str:
    """Return the domain of most photographs among several: one with an interval, if any has one."""
    return max(names, key=lambda name: run.domains[name].photographs)


def explain_unlabelled(selection: Selection) -> None:
    """Say which domains have no labels, and how faces get some."""
    run = selection.run
    _, reasons = learnable(run)
    if not reasons:
        return
    others = "other domain" if len(reasons) == 1 else f"other {len(reasons)} domains"
    with st.expander(f"Why not the {others}?"):
        st.markdown("\n".join(f"- {literal(reason)}" for reason in reasons.values()))
        if labels.faces_alone(run):
            st.markdown(words.FACES_NEED_OTHERS)
            with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
                st.page_link(
                    "pages/study.py",
                    label="Compose this study with faces and other patches",
                    icon=":material/science:",
                    query_params=selection.link("study", with_rest(run), fresh=True),
                )


def with_rest(run: Run) -> dict[str, Any]:
    """Return the Study page's address for the same study with patches beside the faces."""
    faces = {"source": "packaged", "name": labels.FACES, "rest": True}
    domains = [d for d in run.study["domains"] if d["name"] != labels.FACES]
    own = {
        "encoders": [e for e in run.study["encoders"] if e["source"] != "bundled"],
        "domains": [*(d for d in domains if d["source"] != "packaged" or d.get("rest")), faces],
    }
    return {
        "name": f"{run.study['name']}, faces and other patches",
        "encoders": [e["name"] for e in run.study["encoders"] if e["source"] == "bundled"],
        "domains": [d["name"] for d in domains if d["source"] == "packaged" and not d.get("rest")],
        "samples": str(run.study["samples"]),
        "own": json.dumps(own, separators=(",", ":")),
    }
