"""Two processes that run one study at the same moment: both end well, the work done once."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.double_runs import Ended, faults
from substrate.store import ARRAYS
from tests.support.planted import planted_run

TOP = Path(__file__).parents[2]


def test_two_runs_at_once_do_the_work_once():
    """A hundred rounds: `python -m benchmarks.double_runs`."""
    line = [sys.executable, "-m", "benchmarks.double_runs", "--rounds", "2"]
    found = subprocess.run(line, cwd=TOP, capture_output=True, text=True, timeout=600, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.startswith("2 of 2 rounds of 2 processes ended well")


@pytest.fixture
def run(tmp_path):
    return planted_run(tmp_path, n=30, groups=10, untrained=0)


def ended(run, **changes):
    keys = [*set(run.pairs.values()), *(d.entry for d in run.domains.values())]
    return [
        Ended(**{"code": 0, "out": run.run_id, "errors": "", "wrote": keys[::2]} | changes),
        Ended(0, run.run_id, "", keys[1::2]),
    ]


def said(run, **changes):
    whole = {key for one in ended(run) for key in one.wrote}
    return " | ".join(faults(run.store.root, ended(run, **changes), whole))


def test_a_sound_pair_of_runs_has_no_faults(run):
    assert said(run) == ""


def test_every_fault_is_told(run):
    twice = list(run.pairs.values())
    assert "ended with 3: gone" in said(run, code=3, errors="gone")
    assert "they printed" in said(run, out="other")
    assert "written more than once" in said(run, wrote=twice)
    assert "differ from those" in said(run, wrote=[])
    (run.store.root / "objects" / "ab" / ".new-x").mkdir(parents=True)
    assert "left lying about" in said(run)


@pytest.mark.parametrize("what", ["an entry", "the record"])
def test_what_is_not_whole_is_told(run, what):
    record = run.store.root / "runs" / f"{run.run_id}.json"
    entry = run.store.path(run.pairs["alpha/rich"]) / ARRAYS
    path = entry if what == "an entry" else record
    path.write_bytes(path.read_bytes()[:-20])
    assert "damaged" in said(run)
