"""Rows are decided once for what themes have said: whatever differs in it is told apart."""

from dataclasses import fields, replace

import numpy as np
import pytest

from substrate.analyses.shared.replicates import Replicates
from substrate.claims.ledger import Answer
from substrate.ui.claims.ledger import digest


def answer(**changed):
    whole = np.arange(6.0).reshape(2, 3)
    replicates = Replicates(
        settings=("a", "b"),
        quantities=("x", "y", "z"),
        whole=whole,
        left_out=(np.stack([whole, whole + 1]),),
        unit="encoders",
        units=2,
        counted="2 encoders",
        reason="",
        missing={},
    )
    return Answer(replace(replicates, **changed))


CHANGES = {
    "settings": ("a", "c"),
    "quantities": ("x", "y", "w"),
    "whole": np.arange(6.0).reshape(2, 3) + 1e-15 * np.eye(2, 3),
    "left_out": (),
    "unit": "photographs",
    "units": 3,
    "counted": "3 encoders",
    "reason": "too few",
    "missing": {"x": "no twins"},
    "draws": np.zeros((0, 2, 3)),
    "places": ("p", "q"),
    "place": "pairs",
    "group": "writer",
    "deciding": (1,),
    "have": {"encoders": 2},
}


def test_every_part_of_replicates_is_changed_here():
    assert set(CHANGES) == {part.name for part in fields(Replicates)}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_part_changes_the_digest(name):
    asked = {"theme": answer()}
    assert digest(asked) == digest({"theme": answer()})
    assert digest({"theme": answer(**{name: CHANGES[name]})}) != digest(asked)


def test_the_answers_own_parts_count_too():
    one = answer()
    others = [
        replace(one, further=(one.replicates,)),
        replace(one, unsettled=1),
        replace(one, reason="damaged"),
        replace(one, own=False),
        replace(one, replicates=None),
    ]
    assert len({digest({"theme": each}) for each in (one, *others)}) == 6
    assert digest({"theme": one}) != digest({"other": one})
