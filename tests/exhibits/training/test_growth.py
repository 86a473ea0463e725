"""What is said and drawn of agreement over size and skill."""

from dataclasses import replace

import pytest

from substrate.analyses.spec import obtain
from substrate.analyses.training.growth import GROWTH, growth_params
from substrate.analyses.training.growth_trends import ACCURACY, MEASURES, PROBE, SIZE
from substrate.exhibits.training import growth
from substrate.exhibits.verdict import Badge
from substrate.figures.theme import LIGHT
from substrate.numerics.estimates import Estimate
from substrate.numerics.transfer.trend import OrderTest
from substrate.wording import number
from tests.support.growth_store import growth_run
from tests.support.training_store import training_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return growth_run(tmp_path_factory.mktemp("growth"))


@pytest.fixture(scope="module")
def found(run):
    return obtain(GROWTH, run, growth_params(run, "rich"))


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_has_a_figure_a_sentence_and_a_verdict(run, found, measure):
    shown = growth.scatter(found, run, LIGHT, measure)
    value = number(found.trend(measure).trained.value)
    assert f"have a rank correlation of {value}" in shown.sentence
    assert "untrained twins have" in shown.sentence and value in shown.verdict.short
    assert len(shown.table) == 10 and shown.figure is not None and shown.read
    names = [trace.name for trace in shown.figure.data]
    assert "E8_Wide (copy)" in names and any("Untrained" in str(one) for one in names)


def test_published_figures_are_there_on_request_alone(run, found):
    for published in (False, True):
        first = growth.scatter(found, run, LIGHT, PROBE, published=published)
        second = growth.correlations(found, LIGHT, published=published)
        assert ("Huh et al. 2024" in first.context) is published
        stars = [t for t in second.figure.data if t.name and "Published" in t.name]
        assert [t.x for t in stars] == ([(-0.08,)] if published else [])


def test_the_rows_say_how_many_and_what_is_missing(found):
    shown = growth.correlations(found, LIGHT)
    assert len(shown.table) == 7 and shown.table["correlation"].notna().sum() == 5
    assert "Parameters given accuracy: what is held fixed orders" in shown.context
    assert shown.figure.layout.yaxis.ticktext[0] == "Parameters (n = 9)"
    assert "With probe accuracy held fixed the number of parameters has" in shown.sentence


def told(value, low=None, high=None):
    return Estimate(value, low=low, high=high)


@pytest.mark.parametrize(
    ("trained", "beyond", "p", "badge", "text"),
    [
        (told(0.8, 0.3, 0.9), told(0.7, 0.1, 1.3), 0.01, Badge.BOTH, "Agreement grows with"),
        (told(-0.8, -0.9, -0.3), told(-0.7, -1.3, -0.1), 0.01, Badge.BOTH, "Agreement falls with"),
        (told(0.8, 0.3, 0.9), told(0.1, -0.5, 0.7), 0.01, Badge.SHUFFLING, "Agreement grows with"),
        (told(0.8, -0.1, 0.9), told(0.7, 0.1, 1.3), 0.01, Badge.UNTOLD, "Rank correlation of"),
        (told(0.9), told(0.8), 0.02, Badge.SHUFFLING, "Agreement grows with"),
        (told(0.5), told(0.8), 0.40, Badge.UNTOLD, "Rank correlation of"),
        (told(0.5), told(0.8), None, Badge.NO_INTERVAL, "Rank correlation of"),
        (told(0.8, 0.3, 0.9), told(-0.7, -1.3, -0.1), 0.01, Badge.BELOW, "Rank correlation of"),
    ],
)
def test_the_verdict_weighs_orders_and_twins(found, trained, beyond, p, badge, text):
    test = None if p is None else OrderTest(p, 120, exact=True)
    one = replace(found.trend(SIZE), trained=trained, beyond=beyond, test=test)
    said = growth.verdict(found, one)
    assert said.badge is badge and said.short.startswith(text)
    assert number(trained.value) in said.short


def test_few_photographs_compare_nothing(run):
    few = obtain(GROWTH, run, growth_params(run, "few"))
    shown = growth.scatter(few, run, LIGHT, SIZE)
    assert shown.sentence.startswith("Within the 3 photographs of Few")
    assert shown.verdict.badge is Badge.FEW and "p =" not in shown.sentence
    assert "at least 10 are needed" in shown.context
    assert "shuffled, mean" not in shown.table


def test_trainings_are_drawn_over_accuracy_alone(tmp_path):
    run = training_run(tmp_path, n=60, groups=15)
    found = obtain(GROWTH, run, growth_params(run, "rich"))
    found = replace(found, standings=tuple(replace(s, accuracy=0.8) for s in found.standings))
    names = {
        m: [
            t.name
            for t in growth.growth_scatter(found, LIGHT, {n: n for n in run.encoders}, m).data
        ]
        for m in (SIZE, ACCURACY)
    }
    assert "alpha, in training" in names[ACCURACY] and "alpha, in training" not in names[SIZE]
    table = growth.standing_table(found, run)
    assert table["step"].notna().sum() == 7


def test_widths_that_stand_beside_the_panel_stretch_the_axis(found):
    """Copies of a panel of one size are drawn over it: a linear axis would crowd the panel."""
    alike = [
        replace(one, parameters=500_000 if one.in_panel else 9_000_000) for one in found.standings
    ]
    titles = {one.encoder: one.encoder for one in alike}
    wide, even = (
        growth.growth_scatter(replace(found, standings=tuple(kept)), LIGHT, titles, SIZE)
        for kept in (alike, [one for one in alike if one.in_panel])
    )
    assert wide.layout.xaxis.type == "log" and even.layout.xaxis.type == "linear"
