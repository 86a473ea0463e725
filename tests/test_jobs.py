"""Runs as processes: real ones, killed, cancelled, resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import psutil
import pytest
from PIL import Image

from substrate import jobs
from substrate.runs import open_run
from substrate.store import Store
from substrate.study import parse

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def study(tmp_path):
    """A study that takes long enough to be stopped: a tiny network, large images, many twins."""
    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for i in range(40):
        Image.fromarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(
            tmp_path / "photos" / f"{i}.png"
        )
    weights = tmp_path / "w.safetensors"
    import substrate.encoders.torchvision_guard  # noqa: F401

    # isort: split
    import timm
    from safetensors.torch import save_file

    save_file(timm.create_model("test_resnet", num_classes=3).state_dict(), weights)
    return parse(
        {
            "name": "Long",
            "encoders": [
                {
                    "source": "timm",
                    "architecture": "test_resnet",
                    "name": "tiny",
                    "weights": str(weights),
                    "size": 160,
                }
            ],
            "domains": [{"source": "folder", "path": str(tmp_path / "photos")}],
            "samples": 40,
            "untrained": 100,
            "permutations": 20,
        }
    )


def wait(store, job, ready, seconds=90):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = jobs.read_status(store, job)
        if ready(status):
            return status
        time.sleep(0.05)
    pytest.fail(f"waited {seconds} s in vain: {status} {jobs.log_tail(store, job)}")


def finished_steps(status):
    return [name for name, share, _ in status.steps if share >= 1 and "/" in name]


def test_killed_then_resumed_without_repeats_then_cancelled_within_two_seconds(store, study):
    job = jobs.start(store, study)
    running = wait(store, job, lambda s: len(finished_steps(s)) >= 3)
    assert running.live
    assert running.run_id
    os.kill(running.pid, signal.SIGKILL)
    died = wait(store, job, lambda s: s.state == "died", seconds=10)
    assert "Resume" in died.message
    pairs = open_run(store, died.run_id).pairs
    stamps = {p: (store.path(k) / "manifest.json").stat().st_mtime_ns for p, k in pairs.items()}
    assert len(stamps) >= 3

    jobs.resume(store, job)
    wait(store, job, lambda s: s.live and len(finished_steps(s)) > len(stamps))
    after = open_run(store, died.run_id).pairs
    for pair, stamp in stamps.items():
        assert (store.path(after[pair]) / "manifest.json").stat().st_mtime_ns == stamp

    begun = time.monotonic()
    jobs.cancel(store, job)
    status = jobs.read_status(store, job)
    assert time.monotonic() - begun < 2.5
    assert status.state == "cancelled"
    wait(store, job, lambda s: not jobs._alive(s), seconds=10)
    assert len(open_run(store, died.run_id).pairs) >= len(stamps)


def test_a_run_that_cannot_be_says_why(store, study):
    broken = study.model_copy(
        update={
            "domains": (
                study.domains[0].model_copy(update={"path": study.domains[0].path / "absent"}),
            )
        }
    )
    job = jobs.start(store, broken)
    status = wait(store, job, lambda s: not s.live)
    assert status.state == "failed"
    assert "absent" in status.message
    assert "Traceback" not in status.message


def test_a_reused_process_id_is_not_taken_for_the_run(store, study):
    job = jobs.new_job(store, study)
    status = jobs.read_status(store, job)
    mine = replace(status, state="running", pid=os.getpid(), process_started=12345.0)
    jobs.write_status(store, mine)
    assert jobs.read_status(store, job).state == "died"
    jobs.write_status(store, replace(mine, process_started=jobs.this_process()[1]))
    assert jobs.read_status(store, job).state == "running"


@pytest.mark.parametrize("name", ["", "../../etc", "absent", ".hidden"])
def test_an_unknown_job_is_none(store, name):
    assert jobs.read_status(store, name) is None


def test_a_damaged_status_is_left_out_of_the_list(store, study):
    job = jobs.new_job(store, study)
    (jobs.job_directory(store, job) / "status.json").write_text("{")
    assert jobs.list_jobs(store) == []


def test_a_heartbeat_in_the_future_does_not_keep_a_dead_job_alive(store, study):
    """A clock set back leaves heartbeats ahead of it."""
    job = jobs.new_job(store, study)
    status = jobs.read_status(store, job)
    ahead = time.time() + 3600
    dead = replace(status, state="running", pid=2**22 + 1, process_started=1.0, heartbeat=ahead)
    jobs.write_status(store, dead)
    assert jobs.read_status(store, job).state == "died"
    begun = time.monotonic()
    jobs.cancel(store, job)
    assert time.monotonic() - begun < 1
    assert jobs.read_status(store, job).state == "cancelled"


def test_cancel_ends_a_live_job_whose_heartbeat_lies_in_the_future(store, study):
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    job = jobs.new_job(store, study)
    started = jobs._process_started(process.pid)
    status = replace(
        jobs.read_status(store, job),
        state="running",
        pid=process.pid,
        process_started=started,
        heartbeat=time.time() + 3600,
    )
    jobs.write_status(store, status)
    assert jobs.read_status(store, job).state == "running"
    jobs.cancel(store, job)
    assert process.wait(5) == -signal.SIGTERM
    assert jobs.read_status(store, job).state == "cancelled"


def test_a_process_keeps_its_identity_when_the_clock_is_set(monkeypatch):
    before = jobs.this_process()[1]
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: time.time() + 3600)
    assert jobs.this_process()[1] == before


def test_resuming_twice_starts_one_process(store, study, monkeypatch):
    job = jobs.new_job(store, study)
    monkeypatch.setattr(jobs, "_line", lambda *_args, **_more: ["sleep", "60"])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: jobs.resume(store, job), range(4)))
    pid = jobs.read_status(store, job).pid
    alive = [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE]
    sleeping = [p.pid for p in alive if p.cmdline() == ["sleep", "60"]]
    assert sleeping == [pid]
    os.killpg(pid, signal.SIGKILL)


def test_what_a_quick_process_says_is_not_overwritten_by_its_starter(store, study, monkeypatch):
    """The start is written under the lock under which the process writes its own status."""
    job = jobs.new_job(store, study)
    script = (
        "import sys; from pathlib import Path; from dataclasses import replace; "
        "from substrate import jobs; from substrate.store import Store; "
        "s, j = Store(Path(sys.argv[1])), sys.argv[2]; "
        "jobs.write_status(s, replace(jobs.read_status(s, j), state='failed', message='because'))"
    )
    line = [sys.executable, "-c", script, str(store.root), job]
    monkeypatch.setattr(jobs, "_line", lambda *_args, **_more: line)
    replaced = jobs._replace_status

    def slowly(store, status):
        time.sleep(3)
        replaced(store, status)

    monkeypatch.setattr(jobs, "_replace_status", slowly)
    jobs.resume(store, job)
    status = wait(store, job, lambda s: not s.live, seconds=20)
    assert (status.state, status.message) == ("failed", "because")


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "[]",
        "null",
        "3",
        '{"steps": []}',
        '{"job": "x"}',
        b"\xff\xfe".decode("latin-1"),
        lambda d: d | {"pid": "many"},
        lambda d: d | {"pid": None},
        lambda d: d | {"pid": -5},
        lambda d: d | {"pid": 10**30},
        lambda d: d | {"heartbeat": None},
        lambda d: d | {"heartbeat": "soon"},
        lambda d: d | {"steps": [["a"]]},
        lambda d: d | {"steps": 3},
        lambda d: d | {"state": None},
        lambda d: d | {"more": 1},
        lambda d: d | {"started": "x"},
        lambda d: d | {"process_started": []},
        lambda d: d | {"estimate_s": "x"},
        lambda d: d | {"finished": {}},
        lambda d: {k: v for k, v in d.items() if k != "finished"},
    ],
)
def test_any_damage_of_a_status_is_a_job_that_is_dead_or_left_out(store, study, damage):
    job = jobs.new_job(store, study)
    path = jobs.job_directory(store, job) / "status.json"
    data = json.loads(path.read_text()) | {"state": "running"}
    path.write_text(damage if isinstance(damage, str) else json.dumps(damage(data)))
    assert [status.state for status in jobs.list_jobs(store)] in ([], ["died"])


@pytest.mark.parametrize("pid", [-1, 0, 1])
def test_a_status_that_names_no_process_of_a_job_ends_nothing(store, monkeypatch, pid):
    """A signal to group 1 would reach every process, one to group 0 the caller itself."""
    sent = []
    monkeypatch.setattr("substrate.jobs.os.killpg", lambda *group: sent.append(group))
    monkeypatch.setattr("substrate.jobs.os.kill", lambda *process: sent.append(process))
    begun = jobs._process_started(pid)
    status = jobs.Status("job", "x", state="running", pid=pid, process_started=begun)
    jobs.write_status(store, status)
    assert jobs.read_status(store, "job").state == "died"
    jobs.cancel(store, "job")
    jobs._end_group(pid)
    assert sent == [] and jobs.read_status(store, "job").state == "cancelled"


def test_only_the_group_that_a_job_leads_is_ended(monkeypatch):
    """A process that leads no group of its own, and the caller's own group, are left alone."""
    sent = []
    monkeypatch.setattr("substrate.jobs.os.killpg", lambda *group: sent.append(group))
    follower = subprocess.Popen(["sleep", "30"])
    jobs._end_group(follower.pid)
    jobs._end_group(os.getpgrp())
    follower.kill()
    follower.wait(10)
    jobs._end_group(follower.pid)
    assert sent == []
