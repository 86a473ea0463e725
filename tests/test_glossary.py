"""The glossary: each term once, found as a word, and the page that is written from it."""

import pytest

from substrate.exhibits import glossary
from substrate.ui.declared import PAGES, SHARED
from tests.conftest import ROOT


def test_the_page_is_written_from_the_terms():
    assert (ROOT / "docs" / "glossary.md").read_text() == glossary.page()


def test_terms_stand_in_order_and_are_defined_in_a_sentence():
    assert list(glossary.TERMS) == sorted(glossary.TERMS, key=str.casefold)
    assert all(text.endswith(".") and len(text) < 240 for text in glossary.TERMS.values())


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("K = 16 directions of ten untrained twins", ["direction", "K", "untrained twin"]),
        ("Ok, OK, cka and unnulled", []),
        ("CKA (95 % CI [0.1, 0.2]) vs. its null", ["95 % CI", "CKA", "null"]),
    ],
)
def test_terms_are_found_as_words(text, terms):
    assert glossary.terms_in(text) == terms


def test_tooltips_of_controls_take_their_words_from_it():
    shared = {field.name: field.help for field in SHARED}
    assert shared["k"] == glossary.TERMS["K"]
    assert shared["panel"] == glossary.TERMS["panel"]
    assert shared["first"] == shared["second"] == glossary.TERMS["A and B"]


def test_controls_show_titles_and_addresses_hold_names(real_run):
    from substrate.ui.fields import FieldScope

    scope = FieldScope(real_run, {})
    fields = {field.name: field for field in SHARED}
    for name, record in real_run.encoders.items():
        assert record.title in fields["first"].shown(scope, name)
        assert fields["first"].kind.write(name) == (name,)
    for name, record in real_run.domains.items():
        assert record.title in fields["domain"].shown(scope, name)
    basis = next(f for f in PAGES["transfer"].fields if f.name == "transfer.basis")
    first = next(iter(real_run.domains.values()))
    assert basis.shown(scope, f"without {first.name}") == f"without {first.title}"
    assert basis.shown(scope, "all domains") == "all domains"


def test_earlier_addresses_name_views_that_are_called_otherwise_now(real_run):
    from substrate.ui.fields import FieldScope

    view = next(f for f in PAGES["subspace"].fields if f.name == "subspace.view")
    assert view.kind.read(("Owners",), FieldScope(real_run, {})) == "Loadings by encoder"
    assert view.kind.read(("Responses",), FieldScope(real_run, {})) == "Image statistics"
    assert view.kind.read(("Nothing",), FieldScope(real_run, {})) is None
