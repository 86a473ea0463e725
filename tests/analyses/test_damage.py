"""Damaged records and entries: each is said in one sentence, and none is shown as a figure."""

from __future__ import annotations

import copy
import json
import random

import pytest

from substrate.analyses.sharedness.leave_encoder_out import (
    SHAREDNESS,
    SharednessParams,
)
from substrate.analyses.spec import obtain, result_key, stored
from substrate.runs import RunError, list_runs, open_run, runs_directory
from substrate.store import ARRAYS, MANIFEST, TABLE, Store
from tests.support.planted import (
    ENCODERS,
    planted_run,
)

PARAMS = SharednessParams(tuple(ENCODERS), "rich", components=4)
RECORDS = 200


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("damage"), n=60, groups=20, untrained=0)
    obtain(SHAREDNESS, run, PARAMS)
    return run


def damaged_bytes(content: bytes, rng: random.Random) -> bytes:
    """Cut, flip, repeat or take out a part of a file."""
    start = rng.randrange(len(content))
    stop = min(len(content), start + rng.randrange(1, 40))
    return rng.choice(
        [
            content[:start],
            content[:start] + content[stop:],
            content[:start]
            + bytes([content[start] ^ (1 << rng.randrange(8))])
            + content[start + 1 :],
            content[:stop] + content[start:stop] + content[stop:],
            content[:start] + rng.randbytes(stop - start) + content[stop:],
        ]
    )


def damaged_value(record: dict, rng: random.Random) -> dict:
    """Put another kind of value somewhere into a record."""
    changed = copy.deepcopy(record)
    place = changed
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = rng.choice(keys)
        if not isinstance(place[key], dict | list) or not place[key] or rng.random() < 0.2:
            break
        place = place[key]
    others = [None, -1, 1e300, "x", [], {}, [None], {"a": 1}, True]
    place[key] = rng.choice([other for other in others if other != place[key]])
    return changed


def whole(store, run_id, record):
    """Open a record and use what pages use of it; return whether it says what it said."""
    opened = open_run(store, run_id)
    _ = opened.panel, opened.study["name"], list_runs(store)
    return opened.record == record


@pytest.mark.parametrize("kind", ["bytes", "values"])
def test_a_damaged_record_is_one_sentence(run, tmp_path, kind):
    store = Store(tmp_path)
    content = (runs_directory(run.store) / f"{run.run_id}.json").read_bytes()
    sealed = json.loads(content)
    path = runs_directory(store) / f"{run.run_id}.json"
    path.parent.mkdir()
    rng, refused = random.Random(0), 0
    for _ in range(RECORDS):
        if kind == "bytes":
            path.write_bytes(damaged_bytes(content, rng))
        else:
            path.write_text(json.dumps(damaged_value(sealed, rng)))
        try:
            assert whole(store, run.run_id, run.record)
        except RunError as error:
            assert "damaged" in str(error)
            refused += 1
    assert refused > 0.9 * RECORDS
    path.write_bytes(content)
    assert whole(store, run.run_id, run.record)


@pytest.mark.parametrize("of", ["features", "samples"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "gone", "folder gone"])
def test_damaged_features_and_samples_are_named_with_what_to_do(tmp_path, of, damage):
    run = planted_run(tmp_path, n=60, groups=20, untrained=0)
    key = run.pairs["beta/rich"] if of == "features" else run.domains["rich"].entry
    break_entry(run.store, key, ARRAYS if of == "features" else TABLE, damage)
    named = "the features of beta on rich" if of == "features" else "the samples of rich"
    for _ in range(2):
        with pytest.raises(RunError, match=f"{named}.* Run the study again"):
            obtain(SHAREDNESS, run, PARAMS)


@pytest.mark.parametrize("name", [ARRAYS, MANIFEST])
@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "gone", "folder gone"])
def test_a_damaged_result_is_computed_again(run, name, damage):
    key = result_key(SHAREDNESS, run, PARAMS)
    before = obtain(SHAREDNESS, run, PARAMS).summary
    break_entry(run.store, key, name, damage)
    assert stored(SHAREDNESS, run, PARAMS) is None
    assert obtain(SHAREDNESS, run, PARAMS).summary == before
    assert stored(SHAREDNESS, run, PARAMS).summary == before


def test_a_result_of_another_shape_is_computed_again(run):
    """A program that stored other fields under the same version leaves no traceback."""
    key = result_key(SHAREDNESS, run, PARAMS)
    before = obtain(SHAREDNESS, run, PARAMS).summary
    entry = run.store.get(key)
    meta = {**entry.manifest["meta"], "body": {"encoders": []}}
    run.store.put(key, arrays=entry.arrays(), meta=meta)
    assert stored(SHAREDNESS, run, PARAMS) is None
    assert obtain(SHAREDNESS, run, PARAMS).summary == before


def break_entry(store: Store, key: str, name: str, damage: str) -> None:
    path = store.path(key) / name
    content = path.read_bytes()
    middle = len(content) // 2
    if damage == "cut":
        path.write_bytes(content[:middle])
    elif damage == "flipped":
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif damage == "emptied":
        path.write_bytes(b"")
    elif damage == "gone":
        path.unlink()
    else:
        for each in path.parent.iterdir():
            each.unlink()
        path.parent.rmdir()
