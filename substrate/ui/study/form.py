"""The form in which a study is composed: the same configuration that a study file holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from substrate import catalogue
from substrate.inputs.roots import RootError, own_path, require_inside, roots
from substrate.inputs.untrusted import read_json
from substrate.study import PARADIGMS, StudyConfig, StudyError
from substrate.ui import controls
from substrate.ui.literal import literal
from substrate.ui.selection import Selection

MAX_OWN = 20


def compose(selection: Selection) -> StudyConfig | None:
    """Draw the form and return its study, or None with one sentence that says what is missing."""
    controls.text(selection, "study.name")
    own = _own(selection)
    encoders = [*_pick_encoders(selection), *own["encoders"]]
    domains = [*_pick_domains(selection), *own["domains"]]
    _own_form(selection, own)
    data = {"name": selection["study.name"], "encoders": encoders, "domains": domains}
    try:
        study = catalogue.parse_study(data | _settings(selection))
        require_inside(study)
        return study
    except (StudyError, RootError) as error:
        st.warning(literal(error), icon=":material/edit:")
        return None


def _pick_encoders(selection: Selection) -> Sequence[str]:
    controls.several(selection, "study.encoders")
    infos = catalogue.encoders()
    with st.expander(f"What are these? {len(infos)} bundled encoders and their cards"):
        st.dataframe(
            pd.DataFrame(
                {
                    "name": info.name,
                    "family": info.family,
                    "objective": info.paradigm,
                    "parameters": f"{(info.parameters or 0) / 1e6:.2f} M",
                    "reached": info.accuracy,
                }
                for info in infos
            ),
            hide_index=True,
        )
    return _in_order(selection["study.encoders"], [e.name for e in _default().encoders])


def _pick_domains(selection: Selection) -> Sequence[str]:
    controls.several(selection, "study.domains")
    infos = catalogue.domains()
    with st.expander(f"What are these? {len(infos)} packaged domains and their sources"):
        st.dataframe(
            pd.DataFrame(
                {"name": i.name, "title": i.title, "what": i.description, "licence": i.licence}
                for i in infos
            ),
            hide_index=True,
        )
    return _in_order(selection["study.domains"], [d.name for d in _default().domains])


@cache
def _default() -> StudyConfig:
    return catalogue.default_study()


def _in_order(chosen: Sequence[str], first: Sequence[str]) -> list[str]:
    """Return what was chosen, in the default study's order: its run has the default run's id."""
    return sorted(chosen, key=lambda name: first.index(name) if name in first else len(first))


#: The settings of the form by column.
_COLUMNS = (
    ("samples", "tile", "layers"),
    ("untrained", "permutations", "pooling"),
    ("components", "seed"),
)


def _settings(selection: Selection) -> dict[str, Any]:
    with st.expander("Sizes, nulls and seed"):
        for column, names in zip(st.columns(3), _COLUMNS, strict=True):
            for name in names:
                place = controls.select if name in ("layers", "pooling") else controls.whole
                place(selection, f"study.{name}", column)
    return {name: selection[f"study.{name}"] for names in _COLUMNS for name in names}


def _own(selection: Selection) -> dict[str, list[Any]]:
    """Return the encoders and folders that the viewer added; they live in the address."""
    empty: dict[str, list[Any]] = {"encoders": [], "domains": []}
    text = selection["study.own"]
    if not text:
        return empty
    try:
        data = read_json(text)
        return {key: [dict(item) for item in data[key]][:MAX_OWN] for key in empty}
    except (ValueError, KeyError, TypeError):
        st.warning("The part of the address that names your own encoders is damaged; ignored.")
        return empty


def _keep(selection: Selection, own: dict[str, list[Any]]) -> None:
    selection.put({"study.own": json.dumps(own, separators=(",", ":"))}, again=True)


def _own_form(selection: Selection, own: dict[str, list[Any]]) -> None:
    left, right = st.columns(2)
    with left.popover("Add your own encoder", icon=":material/add:", width="stretch"):
        _encoder_form(selection, own)
    with right.popover("Add a folder of images", icon=":material/add:", width="stretch"):
        _folder_form(selection, own)
    for kind in ("encoders", "domains"):
        for index, item in enumerate(own[kind]):
            shown, button = st.columns([6, 1], vertical_alignment="center")
            what = item.get("architecture") or item.get("path") or item.get("source")
            icon = "memory" if kind == "encoders" else "folder"
            name = literal(item.get("name", ""))
            shown.markdown(f":material/{icon}: **{name}** · {literal(what)}")
            if button.button("Remove", key=f"study-remove-{kind}-{index}", icon=":material/close:"):
                own[kind].pop(index)
                _keep(selection, own)


def _encoder_form(selection: Selection, own: dict[str, list[Any]]) -> None:
    with st.form("study-own-encoder", border=False):
        architecture = st.selectbox(
            "timm architecture",
            catalogue.architectures(),
            index=None,
            placeholder="Type a part of its name",
            accept_new_options=True,
            help="Every architecture of the installed timm; the tag of its weights may follow "
            "behind a full stop.",
        )
        weights = st.text_input(
            "Weights file (.safetensors)", help=f"{_where()} Empty means timm's hub."
        )
        size = st.number_input("Input size, 0 for timm's own", 0, 1024, 0, 8)
        name = st.text_input("Short name", placeholder="as the file")
        paradigm = st.selectbox(
            "Learnt from",
            PARADIGMS,
            index=None,
            placeholder="unstated",
            accept_new_options=True,
            help="What the weights were trained for; encoders are compared by it.",
        )
        family = st.text_input(
            "Family",
            placeholder="timm's module",
            max_chars=60,
            help="The kind of architecture: empty means the part of timm that defines it, so that "
            "resnet50 and resnet101 are of one family.",
        )
        recipe = st.text_input(
            "Recipe",
            placeholder="architecture and what it learnt from",
            max_chars=120,
            help="Encoders of one recipe are copies of each other (seeds, widths): an analysis "
            "takes the first of them unless you choose otherwise.",
        )
        st.caption(
            "Mean, std, crop, interpolation and padding are taken to be timm's for the "
            "architecture. Where the weights need others, a study file can say so (mean, std, "
            "crop_pct, interpolation, channel_order, kwargs: {pad_type: same})."
        )
        if not st.form_submit_button("Add encoder"):
            return
    architecture = (architecture or "").strip()
    if not architecture:
        st.error("Give the name of a timm architecture, for example mobilenetv2_100.")
        return
    if problem := catalogue.unknown_architecture(architecture):
        st.error(literal(problem))
        return
    try:
        item: dict[str, Any] = {"source": "timm", "architecture": architecture}
        if weights.strip():
            item["weights"] = own_path(weights, "weights file")
        if size:
            item["size"] = max(int(size), 16)
        item["name"] = name.strip() or Path(item.get("weights", item["architecture"])).stem
        said = {"paradigm": paradigm, "family": family, "recipe": recipe}
        item |= {key: value.strip() for key, value in said.items() if value and value.strip()}
    except RootError as error:
        st.error(literal(error))
        return
    _keep(selection, {**own, "encoders": [*own["encoders"], item]})


def _where() -> str:
    """Say where own files may lie."""
    inside = ", ".join(literal(folder) for folder in roots())
    return f"A path on this machine, inside {inside}; the operator names the folders."


def _folder_form(selection: Selection, own: dict[str, list[Any]]) -> None:
    with st.form("study-own-folder", border=False):
        path = st.text_input("Folder", placeholder=f"{roots()[0]}/photos", help=_where())
        groups = st.text_input(
            "Groups (CSV with columns file, group)",
            help="Optional: which files show the same photograph, patient or video.",
        )
        name = st.text_input("Short name", placeholder="as the folder")
        if not st.form_submit_button("Add folder"):
            return
    try:
        folder = own_path(path, "folder")
        item = {"source": "folder", "path": folder, "name": name.strip() or Path(folder).name}
        if groups.strip():
            item["groups"] = own_path(groups, "file of groups")
    except RootError as error:
        st.error(literal(error))
        return
    _keep(selection, {**own, "domains": [*own["domains"], item]})
