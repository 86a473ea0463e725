"""Whatever directions were found with reaches all that is asked about them later."""

from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest

from substrate.analyses.directions.basis import BASIS, BasisParams
from substrate.analyses.directions.choice import default_choice, embedding_params, partners_params
from substrate.analyses.spec import obtain
from substrate.figures.theme import LIGHT
from substrate.ui.directions import address, cards, maps, partners
from tests.support.planted import planted_run

GIVEN = BasisParams("alpha", "penultimate", "rich")
#: A value of every field that is neither its default nor that of GIVEN.
OTHER = {
    "encoder": "beta",
    "layer": "block.1",
    "domain": "few",
    "part": "test",
    "scaling": "z-score",
    "seed": 7,
    "twin": 2,
}
FIELDS = [f.name for f in fields(BasisParams)]


class AskedError(Exception):
    """A page asks for a result: with these parameters."""


def asking(_analysis, _run, params, *, what):
    raise AskedError(params)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("params"), n=48, groups=12, untrained=0)


@pytest.fixture(scope="module")
def found(run):
    return obtain(BASIS, run, GIVEN)


@pytest.fixture(params=FIELDS)
def name(request):
    """Name one field; a new one needs a value in OTHER."""
    return request.param


@pytest.fixture
def params(name):
    changed = replace(GIVEN, **{name: OTHER[name]})
    assert changed != GIVEN
    return changed


@pytest.fixture
def basis(found, params):
    """Return directions that say that they were found with these parameters."""
    held = {f: getattr(params, f) for f in FIELDS if f not in ("encoder", "twin")}
    return replace(found, encoder=str(params.ref), **held)


@pytest.fixture
def selection(run):
    class Fixed(dict):
        def settle_text(self, *_args, **_words):
            pass

    fixed = Fixed({address.PIN: "gamma/logits/rich/all/1"})
    fixed.run = run
    return fixed


def test_a_result_names_the_parameters_that_it_was_found_with(run, basis, params):
    assert basis.params == params
    assert obtain(BASIS, run, GIVEN).params == GIVEN


def test_the_computation_says_what_it_was_asked(run):
    asked = replace(GIVEN, **{n: v for n, v in OTHER.items() if n not in ("twin", "domain")})
    assert obtain(BASIS, run, asked).params == asked


def test_partners_and_planes_are_sought_for_the_same_directions(run, basis, params):
    assert partners_params(run, basis, 0).basis == params
    choice = default_choice(run, "rich")
    expected = replace(params, part="all", scaling=choice.scaling)
    assert embedding_params(choice, basis, "PCA").basis == expected


def test_a_partner_is_shown_as_it_was_found(selection, basis, params, monkeypatch):
    monkeypatch.setattr(partners, "result", asking)
    matched = SimpleNamespace(others=("delta",), layers=("block.2",))
    side = SimpleNamespace(basis=basis, direction=0)
    with pytest.raises(AskedError) as asked:
        partners._partner(selection, matched, 0, side, LIGHT)
    assert asked.value.args == (replace(params, encoder="delta", layer="block.2"),)


def test_a_map_of_an_earlier_layer_is_of_its_directions(run, basis, params, monkeypatch):
    monkeypatch.setattr(maps, "result", asking)
    side = SimpleNamespace(basis=basis, direction=0)
    request = maps.MapRequest(None, side, 0)
    with pytest.raises(AskedError) as asked:
        maps._mapped(run, request, "block.3", np.zeros(0))
    assert asked.value.args == (replace(params, layer="block.3"),)


def test_a_pinned_direction_is_found_as_those_of_the_page(selection, params, monkeypatch):
    monkeypatch.setattr(cards, "result", asking)
    monkeypatch.setattr(cards, "bases_params", lambda _run, _choice: (params, GIVEN))
    with pytest.raises(AskedError) as asked:
        cards.pinned_card(selection, default_choice(selection.run, "rich"), LIGHT)
    pinned = {"encoder": "gamma", "layer": "logits", "domain": "rich", "part": "all"}
    assert asked.value.args == (replace(params, **pinned),)
