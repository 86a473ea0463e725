"""The one type of an estimate: its bounds at other levels, its p-values, and its null."""

import ast
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from substrate.numerics.estimates import Estimate, Null, estimated
from substrate.numerics.scales import CORRELATION, PLAIN, jackknife_errors

ROOT = Path(__file__).resolve().parents[2] / "substrate"
#: Rows of a file or of the ledger, which are flat tables of their own.
FLAT = {"ModalityRepeat", "LedgerRow", "_Flat"}


def normal(value: float, error: float, df: float = 20.0) -> Estimate:
    reach = stats.t.ppf(0.975, df) * error
    return Estimate(value, low=value - reach, high=value + reach, standard_error=error, df=df)


def test_p_values_are_students_and_agree_with_the_interval():
    on_the_edge = normal(stats.t.ppf(0.975, 20) * 0.1, 0.1)
    assert on_the_edge.low == pytest.approx(0.0)
    assert on_the_edge.p_of_zero == pytest.approx(0.05)
    above, below = normal(0.3, 0.1).p_against(0.1)
    assert above == pytest.approx(stats.t.sf(2.0, 20))
    assert above + below == pytest.approx(1.0)
    assert normal(-0.3, 0.1).p_of_zero == pytest.approx(normal(0.3, 0.1).p_of_zero)


def test_without_an_error_nothing_is_tested_and_bounds_do_not_move():
    alone = Estimate(0.4, reason="No interval: 3 seeds.", unit="seeds", n_units=3)
    assert alone.p_of_zero is None
    assert alone.p_against(0.0) == (1.0, 1.0)
    assert alone.at_level(0.5) == alone


def test_giving_up_the_bounds_keeps_what_was_resampled():
    bare = normal(0.4, 0.1).without_bounds("Too few.")
    assert (bare.value, bare.low, bare.high, bare.p_of_zero) == (0.4, None, None, None)
    assert bare.reason == "Too few."
    made = estimated(
        0.4, jackknife_errors(np.linspace(0.3, 0.5, 12), PLAIN), unit="writers", n_units=12
    )
    kept = made.without_bounds("Too few.")
    assert (kept.unit, kept.n_units) == ("writers", 12)


def test_an_estimate_of_errors_by_hand():
    values = np.array([0.35, 0.4, 0.45])
    made = estimated(0.4, jackknife_errors(values, PLAIN), unit="writers", n_units=3)
    error = np.sqrt(2 / 3 * (2 * 0.05**2))
    assert made.standard_error == pytest.approx(error)
    assert made.high - 0.4 == pytest.approx(stats.t.ppf(0.975, 2) * error)
    assert all(type(number) is float for number in (made.value, made.low, made.high))
    errors = jackknife_errors(values, CORRELATION)
    wide = estimated(0.4, errors, unit="writers", n_units=3, scale=CORRELATION)
    assert np.arctanh(wide.high) - np.arctanh(0.4) == pytest.approx(
        np.arctanh(0.4) - np.arctanh(wide.low)
    )


def test_estimates_are_equal_where_all_they_hold_is():
    null = Null(mean=0.1, level=0.2, p=0.01)
    assert Estimate(0.4, null=null) == Estimate(0.4, null=Null(mean=0.1, level=0.2, p=0.01))
    assert Estimate(0.4, null=null) != Estimate(0.4)


def test_no_other_class_holds_a_value_with_the_ends_of_its_interval():
    others = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                fields = {
                    line.target.id
                    for line in node.body
                    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
                }
                if {"value", "low", "high"} <= fields:
                    others.add(node.name)
    assert others == {"Estimate", *FLAT, "Against"}
