"""Nothing stands in the package that only tests reach, but the tested twins of faster formulas.

Names are followed from the pages, the commands and the benchmarks. A twin says in its docstring
what is checked against it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("substrate", "pages", "benchmarks", "examples")

#: What the program does not reach and that stays, with what its docstring says of that.
TWINS = {
    ("substrate.exhibits.glossary", "page"): "docs/glossary.md",
    ("substrate.numerics.metrics", "score"): "For scripts and notebooks",
    ("substrate.numerics.panel", "procrustes_cka"): "`procrustes_cka_all` is checked against",
    ("substrate.zoo.filters", "leading_filters"): "`FILTERS`",
    ("substrate.zoo.filters", "random_filters"): "`FILTERS`",
}

Name = tuple[str, str]


@dataclass(frozen=True)
class Module:
    """What a module defines at its top level, and what the names in it stand for."""

    name: str
    tree: ast.Module
    defined: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imported: dict[str, set[Name]] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    loose: list[ast.stmt] = field(default_factory=list)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules(*folders: str) -> dict[str, Module]:
    paths = [p for folder in folders for p in sorted((ROOT / folder).rglob("*.py"))]
    names = {module_name(path) for path in paths} | {"app"}
    trees = {module_name(p): ast.parse(p.read_text(encoding="utf-8")) for p in paths}
    trees["app"] = ast.parse((ROOT / "app.py").read_text(encoding="utf-8"))
    return {name: read(name, tree, names) for name, tree in trees.items()}


def read(name: str, tree: ast.Module, known: set[str]) -> Module:
    module = Module(name, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole, local = f"{node.module}.{alias.name}", alias.asname or alias.name
                if whole in known:
                    module.modules[local] = whole
                else:
                    module.imported.setdefault(local, set()).add((node.module, alias.name))
        elif isinstance(node, ast.Import):
            module.modules.update({a.asname: a.name for a in node.names if a.asname})
    for node in tree.body:
        for target in targets(node):
            module.defined.setdefault(target, []).append(node)
        if not targets(node) or (isinstance(node, ast.FunctionDef) and registers(node)):
            module.loose.append(node)
    return module


def targets(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=where):
            return [t.id for t in where if isinstance(t, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def registers(node: ast.FunctionDef) -> bool:
    """Say whether a decorator hands the function to someone, as a command line's does."""
    return any(
        isinstance(d, ast.Call)
        and isinstance(d.func, ast.Attribute)
        and d.func.attr in ("command", "callback")
        for d in node.decorator_list
    )


def named(node: ast.AST, module: Module) -> Iterator[Name]:
    """Yield what the names inside of a statement stand for."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield from module.imported.get(part.id, ())
            if part.id in module.defined:
                yield (module.name, part.id)
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            if home := module.modules.get(part.value.id):
                yield (home, part.attr)
        elif isinstance(part, ast.Constant) and part.value in module.defined:
            yield (module.name, str(part.value))  # a type in quotation marks


def reached(known: dict[str, Module], roots: list[Name]) -> set[Name]:
    seen: set[Name] = set()
    left = list(roots)
    while left:
        home, name = name_of = left.pop()
        if name_of in seen or home not in known:
            continue
        seen.add(name_of)
        module = known[home]
        left += module.imported.get(name, ())
        for node in module.defined.get(name, []):
            left += [other for other in named(node, module) if other != name_of]
    return seen


def roots(known: dict[str, Module]) -> list[Name]:
    """Return where the program starts: pages, commands, benchmarks, and what runs on import."""
    found: list[Name] = [("substrate.cli", "main")]
    for module in known.values():
        for node in module.loose:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                found += [*named(node, module), *((module.name, t) for t in targets(node))]
        if module.name.split(".")[0] != "substrate" or module.name in run_on_import(known):
            found += [(module.name, name) for name in module.defined]
            found += [name for names in module.imported.values() for name in names]
    return found


@cache
def imported_whole(*folders: str) -> frozenset[str]:
    return frozenset(
        alias.name
        for module in modules(*folders).values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if not alias.asname
    )


def run_on_import(known: dict[str, Module]) -> set[str]:
    """Return the modules that are imported for what they do, not for a name."""
    return set(imported_whole(*FOLDERS) & set(known))


def unreached(*kept: Name) -> dict[Name, ast.stmt]:
    """Return what of the package neither the program nor ``kept`` reaches."""
    known = modules(*FOLDERS)
    alive = reached(known, [*roots(known), *kept])
    return {
        (module.name, name): nodes[0]
        for module in known.values()
        for name, nodes in module.defined.items()
        if (module.name, name) not in alive and name != "__all__"
    }


def test_only_tests_reach_nothing_but_what_says_so():
    assert sorted(unreached(*TWINS)) == []


@pytest.mark.parametrize("name", sorted(TWINS), ids=lambda name: name[1])
def test_a_twin_is_reached_by_tests_alone_and_says_what_it_checks(name):
    node = unreached()[name]
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    assert TWINS[name] in (ast.get_docstring(node) or ""), f"{name} does not say so"


def used_attributes() -> set[str]:
    """Return what is read as an attribute outside of the tests, and each quoted word."""
    out = set()
    for module in modules(*FOLDERS).values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute):
                out.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                out.add(node.value)
    return out


def test_only_tests_call_no_method():
    used = used_attributes()
    assert [
        f"{module.name}.{node.name}.{method.name}"
        for module in modules(*FOLDERS).values()
        for node in module.tree.body
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef)
        if not method.name.startswith("_") and method.name != "forward"  # torch calls it
        if method.name not in used
    ] == []
