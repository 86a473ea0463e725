"""The timing harness and the coverage study, in miniature."""

import time
from itertools import combinations

import numpy as np
import pytest

from benchmarks import (
    coverage,
    coverage_pages,
    coverage_panels,
    floors,
    harness,
    kept,
    report,
    speed,
    stream,
)
from benchmarks.harness import FLOOR, OURS, Case, measure
from benchmarks.rates import table as rates_table


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
    assert [row.name for row, _ in harness.kept_rows(tmp_path / "speed.json")] == ["a", "b"]
    assert "| w |" in report.page(tmp_path)


def test_peak_memory_counts_arrays():
    assert harness.peak_bytes(lambda: np.ones(10**6)) == pytest.approx(8e6, rel=0.01)


def test_coverage_study_counts_rejections_and_hits():
    rates = [*coverage.closed_form(3), *coverage.encoders(3)]
    assert {r.nominal for r in rates} == {0.05, 0.95}
    assert len(rates_table(rates).splitlines()) == len(rates) + 2


def test_the_pages_own_statistics_are_studied():
    for part in coverage_pages.STUDIES:
        rates = list(part(1))
        assert rates
        assert all(0 <= r.rate <= 1 and r.nominal in (0.05, 0.95) for r in rates)


def test_what_is_concluded_about_panels_is_studied():
    rates = [rate for part in coverage_panels.STUDIES for rate in part(1)]
    assert all(0 <= r.rate <= 1 and r.nominal in (0.05, 0.9, 0.95) for r in rates)
    assert {"count, within one", "null, draws as well"} < {r.study for r in rates}
    counted = [r for r in rates if r.study == "count, within one" and "correlation 0.8" in r.design]
    assert len(counted) == 5 and all(r.rate == 1 for r in counted)


def test_a_short_stream_is_as_right_as_a_long_one_and_needs_no_more_memory():
    moments, short = stream.run(600, 40, 100)
    assert moments.count == short.samples == 600
    assert short.largest_error < 5
    assert "600 samples of 40 units" in kept.stream_text(short)
    peaks = [harness.peak_bytes(lambda n=n: stream.run(n, 40, 100)) for n in (300, 3000)]
    assert peaks[1] < 1.05 * peaks[0]


def test_every_contender_is_timed_in_every_round():
    calls = []
    slow = {OURS: lambda: 1.0, FLOOR: lambda: 1.0, "peer": lambda: calls.append(1) or 1.0}
    row = measure(case(contenders=slow, agree={"peer": 0}), rounds=4)
    trials = 2 if harness.machine()["threads"] > 1 else 0
    assert len(calls) == 1 + trials + 4  # once for its values
    assert row.threads.keys() == row.processor.keys() == slow.keys()


def test_the_fastest_form_of_the_floor_counts_and_one_that_is_beaten_is_none():
    def sleeps(seconds):
        return lambda: time.sleep(seconds)

    forms = {OURS: sleeps(0.02), "floor, slow": sleeps(0.04), "floor, quick": sleeps(0.01)}
    row = measure(case(contenders=forms), rounds=3)
    assert row.floor == "floor, quick" and row.seconds[FLOOR] == row.seconds["floor, quick"]
    assert row.over_floor > 1 and row.floor_holds and not row.ratios
    assert "ms, quick |" in harness.table([row])
    del forms["floor, quick"]
    beaten = measure(case(contenders=forms), rounds=3)
    assert beaten.over_floor < 1 and not beaten.floor_holds
    assert "beaten: no floor" in harness.table([beaten])


def made_of(name, count, n, d, dtype=np.float64):
    return speed.features(count, n, d, dtype, seed=sum(map(ord, name)))


def test_the_forms_of_a_floor_compute_one_thing():
    """A floor that computed something else than the task needs would be none."""
    xs = made_of("cka", 4, 90, 12)
    grams = [x @ x.T for x in xs]
    cut = floors.STRIP
    parts = {  # which entries of a Gram matrix each form multiplies, with which weight
        "by triangles": np.triu(np.ones((90, 90))),
        "by strips": 1.0 - np.pad(np.ones((90 - cut, cut)), ((cut, 0), (0, 90 - cut))),
    }
    for name, run in floors.gram_products(xs[:2], xs[2:]).items():
        by_hand = [[np.vdot(parts[name] * a, b) for b in grams[2:]] for a in grams[:2]]
        assert np.allclose(run(), by_hand)
    squares = [np.linalg.svd(a.T @ b, compute_uv=False) ** 2 for a, b in combinations(xs, 2)]
    for name, run in floors.cross_spectra(xs).items():
        found = [np.sort(v) for v in run()]
        power = 2 if "singular" in name else 1
        assert np.allclose([v**power for v in found], [np.sort(s) for s in squares])
    q = [np.linalg.qr(x)[0] for x in xs]
    angles = [np.linalg.svd(a.T @ b, compute_uv=False) ** 2 for a, b in combinations(q, 2)]
    for run in floors.canonical(xs).values():
        assert np.allclose([np.sort(v) for v in run()], [np.sort(s) for s in angles])


def test_floors_are_made_of_what_the_task_asks_for():
    x, y, z = made_of("null", 3, 60, 8)
    orders = np.stack([np.random.default_rng(i).permutation(60) for i in range(9)])
    forms = {name: run() for name, run in floors.permuted(x, y, orders).items()}
    crosses = np.concatenate([c.reshape(8, -1, 8).swapaxes(0, 1) for c in forms["features"]])
    by_hand = [np.square(x.T @ y[rows]).sum() for rows in orders]
    assert np.allclose(np.square(crosses).sum(axis=(1, 2)), by_hand)
    assert np.allclose(forms["look-ups"], by_hand)
    for run in floors.leading_directions([x, y], 3).values():
        for vectors, features in zip(run(), (x, y), strict=True):
            values = np.linalg.eigvalsh(features @ features.T)[-3:]
            assert np.allclose(np.square(features.T @ vectors).sum(axis=0), values)
    wide, own = floors.one_against(x, [y, z])["by features"]()
    assert np.allclose(wide, x.T @ np.hstack([y, z])) and np.allclose(own, x.T @ x)
    grams = floors.one_against(x, [y, z])["by Gram matrices"]()
    weights = 1 - np.tri(60, k=-1)
    assert np.allclose(grams, [np.vdot((x @ x.T) * weights, o @ o.T) for o in (y, z)])
    total = floors.sums_of_products(x, 3)["one triangle"]()
    assert np.allclose(np.triu(total), np.triu(3 * x.T @ x))
    values, vectors = floors.spectrum(x)["divide and conquer"]()
    assert np.allclose(vectors * values @ vectors.T, x.T @ x)
