"""The form in which a study is composed: the same configuration that a study file holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from substrate import catalogue
from substrate.roots import RootError, own_path, require_inside, roots
from substrate.study import StudyConfig, StudyError
from substrate.ui.literal import literal
from substrate.untrusted import read_json

MAX_OWN = 20


def compose() -> StudyConfig | None:
    """Draw the form and return its study, or None with one sentence that says what is missing."""
    default = catalogue.default_study()
    name = st.text_input("Name", default.name, key="name", bind="query-params", max_chars=80)
    own = _own()
    encoders = _pick_encoders([e.name for e in default.encoders]) + own["encoders"]
    domains = _pick_domains([d.name for d in default.domains]) + own["domains"]
    _own_form(own)
    data = {"name": name, "encoders": encoders, "domains": domains} | _settings(default)
    try:
        study = catalogue.parse_study(data)
        require_inside(study)
        return study
    except (StudyError, RootError) as error:
        st.warning(literal(error), icon=":material/edit:")
        return None


def _pick_encoders(chosen: list[str]) -> list[Any]:
    infos = catalogue.encoders()
    names = [info.name for info in infos]
    picked = st.multiselect(
        "Bundled encoders", names, [n for n in chosen if n in names], key="encoders",
        bind="query-params", help="Small networks trained for this program; see the table below.",
    )  # fmt: skip
    with st.expander(f"What are these? {len(infos)} bundled encoders and their cards"):
        st.dataframe(
            pd.DataFrame(
                {
                    "name": info.name,
                    "architecture": info.family,
                    "objective": info.paradigm,
                    "parameters": f"{(info.parameters or 0) / 1e6:.2f} M",
                    "reached": info.accuracy,
                }
                for info in infos
            ),
            hide_index=True,
        )
    return list(picked)


def _pick_domains(chosen: list[str]) -> list[Any]:
    infos = catalogue.domains()
    names = [info.name for info in infos]
    picked = st.multiselect(
        "Packaged image domains", names, [n for n in chosen if n in names], key="domains",
        bind="query-params",
        help="Read at run time from the installed scikit-image and scikit-learn.",
    )  # fmt: skip
    with st.expander(f"What are these? {len(infos)} packaged domains and their sources"):
        st.dataframe(
            pd.DataFrame(
                {"name": i.name, "title": i.title, "what": i.description, "licence": i.licence}
                for i in infos
            ),
            hide_index=True,
        )
    return list(picked)


def _settings(default: StudyConfig) -> dict[str, Any]:
    with st.expander("Sizes, nulls and seed"):
        left, middle, right = st.columns(3)
        return {
            "samples": left.number_input(
                "Images per domain, at most", 16, 100_000, default.samples, 16, key="samples",
                bind="query-params",
            ),
            "tile": left.number_input(
                "Tile side, pixels", 8, 512, default.tile, 8, key="tile", bind="query-params",
                help="Photographs of the packaged domains are cut into disjoint square tiles.",
            ),
            "untrained": middle.number_input(
                "Untrained twins per encoder", 0, 100, default.untrained, key="untrained",
                bind="query-params",
                help="Same architecture, seeded initial weights: the null that matters most. "
                "A 95th percentile needs 20.",
            ),
            "permutations": middle.number_input(
                "Permutations per null", 20, 10_000, default.permutations, 20,
                key="permutations", bind="query-params",
            ),
            "components": right.number_input(
                "K, directions of the shared subspace", 2, 64, default.components,
                key="components", bind="query-params",
            ),
            "seed": right.number_input(
                "Seed", 0, 2**31 - 1, default.seed, key="seed", bind="query-params"
            ),
            "layers": left.selectbox("Layers", ["all", "penultimate"], key="layers",
                                     bind="query-params"),
            "pooling": middle.selectbox(
                "Pooling of tokens", ["auto", "mean"], key="pooling", bind="query-params",
                help="auto: the class token where the model's own head uses it, else the mean.",
            ),
        }  # fmt: skip


def _own() -> dict[str, list[Any]]:
    """Return the encoders and folders that the viewer added; they live in the address."""
    empty: dict[str, list[Any]] = {"encoders": [], "domains": []}
    text = st.query_params.get("own", "")
    if not text:
        return empty
    try:
        data = read_json(text)
        return {key: [dict(item) for item in data[key]][:MAX_OWN] for key in empty}
    except (ValueError, KeyError, TypeError):
        st.warning("The part of the address that names your own encoders is damaged; ignored.")
        return empty


def _keep(own: dict[str, list[Any]]) -> None:
    st.query_params["own"] = json.dumps(own, separators=(",", ":"))
    st.rerun()


def _own_form(own: dict[str, list[Any]]) -> None:
    left, right = st.columns(2)
    with left.popover("Add your own encoder", icon=":material/add:", width="stretch"):
        _encoder_form(own)
    with right.popover("Add a folder of images", icon=":material/add:", width="stretch"):
        _folder_form(own)
    for kind in ("encoders", "domains"):
        for index, item in enumerate(own[kind]):
            shown, button = st.columns([6, 1], vertical_alignment="center")
            what = item.get("architecture") or item.get("path") or item.get("source")
            icon = "memory" if kind == "encoders" else "folder"
            name = literal(item.get("name", ""))
            shown.markdown(f":material/{icon}: **{name}** · {literal(what)}")
            if button.button("Remove", key=f"remove-{kind}-{index}", icon=":material/close:"):
                own[kind].pop(index)
                _keep(own)


def _encoder_form(own: dict[str, list[Any]]) -> None:
    with st.form("own-encoder", border=False):
        architecture = st.text_input("timm architecture", placeholder="mobilenetv2_100")
        weights = st.text_input(
            "Weights file (.safetensors)", help=f"{_where()} Empty means timm's hub."
        )
        size = st.number_input("Input size, 0 for timm's own", 0, 1024, 0, 8)
        name = st.text_input("Short name", placeholder="as the file")
        st.caption(
            "Mean, std, crop, interpolation and padding are taken to be timm's for the "
            "architecture. Where the weights need others, a study file can say so (mean, std, "
            "crop_pct, interpolation, channel_order, kwargs: {pad_type: same})."
        )
        if not st.form_submit_button("Add encoder"):
            return
    if not architecture.strip():
        st.error("Give the name of a timm architecture, for example mobilenetv2_100.")
        return
    try:
        item: dict[str, Any] = {"source": "timm", "architecture": architecture.strip()}
        if weights.strip():
            item["weights"] = own_path(weights, "weights file")
        if size:
            item["size"] = max(int(size), 16)
        item["name"] = name.strip() or Path(item.get("weights", item["architecture"])).stem
    except RootError as error:
        st.error(literal(error))
        return
    _keep({**own, "encoders": [*own["encoders"], item]})


def _where() -> str:
    """Say where own files may lie."""
    inside = ", ".join(literal(folder) for folder in roots())
    return f"A path on this machine, inside {inside}; the operator names the folders."


def _folder_form(own: dict[str, list[Any]]) -> None:
    with st.form("own-folder", border=False):
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
    _keep({**own, "domains": [*own["domains"], item]})
