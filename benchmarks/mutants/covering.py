"""Which tests run a line: read from what pytest-cov recorded of a run of the suite.

``pytest -m "not browser" --cov=substrate --cov-context=test`` writes ``.coverage``, a database of
the lines that each test ran. Lines that ran in a fixture count for all tests of that file, as the
fixture may be theirs; lines that ran at import belong to no test.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from coverage import CoverageData

from benchmarks.mutants.operators import Mutant
from benchmarks.mutants.selection import RECORDS, shared_words


class Covering:
    """The tests that ran each line of ``root``'s modules, read from coverage's ``data`` file."""

    def __init__(self, root: Path, data: Path) -> None:
        self._data = CoverageData(str(data))
        self._data.read()
        self._root = root
        self._measured = {Path(name).as_posix(): name for name in self._data.measured_files()}
        if not self._data.measured_contexts() - {""}:
            raise SystemExit(f"{data} does not tell tests apart: record with --cov-context=test.")
        self._tests: dict[str, set[str]] = defaultdict(set)
        for context in self._data.measured_contexts() - {""}:
            test = context.rpartition("|")[0]
            self._tests[_file(test)].add(test)

    def tests(self, mutant: Mutant, most: int) -> list[list[str]]:
        """Return the tests that ran a mutant's lines: the nearest file's, records', all others'.

        At most ``most`` files are taken besides the records.
        """
        source = (self._root / mutant.path).read_text(encoding="utf-8")
        end = "/" + mutant.path
        name = next((n for path, n in self._measured.items() if path.endswith(end)), None)
        if name is None:
            return []
        by_line = self._data.contexts_by_lineno(name)
        contexts = {c for at in mutant.lines(source) for c in by_line.get(at, ())}
        found: dict[str, set[str]] = defaultdict(set)
        for context in contexts - {""}:
            test, _, phase = context.rpartition("|")
            found[_file(test)] |= {test} if phase == "run" else self._tests[_file(test)]
        near = sorted(found.keys() - RECORDS, key=lambda f: (-shared_words(f, mutant.path), f))
        steps = [near[:1], [file for file in RECORDS if file in found], near[1:most]]
        tiers = [[test for file in files for test in sorted(found[file])] for files in steps]
        return [tests for tests in tiers if tests]


def _file(test: str) -> str:
    return test.partition("::")[0]
