"""The rule that turns estimates into a verdict: hand-worked cases and edges."""

import numpy as np
import pytest
from scipy import stats

from substrate.analyses.shared.replicates import (
    Replicates,
    independent,
    photographs_left_out,
)
from substrate.claims import verdict as rule
from substrate.claims.verdict import (
    Contrast,
    answered,
    corrected,
    decide,
    hardest,
    holm,
    ruling,
    tolerance,
    verdict,
)
from substrate.numerics.estimates import Estimate
from substrate.numerics.nulls import (
    delete_group_jackknife,
    with_draws,
)

DF = 20


def effect(value, error=0.1):
    """Return an estimate with its t interval on 20 degrees of freedom."""
    reach = stats.t.ppf(0.975, DF) * error
    return Estimate(value, low=value - reach, high=value + reach, standard_error=error, df=DF)


NOTHING = Estimate(0.3, reason="no interval")
EDGE = stats.t.ppf(0.975, DF) * 0.1


@pytest.mark.parametrize(
    ("form", "effects", "margin", "expected"),
    [
        ("larger", [effect(0.5)], None, rule.YES),
        ("larger", [effect(-0.5)], None, rule.NO),
        ("larger", [effect(0.1)], None, rule.OPEN),
        ("smaller", [effect(-0.5)], None, rule.YES),
        ("smaller", [effect(0.5)], None, rule.NO),
        ("larger", [effect(1.001 * EDGE)], None, rule.YES),  # the interval just leaves zero
        ("larger", [effect(0.999 * EDGE)], None, rule.OPEN),
        ("larger", [NOTHING], None, rule.NOT_TESTED),
        ("larger", [], None, rule.NOT_TESTED),
        ("larger", [effect(0.5), NOTHING], None, rule.NOT_TESTED),
        ("larger", [effect(0.5), effect(0.4)], None, rule.YES),
        ("larger", [effect(0.5), effect(0.1)], None, rule.OPEN),  # one domain is open
        ("larger", [effect(0.5), effect(-0.5)], None, rule.NO),  # one domain is against it
        ("larger", [effect(0.5), effect(-1.05 * EDGE)], None, rule.OPEN),  # one of two looks
        ("no difference", [effect(0.0, 0.01)], 0.1, rule.YES),
        ("no difference", [effect(0.05, 0.01)], 0.1, rule.YES),  # different from zero, and small
        ("no difference", [effect(-0.2, 0.01)], 0.1, rule.NO),
        ("no difference", [effect(0.2, 0.01)], 0.1, rule.NO),
        ("no difference", [effect(0.0, 0.1)], 0.1, rule.OPEN),  # too unsure to call it nothing
        ("no difference", [effect(0.1, 0.01)], 0.1, rule.OPEN),
    ],
)
def test_one_contrast_case_by_case(form, effects, margin, expected):
    assert decide(form, effects, margin).answer == expected


def test_equivalence_is_the_interval_inside_the_margin():
    for value in np.linspace(-0.3, 0.3, 61):
        one = effect(float(value), 0.03)
        inside = one.low > -0.1 and one.high < 0.1
        outside = one.low > 0.1 or one.high < -0.1
        answer = decide("no difference", [one], 0.1).answer
        assert answer == (rule.YES if inside else rule.NO if outside else rule.OPEN)


def test_agreement_and_contradiction_alike_go_through_holm():
    assert corrected(rule.YES, withstands=True) == rule.YES
    assert corrected(rule.YES, withstands=False) == rule.OPEN
    assert corrected(rule.NO, withstands=False) == rule.OPEN
    assert corrected(rule.NOT_TESTED, withstands=False) == rule.NOT_TESTED


def test_the_hardest_control_is_the_one_that_denies_most():
    assert hardest([rule.YES, rule.OPEN, rule.NO]) == 2
    assert hardest([rule.YES, rule.OPEN]) == 1
    assert hardest([rule.YES, rule.YES]) == 0
    assert hardest([rule.NO, rule.NOT_TESTED]) == 1


@pytest.mark.parametrize("twins", [rule.YES, rule.OPEN, rule.NO, rule.NOT_TESTED])
@pytest.mark.parametrize("other", [rule.YES, rule.OPEN, rule.NO, rule.NOT_TESTED])
def test_a_row_that_rests_on_twins_decides_only_where_they_do(twins, other):
    said = {"untrained twins": twins, "pixels": other}
    answer = answered(said, "untrained twins")
    if rule.NOT_TESTED in (twins, other):
        assert answer == rule.NOT_TESTED
    elif twins == rule.OPEN or (twins == rule.YES and other == rule.NO):
        assert answer == rule.OPEN  # a gain from training is never turned around
    else:
        assert answer == (rule.NO if twins == rule.NO else other)
    alone = said[ruling(said)]
    assert (alone == rule.NO) == (
        rule.NO in (twins, other) and rule.NOT_TESTED not in said.values()
    )


