"""The store: atomic entries, checksums that catch every altered byte, keys that follow content."""

import json
import multiprocessing

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def _write_many(root, value):
    store = Store(root)
    for _ in range(20):
        fill(store, value=value)


def test_two_processes_may_write_the_same_entry(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(tmp_path, float(v))) for v in (1, 2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert Store(tmp_path).get(KEY).array("x")[0, 0] in (1.0, 2.0)


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
