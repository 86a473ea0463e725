"""Agreement along depth in words and on the chart: planted layers, few photographs, gaps."""

import numpy as np
import pytest

from substrate.analyses.shared.samples import Sizes
from substrate.analyses.units.depth import Depth, DepthAgreement, LayerAgreement, missing, moved
from substrate.exhibits.units import depth_words as words
from substrate.exhibits.units.depth import table
from substrate.figures.theme import DARK, LIGHT
from substrate.figures.units.depth import agreement
from substrate.numerics.estimates import Estimate
from substrate.wording import Nouns


def estimate(value, error=0.01):
    return Estimate(
        value,
        low=value - 2 * error,
        high=value + 2 * error,
        unit="photographs",
        n_units=100,
        standard_error=error,
        df=19.0,
    )


def measured(value, null, twins=0.2):
    draws = null + np.array([-0.01, 0.0, 0.01, 0.005, -0.005])
    return DepthAgreement(
        value=estimate(value),
        null=draws,
        above_null=estimate(value - null),
        above_twins=estimate(value - twins),
        twins=np.full(5, twins),
    )


def planted(photographs=100, *, last=None):
    size = Sizes("faces", "Faces", 100, photographs, "100 photographs", Nouns("tile", "photograph"))
    layers = (
        LayerAgreement(
            first="conv1",
            second="conv1",
            units=measured(0.6, 0.3),
            few=measured(0.7, 0.4),
            subspace=measured(0.8, 0.1),
        ),
        LayerAgreement(
            first="conv2",
            second="block2",
            units=last or measured(0.2, 0.2),
            few=measured(0.3, 0.2),
            subspace=measured(0.5, 0.1),
        ),
    )
    return Depth(size=size, first="a", second="b", seed=0, layers=layers)


def test_it_says_where_units_match_and_where_only_subspaces():
    result = planted()
    assert [one.first for one in words.alone(result)] == ["conv2"]
    said = words.sentence(result, ("Alpha", "Beta"))
    assert "match beyond rotated axes at 1 of 2 pairs of layers" in said
    assert (
        "three turned axes at 2, and subspaces are shared beyond shuffled photographs at 2" in said
    )
    assert said.endswith("; as subspaces alone in conv2 · block2.")
    verdict = words.verdict(result)
    assert (
        verdict.short == "Units match beyond rotated axes in 1 layer, subspaces are shared in more"
    )
    context = words.context(result)
    assert "units (their lead over rotated axes) above at 1, below at 0" in context


def test_bounds_hold_for_all_layers_at_once():
    edge = DepthAgreement(
        value=estimate(0.225),
        null=np.full(5, 0.2),
        above_null=estimate(0.022),  # 2.2 errors: beyond at 95 % alone, not as one of two
        above_twins=estimate(0.0),
        twins=np.full(5, 0.2),
    )
    alone = edge.above_null.at_level(0.95)
    assert alone.low > 0 > edge.above_null.picked_from(2).low
    assert len(words.beyond(planted(last=edge), words.units_test(planted()))) == 1


def test_the_chart_draws_values_whiskers_and_nulls_in_either_theme():
    result = planted()
    for theme in (LIGHT, DARK):
        figure = agreement(result, theme, ("Alpha", "Beta"))
        assert len(figure.data) == 6
        subspace, null = figure.data[0], figure.data[1]
        assert list(subspace.x) == ["conv1", "conv2 · block2"]
        assert list(subspace.y) == [0.8, 0.5] and list(null.y) == pytest.approx([0.1, 0.1])
        np.testing.assert_allclose(subspace.error_y.array, [0.02, 0.02])
        assert null.name == "Photographs shuffled" and null.line.dash == "dot"
    rows = table(result)
    assert len(rows) == 6 and rows["value"].tolist() == [0.6, 0.7, 0.8, 0.2, 0.3, 0.5]


def test_few_photographs_and_gaps_are_said():
    few = planted(photographs=7)
    assert words.verdict(few).badge.value == "no comparison"
    assert "0.60 in the first of 2 pairs of layers and 0.20 in the last" in words.sentence(
        few, ("Alpha", "Beta")
    ).replace("\u00a0", " ")
    gap = planted(last=missing("All units of A are constant on these images."))
    assert "All units of A are constant" in words.context(gap)
    assert len(words.beyond(gap, words.units_test(gap))) == 1
    assert np.isnan(agreement(gap, LIGHT, ("A", "B")).data[4].y[1])


def test_a_value_less_a_null_keeps_its_width():
    found = moved(estimate(0.5), np.array([0.1, 0.3]))
    assert (found.value, found.low, found.high) == pytest.approx((0.3, 0.28, 0.32))
    assert moved(Estimate(0.5, reason="few"), np.array([0.1])).low is None
