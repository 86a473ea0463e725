"""The timing harness and the coverage study, in miniature."""

import time

import numpy as np
import pytest

from benchmarks import coverage, coverage_pages, harness, report, stream
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


def test_the_pages_own_statistics_are_studied():
    for part in coverage_pages.STUDIES:
        rates = list(part(1))
        assert rates
        assert all(0 <= r.rate <= 1 and r.nominal in (0.05, 0.95) for r in rates)


def test_a_short_stream_is_as_right_as_a_long_one_and_needs_no_more_memory():
    moments, short = stream.run(600, 40, 100)
    assert moments.count == short.samples == 600
    assert short.largest_error < 5
    assert "600 samples of 40 units" in stream.text(short)
    peaks = [harness.peak_bytes(lambda n=n: stream.run(n, 40, 100)) for n in (300, 3000)]
    assert peaks[1] < 1.05 * peaks[0]


def test_a_contender_too_slow_for_more_is_timed_once():
    calls = []
    slow = {OURS: lambda: 1.0, FLOOR: lambda: 1.0, "peer": lambda: calls.append(1) or 1.0}
    row = measure(case(contenders=slow, once=("peer",), agree={"peer": 0}), rounds=4)
    assert len(calls) == 2  # once for its values
    assert row.threads.keys() == row.processor.keys() == slow.keys()
