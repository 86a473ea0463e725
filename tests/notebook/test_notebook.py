"""Names, notes and removal of runs: what is kept, what goes, and what is refused."""

import pytest

from substrate import jobs
from substrate.notebook.notes import NAME, NOTE, read_note, rename, write_note
from substrate.notebook.removal import remove_run
from substrate.runs import RunError, list_runs, open_run, save_record
from tests.support.planted import planted_run


@pytest.fixture
def run(tmp_path):
    return planted_run(tmp_path / "store", n=40, groups=20, untrained=0)


def test_a_note_is_kept_and_an_empty_one_goes(run):
    assert read_note(run.store, run.run_id) == ""
    write_note(run.store, run.run_id, "seen by *me*")
    assert read_note(run.store, run.run_id) == "seen by *me*"
    write_note(run.store, run.run_id, "  \n")
    assert not list((run.store.root / "notes").iterdir())


def test_a_note_is_bounded_and_lies_nowhere_else(run):
    write_note(run.store, run.run_id, "x" * (NOTE + 5))
    assert len(read_note(run.store, run.run_id)) == NOTE
    with pytest.raises(RunError, match="is not the id of a run"):
        write_note(run.store, "../../etc/passwd", "x")


def test_a_name_is_the_records_and_changes_no_result(run):
    before = run.input_digests(("alpha",), ("rich",))
    rename(run, "  Mine ")
    again = open_run(run.store, run.run_id)
    assert again.study["name"] == "Mine"
    assert again.input_digests(("alpha",), ("rich",)) == before
    for wrong in ("", "   ", "x" * (NAME + 1)):
        with pytest.raises(RunError, match="1 to 80 letters"):
            rename(run, wrong)


def test_a_removed_run_takes_its_features_job_and_note_along(run):
    job = jobs.new_job(run.store, _study())
    jobs.write_status(run.store, jobs.Status(job, "x", state="done", run_id=run.run_id))
    write_note(run.store, run.run_id, "gone soon")
    remove_run(run)
    assert list_runs(run.store) == []
    assert jobs.list_jobs(run.store) == []
    assert read_note(run.store, run.run_id) == ""
    assert not [key for key in run.pairs.values() if key in run.store]


def test_what_another_run_has_as_well_stays(run):
    other = {**run.record, "run_id": "b" * 16, "pairs": dict(list(run.pairs.items())[:1])}
    save_record(run.store, other)
    remove_run(run)
    kept = open_run(run.store, "b" * 16)
    assert all(key in run.store for key in kept.pairs.values())
    assert sum(key in run.store for key in run.pairs.values()) == 1
    assert len(kept.samples("rich")) == 40


def test_nothing_is_removed_while_a_job_works(run):
    job = jobs.new_job(run.store, _study())
    pid, started = jobs.this_process()
    alive = jobs.Status(job, "x", state="running", pid=pid, process_started=started)
    jobs.write_status(run.store, alive)
    with pytest.raises(RunError, match="A run is at work"):
        remove_run(run)
    assert len(list_runs(run.store)) == 1


def _study():
    from substrate import catalogue

    return catalogue.default_study()
