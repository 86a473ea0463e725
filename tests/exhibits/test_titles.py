"""Each figure's title tells what it shows: no two of a section are alike, and none is empty."""

from collections import Counter

import numpy as np

from substrate.analyses.experiments.catalogue import read_results
from substrate.analyses.experiments.emergence import has_share, summarise
from substrate.exhibits.experiments.students_exhibits import of_students
from substrate.exhibits.experiments.weights_exhibits import of_weights
from substrate.figures import heading
from substrate.figures.experiments.emergence import REACH, emergence_shares
from substrate.figures.theme import LIGHT


def drawn(trace) -> int:
    """Count the marks of a trace that have a place."""
    rows = [] if trace.y is None else list(trace.y)
    return sum(value is not None for value in rows)


def test_each_figure_of_weights_and_of_students_has_a_title_of_its_own():
    for made in (
        of_weights(read_results("weights"), LIGHT),
        of_students(read_results("students"), LIGHT),
    ):
        titles = Counter(heading.title(e.figure) for e in made if e.figure is not None)
        assert len(titles) >= 5 and max(titles.values()) == 1, titles
        assert max(Counter(e.title for e in made).values()) == 1


def test_pairs_of_which_nothing_is_told_have_a_sentence_in_place_of_a_figure():
    similar = [
        e for e in of_weights(read_results("weights"), LIGHT) if "Similarity of learned" in e.title
    ]
    empty = [e for e in similar if e.figure is None]
    assert [e.key for e in empty] == ["experiments-weights-plain-and-factorised"]
    assert "plain and factorised. S can be told in 0 of 8 layers" in empty[0].sentence
    assert all(sum(map(drawn, e.figure.data)) for e in similar if e.figure is not None)


def test_shares_beyond_the_axis_of_emergence_stand_at_its_edge_with_their_number():
    summary = summarise(read_results("emergence"))
    figure = emergence_shares(summary, LIGHT)
    low, high = figure.layout.xaxis.range
    assert low == REACH[0] - 0.08 and high == REACH[1] + 0.08
    beyond = sorted(
        row.share.value
        for row in summary.every
        if has_share(row) and not REACH[0] <= row.share.value <= REACH[1]
    )
    assert np.round(beyond, 1).tolist() == [-8.3, -2.1, -1.0, 3.0]
    said = [text for trace in figure.data for text in (trace.text or ()) if text]
    assert sorted(said) == sorted(["−830 %", "−206 %", "−103 %", "300 %"])
    for trace in figure.data:
        for x, text, symbol in zip(
            trace.x, trace.text or (), trace.marker.symbol or (), strict=True
        ):
            assert low <= x <= high
            edge = "triangle-left" if x < 0 else "triangle-right"
            assert symbol.startswith(edge) == bool(text)
    assert "4 beyond it" in " ".join(heading.facts(figure))
