"""Runs as processes: start, watch, cancel and list them through small files. Imports no torch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock

from substrate.inputs import roots
from substrate.shipped import PACKAGE
from substrate.store import Store, write_text
from substrate.study import StudyConfig, to_yaml

#: How long a run may go on after it was asked to stop, in seconds.
GRACE_S = 1.5
#: A live run writes its status at least this often, in seconds.
HEARTBEAT_S = 1.0
LIVE = ("starting", "running")
#: Files that say what a job was asked, by their command; a study's is `study.yaml`.
_ASKED = ("experiment.json", "units.json", "weights.json")


@dataclass(frozen=True)
class Status:
    """What a run says of itself; times are seconds since the epoch."""

    job: str
    name: str
    state: str = "starting"
    phase: str = "Starting"
    done: float = 0.0
    total: float = 1.0
    estimate_s: float | None = None
    heartbeat: float = 0.0
    started: float = 0.0
    finished: float | None = None
    pid: int = 0
    process_started: float = 0.0
    run_id: str = ""
    message: str = ""
    steps: tuple[tuple[str, float, float], ...] = field(default_factory=tuple)
    kind: str = "study"

    @property
    def live(self) -> bool:
        """Say whether the run has neither finished nor died."""
        return self.state in LIVE


def jobs_directory(store: Store) -> Path:
    """Return where jobs keep their files."""
    return store.root / "jobs"


def job_directory(store: Store, job: str) -> Path:
    """Return the directory of one job."""
    return jobs_directory(store) / job


def new_job(store: Store, study: StudyConfig) -> str:
    """Make the directory of a new job with the study in it; return the job's name."""
    return _new(store, study.name, "study", {"study.yaml": to_yaml(study)})


def new_experiment(store: Store, name: str, options: Sequence[str] = ()) -> str:
    """Make the directory of a new job that runs an experiment; return the job's name."""
    content = json.dumps({"experiment": name, "options": list(options)})
    return _new(store, f"Experiment {name}", "experiment", {"experiment.json": content})


def new_units(store: Store, name: str, options: Sequence[str] = ()) -> str:
    """Make the directory of a new job that reads two layers side by side; return its name."""
    return _new(store, name, "units", {"units.json": json.dumps({"options": list(options)})})


def new_weights(store: Store, name: str, options: Sequence[str] = ()) -> str:
    """Make the directory of a new job that aligns what two networks see; return its name."""
    return _new(store, name, "weights", {"weights.json": json.dumps({"options": list(options)})})


def _new(store: Store, name: str, kind: str, files: Mapping[str, str]) -> str:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for suffix in ("", *(f"-{i}" for i in range(2, 1000))):
        job = stamp + suffix
        try:
            job_directory(store, job).mkdir(parents=True)
        except FileExistsError:
            continue
        for file, content in files.items():
            write_text(job_directory(store, job) / file, content)
        write_status(store, Status(job=job, name=name, started=time.time(), kind=kind))
        return job
    raise RuntimeError("A thousand jobs were started in one second.")


def require_job(store: Store, job: str) -> str:
    """Return a job's name if there is such a job."""
    if read_status(store, job) is None:
        raise ValueError(f"There is no job {job!r} in {store.root}.")
    return job


def command(store: Store, study: Path, job: str | None = None) -> list[str]:
    """Return the command line that runs a study."""
    line = [sys.executable, "-m", "substrate", "run", str(study), "--store", str(store.root)]
    return [*line, "--job", job] if job else line


def _line(store: Store, job: str, *, again: bool) -> list[str]:
    """Return the command line of a job, of an experiment that is resumed if asked again."""
    home = job_directory(store, job)
    asked = next((home / n for n in _ASKED if (home / n).exists()), None)
    if asked is None:
        return command(store, home / "study.yaml", job)
    content = json.loads(asked.read_text(encoding="utf-8"))
    what = [content["experiment"]] if "experiment" in content else []
    line = [sys.executable, "-m", "substrate", asked.stem, *what, *content["options"]]
    line += ["--store", str(store.root), "--job", job]
    return [*line, "--resume"] if again and what and "--resume" not in line else line


def start(store: Store, study: StudyConfig) -> str:
    """Start a study as a process of its own session and return the job's name."""
    return _launch(store, new_job(store, study), again=False)


def start_experiment(store: Store, name: str, options: Sequence[str] = ()) -> str:
    """Start an experiment as a process of its own session and return the job's name."""
    return _launch(store, new_experiment(store, name, options), again=False)


def start_units(store: Store, name: str, options: Sequence[str]) -> str:
    """Start reading two layers side by side as a process of its own; return the job's name."""
    return _launch(store, new_units(store, name, options), again=False)


def start_weights(store: Store, name: str, options: Sequence[str]) -> str:
    """Start aligning two networks as a process of its own; return the job's name."""
    return _launch(store, new_weights(store, name, options), again=False)


def resume(store: Store, job: str) -> str:
    """Start a job's command again: what it has finished is not repeated."""
    return _launch(store, job, again=True)


