"""The timing harness and the coverage study, in miniature."""

import time

import numpy as np
import pytest

from benchmarks import coverage, harness, report
from benchmarks.harness import FLOOR, OURS, Case, measure


def case(**changes):
    contenders = {OURS: lambda: 1.0, FLOOR: lambda: time.sleep(0.002), "slow": lambda: 1.0}
    reach = [("quick", lambda s: s[OURS] < s[FLOOR]), ("absent", lambda s: s["gone"] > 0)]
    return Case(**{"name": "a", "work": "w", "contenders": contenders, "reach": reach} | changes)


def test_medians_ratios_and_aims():
    row = measure(case(agree={"slow": 1e-9}), rounds=3)
    assert row.seconds[FLOOR] >= 0.002
    assert row.over_floor < 1
    assert row.reached == {"quick": True}
    assert row.differences == {"slow": 0.0}
    assert "quick: reached" in harness.table([row])


def test_values_are_compared_before_any_clock_starts():
    wrong = {OURS: lambda: 1.0, FLOOR: lambda: None, "peer": lambda: 1.1}
    with pytest.raises(AssertionError, match="peer differs from ours by 0.1"):
        measure(case(contenders=wrong, agree={"peer": 1e-3}), rounds=1)


def test_figures_are_kept_case_by_case(tmp_path):
    row = measure(case(), rounds=1)
    harness.keep([row], harness.machine(), tmp_path / "speed.json")
    harness.keep([measure(case(name="b"), rounds=1)], harness.machine(), tmp_path / "speed.json")
    assert [kept.name for kept, _ in harness.kept_rows(tmp_path / "speed.json")] == ["a", "b"]
    assert "| w |" in report.page(tmp_path)


def test_peak_memory_counts_arrays():
    assert harness.peak_bytes(lambda: np.ones(10**6)) == pytest.approx(8e6, rel=0.01)


def test_coverage_study_counts_rejections_and_hits():
    rates = [*coverage.closed_form(3), *coverage.encoders(3)]
    assert {r.nominal for r in rates} == {0.05, 0.95}
    assert len(coverage.table(rates).splitlines()) == len(rates) + 2
