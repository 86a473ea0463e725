"""Take a run away: its record, its jobs, its notes, and the features that no other run has."""

from __future__ import annotations

import shutil

from substrate import jobs
from substrate.notebook.notes import remove_notes
from substrate.runs import Run, RunError, list_runs, runs_directory


def remove_run(run: Run) -> None:
    """Remove a run from its store; results stay, which are small and may be of other runs as well.

    Raises
    ------
    RunError
        If a job is at work: it may be about to use the same features.
    """
    store = run.store
    statuses = jobs.list_jobs(store)
    if any(status.live for status in statuses):
        raise RunError("A run is at work and may need the same features; delete when it has ended.")
    mine = _entries(run)
    (runs_directory(store) / f"{run.run_id}.json").unlink(missing_ok=True)
    remove_notes(store, run.run_id)
    for status in statuses:
        if status.run_id == run.run_id:
            shutil.rmtree(jobs.job_directory(store, status.job), ignore_errors=True)
    others = {key for other in list_runs(store) for key in _entries(other)}
    for key in mine - others:
        store.remove(key)


def _entries(run: Run) -> set[str]:
    """Return the keys of a run's features and samples."""
    return {*run.pairs.values(), *(domain.entry for domain in run.domains.values())}
