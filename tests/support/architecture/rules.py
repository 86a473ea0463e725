"""The rules: each takes modules and returns what breaks it, in the rule's own words."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.support.architecture.sources import (
    UNNAMED,
    Sources,
    imported,
    meaning,
    meanings,
    module_of,
)
from tests.support.architecture.tables import (
    ACROSS_QUESTIONS,
    FOR_ALL,
    HOME,
    LAYERS,
    MAY_IMPORT,
    NOT_IN_NUMERICS,
    NUMERICS_ORDER,
    NUMERICS_UPWARDS,
    OF_ALL,
)

#: What is above the package: nothing in it imports these.
ABOVE = {"tests", "benchmarks", "examples"}
#: Libraries whose files run code when read, and locks of one system's own.
NEVER = {
    **dict.fromkeys(("pickle", "dill", "joblib", "shelve", "marshal"), "no pickle is read"),
    **dict.fromkeys(("fcntl", "msvcrt"), "locks are those of filelock"),
}
#: Functions that read pickles, or objects of any class.
UNSAFE = {
    "torch.load",
    "torch.jit.load",
    "torch.hub.load",
    "torch.package.PackageImporter",
    "pandas.read_pickle",
    "yaml.unsafe_load",
    "yaml.full_load",
}
#: Functions that are safe with one argument: its name, and its only value where it has one.
ONLY_WITH = {
    "PIL.Image.open": ("formats", None),
    "numpy.load": ("allow_pickle", "False"),
    "numpy.save": ("allow_pickle", "False"),
    "numpy.lib.format.read_array": ("allow_pickle", "False"),
}
#: What numerics neither call nor hand on.
READ_AND_WRITE = {"print", "open", "input", "sys.stdout", "sys.stderr", "sys.stdin"} | {
    f"numpy.{name}"
    for name in (
        *("load", "save", "savez", "savez_compressed", "loadtxt", "savetxt"),
        *("genfromtxt", "fromfile", "memmap"),
    )
}


def part(name: str) -> str:
    """Return the part of the project that a dotted name belongs to, or its library."""
    first, *rest = name.split(".")
    return rest[0] if first == "substrate" and rest else first


def _room(name: str) -> str:
    return ".".join(name.split(".")[2:3])


def arrows(known: Sources) -> dict[tuple[str, str], str]:
    """Return from which part to which the modules' imports lead, and one that does."""
    return {
        (part(name), part(i)): f"{name} imports {i}"
        for name, tree in known.items()
        for i in imported(tree)
        if name != "substrate" and part(i) not in (part(name), "substrate")
    }


def imports_that_point_up(known: Sources) -> list[str]:
    """Each part may import only what lies below it, and heavy libraries have their homes."""
    broken = []
    for (place, there), how in arrows(known).items():
        library = how.partition(" imports ")[2].split(".")[0]
        if there == UNNAMED:
            broken.append(f"every import is written out: {how}")
        elif library in ABOVE:
            broken.append(f"{place} may not import {library}: {how}")
        elif library in HOME and place not in HOME[library]:
            broken.append(f"{library} may be imported only by {sorted(HOME[library])}: {how}")
        elif library in {"app", "pages", "substrate"} and there not in MAY_IMPORT.get(place, ()):
            broken.append(f"{place} may not import {there}: {how}")
        if library in NEVER:
            broken.append(f"{NEVER[library]}: {how}")
        if place == "numerics" and library in NOT_IN_NUMERICS:
            broken.append(f"numerics may not import {library}: {how}")
    return broken


def unused_permissions(known: Sources) -> list[str]:
    """Every arrow of the tables is used: one that is not would let an import pass unseen."""
    seen = set(arrows(known))
    seen_here = {(a, b) for a, b in seen if a in MAY_IMPORT}
    return [
        *(f"{a} does not import {b}" for a, bs in MAY_IMPORT.items() for b in bs - _of(seen, a)),
        *(f"{a} does not import {b}" for b, places in HOME.items() for a in places
          if (a, b) not in seen_here),
        *(f"{a} does not import {b}" for a, b in set(ACROSS_QUESTIONS) - set(_crossings(known))),
        *(f"{a} does not import {b}" for a, b in set(NUMERICS_UPWARDS) - set(_upwards(known))),
    ]  # fmt: off


