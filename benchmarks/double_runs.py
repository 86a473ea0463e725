"""Two processes run one study at the same moment in one empty store, many times.

`python -m benchmarks.double_runs --rounds 100` starts, in every round, two `python -m substrate run
STUDY` at the same moment, and checks that both end well, that every record and entry is whole, that
nothing is left lying about, and that each entry was written once: what one of the two computes the
other waits for. Processes are forked from one that has loaded the libraries, which takes most of a
small study's time; with `--fresh` each is a new interpreter.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from substrate import jobs
from substrate.runs import list_runs, open_run
from substrate.store import Store, StoreError

PHOTOGRAPHS, TILES, LATENTS = 16, 3, 4
WIDTHS = {"alpha": 6, "beta": 8, "gamma": 5}


@dataclass
class Ended:
    """How one of the processes ended, and the entries that it wrote."""

    code: int
    out: str
    errors: str
    wrote: list[str] = field(default_factory=list)


def features_study(folder: Path) -> Path:
    """Write a study of features in files: three encoders with a twin each, on one domain."""
    rng = np.random.default_rng(0)
    home = folder / "seen"
    home.mkdir(parents=True)
    group = np.arange(PHOTOGRAPHS).repeat(TILES)
    shared = rng.normal(size=(PHOTOGRAPHS, LATENTS))[group]
    for name, width in WIDTHS.items():
        for file, weight in ((name, 1.0), (f"{name}~0", 0.0)):
            noise = rng.normal(size=(len(group), width))
            array = weight * shared @ rng.normal(size=(LATENTS, width)) + noise
            np.save(home / f"{file}.npy", array.astype(np.float32))
    rows = [
        f"p{g:02d}-{i % TILES},p{g:02d},{'even' if g % 2 else 'odd'}" for i, g in enumerate(group)
    ]
    (home / "samples.csv").write_text("\n".join(["id,group,label", *rows, ""]))
    encoders = [f"  - {{source: features, path: ., name: {name}}}" for name in WIDTHS]
    study = folder / "study.yaml"
    study.write_text(
        "\n".join(
            [
                "encoders:",
                *encoders,
                "domains: [{source: features, path: ., name: seen}]",
                "components: 2",
                "untrained: 1",
                "permutations: 20",
                "",
            ]
        )
    )
    return study


def images_study(folder: Path) -> Path:
    """Write a study of two bundled encoders with a twin each, on sixteen digits."""
    folder.mkdir(parents=True, exist_ok=True)
    study = folder / "study.yaml"
    study.write_text(
        "{encoders: [resnet, vgg], domains: [digit], samples: 16, untrained: 1,"
        " permutations: 20, components: 2}\n"
    )
    return study


STUDIES = {"features": features_study, "images": images_study}


def run_study(study: Path, store: Path, log: Path) -> None:
    """Do what `python -m substrate run STUDY --store STORE` does, noting every entry written."""

    def hear(event: str, args: tuple) -> None:
        if event == "os.rename" and (key := _entry(store, args[1])):
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{key}\n")

    sys.addaudithook(hear)
    from substrate.cli import app

    app(["run", str(study), "--store", str(store)], prog_name="substrate")


def _entry(store: Path, target: object) -> str:
    """Return the key of the entry that a rename puts in place, or its manifest; else nothing."""
    path = Path(os.fsdecode(target)) if isinstance(target, str | bytes | os.PathLike) else Path()
    if not path.is_relative_to(store / "objects"):
        return ""
    parts = path.relative_to(store / "objects").parts
    whole = len(parts) == 2 and not parts[1].startswith(".")
    return parts[1] if whole or (len(parts) == 3 and parts[2] == "manifest.json") else ""


def at_once(study: Path, store: Path, count: int = 2, *, fresh: bool = False) -> list[Ended]:
    """Run a study in processes that begin at the same moment; return how each of them ended."""
    scratch = Path(tempfile.mkdtemp(dir=store.parent))
    logs = [scratch / f"{i}" for i in range(count)]
    codes = (_fresh if fresh else _forked)(study, store, logs)
    return [
        Ended(code, *(_text(log, s) for s in (".out", ".err")), _text(log).split())
        for code, log in zip(codes, logs, strict=True)
    ]


def _text(log: Path, suffix: str = "") -> str:
    path = log.with_suffix(suffix)
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _fresh(study: Path, store: Path, logs: list[Path]) -> list[int]:
    """Start new interpreters, one straight after the other."""
    started = []
    for log in logs:
        line = [
            sys.executable,
            "-m",
            "benchmarks.double_runs",
            "--one",
            str(study),
            str(store),
            str(log),
        ]
        with log.with_suffix(".out").open("w") as out, log.with_suffix(".err").open("w") as err:
            started.append(subprocess.Popen(line, stdout=out, stderr=err, cwd=_top()))
    return [process.wait(600) for process in started]


def _top() -> Path:
    return Path(__file__).resolve().parents[1]


def _forked(study: Path, store: Path, logs: list[Path]) -> list[int]:
    """Fork processes that have loaded everything, and let them go by closing one pipe."""
    import substrate.pipeline
    import substrate.progress  # noqa: F401 - as cli's command does, before the moment begins

    gate, opened = os.pipe()
    children = []
    for log in logs:
        child = os.fork()
        if child == 0:
            _behave(study, store, log, gate, opened)
        children.append(child)
    os.close(gate)
    os.close(opened)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _behave(study: Path, store: Path, log: Path, gate: int, opened: int) -> None:
    """Be one of the processes: wait at the gate, run the study, and never return."""
    code = 70
    try:
        for number, suffix in ((1, ".out"), (2, ".err")):
            os.dup2(os.open(log.with_suffix(suffix), os.O_WRONLY | os.O_CREAT), number)
        sys.stdout, sys.stderr = (os.fdopen(n, "w", closefd=False) for n in (1, 2))
        from substrate.commands import shared

        shared.errors.file = sys.stderr
        os.close(opened)
        os.read(gate, 1)
        run_study(study, store, log)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 70
    except BaseException:  # noqa: BLE001 - it is said, and the copy of the parent may not go on
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def faults(store: Path, ended: list[Ended], expected: set[str]) -> Iterator[str]:
    """Say everything that is wrong after the processes have ended; ``expected`` are the entries."""
    for number, one in enumerate(ended):
        if one.code != 0:
            yield f"process {number} ended with {one.code}: {one.errors[-2000:]}"
        if "Traceback" in one.errors or "damaged" in one.errors:
            yield f"process {number} said {one.errors[-2000:]}"
    if len({one.out for one in ended}) != 1 or not ended[0].out.strip().isalnum():
        yield f"they printed {[one.out for one in ended]}"
    wrote = Counter(key for one in ended for key in one.wrote)
    if twice := {key[:12]: n for key, n in wrote.items() if n > 1}:
        yield f"written more than once: {twice}"
    if lost := expected ^ set(wrote):
        yield f"{len(lost)} entries differ from those that one run alone writes"
    yield from _unsound(Store(store), ended[0].out.strip(), set(wrote))


def _unsound(store: Store, run_id: str, keys: set[str]) -> Iterator[str]:
    """Say which records and entries of a store are not whole, and what was left lying about."""
    try:
        record = open_run(store, run_id).record
        if record["status"] != "done" or len(list_runs(store)) != 1:
            yield f"the record says {record['status']}, of {len(list_runs(store))} runs"
        if lost := set(record["pairs"].values()) - keys:
            yield f"the record names {len(lost)} pairs that nobody wrote"
        for key in keys:
            if store.get(key) is None:
                yield f"entry {key[:12]} is gone"
    except (ValueError, StoreError) as error:
        yield str(error)
    for status in jobs.list_jobs(store):
        if status.state != "done" or status.run_id != run_id:
            yield f"job {status.job} says {status.state} of run {status.run_id!r}: {status.message}"
    for pattern in ("objects/*/.new-*", "objects/*/.old-*", "computing/*", "runs/.*.json.*"):
        if left := [path.name for path in store.root.glob(pattern)]:
            yield f"left lying about: {left[:3]}"


def once(kind: str, folder: Path) -> tuple[Path, set[str]]:
    """Write a study and run it alone; return it with the entries of one run."""
    study = STUDIES[kind](folder / "study")
    (ended,) = at_once(study, folder / "alone", 1)
    if found := list(faults(folder / "alone", [ended], set(ended.wrote))):
        raise AssertionError(f"one run alone: {found[0]}")
    return study, set(ended.wrote)


def main() -> None:
    """Run the rounds, print what was found, and fail where anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.double_runs", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--study", choices=STUDIES, default="features")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="a new interpreter for each process")
    parser.add_argument("--one", nargs=3, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # read when torch is imported: a fork copies no threads
    if options.one:
        run_study(*options.one)
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        study, expected = once(options.study, folder)
        for number in range(options.rounds):
            store = folder / f"store-{number}"
            ended = at_once(study, store, options.processes, fresh=options.fresh)
            found = list(faults(store, ended, expected))
            failed += bool(found)
            for fault in found:
                print(f"round {number}: {fault}", flush=True)
    print(
        f"{options.rounds - failed} of {options.rounds} rounds of {options.processes} processes "
        f"ended well; each of {len(expected)} entries was written once in each."
    )
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
