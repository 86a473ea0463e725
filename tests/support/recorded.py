"""What every exhibit of a planted run says and draws, kept as files and compared with tolerance.

``python -m tests.support.recorded`` writes the record anew. It is read in the difference that a
commit shows: a number, a word, a position or a colour that changed without being meant to.
"""

from __future__ import annotations

import base64
import json
import math
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from substrate.analyses.experiments.file import VARIABLE
from substrate.exhibits.defaults import sections
from substrate.exhibits.exhibit import Exhibit, Section
from substrate.report import themed
from substrate.runs import Run, open_run, runs_directory
from tests.support.experiment_files import write_all
from tests.support.training_store import training_run

FOLDER = Path(__file__).parents[1] / "exhibits" / "recorded"
#: Families of the planted encoders, by names that have titles.
FAMILIES = {"alpha": "resnet", "beta": "vgg", "gamma": "vit", "delta": "convnext"}
#: Lists of numbers up to this long are kept whole; of longer ones count, ends, extremes, moments.
WHOLE = 24
#: How far numbers may lie apart: other builds of BLAS add in another order.
RELATIVE, ABSOLUTE = 2e-3, 2e-4
#: Exhibits of seconds that were measured.
_TIMED = "transfer-seconds-"
#: Exhibits whose positions another processor finds elsewhere: UMAP descends in its own order. The
#: same figures with other positions are recorded.
_PLACED = "-UMAP-"
#: Traces that hold what differs between machines.
_ELSEWHERE = frozenset({"run", "substrate", "versions"})
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def recorded_run(root: Path) -> Run:
    """Plant the run that is recorded: six encoders, three domains, a trajectory."""
    run = training_run(root, n=96, groups=24, few=12, untrained=2)
    path = runs_directory(run.store) / f"{run.run_id}.json"
    record = json.loads(path.read_text())
    record.pop("seal", None)  # it is altered on purpose
    record["study"] |= {"permutations": 20, "components": 4}
    for encoder in record["encoders"]:
        encoder["family"] = FAMILIES[encoder["name"]]
    path.write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


def recorded_sections(run: Run, results: Path) -> list[Section]:
    """Return every view of every page of the run, and of planted experiments, kept in a folder."""
    results.mkdir()
    with patch.dict(os.environ, {VARIABLE: str(write_all(results))}):
        return list(sections(run, themed(run), every=True))


def plain(section: Section) -> dict[str, Any]:
    """Return a section as what JSON can hold, exhibits by key."""
    left = (_TIMED, _PLACED)
    kept = (item for item in section.items if not any(part in item.key for part in left))
    return {exhibit.key: _plain_exhibit(exhibit) for exhibit in kept}


def _plain_exhibit(exhibit: Exhibit) -> dict[str, Any]:
    figure = None if exhibit.figure is None else json.loads(exhibit.figure.to_json())
    if figure:
        figure["layout"].pop("template", None)
    verdict = exhibit.verdict
    tables = {"table": exhibit.table, "shown": exhibit.shown}
    known = {
        "title": exhibit.title,
        "sentence": exhibit.sentence,
        "context": exhibit.context,
        "read": exhibit.read,
        "verdict": verdict and [verdict.badge.name, verdict.short],
        "trace": {k: v for k, v in exhibit.trace.items() if k not in _ELSEWHERE},
        "figure": figure,
        **{name: _plain_table(table) for name, table in tables.items() if table is not None},
    }
    return {
        name: plain_value(value) for name, value in known.items() if value not in (None, "", {})
    }


def _plain_table(table: pd.DataFrame) -> dict[str, Any]:
    return {str(name): table[name].tolist() for name in table}


def plain_value(value: Any) -> Any:
    """Return nested values with numbers of six digits and long lists summed up."""
    if isinstance(value, dict):
        if "bdata" in value:
            return plain_value(_decoded(value).tolist())
        return {str(key): plain_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return _plain_list(list(value))
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}") if math.isfinite(value) else str(float(value))
    if isinstance(value, str) and value.startswith("data:"):
        return f"data of {len(value)} letters"
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.item() if isinstance(value, np.generic) else str(value)


def _decoded(value: dict[str, Any]) -> np.ndarray:
    array = np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
    return array.reshape([int(n) for n in str(value.get("shape", array.size)).split(",")])


def _plain_list(values: list[Any]) -> Any:
    flat = np.array(values, dtype=object).ravel() if len(values) > WHOLE else np.array([])
    if len(flat) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in flat):
        numbers = flat.astype(float)
        known = numbers[np.isfinite(numbers)]
        return {"numbers": [len(numbers), len(known), *plain_value(_summed_up(known))]}
    return [plain_value(value) for value in values]


def _summed_up(known: np.ndarray) -> list[float]:
    """Return the ends of a list, its extremes, mean and deviation, and how far it moves in all."""
    if not len(known):
        return []
    moved = np.abs(np.diff(known)).sum()
    return [known[0], known[-1], known.min(), known.max(), known.mean(), known.std(), moved]


def differences(now: Any, before: Any, place: str = "") -> Iterator[str]:
    """Yield where two plain values differ by more than rounding, and how."""
    if isinstance(now, dict) and isinstance(before, dict):
        for key in sorted(now.keys() | before.keys()):
            if key not in before or key not in now:
                yield f"{place}/{key} is {'new' if key in now else 'gone'}"
            else:
                yield from differences(now[key], before[key], f"{place}/{key}")
    elif isinstance(now, list) and isinstance(before, list):
        if len(now) != len(before):
            yield f"{place}: {len(now)} entries, before {len(before)}"
        else:
            for index, pair in enumerate(zip(now, before, strict=True)):
                yield from differences(*pair, f"{place}/{index}")
    elif not alike(now, before):
        yield f"{place}: {now!r}, before {before!r}"


def alike(now: Any, before: Any) -> bool:
    """Compare two leaves; numbers inside of texts may differ by one in their last digit."""
    if isinstance(now, str) and isinstance(before, str):
        if _NUMBER.sub("0", now) != _NUMBER.sub("0", before):
            return False
        pairs = zip(_NUMBER.findall(now), _NUMBER.findall(before), strict=True)
        return all(a == b or _rounded_alike(a, b) for a, b in pairs)
    numeric = isinstance(now, int | float) and isinstance(before, int | float)
    if numeric and not isinstance(now, bool) and not isinstance(before, bool):
        if isinstance(now, int) and isinstance(before, int):
            return now == before
        return math.isclose(now, before, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(now == before)


def _rounded_alike(now: str, before: str) -> bool:
    digits = len(before.partition(".")[2])
    if not digits or len(now.partition(".")[2]) != digits:
        return False
    return abs(float(now) - float(before)) <= 1.01 * 10.0**-digits


def write(run: Run) -> None:
    """Write the record of every section anew."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for section in recorded_sections(run, run.store.root / "results"):
        text = json.dumps(plain(section), indent=1, ensure_ascii=False, sort_keys=True)
        (FOLDER / f"{section.key}.json").write_text(tight(text) + "\n", encoding="utf-8")


def tight(text: str) -> str:
    """Put lists of plain values on one line."""
    return re.sub(r"\[[^\[\]{}]*\]", lambda m: re.sub(r"\n\s*", " ", m[0]), text)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        write(recorded_run(Path(folder)))
