"""Interleaved timing of contenders that must first agree on their values."""

import json
import os
import platform
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

OURS, FLOOR = "ours", "floor"
SLACK = 0.1  # the share by which medians of equal work may differ


@dataclass
class Case:
    """One row of the table: what is computed, by whom, and what is to be reached.

    `contenders` map a name to a function without arguments; "ours" is always there, and at least
    one whose name begins with "floor", of which the fastest counts.
    `reach` are checks of the medians: a text and a function of name to seconds.
    `agree` maps the peers that must return our values to the largest difference allowed.
    """

    name: str
    work: str
    contenders: dict[str, Callable[[], Any]]
    reach: list[tuple[str, Callable[[dict[str, float]], bool]]]
    agree: dict[str, float] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


@dataclass
class Row:
    """Medians of one case, and the number of threads with which each contender was faster.

    `seconds["floor"]` is the median of the fastest floor, which `floor` names.
    `processor` are seconds of work on all cores together, which other programs on the machine
    disturb less than the time that passes.
    """

    name: str
    work: str
    seconds: dict[str, float]
    rounds: int
    over_floor: float
    ratios: dict[str, float]
    differences: dict[str, float]
    reached: dict[str, bool]
    notes: dict[str, Any]
    missing: list[str]
    threads: dict[str, int] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)
    floor: str = FLOOR

    @property
    def floor_holds(self) -> bool:
        """Whether nothing of ours was faster than the floor, by more than clocks vary."""
        return self.over_floor >= 1 - SLACK


@contextmanager
def at_most(threads: int) -> Iterator[None]:
    """Let BLAS, OpenMP and torch use this many threads."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 0
    with threadpool_limits(threads):
        if torch:
            torch.set_num_threads(threads)
        try:
            yield
        finally:
            if torch:
                torch.set_num_threads(before)


def clocked(run: Callable[[], Any], threads: int) -> tuple[float, float]:
    """Seconds that pass, and seconds of work on all cores."""
    with at_most(threads):
        start, work = time.perf_counter(), time.process_time()
        run()
        return time.perf_counter() - start, time.process_time() - work


def best_threads(case: Case) -> dict[str, int]:
    """Whether each contender is faster with one thread or with as many as there may be."""
    most = machine()["threads"]
    out = dict.fromkeys(case.contenders, most)
    for name, run in case.contenders.items():
        if most > 1:
            took = {count: clocked(run, count)[0] for count in (most, 1)}
            out[name] = min(took, key=took.__getitem__)
    return out


def measure(case: Case, rounds: int) -> Row:
    """Compare values, then time every contender in every round, in turn, starting elsewhere."""
    differences = compare_values(case)
    names, threads = list(case.contenders), best_threads(case)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for r in range(rounds):
        for name in names[r % len(names) :] + names[: r % len(names)]:
            times[name].append(clocked(case.contenders[name], threads[name]))
    medians = {name: np.median(values, axis=0).tolist() for name, values in times.items()}
    seconds = {name: both[0] for name, both in medians.items()}
    lowest = min((name for name in names if is_floor(name)), key=seconds.__getitem__)
    seconds[FLOOR] = seconds[lowest]
    return Row(
        case.name,
        case.work,
        seconds,
        rounds,
        seconds[OURS] / seconds[FLOOR],
        {name: seconds[name] / seconds[OURS] for name in names if _other(name)},
        differences,
        {text: bool(check(seconds)) for text, check in case.reach if _has(check, seconds)},
        case.notes,
        case.missing,
        threads,
        {name: both[1] for name, both in medians.items()},
        lowest,
    )


def is_floor(name: str) -> bool:
    """Whether a contender is a form of the floor."""
    return name.startswith(FLOOR)


def _other(name: str) -> bool:
    return name != OURS and not is_floor(name)


def _has(check: Callable[[dict[str, float]], bool], seconds: dict[str, float]) -> bool:
    """Whether all contenders that a check looks at were there to be timed."""
    try:
        check(seconds)
    except KeyError:
        return False
    return True


def compare_values(case: Case) -> dict[str, float]:
    """Run each contender once; peers must return what we return."""
    values = {name: run() for name, run in case.contenders.items()}
    differences = {}
    for name, tolerance in case.agree.items():
        if name not in values:
            continue
        gap = float(np.abs(np.asarray(values[name]) - np.asarray(values[OURS])).max())
        differences[name] = gap
        if not gap <= tolerance:
            raise AssertionError(f"{case.name}: {name} differs from ours by {gap:.3g}")
    return differences


def peak_bytes(run: Callable[[], Any]) -> int:
    """Most memory allocated by NumPy at once during a run, beyond what was there before."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - before


def machine() -> dict[str, Any]:
    """Name what the timings depend on."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load_at_start": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "threads": int(os.environ.get("OPENBLAS_NUM_THREADS", os.cpu_count() or 1)),
    }


def keep(rows: list[Row], about: dict[str, Any], path: Path) -> None:
    """Write rows to a file, each with its machine; rows of other cases stay as they were."""
    kept = json.loads(path.read_text()) if path.is_file() else {}
    kept |= {row.name: {"machine": about, "row": asdict(row)} for row in rows}
    path.write_text(json.dumps(kept, indent=1) + "\n")


def kept_rows(path: Path) -> list[tuple[Row, dict[str, Any]]]:
    """Read rows and their machines back."""
    return [(Row(**one["row"]), one["machine"]) for one in json.loads(path.read_text()).values()]


def table(rows: list[Row]) -> str:
    """Rows as a Markdown table."""
    lines = [
        "| work | ours | floor | ours / floor | others | theirs / ours | "
        "the same in processor time | aim |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        others = {k: v for k, v in row.seconds.items() if _other(k)}
        aims = "; ".join(
            f"{text}: {'reached' if done else 'not reached'}" for text, done in row.reached.items()
        )
        cells = (
            row.work,
            _time(row.seconds[OURS]),
            f"{_time(row.seconds[FLOOR])}{row.floor.removeprefix(FLOOR)}",
            f"{row.over_floor:.2f}" + ("" if row.floor_holds else " (beaten: no floor)"),
            "; ".join(f"{name} {_time(value)}" for name, value in others.items()) or "none",
            "; ".join(f"{name} {value:.1f}" for name, value in row.ratios.items()) or "none",
            "; ".join(_work_ratios(row)) or "none",
            aims,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _work_ratios(row: Row) -> list[str]:
    work = row.processor
    return [f"{name} {work[name] / work[OURS]:.1f}" for name in row.ratios if name in work]


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1e3 * seconds:.1f} ms"
