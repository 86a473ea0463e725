"""A copy of the repository in which one mutant after the other is put to the tests."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.mutants.operators import Mutant

#: What is copied; all else at the top of the repository is linked.
COPIED = ("substrate", "tests", "pages", "app.py", "pyproject.toml")
LINKED = ("data", "docs", "examples", "benchmarks", ".streamlit", "requirements.txt", "README.md")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?)(?: - .*)?$", re.MULTILINE)
#: pytest's exit codes: all passed, some failed, interrupted, nothing collected.
PASSED, FAILED, NOTHING = 0, 1, 5


@dataclass(eq=False)
class Copy:
    """A copy of the repository at ``home``; ``broken`` are tests that fail without any mutant."""

    home: Path
    broken: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, home: Path) -> Copy:
        """Copy what mutants and tests may change and link the rest."""
        home.mkdir()
        for name in COPIED:
            source = root / name
            if source.is_dir():
                shutil.copytree(source, home / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, home / name)
        for name in LINKED:
            (home / name).symlink_to(root / name)
        return cls(home)

    def outcome(self, mutant: Mutant, tiers: list[list[str]], timeout: float) -> dict[str, Any]:
        """Return what the tests say of a mutant: killed (by which test), timeout or survived."""
        place, began = self.home / mutant.path, time.monotonic()
        source = place.read_text(encoding="utf-8")
        try:
            self._write(place, mutant.apply(source))
            said, killer = "survived", ""
            for tests in tiers:
                said, killer = self._tier(place, source, mutant, tests, timeout)
                if said != "survived":
                    break
        finally:
            self._write(place, source)
        return {
            "mutant": mutant.key,
            "path": mutant.path,
            "line": mutant.line,
            "operator": mutant.operator,
            "outcome": said,
            "killer": killer,
            "tests": [file for tests in tiers for file in tests],
            "seconds": round(time.monotonic() - began, 1),
            "diff": mutant.diff(source),
        }

    def _tier(
        self, place: Path, source: str, mutant: Mutant, tests: list[str], timeout: float
    ) -> tuple[str, str]:
        while True:
            skipped = [f"--deselect={name}" for name, broken in self.broken.items() if broken]
            code, output = self._pytest([*tests, *skipped], timeout)
            if code is None:
                return "timeout", ""
            if code in (PASSED, NOTHING):
                return "survived", ""
            names = _FAILED.findall(output)
            if code != FAILED or not names:  # it cannot even be imported
                return "killed", "collection"
            if not self._broken(names[0], place, source, timeout):
                return "killed", names[0]
            self._write(place, mutant.apply(source))

    def _broken(self, test: str, place: Path, source: str, timeout: float) -> bool:
        """Tell whether a test fails without the mutant as well; the module is left without it."""
        if test not in self.broken:
            self._write(place, source)
            code, _ = self._pytest([test], timeout)
            self.broken[test] = code not in (PASSED, NOTHING)
        return self.broken[test]

    @staticmethod
    def _write(place: Path, text: str) -> None:
        """Write a module and forget its bytecode: Python tells files apart by second and size."""
        place.write_text(text, encoding="utf-8")
        for old in (place.parent / "__pycache__").glob(f"{place.stem}.*.pyc"):
            old.unlink()

    def _pytest(self, arguments: list[str], timeout: float) -> tuple[int | None, str]:
        """Run tests until the first fails; the code is None where they took too long."""
        line = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "--tb=no",
            "-rfE",
            "-p",
            "no:cacheprovider",
            "-m",
            "not browser",
            *arguments,
        ]
        process = subprocess.Popen(
            line,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "COLUMNS": "400"},
        )
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return None, ""
        return process.returncode, output
