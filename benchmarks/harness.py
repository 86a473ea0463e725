"""Interleaved timing of contenders that must first agree on their values."""

import json
import os
import platform
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

OURS, FLOOR = "ours", "floor"


@dataclass
class Case:
    """One row of the table: what is computed, by whom, and what is to be reached.

    `contenders` map a name to a function without arguments; "ours" and "floor" are always there.
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
    """Medians of one case."""

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


def measure(case: Case, rounds: int) -> Row:
    """Compare values, then time every contender once per round, in turn, starting elsewhere."""
    differences = compare_values(case)
    names = list(case.contenders)
    times: dict[str, list[float]] = {name: [] for name in names}
    for r in range(rounds):
        for name in names[r % len(names) :] + names[: r % len(names)]:
            start = time.perf_counter()
            case.contenders[name]()
            times[name].append(time.perf_counter() - start)
    seconds = {name: float(np.median(values)) for name, values in times.items()}
    return Row(
        case.name,
        case.work,
        seconds,
        rounds,
        seconds[OURS] / seconds[FLOOR],
        {name: seconds[name] / seconds[OURS] for name in names if name not in (OURS, FLOOR)},
        differences,
        {text: bool(check(seconds)) for text, check in case.reach if _has(check, seconds)},
        case.notes,
        case.missing,
    )


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
        "| work | ours | floor | ours / floor | others | theirs / ours | aim |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        others = {k: v for k, v in row.seconds.items() if k not in (OURS, FLOOR)}
        aims = "; ".join(
            f"{text}: {'reached' if done else 'not reached'}" for text, done in row.reached.items()
        )
        cells = (
            row.work,
            _time(row.seconds[OURS]),
            _time(row.seconds[FLOOR]),
            f"{row.over_floor:.2f}",
            "; ".join(f"{name} {_time(value)}" for name, value in others.items()) or "none",
            "; ".join(f"{name} {value:.1f}" for name, value in row.ratios.items()) or "none",
            aims,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1e3 * seconds:.1f} ms"
