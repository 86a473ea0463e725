"""Every exhibit of a planted run says and draws what was recorded of it."""

from __future__ import annotations

import copy
import json

import pytest

from substrate.exhibits.exhibit import Section
from tests.support.recorded import (
    FOLDER,
    alike,
    differences,
    plain,
)

MADE = sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.fixture
def made(recorded) -> dict[str, Section]:
    return recorded[1]


def test_every_section_is_recorded(made):
    assert sorted(made) == MADE


@pytest.mark.parametrize("key", MADE)
def test_exhibits_are_what_was_recorded(made, key):
    now = json.loads(json.dumps(plain(made[key])))
    before = json.loads((FOLDER / f"{key}.json").read_text(encoding="utf-8"))
    found = list(differences(now, before))
    assert not found, "\n".join(
        [*found[:40], f"{len(found)} differences. Meant? python -m tests.support.recorded"]
    )


@pytest.mark.parametrize(
    ("now", "before", "same"),
    [
        ("r = 0.68 of 20", "r = 0.69 of 20", True),  # rounding
        ("r = 0.68 of 20", "r = 0.70 of 20", False),
        ("r = 0.68 of 20", "r = 0.68 of 21", False),  # whole numbers are counts
        ("above", "below", False),
        (0.50001, 0.50002, True),
        (0.50, 0.51, False),
        (3, 4, False),
        (True, 1, True),
        (None, 0.0, False),
    ],
)
def test_only_rounding_is_passed_over(now, before, same):
    assert alike(now, before) is same


def test_a_change_anywhere_is_found():
    before = {"figure": {"data": [{"x": [1.0, 2.0], "name": "A"}]}, "title": "T"}
    assert not list(differences(copy.deepcopy(before), before))
    for change in ("x", "name"):
        now = copy.deepcopy(before)
        now["figure"]["data"][0][change] = [1.0, 2.5] if change == "x" else "B"
        assert len(list(differences(now, before))) == 1
    assert list(differences({"title": "T"}, before)) == ["/figure is gone"]
