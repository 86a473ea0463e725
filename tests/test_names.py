"""One name means one thing, and names are those of the field or plain ones."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]


def public_classes() -> dict[str, list[str]]:
    """Return the modules that define a public class of each name."""
    places = defaultdict(list)
    for path in sorted((ROOT / "substrate").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(ROOT)))
    return dict(places)


def test_no_two_classes_have_one_name():
    places = public_classes()
    assert len(places) > 300
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


#: Words of no field that classes, functions and modules were once named by.
UNCLEAR = {"crew", "beside", "judged", "told", "wish", "asked", "drawn", "said", "news"}
#: Functions may bear those that describe what is done with text and samples.
IN_FUNCTIONS = {"beside", "told", "asked", "drawn", "said"}


def words(name: str) -> set[str]:
    """Return the words of a name in small letters: of ``ToldPairs`` and of ``told_pairs``."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def unclear(name: str, tree: ast.Module) -> list[str]:
    """Return the unclear names in a module: its own, those of its classes and its functions."""
    found = [name] if words(name.rpartition(".")[2]) & UNCLEAR else []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            allowed = IN_FUNCTIONS if isinstance(node, ast.FunctionDef) else set()
            if words(node.name) & (UNCLEAR - allowed):
                found.append(f"{name}.{node.name}")
    return found


def test_classes_functions_and_modules_have_names_of_the_field():
    paths = sorted((ROOT / "substrate").rglob("*.py"))
    trees = {".".join(p.relative_to(ROOT).with_suffix("").parts): p.read_text() for p in paths}
    assert [x for name, text in trees.items() for x in unclear(name, ast.parse(text))] == []


def test_unclear_names_are_found():
    text = "class ToldPairs: ...\ndef judged_by(): ...\nclass Drawnings: ...\n"
    found = ["a.judged", "a.judged.ToldPairs", "a.judged.judged_by"]
    assert unclear("a.judged", ast.parse(text)) == found


#: Words that say that something was found or is known, not what it is: no name by themselves.
EMPTY = {"found", "known", "each", "told", "take", "taken"}
#: Fields of results that stores and the shipped gallery hold.
STORED = {("substrate/analyses/maps/pair.py", "found")}


def bindings(tree: ast.AST) -> set[str]:
    """Return every name that a module binds: variables, parameters, functions and imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return names


def test_names_say_what_a_thing_is():
    paths = [
        ROOT / "app.py",
        *(p for d in ("substrate", "pages") for p in (ROOT / d).rglob("*.py")),
    ]
    empty = {
        (str(path.relative_to(ROOT)), name)
        for path in paths
        for name in bindings(ast.parse(path.read_text(encoding="utf-8"))) & EMPTY
    }
    assert empty == STORED


def test_bindings_are_read_in_all_places():
    text = (
        "import os as found\n"
        "def told(known, *, each=1):\n"
        "    taken: int = known.take\n"
        "    return [x for x in each], (lambda said: said), (take := 1)\n"
    )
    expected = {"found", "told", "known", "each", "taken", "take", "x", "said"}
    assert bindings(ast.parse(text)) == expected
