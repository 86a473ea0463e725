"""Encoders side by side: everything is done, errors stop the rest, and seeds stay seeds."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from substrate import jobs
from substrate.encoder_pool import EncoderPool
from substrate.encoder_ref import EncoderRef
from substrate.encoders import ENCODER_SOURCES
from substrate.pipeline import Pipeline
from substrate.progress import Progress
from substrate.runs import open_run
from substrate.store import Store
from tests.test_pipeline import folder, study_of, weights  # noqa: F401  (fixtures)

SECONDS = 20


def test_the_body_runs_while_the_tasks_do():
    reached = threading.Barrier(3)
    with EncoderPool(2).working([lambda: reached.wait(SECONDS), lambda: reached.wait(SECONDS)]):
        reached.wait(SECONDS)


def test_the_body_knows_whether_tasks_are_left():
    go = threading.Event()
    with EncoderPool(1).working([lambda: go.wait(SECONDS)]) as busy:
        assert busy()
        go.set()
        waited = threading.Event()
        for _ in range(100 * SECONDS):
            if not busy() or waited.wait(0.01):
                break
        assert not busy()


def test_the_tasks_are_done_when_the_block_is_left():
    done = []
    EncoderPool(2).work([lambda i=i: done.append(i) for i in range(20)])
    assert sorted(done) == list(range(20))


def test_an_error_in_a_task_is_raised_and_the_rest_is_not_begun():
    pool, begun, done = EncoderPool(1), threading.Event(), []

    def fail():
        begun.wait(SECONDS)
        raise ValueError("one encoder cannot be read")

    rest = [lambda i=i: pool.stop.wait(SECONDS) and done.append(i) for i in range(9)]
    with pytest.raises(ValueError, match="one encoder"), pool.working([fail, *rest]):
        begun.set()
    assert pool.stop.is_set()
    assert len(done) <= 1


def test_an_error_in_the_body_asks_what_has_begun_to_stop():
    pool, asked = EncoderPool(1), []
    with pytest.raises(KeyError), pool.working([lambda: asked.append(pool.stop.wait(SECONDS))]):
        raise KeyError("the body")
    assert asked in ([True], [])


def test_no_more_work_side_by_side_than_the_memory_holds():
    pool = EncoderPool(4)
    assert [pool.within(free, 10).workers for free in (100, 79, 40, 19, 0)] == [4, 3, 2, 1, 1]
    assert pool.within(10, 10).stop is pool.stop


def test_each_worker_has_its_share_of_torchs_threads():
    found = []
    before = torch.get_num_threads()
    EncoderPool(1).work([lambda: found.append(torch.get_num_threads())])
    assert found == [before]
    assert torch.get_num_threads() == before


def test_twins_built_side_by_side_are_those_built_alone():
    source = ENCODER_SOURCES["bundled"]

    def first(seed):
        model = source.untrained({"name": "resnet"}, seed).model
        return next(model.parameters()).detach().numpy().copy()

    alone = [first(seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(first, list(range(8)) * 3))
    for seed, weights_ in enumerate(together):
        np.testing.assert_array_equal(weights_, alone[seed % 8])


def test_a_run_of_two_workers_stores_what_one_stores(weights, folder, tmp_path):  # noqa: F811
    pairs = []
    for workers in (1, 2):
        store = Store(tmp_path / str(workers))
        study = study_of(weights, folder, untrained=3)
        progress = Progress(store, jobs.new_job(store, study))
        name = Pipeline(study, store, progress, print, pool=EncoderPool(workers)).run()
        progress.close("done")
        run = open_run(store, name)
        pairs.append(run.pairs)
        twins = [
            run.representation(EncoderRef("tiny", twin=s), "photos").features for s in range(3)
        ]
        pairs.append({str(s): float(np.abs(t).sum()) for s, t in enumerate(twins)})
    assert pairs[0] == pairs[2]
    assert pairs[1] == pytest.approx(pairs[3], rel=1e-5)
