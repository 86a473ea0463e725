"""Which tests look at a module: those that import it, the nearest first."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

#: Tests that drive a browser, compile packages or look at sources only.
_ELSEWHERE = (
    "tests/browser/",
    "tests/hostile/",
    "tests/test_architecture.py",
    "tests/test_package",
)

#: What looks at every exhibit and page there is takes part, however many files are nearer.
RECORDS = ("tests/exhibits/test_recorded.py", "tests/pages/recorded/test_recorded.py")
LAST = RECORDS[0]


def imports(
    root: Path, folders: Iterable[str] = ("substrate", "tests", "pages")
) -> dict[str, set[str]]:
    """Return the files that each Python file imports, wherever in it, by paths below ``root``."""
    files = {
        str(path.relative_to(root)) for f in folders for path in sorted((root / f).rglob("*.py"))
    }
    return {
        file: {found for name in _names(root / file) if (found := _file(name, files))}
        for file in sorted(files)
    }


def _names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(name: str, files: set[str]) -> str | None:
    """Return the file of a dotted name: a module, a package, or the module of an object."""
    for end in (name, name.rpartition(".")[0]):
        for path in (f"{end.replace('.', '/')}.py", f"{end.replace('.', '/')}/__init__.py"):
            if path in files:
                return path
    return None


def nearest_tests(module: str, graph: Mapping[str, set[str]], most: int) -> list[list[str]]:
    """Return the files of tests by their distance from a module, at most ``most`` and `LAST`.

    Distance counts imports; among equals those in the folder of the same name come first.
    """
    back = defaultdict(set)
    for file, found in graph.items():
        for other in found:
            back[other].add(file)
    seen, ring, tiers, left = {module}, {module}, [], most
    while ring and left > 0:
        ring = {user for file in ring for user in back[file]} - seen
        seen |= ring
        tests = sorted(
            (f for f in ring if Path(f).name.startswith("test_") and not f.startswith(_ELSEWHERE)),
            key=lambda file: (-shared_words(file, module), file),
        )[:left]
        left -= len(tests)
        if tests:
            tiers.append(tests)
    known = any(LAST in tests for tests in tiers)
    return tiers if known or LAST not in graph else [*tiers, [LAST]]


def shared_words(test: str, module: str) -> int:
    """Count the folders and words that the two paths have in common."""
    words = [set(p.removesuffix(".py").replace("_", "/").split("/")) for p in (test, module)]
    return len(words[0] & words[1])
