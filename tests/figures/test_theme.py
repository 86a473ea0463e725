"""Series are told apart: no colour comes twice with one marker or one dash."""

from dataclasses import replace
from itertools import combinations

import pytest

from substrate.figures.theme import LIGHT, MARKERS, PALETTE, colour, series_dash, series_marker


@pytest.mark.parametrize("sign", [series_marker, series_dash])
def test_series_of_one_colour_differ(sign):
    count = 3 * len(PALETTE)
    assert len({colour(index) for index in range(count)}) == len(PALETTE)
    for first, second in combinations(range(count), 2):
        assert colour(first) != colour(second) or sign(first) != sign(second)


def test_the_first_series_have_the_first_markers_and_the_next_ones_are_shifted_by_one():
    assert [series_marker(index) for index in range(8)] == list(MARKERS)
    assert series_marker(8) == "square" and series_marker(15) == "circle"
    assert series_marker(16) == "diamond" and series_dash(8) == "dash"


def test_layers_are_written_from_their_parts_as_from_the_names_of_results():
    theme = replace(LIGHT, domains={"face": "Faces"})
    assert theme.layer("vit", "blocks.3") == theme.written("vit/blocks.3") == "vit, blocks.3"
    on = theme.layer("vit", "blocks.3", "face")
    assert on == theme.written("vit/blocks.3 on face") == "vit, blocks.3 on Faces"
    assert theme.written("vit") == "vit"
