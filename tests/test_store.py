"""The store: atomic entries, checksums that catch every altered byte, keys that follow content."""

import json
import multiprocessing
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from substrate.housekeeping import sweep
from substrate.store import ARRAYS, MANIFEST, TABLE, CorruptEntryError, Store, StoreError, digest

KEY = digest("an entry")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def fill(store, key=KEY, value=1.0):
    table = pd.DataFrame({"sample_id": ["a", "b"]})
    return store.put(key, arrays={"x": np.full((2, 3), value)}, meta={"kind": "t"}, table=table)


def test_an_entry_comes_back_as_it_was_written(store):
    fill(store)
    entry = store.get(KEY)
    assert entry.names == ("x",)
    np.testing.assert_array_equal(entry.array("x"), np.full((2, 3), 1.0))
    assert entry.table()["sample_id"].tolist() == ["a", "b"]
    assert entry.manifest["meta"] == {"kind": "t"}


def test_arrays_are_read_only(store):
    fill(store)
    with pytest.raises(ValueError, match="read-only"):
        store.get(KEY).array("x")[0, 0] = 2.0


def test_an_absent_entry_is_none(store):
    assert store.get(digest("nothing")) is None


@pytest.mark.parametrize("name", [ARRAYS, TABLE, MANIFEST])
@pytest.mark.parametrize("damage", ["truncate", "flip", "remove"])
def test_every_damage_is_detected_even_after_a_good_read(store, name, damage):
    fill(store)
    store.get(KEY)
    path = store.path(KEY) / name
    content = path.read_bytes()
    if damage == "truncate":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flip":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif name == MANIFEST:
        path.write_text("{}")
    else:
        path.unlink()
    with pytest.raises(CorruptEntryError, match="damaged"):
        store.get(KEY)


def test_a_damaged_entry_can_be_written_again(store):
    fill(store)
    (store.path(KEY) / ARRAYS).write_bytes(b"")
    fill(store, value=2.0)
    assert store.get(KEY).array("x")[0, 0] == 2.0


def test_an_altered_manifest_value_is_detected(store):
    fill(store)
    path = store.path(KEY) / MANIFEST
    manifest = json.loads(path.read_text())
    manifest["meta"]["kind"] = "forged"
    path.write_text(json.dumps(manifest))
    with pytest.raises(CorruptEntryError, match="manifest was altered"):
        store.get(KEY)


def test_a_failed_write_leaves_nothing(store):
    with pytest.raises((TypeError, ValueError)):
        store.put(KEY, arrays={"x": np.zeros(2)}, meta={"bad": object()})
    assert store.get(KEY) is None
    assert not [p for p in store.path(KEY).parent.iterdir() if p.name.startswith(".new")]


def _at_once(*calls, timeout=120):
    """Call functions with their arguments, each in a process; fail where one of them does."""
    context = multiprocessing.get_context("spawn")
    pool = [context.Process(target=function, args=rest) for function, *rest in calls]
    for process in pool:
        process.start()
    for process in pool:
        process.join(timeout)
    assert [process.exitcode for process in pool] == [0] * len(pool)


def _write_many(root, value):
    store = Store(root)
    for _ in range(40):
        entry = fill(store, value=value)
        assert entry.manifest["files"][ARRAYS] in DIGESTS[value]
        assert store.get(KEY).array("x")[0, 0] in (1.0, 2.0)


def _read_many(root):
    store = Store(root)
    for _ in range(200):
        entry = store.get(KEY)
        assert entry is not None
        assert entry.array("x")[0, 0] in (1.0, 2.0)
        assert entry.table()["sample_id"].tolist() == ["a", "b"]


def _repair_many(root):
    store = Store(root)
    for _ in range(200):
        store.remove_damaged(KEY)


def _digest_of(value):
    """Return the checksums that an entry of this value may have."""
    with tempfile.TemporaryDirectory() as root:
        return {fill(Store(Path(root)), value=value).manifest["files"][ARRAYS]}


DIGESTS = {value: _digest_of(value) for value in (1.0, 2.0)}