def _of(arrows: set[tuple[str, str]], place: str) -> set[str]:
    return {b for a, b in arrows if a == place}


def numerics_that_point_up(known: Sources) -> list[str]:
    """The rooms of numerics import downwards (`NUMERICS_ORDER`)."""
    return [
        f"numerics: {room} may not be imported from below: {how}"
        for (name, room), how in _upwards(known).items()
        if (name, room) not in NUMERICS_UPWARDS
    ]


def _upwards(known: Sources) -> dict[tuple[str, str], str]:
    level = {room: at for at, rooms in enumerate(NUMERICS_ORDER) for room in rooms}
    found = {}
    for name, tree in known.items():
        if part(name) != "numerics" or not _room(name):
            continue
        assert _room(name) in level, f"{_room(name)} is not in the order of numerics"
        for i in imported(tree):
            if i.startswith("substrate.numerics.") and level[_room(i)] > level[_room(name)]:
                found[name, _room(i)] = f"{name} imports {i}"
    return found


def questions_that_meet(known: Sources) -> list[str]:
    """A question imports no other question, in its own layer or another (`ACROSS_QUESTIONS`).

    Each question can then be read, changed and taken away alone.
    """
    return [
        f"{a} may not import {b}, another question: {how}"
        for (a, b), how in _crossings(known).items()
        if (a, b) not in ACROSS_QUESTIONS
    ]


def _crossings(known: Sources) -> dict[tuple[str, str], str]:
    packages = {name.rpartition(".")[0] for name in known if name.count(".") >= 3}

    def question(name: str) -> str | None:
        where = name.split(".")[:3]
        there = where[0] == "substrate" and len(where) == 3 and where[1] in LAYERS
        return "/".join(where[1:]) if there and ".".join(where) in packages else None

    found = {}
    for name, tree in known.items():
        if (a := question(name)) is None or _asks(a) in OF_ALL:
            continue
        for i in imported(tree):
            b = question(module_of(i, known) or i)
            if b is not None and _asks(b) not in {_asks(a), *FOR_ALL}:
                found[a, b] = f"{name} imports {i}"
    return found


def _asks(question: str) -> str:
    return question.split("/")[1]


def used(tree: ast.Module) -> Iterator[tuple[str, ast.AST, ast.Call | None]]:
    """Yield what each name and attribute stands for, with the call where it is what is called."""
    known = meanings(tree)
    calls = {node.func: node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if (name := meaning(node, known)) is not None:
            yield name, node, calls.get(node)  # type: ignore[call-overload]


def unsafe_readers(known: Sources) -> list[str]:
    """No pickle is read, and no image is opened without a list of formats.

    A file's content picks Pillow's decoder, and some decoders start other programs.
    """
    broken = []
    for module, tree in known.items():
        for name, node, call in used(tree):
            if name in UNSAFE:
                broken.append(f"no pickle is read: {module} uses {name}")
            elif name in ONLY_WITH and isinstance(node, ast.Name | ast.Attribute):
                argument, value = ONLY_WITH[name]
                given = {k.arg: ast.unparse(k.value) for k in call.keywords} if call else {}
                if given.get(argument) is None or value not in (None, given[argument]):
                    wanted = argument if value is None else f"{argument}={value}"
                    broken.append(f"{name} needs {wanted}: {module} calls it without")
    return broken


def numerics_that_read_or_write(known: Sources) -> list[str]:
    """Numerics neither read nor write, print, or hand that on."""
    return [
        f"numerics may not use {name}: {module}"
        for module, tree in known.items()
        if part(module) == "numerics"
        for name, _node, _call in used(tree)
        if name in READ_AND_WRITE
    ]
