"""The resident worker: asked once, replaced when it dies, never the server's script again."""

import os
import signal
import sys
import time
from concurrent.futures import BrokenExecutor
from types import ModuleType

import numpy as np
import pytest

from substrate.worker import (
    LEAST_POSITIONS,
    deepest_map,
    map_key,
    mapped_layer_key,
    spatial_map,
)
from substrate.worker_client import Resident


def identity(value):
    return value, os.getpid(), "STREAMLIT_SCRIPT_RAN" in os.environ


def slow(value):
    time.sleep(0.5)
    return value


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def resident():
    made = Resident()
    yield made
    made.recycle()


def test_one_process_answers_and_the_servers_script_is_not_run_in_it(
    resident, tmp_path, monkeypatch
):
    script = tmp_path / "script.py"
    script.write_text("import os\nos.environ['STREAMLIT_SCRIPT_RAN'] = '1'\n")
    main = ModuleType("__main__")
    main.__file__ = str(script)
    monkeypatch.setitem(sys.modules, "__main__", main)
    value, first, ran = resident.ask("a", identity, 3).result(60)
    _, second, _ = resident.ask("b", identity, 3).result(60)
    assert (value, ran) == (3, False)
    assert first == second != os.getpid()
    assert sys.modules["__main__"] is main


def test_the_same_question_is_asked_once(resident):
    first = resident.ask("q", slow, 1)
    assert resident.ask("q", slow, 1) is first
    assert first.result(60) == 1
    assert resident.ask("q", slow, 1) is not first


def test_a_worker_that_dies_is_replaced(resident):
    with pytest.raises(BrokenExecutor):
        resident.ask("die", die).result(60)
    assert resident.ask("again", identity, 1).result(60)[0] == 1


def test_a_spatial_map_pools_to_the_stored_features(real_run):
    """The mean of the map over positions is what the run stored for that image and layer."""
    encoder = next(name for name, e in real_run.encoders.items() if e.family == "resnet")
    layer = next(item for item in real_run.encoders[encoder].layers if item.pooling == "spatial")
    key = spatial_map(str(real_run.store.root), real_run.run_id, encoder, layer.name, "digit", 5)
    assert key == map_key(real_run, encoder, layer.name, "digit", 5)
    entry = real_run.store.get(key)
    stored = real_run.representation(encoder, "digit", layer.name).features[5]
    assert entry.array("map").shape[2] == layer.width
    np.testing.assert_allclose(entry.array("map").mean(axis=(0, 1)), stored, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(entry.array("vector"), stored, rtol=1e-3, atol=1e-5)


def test_maps_are_of_the_deepest_layer_with_positions_enough(real_run):
    """No later layer up to the chosen one has as many; before the first that has, there is none."""
    root, run_id = str(real_run.store.root), real_run.run_id
    encoder = next(name for name, e in real_run.encoders.items() if e.family == "resnet")
    names = [item.name for item in real_run.encoders[encoder].layers]

    def mapped(layer, row=3):
        key = deepest_map(root, run_id, encoder, layer, "digit", row)
        assert key == mapped_layer_key(real_run, encoder, layer, "digit")
        return real_run.store.get(key).manifest["meta"]["layer"]

    def side(layer, row=3):
        spatial_map(root, run_id, encoder, layer, "digit", row)
        entry = real_run.store.get(map_key(real_run, encoder, layer, "digit", row))
        return min(entry.array("map").shape[:2]) if "map" in entry.names else 0

    found = mapped("penultimate")
    assert side(found) >= LEAST_POSITIONS
    later = names[names.index(found) + 1 : names.index("penultimate")]
    assert all(side(name) < LEAST_POSITIONS for name in later)
    assert mapped("penultimate", row=4) == found  # known by now: another image's map is made
    assert real_run.store.get(map_key(real_run, encoder, found, "digit", 4)) is not None
    assert mapped(found) == found
