"""One name means one thing: no two public classes of the package share a name."""

from __future__ import annotations

import ast
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