def test_writers_get_back_what_they_wrote_and_readers_always_find_an_entry(tmp_path):
    """Writers of other contents, readers and repairers of one entry at once: none fails."""
    fill(Store(tmp_path))
    writers = [(_write_many, tmp_path, float(value)) for value in (1, 2, 1)]
    _at_once(*writers, (_read_many, tmp_path), (_repair_many, tmp_path))
    assert {p.name for p in Store(tmp_path).path(KEY).iterdir()} == {ARRAYS, TABLE, MANIFEST}


def _compute(root, log):
    store = Store(root)
    for key in (digest(["computed", i]) for i in range(20)):
        with store.computing(key):
            if store.get(key) is None:
                with log.open("a") as lines:
                    lines.write(f"{key}\n")
                fill(store, key=key)


def test_what_several_processes_ask_for_is_computed_once(tmp_path):
    _at_once(*[(_compute, tmp_path / "store", tmp_path / "log")] * 4)
    computed = (tmp_path / "log").read_text().split()
    assert len(computed) == len(set(computed)) == 20
    assert not list((tmp_path / "store" / "computing").iterdir())


def _die_computing(root):
    with Store(root).computing(KEY):
        os._exit(0)


def test_the_computation_of_a_dead_process_is_taken_over(store, tmp_path):
    _at_once((_die_computing, tmp_path))
    begun = time.monotonic()
    with store.computing(KEY):
        fill(store)
    assert time.monotonic() - begun < 1


def test_who_waits_for_a_computation_may_give_up(store):
    asked = []

    def give_up():
        asked.append(1)
        raise InterruptedError

    def wait_in_vain():
        with pytest.raises(InterruptedError), store.computing(KEY, waiting=give_up):
            pytest.fail("computed at the same time")

    with store.computing(KEY), ThreadPoolExecutor(1) as pool:
        pool.submit(wait_in_vain).result(10)
    assert asked == [1]


def test_an_entry_that_is_whole_is_not_taken_for_damaged(store):
    fill(store)
    store.remove_damaged(KEY)
    assert store.get(KEY) is not None
    (store.path(KEY) / TABLE).write_bytes(b"")
    store.remove_damaged(KEY)
    assert store.get(KEY) is None


@pytest.mark.parametrize("name", [ARRAYS, TABLE])
def test_a_file_that_vanishes_after_a_good_read_is_said(store, name):
    entry = fill(store)
    (store.path(KEY) / name).unlink()
    with pytest.raises(CorruptEntryError, match="damaged"):
        entry.array("x") if name == ARRAYS else entry.table()


@pytest.mark.parametrize("strange", ["a file", "a folder inside"])
def test_what_is_no_entry_is_replaced(store, strange):
    home = store.path(KEY)
    if strange == "a file":
        home.parent.mkdir(parents=True)
        home.write_text("")
    else:
        (home / ARRAYS).mkdir(parents=True)
    fill(store)
    assert store.get(KEY).array("x")[0, 0] == 1.0


def test_scratch_is_swept_once_it_is_old(store):
    entry = fill(store)
    shard = entry.path.parent
    for name in (".new-a", ".old-b"):
        (shard / name).mkdir()
        (shard / name / ARRAYS).write_bytes(b"half")
    (store.root / "computing").mkdir()
    (store.root / "computing" / KEY).write_text("")
    (store.root / "runs").mkdir()
    (store.root / "runs" / ".abc.json.xyz").write_text("{")
    assert sweep(store, older_than=3600) == []
    removed = sweep(store, older_than=-1)
    assert {p.name for p in removed} == {".new-a", ".old-b", ".abc.json.xyz", KEY}
    assert not any(p.exists() for p in removed)
    assert store.get(KEY) is not None


def test_a_lock_that_is_held_is_not_swept(store):
    with store.computing(KEY):
        assert sweep(store, older_than=-1) == []


def test_an_unusable_directory_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used.*--store"):
        Store(tmp_path / "file")


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=5))
@settings(max_examples=50)
def test_a_digest_ignores_the_order_of_keys(description):
    backwards = dict(reversed(description.items()))
    assert digest(description) == digest(backwards)
    assert digest(description) != digest([description])
