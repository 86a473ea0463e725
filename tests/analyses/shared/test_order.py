"""Matrices of encoders in another order hold the same numbers for the same pairs."""

from dataclasses import dataclass

import numpy as np
import pytest

from substrate.analyses.shared.order import (
    CLUSTERED,
    LISTED,
    alike_order,
    reordered,
    similarity_order,
)
from tests.support.planted import planted_run

BLOCKS = np.array([[0, 1, 0, 1, 0], [1, 0, 1, 0, 1]])


def two_blocks():
    """Five encoders of two kinds that take turns; alike inside a kind."""
    kinds = BLOCKS[0]
    values = np.where(kinds[:, None] == kinds, 0.9, 0.1)
    np.fill_diagonal(values, 1.0)
    return values


def test_those_alike_stand_side_by_side():
    order = similarity_order(two_blocks())
    assert sorted(order) == list(range(5))
    kinds = BLOCKS[0][order]
    assert np.count_nonzero(np.diff(kinds)) == 1  # one border, where there were four


def test_a_pair_without_a_value_counts_as_the_least_alike():
    values = two_blocks()
    values[0, 1] = values[1, 0] = np.nan
    assert np.count_nonzero(np.diff(BLOCKS[0][similarity_order(values)])) == 1
    assert list(similarity_order(np.full((4, 4), np.nan)))  # nothing is known: any order


def test_fewer_than_three_stay():
    assert list(alike_order(np.zeros((2, 2)))) == [0, 1]


@dataclass(frozen=True, eq=False)
class Inner:
    values: np.ndarray
    identical: np.ndarray
    level: float


@dataclass(frozen=True, eq=False)
class Outer:
    encoders: tuple[str, ...]
    draws: np.ndarray
    scores: Inner
    note: tuple[str, ...]


def test_every_pair_keeps_its_numbers_under_its_names():
    names = ("a", "b", "c")
    values = np.arange(9.0).reshape(3, 3)
    draws = np.stack([values, 10 * values])
    before = Outer(names, draws, Inner(values, np.array([5.0, 6.0, 7.0]), 0.4), ("x", "y", "z"))
    after = reordered(before, np.array([2, 0, 1]))
    assert after.encoders == ("c", "a", "b") and after.note == before.note
    assert after.scores.level == 0.4 and list(after.scores.identical) == [7, 5, 6]
    for i, one in enumerate(after.encoders):
        for j, other in enumerate(after.encoders):
            was = names.index(one), names.index(other)
            assert after.scores.values[i, j] == values[was]
            assert np.array_equal(after.draws[:, i, j], draws[:, was[0], was[1]])


@pytest.mark.parametrize("page", ["layers", "maps"])
def test_a_page_shows_its_matrix_in_either_order(open_page, inline, tmp_path, page):
    run = planted_run(tmp_path, n=60, groups=15, untrained=1, permutations=20)
    drawn = {}
    for order in (LISTED, CLUSTERED):
        query = {f"{page}.view": "All encoders", f"{page}.order": order, "domain": "rich"}
        app = open_page(f"{page}.py", run.store.root, **query)
        assert not app.exception
        assert app.selectbox(key=f"{page}.order").value == order
        figure = app.get("plotly_chart")[0].proto.spec
        drawn[order] = figure
    assert all('"heatmap"' in figure for figure in drawn.values())