def decided(answer=rule.YES, form="larger", value=None, published=0.6, margin=0.1, papers=True):
    point, low, high = value or (0.6, 0.5, 0.7)
    value = Estimate(point, low=low, high=high)
    return verdict(answer, form, value, published=published, margin=margin, papers=papers)


CASES = [
    ({}, rule.REPRODUCED),  # both ends on the margin
    ({"value": (0.6, 0.49, 0.7)}, rule.SIZE_UNDECIDED),
    ({"value": (0.6, 0.2, 0.95)}, rule.SIZE_UNDECIDED),
    ({"value": (0.3, 0.2, 0.49)}, rule.OTHER_SIZE),
    ({"value": (0.9, 0.71, 1.0)}, rule.OTHER_SIZE),
    ({"value": (0.4, 0.3, 0.5)}, rule.SIZE_UNDECIDED),  # touches the margin
    ({"published": None, "margin": None}, rule.REPRODUCED),  # a direction was all
    ({"form": "no difference"}, rule.REPRODUCED),
    ({"answer": rule.NO}, rule.CONTRADICTED),
    ({"papers": False}, rule.SAME_HERE),
    ({"papers": False, "form": "no difference"}, rule.NOTHING_HERE),
    ({"papers": False, "answer": rule.NO}, rule.OPPOSITE_HERE),
    ({"answer": rule.OPEN}, rule.UNDECIDED),
    ({"answer": rule.OPEN, "papers": False}, rule.UNDECIDED),
    ({"answer": rule.NOT_TESTED}, rule.UNTESTED),
]


@pytest.mark.parametrize(("given", "expected"), CASES)
def test_the_verdict_case_by_case(given, expected):
    assert decided(**given) == expected


def test_every_verdict_can_be_reached_and_is_listed():
    assert {expected for _, expected in CASES} == set(rule.VERDICTS)


def test_an_analogue_neither_reproduces_nor_contradicts():
    for answer in (rule.YES, rule.NO, rule.OPEN, rule.NOT_TESTED):
        for form in ("larger", "smaller", "no difference"):
            found = decided(answer=answer, form=form, papers=False)
            assert found not in (rule.REPRODUCED, rule.CONTRADICTED)


def test_tolerances():
    assert tolerance("score", "larger", 0.679, 0.041) == pytest.approx(0.1595)
    assert tolerance("score", "larger", 0.6, None) == 0.10
    assert tolerance("correlation", "larger", 0.97, None) == 0.15
    assert tolerance("accuracy", "larger", 0.996, None) == 0.02
    assert tolerance("ratio", "larger", 7.4, None) == pytest.approx(np.log(1.5))
    assert tolerance("score", "larger", None, None) is None


def test_tolerances_never_pass_half_of_a_small_figure():
    assert tolerance("accuracy", "larger", 0.0064, None) == pytest.approx(0.0032)
    assert tolerance("score", "smaller", 0.116, 0.865) == pytest.approx(0.058)
    assert tolerance("correlation", "larger", 0.15, None) == pytest.approx(0.075)
    assert tolerance("ratio", "larger", 100.0, 1.0) == pytest.approx(np.log(2))


def test_no_difference_is_held_to_a_fixed_margin():
    assert tolerance("score", "no difference", -0.037, None) == 0.10
    assert tolerance("correlation", "no difference", None, None) == 0.15


def test_a_lead_over_one_control_is_not_the_smallest_of_all():
    contrast = Contrast(0.5, {"a": 0.1, "b": 0.9})
    assert contrast.lead("a") == pytest.approx(0.4)
    assert contrast.lead("b") == pytest.approx(-0.4)


def test_holm_is_a_step_down_procedure():
    assert holm([0.01, 0.04, 0.03, 0.005]) == (True, False, False, True)
    assert holm([]) == ()
    assert holm([0.05]) == (True,)


def test_holm_agrees_with_adjusted_p_values():
    rng = np.random.default_rng(0)
    for _ in range(50):
        p = rng.uniform(0, 0.05, size=rng.integers(1, 12))
        order = np.argsort(p)
        adjusted = np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order])
        expected = np.empty(len(p), dtype=bool)
        expected[order] = adjusted <= 0.05
        assert holm(p.tolist()) == tuple(expected.tolist())


