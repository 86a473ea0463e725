"""The rule that turns an estimate into a verdict: hand-worked cases and edges."""

import numpy as np
import pytest
from scipy import stats

from substrate.analyses.replicates import Estimated, Replicates, independent, photographs_left_out
from substrate.claims import verdict as rule
from substrate.claims.verdict import Contrast, holm, tolerance, verdict
from substrate.nulls import delete_group_jackknife


def estimated(value, low, high, p=0.001):
    return Estimated(value, low, high, p)


def decided(value, effect, *, withstands=True, published=0.6, margin=0.1, analogue=False):
    return verdict(
        value, effect, withstands=withstands, published=published, margin=margin, analogue=analogue
    )


AHEAD = estimated(0.3, 0.1, 0.5)


@pytest.mark.parametrize(
    ("value", "effect", "options", "expected"),
    [
        (estimated(0.6, 0.5, 0.7), AHEAD, {}, rule.REPRODUCED),  # both ends on the margin
        (estimated(0.6, 0.49, 0.7), AHEAD, {}, rule.SIZE_UNDECIDED),
        (estimated(0.6, 0.2, 0.95), AHEAD, {}, rule.SIZE_UNDECIDED),
        (estimated(0.3, 0.2, 0.49), AHEAD, {}, rule.OTHER_SIZE),
        (estimated(0.9, 0.71, 1.0), AHEAD, {}, rule.OTHER_SIZE),
        (estimated(0.4, 0.3, 0.5), AHEAD, {}, rule.SIZE_UNDECIDED),  # touches the margin
        (estimated(0.6, 0.5, 0.7), AHEAD, {"analogue": True}, rule.DIRECTION),
        (estimated(0.6, 0.5, 0.7), AHEAD, {"published": None, "margin": None}, rule.DIRECTION),
        (estimated(0.6, 0.5, 0.7), AHEAD, {"withstands": False}, rule.UNDECIDED),
        (estimated(0.6, 0.5, 0.7), estimated(0.3, 0.0, 0.6), {}, rule.UNDECIDED),  # L = 0
        (estimated(0.6, 0.5, 0.7), estimated(-0.3, -0.6, 0.0), {}, rule.UNDECIDED),  # U = 0
        (estimated(0.6, 0.5, 0.7), estimated(-0.3, -0.6, -0.1), {}, rule.CONTRADICTED),
        (
            estimated(0.6, 0.5, 0.7), estimated(-0.3, -0.6, -0.1), {"withstands": False},
            rule.CONTRADICTED,
        ),
        (Estimated(0.6, None, None, None), Estimated(0.3, None, None, None), {}, rule.UNTESTED),
    ],
)  # fmt: skip
def test_the_rule_case_by_case(value, effect, options, expected):
    assert decided(value, effect, **options) == expected


def test_every_verdict_can_be_reached_and_is_listed():
    reached = {case[-1] for case in test_the_rule_case_by_case.pytestmark[0].args[1]}
    assert reached == set(rule.VERDICTS)


def test_tolerances():
    assert tolerance("score", 0.679, 0.041) == pytest.approx(0.1595)
    assert tolerance("score", 0.6, None) == 0.10
    assert tolerance("correlation", 0.3, None) == 0.15
    assert tolerance("accuracy", 0.9, None) == 0.02
    assert np.exp(tolerance("ratio", 7.4, None)) == pytest.approx(1.5)
    assert np.exp(4 * tolerance("ratio", 8.0, 2.0)) == pytest.approx(4)
    assert tolerance("score", None, 0.1) is None


def test_the_smallest_lead_counts_in_the_expected_direction():
    found = Contrast(0.5, {"near": 0.4, "far": 0.1, "above": 0.7})
    assert found.smallest(1) == pytest.approx(-0.2)
    assert found.smallest(-1) == pytest.approx(-0.4)


def test_holm_by_hand():
    # .01 < .05/4, .013 < .05/3, .03 > .05/2: it stops there, and .02 > .05/2 was not needed.
    assert holm([0.01, 0.03, 0.013, 0.04]) == (True, False, True, False)
    assert holm([0.05]) == (True,)
    assert holm([]) == ()
    # A small p-value behind a failed one is not rejected: thresholds only rise.
    assert holm([0.04, 0.04]) == (False, False)


def test_holm_agrees_with_a_second_implementation(rng=np.random.default_rng(0)):  # noqa: B008
    for _ in range(50):
        p = rng.uniform(0, 0.05, size=rng.integers(1, 12))
        order = np.argsort(p)
        adjusted = np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order])
        expected = np.empty(len(p), dtype=bool)
        expected[order] = adjusted <= 0.05
        assert holm(p.tolist()) == tuple(expected.tolist())


def replicates(x, groups, quantities=("mean", "square")):
    def table(rows):
        return np.array([[x[rows].mean(), np.square(x[rows]).mean()]])

    return Replicates(
        ("as it is",), quantities, table(np.arange(len(x))),
        (photographs_left_out(table, groups, blocks=200),), "photographs", len(np.unique(groups)),
        "some", "", {},
    )  # fmt: skip


def test_an_interval_from_replicates_is_the_jackknife_of_the_statistic(rng=None):
    rng = np.random.default_rng(1)
    x, groups = rng.normal(size=60), np.repeat(np.arange(20), 3)
    found = replicates(x, groups).estimate(lambda q: q["square"] - q["mean"] ** 2)
    direct = delete_group_jackknife(lambda rows: x[rows].var(), groups)
    assert np.allclose([found.value, found.low, found.high],
                       [direct.value, direct.low, direct.high])  # fmt: skip
    t = direct.value / direct.standard_error
    assert found.p == pytest.approx(2 * stats.t.sf(t, 19))


def test_samples_that_vary_on_their_own_add_their_variances():
    values, errors = np.array([1.0, 0.4]), np.array([0.03, 0.04])
    both = Replicates(("s",), ("a", "b"), values[None], independent(values, errors, 9), "u", 10,
                      "", "", {})  # fmt: skip
    found = both.estimate(lambda q: q["a"] - q["b"])
    reach = stats.t.ppf(0.975, 18) * 0.05
    assert (found.high - found.low) / 2 == pytest.approx(reach)


def test_what_never_changes_has_no_interval():
    found = replicates(np.ones(30), np.arange(30)).estimate(lambda q: q["mean"])
    assert found.low is None and "whichever" in found.reason


def test_what_is_missing_without_some_photographs_says_so():
    base = replicates(np.arange(12.0), np.arange(12))
    base.left_out[0][3] = np.nan
    found = base.estimate(lambda q: q["mean"])
    assert found.low is None and "without some of the photographs" in found.reason
