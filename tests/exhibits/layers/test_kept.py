"""What is said of what layers keep: ends, twins, the test of classifiers, and what is missing."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.layers.kept import KEPT, KEPT_UNTRAINED, kept_params
from substrate.analyses.layers.kept_contrast import LastThirdContrast
from substrate.analyses.layers.kept_measure import ALL_STATISTICS, LABELS, QUANTITIES
from substrate.analyses.spec import obtain
from substrate.exhibits.layers import kept_words
from substrate.exhibits.layers.kept import kept, kept_table
from substrate.exhibits.verdict import Badge
from substrate.figures.theme import LIGHT
from substrate.wording import number
from tests.support.planted import planted_run

FRONT = ("alpha", "beta")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("kept"), n=60, groups=15, untrained=2)


@pytest.fixture(scope="module")
def results(run):
    params = kept_params(run, "rich")
    return obtain(KEPT, run, params), obtain(KEPT_UNTRAINED, run, params)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_quantity_has_a_figure_a_sentence_and_a_verdict(run, results, quantity):
    shown = kept(*results, run, LIGHT, quantity, FRONT)
    one = results[0].of("beta")
    end = number(one.values[one.row(quantity), -1])
    assert f"to {end}" in shown.sentence and "in Beta" in shown.sentence
    assert "Untrained twins (2 seeds) end at" in shown.context
    assert shown.verdict is not None and shown.read and shown.trace["quantity"] == quantity
    assert len(shown.table) == sum(len(e.layers) for e in results[0].encoders)


def test_a_and_b_stand_in_front_with_whiskers_and_twins(run, results):
    lines = kept(
        *results, run, LIGHT.of(run.encoders), ALL_STATISTICS, ("gamma", "delta")
    ).figure.data
    drawn = {line.name: line for line in lines}
    assert drawn["Gamma"].opacity == 1.0 and drawn["Gamma"].error_y.array is not None
    assert drawn["Alpha"].opacity < 0.5 and drawn["Alpha"].error_y.array is None
    bands = [name for name in drawn if name.startswith("Untrained twins of")]
    assert len(bands) == 2 and any("Gamma" in name for name in bands)


def test_the_table_holds_the_twins_beside_each_layer(results):
    table = kept_table(*results, LABELS)
    row = table[(table.encoder == "gamma") & (table.layer == "block.2")].iloc[0]
    values = results[1].of("gamma").values[:, QUANTITIES.index(LABELS), 2]
    assert row["untrained twins"] == pytest.approx(values.mean())
    assert (row["lowest twin"], row["highest twin"]) == (values.min(), values.max())


def told(classifiers, others, low, high, twins=()):
    return LastThirdContrast(
        np.array(classifiers), np.array(others), low, high, "", np.array(twins), ()
    )


@pytest.mark.parametrize(
    ("found", "badge", "text"),
    [
        (told([-0.3] * 3, [0.0] * 3, -0.4, -0.2), Badge.ABOVE, "falls by 0.30 more"),
        (told([-0.1] * 3, [-0.3] * 3, 0.1, 0.3), Badge.ABOVE, "falls by 0.20 less"),
        (told([0.5] * 3, [0.1] * 3, 0.2, 0.6), Badge.ABOVE, "rises by 0.40 more"),
        (
            told([-4.99] * 3, [3.81] * 3, -12, -5),
            Badge.ABOVE,
            "Change of R² of image statistics is 8.80 lower in classifiers than others",
        ),
        (told([0.11] * 3, [-0.72] * 3, 0.2, 0.9), Badge.ABOVE, "is 0.83 higher in classifiers"),
        (told([-0.1] * 3, [0.0] * 3, -0.3, 0.1), Badge.UNTOLD, "not told apart, 0.10"),
        (
            told([-0.3] * 3, [0.0] * 3, -0.4, -0.2, [0.01, -0.01, 0.0, 0.02, -0.02]),
            Badge.ABOVE_BOTH,
            "falls by 0.30 more in classifiers than in others",
        ),
        (
            told([-0.3] * 3, [0.0] * 3, -0.4, -0.2, [-0.8, -0.81, -0.79, -0.8, -0.82]),
            Badge.BELOW,
            "falls by 0.30 more",
        ),
        (
            told([-0.1] * 3, [0.0] * 3, -0.3, 0.1, [-0.8, -0.81, -0.79, -0.8, -0.82]),
            Badge.BELOW,
            "not told apart, 0.10",
        ),
    ],
)
def test_the_verdict_is_on_classifiers_where_they_can_be_tested(run, results, found, badge, text):
    said = kept_words.verdict(
        results[0], results[1], found, ALL_STATISTICS, "alpha", {"alpha": "Alpha"}
    )
    assert said.badge is badge and text in said.short


def test_what_is_not_told_from_no_change_is_said_to_be_possible(run, results):
    base = results[0].of("alpha")
    row = QUANTITIES.index(ALL_STATISTICS)
    change, low, high = (a.copy() for a in (base.change, base.change_low, base.change_high))
    change[row], low[row], high[row] = -0.2, -0.5, 0.1
    one = replace(base, change=change, change_low=low, change_high=high)
    result = replace(results[0], encoders=(one,))
    found = replace(told([0.0], [0.0], np.nan, np.nan), reason="It cannot be tested.")
    said = kept_words.verdict(result, None, found, ALL_STATISTICS, "alpha", {"alpha": "Alpha"})
    assert said.badge is Badge.UNTOLD
    assert said.short == "Alpha: R² of image statistics may fall by 0.20 over the last third"
    change[row], low[row], high[row] = -0.2, -0.3, -0.1
    said = kept_words.verdict(result, None, found, ALL_STATISTICS, "alpha", {"alpha": "Alpha"})
    assert said.badge is Badge.ABOVE and "falls by 0.20" in said.short


def test_within_few_photographs_nothing_is_compared(run):
    params = kept_params(run, "few")
    few, twins = obtain(KEPT, run, params), obtain(KEPT_UNTRAINED, run, params)
    shown = kept(few, twins, run, LIGHT, ALL_STATISTICS, FRONT)
    assert shown.sentence.startswith("Within the 3 photographs of Few, R² of image statistics")
    assert shown.verdict.badge is Badge.FEW
    assert "No interval: 3 photographs, and at least 10 are needed." in shown.context
    assert shown.figure.data[-1].error_y.array is None


def test_one_classifier_is_counted_as_one_and_a_reason_is_said_once(run, results):
    reason = "No interval: 6 groups, and at least 10 are needed."
    few = replace(results[0], reason=reason)

    def said(found):
        return kept_words.context(few, None, found, ALL_STATISTICS, FRONT, {})

    alone = said(told([0.1], [], np.nan, np.nan))
    assert "cannot be tested with 1 classifier and 0 others; at least 3 each" in alone
    assert alone.count(reason) == 1
    unstated = replace(told([-0.3] * 3, [0.0] * 3, -0.4, -0.2), unstated=("a", "b"))
    context = kept_words.context(few, None, unstated, ALL_STATISTICS, FRONT, {"a": "A", "b": "B"})
    assert "A and B are on neither side, as it is not stated what they were trained for." in context
    same = replace(told([-0.3] * 3, [0.0] * 3, np.nan, np.nan), reason=reason)
    assert said(same).count(reason) == 1


def test_a_quantity_that_cannot_be_had_says_why_and_what_can(run, results):
    missing = replace(results[0], missing={LABELS: "Rich: the images carry no labels."})
    shown = kept(missing, None, run, LIGHT, LABELS, FRONT)
    assert shown.figure is None and shown.verdict is None
    assert shown.sentence.startswith("Rich: the images carry no labels. What can be followed here:")
    assert "intrinsic dimension" in shown.sentence and "labels," not in shown.sentence
