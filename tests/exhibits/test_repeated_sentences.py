"""A sentence that a viewer reads is written once: what is written twice drifts apart."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

#: Words from which on a text counts as a sentence.
LEAST = 8
FILES = [
    ROOT / "app.py",
    *(p for folder in ("substrate", "pages") for p in sorted((ROOT / folder).rglob("*.py"))),
]
#: What stands twice, as either place must be read alone.
TWICE: frozenset[str] = frozenset()


def texts_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield every text of a module with its line; values in it are written as {}."""
    tree = ast.parse(source)
    left = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left.add(id(node.value))  # a docstring
        if isinstance(node, ast.JoinedStr):
            left |= {id(inner) for inner in ast.walk(node) if isinstance(inner, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (n.value if isinstance(n, ast.Constant) else "{}" for n in node.values)
            yield node.lineno, "".join(str(part) for part in parts)
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left
        ):
            yield node.lineno, node.value


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text that have enough words."""
    for sentence in re.split(r"(?<=[.!?])\s+", " ".join(text.split())):
        if len(re.findall(r"[^\W\d_]+", re.sub(r"<[^>]*>|%\{[^}]*\}", "", sentence))) >= LEAST:
            yield sentence.rstrip(".")


def repeated(files: list[Path]) -> dict[str, list[str]]:
    places = defaultdict(list)
    for path in files:
        for line, text in texts_of(path.read_text(encoding="utf-8")):
            for sentence in sentences(text):
                places[sentence].append(f"{path.relative_to(ROOT)}:{line}")
    return {sentence: where for sentence, where in places.items() if len(where) > 1}


def test_no_sentence_stands_twice():
    found = repeated(FILES)
    told = [f"{sentence!r}: {', '.join(where)}" for sentence, where in sorted(found.items())]
    assert found.keys() == TWICE, "\n".join(told)


def test_the_search_finds_what_it_is_for():
    source = '''
"""A docstring of the module that has enough words to count as a sentence."""
one = "First. This study has no untrained twins; set untrained to 5 or more."
two = f"This study has no untrained twins; set untrained to {5} or more."
three = f"This study has no   untrained twins; set untrained to {n:.2f} or more. Another."
'''
    said = [s for _, text in texts_of(source) for s in sentences(text)]
    given = "This study has no untrained twins; set untrained to {} or more"
    assert sorted(said) == sorted([given.format(5), given, given])
