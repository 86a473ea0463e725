"""Modules as parsed text by their dotted names: what each imports, and which import each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).parents[3]

#: Parsed modules by dotted name; a package's own module has the name of the package.
Sources = Mapping[str, ast.Module]

#: Functions that import what their argument names.
IMPORTERS = ("importlib.import_module", "__import__")
#: What they import where only a run knows its name.
UNNAMED = "a module that only a run names"


@cache
def sources(*folders: str) -> Sources:
    """Return the modules of the router and of some folders of the repository."""
    paths = [ROOT / "app.py", *(p for f in folders for p in sorted((ROOT / f).rglob("*.py")))]
    return MappingProxyType({dotted(p): ast.parse(p.read_text(encoding="utf-8")) for p in paths})


def dotted(path: Path) -> str:
    """Return the dotted name of a file below the root."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def planted(**texts: str) -> Sources:
    """Return modules from their texts; ``__`` in a name stands for a dot."""
    return {name.replace("__", "."): ast.parse(text) for name, text in texts.items()}


def _for_types_only(tree: ast.Module) -> set[ast.AST]:
    """Return what only a type checker runs: the body, not the `else`, of ``if TYPE_CHECKING``."""
    return {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If)
        if ast.unparse(block.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for statement in block.body
        for node in ast.walk(statement)
    }


def meanings(tree: ast.Module) -> dict[str, str]:
    """Return the dotted name that each imported name of a module stands for."""
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                known[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            known |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return known


def meaning(node: ast.AST, known: Mapping[str, str]) -> str | None:
    """Return the dotted name that a name or an attribute stands for, if it is one."""
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        owner = meaning(node.value, known)
        return None if owner is None else f"{owner}.{node.attr}"
    return None


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted names that a module imports when it runs, wherever in it."""
    typing_only, known = _for_types_only(tree), meanings(tree)
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a module is imported relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and meaning(node.func, known) in IMPORTERS:
            if node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)
            else:
                yield UNNAMED


def module_of(name: str, known: Sources) -> str | None:
    """Return the module that a dotted name is or lies in, if it is a known one."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name or None


def circles(known: Sources) -> list[list[str]]:
    """Return the modules that import each other, by whichever way, imports in functions included.

    A module's import of its own package counts as one of what the package's own module defines.
    """
    graph = {
        name: sorted({m for i in imported(tree) if (m := module_of(i, known))} - {name})
        for name, tree in known.items()
    }
    return strongly_connected(graph)


def strongly_connected(graph: Mapping[str, list[str]]) -> list[list[str]]:
    """Return the sets of nodes, two or more, of which each reaches each (Tarjan 1972)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in graph:
        if node not in order:
            visit(node)
    return found
