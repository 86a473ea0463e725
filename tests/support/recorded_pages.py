"""What pages show around their exhibits, kept as files and compared with tolerance.

Pages of the planted run that is recorded (`recorded.py`) are opened by many addresses. Texts,
controls and tables are kept, figures by their traces' kinds and names: exhibits have a record of
their own. ``python -m tests.support.recorded_pages`` writes the record anew.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from substrate.analyses.defaults import defaults
from substrate.analyses.experiments.file import VARIABLE
from substrate.analyses.layers import choice as layers_choice
from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.units import choice as units_choice
from substrate.representation import RepresentationError
from substrate.runs import Run, open_run
from substrate.store import Store
from tests.support.experiment_files import write_all
from tests.support.opened import answer_here, run_page
from tests.support.recorded import plain_value, recorded_run, tight

FOLDER = Path(__file__).parents[1] / "pages" / "recorded"
_FEW = {"domain": "few"}
_PAIR = {"first": "gamma", "second": "delta"}


def _views(page: str, *views: str, **fixed: str) -> list[tuple[str, dict[str, str]]]:
    return [(page, {f"{page}.view": view, **fixed}) for view in views]


def _choices(
    page: str, field: str, *options: str, **fixed: str
) -> list[tuple[str, dict[str, str]]]:
    return [(page, {f"{page}.{field}": option, **fixed}) for option in options]


#: Page and what its address names; all else has its default.
ADDRESSES: list[tuple[str, dict[str, str]]] = [
    ("home", {}),
    ("study", {}),
    *_views(
        "subspace",
        "Overview",
        "Every domain",
        "Settings",
        "Robustness",
        "Loadings by encoder",
        "Image statistics",
        "Encoder pairs",
        "Flow",
        "Disagreement",
    ),
    *_views("subspace", "Overview", **_FEW),
    (
        "subspace",
        {"subspace.direction": "2", "subspace.by": "beta", "subspace.estimate": "debiased"},
    ),
    ("subspace", {"subspace.view": "Encoder pairs", "subspace.similarity": "10 shared neighbours"}),
    *_choices("subspace", "measure", "Grassmann similarity", "rotation disparity"),
    ("wall", {}),
    ("direction", {"direction.number": "1"}),
    ("direction", {"direction.number": "3", "direction.by": "gamma"}),
    ("direction", {"direction.number": "2", **_FEW}),
    ("lens", {}),
    *_choices("directions", "more", "Table of cells", "Scores and partners"),
    *_choices("directions", "more", "Subspaces and spectra", "Samples", **_PAIR),
    *_choices("directions", "cosine", "raw cosine"),
    ("directions", {"directions.cell": "2|3", **_PAIR}),
    ("directions", {"directions.view": "One encoder on two domains"}),
    *_views("units", *units_choice.VIEWS),
    *_views("weights", "Filters", "All layers", "Raw filters", "Channels", "Alignment"),
    *_views("weights", "Channels", **_PAIR),
    *_choices("weights", "relation", "other labels", **{"weights.view": "Bundled networks"}),
    *_views("layers", *layers_choice.VIEWS),
    *_views("layers", "Two encoders", **_FEW),
    ("layers", {"layers.metric": "debiased_cka", "layers.scale": "calibrated", **_PAIR}),
    (
        "layers",
        {"layers.view": "All encoders", "layers.ends": "mean_cca", "layers.order": "clustered"},
    ),
    ("layers", {"layers.view": "Trajectories", "layers.drawn": "over training"}),
    *_views("maps", "Two encoders", "All encoders", "Ensemble"),
    *_views("training", "Alignment", "Directions", "Size and skill"),
    ("training", {"training.target": "beta", "training.published": "true", "training.step": "100"}),
    ("training", {"training.view": "Size and skill", "training.by": "accuracy"}),
    *_views("transfer", "Encoders", "Domain detector", "Few labels"),
    ("transfer", {"transfer.against": "nearest neighbours", "transfer.score": "logme"}),
    ("transfer", {"transfer.view": "Domain detector", "transfer.split": "random split"}),
    *_views("claims", "Ledger", "Inconsistencies", "How it is decided"),
    ("claims", {"claims.theme": "Pairs of encoders by objective", "claims.verdict": "undecided"}),
    *_choices(
        "experiments",
        "experiment",
        "distill",
        "modality",
        "emergence",
        "panel",
        "stitching",
        "weights",
        "students",
        "polarisation",
        "concepts",
    ),
    *_views("theory", "Alignment and error", "Map", "Real features", "How many images"),
    ("theory", {"theory.student": "network", "theory.task": "classification"}),
    ("metrics", {}),
]
#: What elements of a page hold besides their text.
_HOLDS = ("label", "options", "value", "help", "disabled")
#: What tells runs, machines and moments apart.
_PASSING = (
    (re.compile(r"[0-9a-f]{12,64}"), "ID"),
    (re.compile(r"(?<![\w.])(/[\w.~+-]+){2,}"), "PATH"),
    (re.compile(r"\b\d+(\.\d+)?\s(s|ms|min|h|MB|GB|kB)\b"), "SIZE"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?"), "WHEN"),
    (re.compile(r"\b\d?\d [A-Z][a-z]{2,8}( \d{4})?,? \d\d:\d\d"), "WHEN"),
    (re.compile(r"<style>.*?</style>", re.DOTALL), ""),
    (re.compile(r"data:[^\"')\s]+"), "DATA"),
)


def name_of(page: str, address: dict[str, str]) -> str:
    """Name a page at an address."""
    return " ".join([page, *(f"{key.rpartition('.')[2]}={text}" for key, text in address.items())])


def shown(page: str, open_page: Callable[..., AppTest], run: Run) -> list[list[Any]]:
    """Return what a page shows at its addresses: each part once, with the addresses of it."""
    parts: dict[str, tuple[Any, list[str]]] = {}
    for address in (address for name, address in ADDRESSES if name == page):
        app = open_page(f"{page}.py", run.store.root, **address)
        assert not app.exception, (name_of(page, address), app.exception[0].value)
        for part in map(plain_value, _parts(app.main)):
            places = parts.setdefault(json.dumps(part), (part, []))[1]
            if (name := name_of(page, address)) not in places:
                places.append(name)
    return [[part, places] for part, places in parts.values()]


def _parts(block: Any) -> Iterator[list[Any]]:
    for node in block.children.values():
        kind = node.type
        if hasattr(node, "children"):
            if label := getattr(getattr(node.proto, kind, None), "label", ""):
                yield [kind, _lasting(label)]
            yield from _parts(node)
        elif kind == "plotly_chart":
            traces = json.loads(node.proto.spec)["data"]
            yield [kind, *([one.get("type"), _lasting(one.get("name") or "")] for one in traces)]
        elif kind == "arrow_data_frame":
            yield [kind, {str(c): [_lasting(v) for v in node.value[c]] for c in node.value}]
        else:
            yield [kind, *_words(node)]


def _words(node: Any) -> Iterator[Any]:
    """Yield the texts of an element and what it holds."""
    texts = (getattr(node.proto, "body", None), *(getattr(node, n, None) for n in _HOLDS))
    for text in texts:
        if isinstance(text, str | list | bool | int | float) and text not in ("", [], False):
            yield _lasting(text)


def _lasting(value: Any) -> Any:
    """Return a value without what differs from one run of the suite to the next."""
    if isinstance(value, list):
        return [_lasting(one) for one in value]
    if isinstance(value, str):
        for pattern, instead in _PASSING:
            value = pattern.sub(instead, value)
    return value


def write(folder: Path) -> None:
    """Write what every page shows anew; ``folder`` is where the run is planted."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    with pytest.MonkeyPatch.context() as patch:
        run = planted(folder, patch)
        answer_here(patch)
        for page in dict(ADDRESSES):
            parts = shown(page, partial(run_page, patch), of_its_own(run, folder / page))
            text = json.dumps(parts, indent=1, ensure_ascii=False)
            (FOLDER / f"{page}.json").write_text(tight(text) + "\n", encoding="utf-8")


def planted(folder: Path, patch: pytest.MonkeyPatch) -> Run:
    """Plant the run with its default results, and the experiments that pages show."""
    results = folder / "results"
    results.mkdir()
    patch.setenv(VARIABLE, str(write_all(results)))
    patch.setenv("SUBSTRATE_GALLERY", "off")
    patch.setenv("SUBSTRATE_ROOTS", str(folder))
    run = recorded_run(folder / "store")
    for analysis, params in defaults(run):
        with suppress(AnalysisError, RepresentationError):
            obtain(analysis, run, params)
    return run


def of_its_own(run: Run, place: Path) -> Run:
    """Return a copy of the run in another store: what a page computes, no other page finds."""
    shutil.copytree(run.store.root, place)
    return open_run(Store(place), run.run_id)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as place:
        write(Path(place))
