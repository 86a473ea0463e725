"""Damaged entries and records: computed again, or said where the figure would be; no traceback."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from substrate.analyses.registry import ANALYSES
from substrate.analyses.spec import parameters_from, result_key, stored
from substrate.runs import Run, open_run, runs_directory
from substrate.store import ARRAYS, MANIFEST, Entry, Store

pytestmark = pytest.mark.filterwarnings("ignore")

PAGES = ("layers", "claims", "metrics", "subspace", "directions", "transfer")


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def emptied(_content: bytes) -> bytes:
    return b""


def other_json(_content: bytes) -> bytes:
    return b'{"format": 1, "files": [null], "arrays": 3, "meta": "x"}'


def no_json(_content: bytes) -> bytes:
    return b"\x00[[[["


#: What happens to the bytes of one file of an entry; checksums tell.
BYTES = (cut, flipped, emptied, other_json, no_json)


def halved(_entry: Entry, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: x[: len(x) // 2] if x.ndim else x for name, x in arrays.items()}


def another_axis(_entry: Entry, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: x[None] for name, x in arrays.items()}


def turned(_entry: Entry, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: x.T for name, x in arrays.items()}


def whole_numbers(_entry: Entry, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.zeros(x.shape, np.int8) for name, x in arrays.items()}


def not_a_number(_entry: Entry, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: x * np.nan if x.dtype.kind == "f" else x for name, x in arrays.items()}


def lost(_entry: Entry, _arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {}


def exchanged(_entry: Entry, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return dict(zip(arrays, reversed(arrays.values()), strict=True))


#: What happens to arrays that are stored anew, with checksums that are right.
SEALED = (halved, another_axis, turned, whole_numbers, not_a_number, lost, exchanged)


def of_kind(run: Run, kind: str) -> list[str]:
    """List the keys of a run's store that hold results, features or samples."""
    if kind == "features":
        return sorted(set(run.pairs.values()))
    if kind == "samples":
        return [domain.entry for domain in run.domains.values()]
    keys = [path.parent.name for path in (run.store.root / "objects").rglob(MANIFEST)]
    found = [(key, run.store.get(key)) for key in sorted(keys)]
    return [key for key, one in found if one and one.manifest["meta"].get("kind") == "analysis"]


def damage(store: Store, key: str, how: Callable[..., Any], file: str = ARRAYS) -> None:
    """Do one kind of damage to one entry."""
    if how in BYTES:
        path = store.path(key) / file
        if path.exists():
            path.write_bytes(how(path.read_bytes()))
        return
    entry = store.get(key)
    assert entry is not None
    table = entry.table() if "table.parquet" in entry.manifest["files"] else None
    store.put(
        key, arrays=how(entry, entry.arrays()), meta=dict(entry.manifest["meta"]), table=table
    )


def words_of(app: Any) -> str:
    parts = (app.markdown, app.caption, app.info, app.warning, app.error)
    return " ".join(str(element.value) for part in parts for element in part)


@pytest.fixture
def copied(real_run, tmp_path) -> Run:
    """A run in a store of its own, which may be damaged."""
    shutil.copytree(real_run.store.root, tmp_path / "store")
    return open_run(Store(tmp_path / "store"), real_run.run_id)


def asked(run: Run) -> Iterator[tuple[Any, Any, str]]:
    """List every stored result of a run with the question that it answers."""
    for key in of_kind(run, "results"):
        entry = run.store.get(key)
        assert entry is not None
        meta = entry.manifest["meta"]
        analysis = ANALYSES[meta["analysis"]]
        params = parameters_from(analysis, meta["parameters"])
        if result_key(analysis, run, params) == key:
            yield analysis, params, key


def test_every_result_of_a_run_is_read_back_as_declared(real_run):
    """A field that held an array of another shape than it declares would be lost."""
    questions = list(asked(real_run))
    assert len({analysis.key for analysis, *_ in questions}) > 30
    for analysis, params, _ in questions:
        assert stored(analysis, real_run, params) is not None, analysis.key


#: Shares of results with arrays that a damage makes unreadable: a result may well hold no numbers,
#: a square matrix has the same shape turned, and two arrays of one shape can change places.
LEAST = {not_a_number: 0.0, exchanged: 0.2, turned: 0.3, halved: 0.4}


@pytest.mark.parametrize("how", [*BYTES, *SEALED], ids=lambda how: how.__name__)
def test_damaged_results_are_read_or_taken_for_absent(copied, how):
    """Every result of a run, damaged alike: none raises, and those of another shape are absent."""
    absent = of_arrays = 0
    for analysis, params, key in list(asked(copied)):
        of_arrays += bool(copied.store.get(key).names)
        damage(copied.store, key, how)
        absent += stored(analysis, copied, params) is None
    assert of_arrays > 20
    assert absent >= LEAST.get(how, 0.9) * of_arrays


BODIES: tuple[Any, ...] = (None, [], {}, "x", 3, {"$array": "none"}, {"$strings": 5}, [[[]]])


@pytest.mark.parametrize("body", BODIES, ids=repr)
def test_results_of_other_json_are_computed_again(copied, body):
    for analysis, params, key in asked(copied):
        entry = copied.store.get(key)
        meta = {**entry.manifest["meta"], "body": body}
        copied.store.put(key, arrays=entry.arrays(), meta=meta)
        assert stored(analysis, copied, params) is None, analysis.key


@pytest.mark.parametrize("how", [cut, emptied], ids=lambda how: how.__name__)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_on_damaged_features_and_images_says_so(open_page, inline, copied, page, how):
    """Results are gone, so that every figure has to be made of what is damaged."""
    for key in of_kind(copied, "results"):
        copied.store.remove(key)
    for key in (*of_kind(copied, "features"), *of_kind(copied, "samples")):
        damage(copied.store, key, how)
    app = open_page(f"{page}.py", copied.store.root, run=copied.run_id)
    assert not app.exception
    assert "is damaged" in words_of(app)


@pytest.mark.parametrize(
    "how", [halved, another_axis, not_a_number, lost], ids=lambda h: h.__name__
)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_on_results_of_another_shape_has_no_traceback(
    open_page, unanswered, copied, page, how
):
    """What cannot be read is asked for again; here nobody answers, and the page says so."""
    for key in of_kind(copied, "results"):
        damage(copied.store, key, how)
    app = open_page(f"{page}.py", copied.store.root, run=copied.run_id)
    assert not app.exception


@pytest.mark.parametrize("how", BYTES, ids=lambda how: how.__name__)
def test_damaged_records_are_passed_over(open_page, copied, no_gallery, how):
    path = runs_directory(copied.store) / f"{copied.run_id}.json"
    path.write_bytes(how(path.read_bytes()))
    app = open_page("layers.py", copied.store.root, run=copied.run_id)
    assert not app.exception
    assert "Nothing has been run yet" in words_of(app)