def replicates(x, groups, quantities=("mean", "square"), **more):
    def table(rows):
        return np.array([[x[rows].mean(), np.square(x[rows]).mean()]])

    return Replicates(
        settings=("as it is",),
        quantities=quantities,
        whole=table(np.arange(len(x))),
        left_out=(photographs_left_out(table, groups, blocks=200),),
        unit="photographs",
        units=len(np.unique(groups)),
        counted="some",
        reason="",
        missing={},
        **more,
    )


def test_an_interval_from_replicates_is_the_jackknife_of_the_statistic():
    rng = np.random.default_rng(1)
    x, groups = rng.normal(size=60), np.repeat(np.arange(20), 3)
    found = replicates(x, groups).estimate(lambda q: q["square"] - q["mean"] ** 2)
    direct = delete_group_jackknife(lambda rows: x[rows].var(), groups)
    assert np.allclose(
        [found.value, found.low, found.high], [direct.value, direct.low, direct.high]
    )
    t = direct.value / direct.standard_error
    assert found.p_of_zero == pytest.approx(2 * stats.t.sf(t, 19))
    assert (found.standard_error, found.df) == pytest.approx((direct.standard_error, 19))


def two_samples(errors):
    values = np.array([1.0, 0.4])
    return Replicates(
        settings=("s",),
        quantities=("a", "b"),
        whole=values[None],
        left_out=independent(values, np.array(errors), 9),
        unit="u",
        units=10,
        counted="",
        reason="",
        missing={},
    ).estimate(lambda q: q["a"] - q["b"])


def test_samples_that_vary_on_their_own_add_their_variances_and_satterthwaites_freedom():
    found = two_samples([0.03, 0.04])
    df = (9e-4 + 16e-4) ** 2 / ((9e-4**2 + 16e-4**2) / 9)
    assert found.df == pytest.approx(df)
    assert (found.high - found.low) / 2 == pytest.approx(stats.t.ppf(0.975, df) * 0.05)
    assert two_samples([0.05, 1e-9]).df == pytest.approx(9, abs=1e-6)  # not the sum, 18


def drawn(x, twins):
    """Return replicates of a mean less that of twins, whose draws differ."""
    whole = np.array([[x.mean(), np.mean(twins)]])
    left_out = np.array([[[np.delete(x, i).mean(), np.mean(twins)]] for i in range(len(x))])
    return Replicates(
        settings=("s",),
        quantities=("panel", "untrained"),
        whole=whole,
        left_out=(left_out,),
        draws=np.array([[[x.mean(), twin]] for twin in twins]),
        unit="photographs",
        units=len(x),
        counted="",
        reason="",
        missing={},
    )


def test_the_draw_of_the_twins_is_a_source_of_variance():
    x = np.random.default_rng(3).normal(0.5, 1.0, size=25)
    twins = np.array([0.1, 0.3, 0.2, 0.5, 0.4, 0.3])
    found = drawn(x, twins)
    lead = found.estimate(lambda q: q["panel"] - q["untrained"])
    over_photographs = delete_group_jackknife(lambda r: x[r].mean() - twins.mean(), np.arange(25))
    both = with_draws(over_photographs, twins)
    assert (lead.low, lead.high, lead.df) == pytest.approx((both.low, both.high, both.df))
    alone = found.estimate(lambda q: q["panel"])
    assert alone.standard_error == pytest.approx(
        x.std(ddof=1) / 5
    )  # nothing is added without twins


def test_four_draws_of_twins_give_no_verdict_and_say_so():
    x = np.random.default_rng(4).normal(size=25)
    few = drawn(x, np.array([0.1, 0.3, 0.2, 0.5]))
    lead = few.estimate(lambda q: q["panel"] - q["untrained"])
    assert lead.p_of_zero is None and "4 draws of untrained twins, and at least 5" in lead.reason
    assert few.estimate(lambda q: q["panel"]).p_of_zero is not None


def test_one_draw_of_twins_shows_no_variance_and_gives_no_verdict_either():
    x = np.random.default_rng(4).normal(size=25)
    one = drawn(x, np.array([0.1]))
    lead = one.estimate(lambda q: q["panel"] - q["untrained"])
    assert lead.p_of_zero is None and "1 draw of untrained twins, and at least 5" in lead.reason
    assert one.estimate(lambda q: q["panel"]).p_of_zero is not None


def test_what_never_changes_has_no_interval():
    found = replicates(np.ones(30), np.arange(30)).estimate(lambda q: q["mean"])
    assert found.low is None and "whichever" in found.reason


def test_what_is_missing_without_some_photographs_says_so_and_keeps_its_value():
    base = replicates(np.arange(12.0), np.arange(12))
    base.left_out[0][3] = np.nan
    found = base.estimate(lambda q: q["mean"])
    assert found.low is None and "without some of the photographs" in found.reason
    assert found.value == pytest.approx(5.5)
