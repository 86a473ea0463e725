"""The words on the screen: the field's own, in every text that pages, figures and reports hold."""

import ast
import re

import numpy as np
import pytest

from substrate.exhibits.defaults import MAKERS
from substrate.exhibits.layers.words import beside_chance
from substrate.exhibits.verdict import WORDS, numbers
from substrate.figures import heading
from substrate.figures.theme import LIGHT
from substrate.ui.subspace.controls import RENAMED
from tests.conftest import ROOT

BANNED = re.compile(
    r"\bpart ways\b|\bforetells?\b|\btaken for\b|\bfound again\b|\bcomes? back\b|\bowners?\b"
    r"|\bwho owns\b|\bbeside\b(?!-)|\bwhat holds\b|95 % interval|\btrained less\b"
    r"|more alike \w+ by \u2212",
    re.IGNORECASE,
)
#: Where texts are written that a viewer reads.
SOURCES = [
    path
    for folder in ("substrate/exhibits", "substrate/figures", "substrate/ui", "pages")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def texts_of(path):
    """Return the texts of a module, with their lines; what documents it is none of them."""
    tree = ast.parse(path.read_text())
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documents:
            yield node.lineno, str(node.value)


def test_no_text_of_a_module_holds_a_banned_word():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in SOURCES
        for line, text in texts_of(path)
        if BANNED.search(text) and text not in RENAMED
    ]
    assert not found, "\n".join(found)


def test_the_search_finds_what_it_is_for():
    for text in ("Where encoders part ways", "0.5 (95 % interval 0.1 to 0.2)", "Who owns it"):
        assert BANNED.search(text)


@pytest.mark.parametrize(
    "make",
    [
        make
        for make in MAKERS
        if make.__name__ not in ("claims", "training", "direction", "lens", "units")
    ],
    ids=lambda m: m.__name__,
)
def test_exhibits_of_a_run_use_plain_words_and_open_with_a_verdict(real_run, make):
    check(make(real_run, LIGHT).items)


def check(items):
    """Check what exhibits say; units need passes of networks, `tests.pages.test_units`."""
    assert items
    for item in items:
        said = [item.title, item.sentence, item.context, item.read]
        if item.figure is not None:
            said += [heading.title(item.figure), *heading.facts(item.figure)]
        for text in said:
            assert not BANNED.search(text), text
            assert "nan" not in text.split(), text
        if item.verdict is not None:
            assert len(item.verdict.short.split()) <= WORDS
            assert len(numbers(item.verdict.short)) == 1
    assert items[0].verdict is not None or items[0].figure is None


def test_seventeen_encoders_make_136_pairs():
    """Each pair stands in two cells of the matrix; a value that is missing changes no other."""
    from types import SimpleNamespace

    rng = np.random.default_rng(0)
    values = rng.uniform(0.5, 1.0, (17, 17))
    values = (values + values.T) / 2
    values[3, 4] = values[4, 3] = np.nan
    null = np.where(np.eye(17, dtype=bool), np.nan, 0.1)
    scores = SimpleNamespace(
        values=values,
        null_mean=null,
        within=False,
        tau_any=0.4,
        closer="higher",
        shuffled="shuffled photographs",
    )
    said = beside_chance(scores, mirrored=True)
    assert "all 136 pairs" in said
    assert "135 of 136" in said
    assert "272" not in beside_chance(scores, mirrored=True)
