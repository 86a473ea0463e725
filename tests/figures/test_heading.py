"""A figure's title and facts: text on a page, part of the picture in a file."""

import numpy as np
import pytest

from substrate.figures import heading
from substrate.figures.theme import LIGHT, base, state


@pytest.fixture
def figure():
    made = state(base(LIGHT, title="Shared <b>"), LIGHT, "80 tiles · K = 16<br>seed 0")
    return made.add_scatter(x=[0, 1], y=[0, 1])


def test_title_and_facts_are_kept_apart_from_the_chart(figure):
    assert heading.title(figure) == "Shared <b>"
    assert heading.facts(figure) == ("80 tiles", "K = 16", "seed 0")
    assert figure.layout.title.text is None and not figure.layout.annotations


def test_a_picture_holds_both_and_grows_by_what_they_take(figure):
    drawn = heading.with_heading(figure, width=900)
    assert drawn.layout.title.text == "Shared <b>"
    assert drawn.layout.title.subtitle.text == "80 tiles · K = 16 · seed 0"
    grown = drawn.layout.height - figure.layout.height
    assert grown == drawn.layout.margin.t - figure.layout.margin.t > 0
    assert figure.layout.title.text is None  # the page's figure stays as it is


def test_a_narrow_picture_breaks_between_facts_and_grows(figure):
    state(figure, LIGHT, " · ".join(f"fact number {i}" for i in range(30)))
    wide, narrow = (heading.with_heading(figure, width=w) for w in (1400, 500))
    lines = narrow.layout.title.subtitle.text.split("<br>")
    assert all(len(line) <= 500 / (0.56 * heading.FACTS_PX) for line in lines)
    assert all(not line.startswith("number") for line in lines)
    assert narrow.layout.height > wide.layout.height
    assert " · ".join(lines) == " · ".join(heading.facts(figure))


def test_one_long_fact_is_broken_between_words():
    lines = heading.broken(("word " * 40,), 50)
    assert np.all([len(line) <= 50 for line in lines]) and " ".join(lines).split() == ["word"] * 40


def test_text_of_a_chart_is_at_least_fourteen_pixels(figure):
    assert figure.layout.font.size >= 14 and figure.layout.hoverlabel.font.size >= 14