def _launch(store: Store, job: str, *, again: bool) -> str:
    if read_status(store, job) is None:
        raise ValueError(f"There is no job {job!r} in {store.root}.")
    home = job_directory(store, job)
    with _writing(store, job):  # the process waits with its own status until its start is written
        status = read_status(store, job)
        if status is None:
            raise ValueError(f"The job {job!r} in {store.root} has just been removed.")
        if status.live and _alive(status):  # resumed twice: it runs already
            return job
        (home / "cancel").unlink(missing_ok=True)
        with (home / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                _line(store, job, again=again),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=PACKAGE.parent,
                env={**os.environ, "PYTHONUNBUFFERED": "1", roots.VARIABLE: roots.as_text()},
            )
        fresh = replace(
            status,
            state="starting",
            phase="Loading libraries",
            done=0.0,
            message="",
            finished=None,
            estimate_s=None,
            pid=process.pid,
            process_started=_process_started(process.pid),
            heartbeat=time.time(),
            started=time.time(),
            steps=(),
        )
        _replace_status(store, fresh)
    threading.Thread(target=process.wait, daemon=True).start()  # reaps it when it ends
    return job


def cancel(store: Store, job: str) -> None:
    """Ask a run to stop, and end its process group if it has not within the grace period."""
    status = read_status(store, job)
    if status is None or not (status.live or status.state == "died"):
        return
    write_text(job_directory(store, job) / "cancel", "")
    deadline = time.monotonic() + GRACE_S
    while status.live and time.monotonic() < deadline:
        time.sleep(0.05)
        now = read_status(store, job)
        if now is None or not (now.live or now.state == "died"):
            return
        status = now
    if _alive(status):
        _end_group(status.pid)
    with _writing(store, job):
        last = read_status(store, job) or status
        if last.live or last.state == "died":
            _replace_status(
                store, replace(last, state="cancelled", message="Cancelled.", finished=time.time())
            )


def _end_group(pid: int) -> None:
    """End the group that a job's process leads; whatever a status names, no other group.

    `killpg` of 1 would reach every process of the machine, and of 0 the caller's own.
    """
    try:
        if pid <= 1 or os.getpgid(pid) != pid or pid == os.getpgrp():
            return
    except ProcessLookupError:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return
        time.sleep(0.1)


def cancel_asked(store: Store, job: str) -> bool:
    """Say whether a run has been asked to stop."""
    return (job_directory(store, job) / "cancel").exists()


def write_status(store: Store, status: Status) -> None:
    """Replace a job's status atomically, after whoever is starting or ending its process."""
    with _writing(store, status.job):
        _replace_status(store, status)


def _replace_status(store: Store, status: Status) -> None:
    write_text(job_directory(store, status.job) / "status.json", json.dumps(asdict(status)))


def _writing(store: Store, job: str) -> FileLock:
    """Return the lock under which a job's status is read and written anew."""
    home = job_directory(store, job)
    home.mkdir(parents=True, exist_ok=True)
    return FileLock(home / ".lock", timeout=60)


def read_status(store: Store, job: str) -> Status | None:
    """Return a job's status, "died" where its process is gone, None where there is no such job."""
    if not job or "/" in job or job.startswith("."):
        return None
    try:
        text = (job_directory(store, job) / "status.json").read_text(encoding="utf-8")
        status = _status_of(json.loads(text))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    fresh = 0 <= time.time() - status.heartbeat <= 2 * HEARTBEAT_S  # false after a clock set back
    if status.live and not fresh and not _alive(status):
        return replace(
            status,
            state="died",
            message="The run's process ended before it was done. Resume it: what it has finished "
            "is kept.",
        )
    return status


def _status_of(data: dict[str, Any]) -> Status:
    """Rebuild a status from its file, every value in its type."""
    number = {f.name for f in fields(Status) if f.type == "float"}
    optional = {name for name in ("estimate_s", "finished") if data[name] is not None}
    typed: dict[str, Any] = {k: float(v) if k in number | optional else v for k, v in data.items()}
    typed["steps"] = tuple((str(a), float(b), float(c)) for a, b, c in data["steps"])
    typed["pid"] = int(data["pid"])
    texts = [typed[f.name] for f in fields(Status) if f.type == "str"]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text is none")
    return Status(**typed)


def list_jobs(store: Store) -> list[Status]:
    """Return every readable job, the latest first."""
    homes = jobs_directory(store)
    names = sorted((p.name for p in homes.iterdir()), reverse=True) if homes.exists() else []
    return [status for name in names if (status := read_status(store, name)) is not None]


def log_tail(store: Store, job: str, lines: int = 40) -> str:
    """Return the last lines that a run wrote to its log."""
    path = job_directory(store, job) / "log.txt"
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def this_process() -> tuple[int, float]:
    """Return the id and the start time of the calling process; the id alone is reused."""
    return os.getpid(), _process_started(os.getpid())


def _process_started(pid: int) -> float:
    """Return when a process started, in seconds: since boot where that is known, else since 1970.

    The kernel counts from boot, so that setting the clock does not make another process of it
    (field 22 of /proc/PID/stat, proc(5); the command's name before it may hold spaces).
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        pass
    try:
        return psutil.Process(pid).create_time()
    except (psutil.Error, ValueError):
        return 0.0


def _alive(status: Status) -> bool:
    if status.pid <= 1:  # none, or the system's own first process
        return False
    try:
        zombie = psutil.Process(status.pid).status() == psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError, OverflowError):
        return False
    return not zombie and abs(_process_started(status.pid) - status.process_started) < 1.0
