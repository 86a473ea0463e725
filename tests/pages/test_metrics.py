"""All metrics of one pair: the analysis agrees with single scores, the figure with the analysis."""

import numpy as np
import pytest

from substrate.analyses.metrics.all_metrics import (
    METRICS_PAIR,
    MetricsParams,
    _rows,
)
from substrate.analyses.spec import load_result, save_result
from substrate.figures.metrics.all_metrics import calibrated_chart
from substrate.figures.theme import LIGHT
from substrate.numerics.metrics import (
    METRICS,
    score,
)
from substrate.numerics.nulls import row_orders
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("planted"))


def params(domain="rich", second="beta"):
    return MetricsParams("alpha", "penultimate", second, "penultimate", domain, 20, 0)


@pytest.fixture(scope="module")
def found(run):
    return METRICS_PAIR.compute(run, params())


def test_every_scalar_metric_has_a_row_and_the_value_of_the_registry(run, found):
    x = run.representation("alpha", "rich").features
    y = run.representation("beta", "rich").features
    keys = [row.key for row in found.rows]
    assert set(keys) == {key for key, metric in METRICS.items() if metric.output == "scalar"}
    for row in found.rows:
        if row.estimate.value is not None and "groups" not in METRICS[row.key].parameters:
            pair = (y, x) if row.direction == "second to first" else (x, y)
            assert row.estimate.value == pytest.approx(score(row.key, *pair), rel=1e-9)


def test_a_metric_without_a_value_says_why(found):
    without = [row for row in found.rows if row.estimate.value is None]
    assert {row.key for row in without} == {"bures", "bures_cosine"}
    assert all("units" in row.estimate.reason for row in without)


def test_the_null_and_the_interval_are_there_with_enough_photographs(found):
    [row] = [row for row in found.rows if row.key == "debiased_cka"]
    assert row.estimate.null.p <= 0.06
    assert row.estimate.low < row.estimate.value < row.estimate.high
    assert row.calibrated == pytest.approx(
        (row.estimate.value - row.estimate.null.mean) / (1 - row.estimate.null.mean)
    )


def test_a_value_stays_where_leaving_photographs_out_undefines_it():
    """One unit is active in one photograph alone: without it, it is constant."""
    groups = np.repeat([f"p{i:02d}" for i in range(12)], 4)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(48, 5)), rng.normal(size=(48, 5))
    x[4:, 3] = 0.0
    metric = METRICS["correlation_match"]
    [row] = _rows(metric, x, y, groups, params(), "photographs")
    assert row.estimate.value == score("correlation_match", x, y)
    assert row.estimate.null.p is not None
    assert (row.estimate.low, row.estimate.high) == (None, None)
    assert row.estimate.reason.startswith(
        "No interval: without some of the photographs there is no value"
    )


def test_both_directions_stand_on_their_own():
    groups = np.repeat([f"p{i:02d}" for i in range(12)], 4)
    x, y = np.random.default_rng(1).normal(size=(2, 48, 30))
    rows = list(_rows(METRICS["pwcca"], x, y, groups, params(), "photographs"))
    assert [row.direction for row in rows] == ["first to second", "second to first"]
    assert all(
        row.estimate.value is None and "not identified" in row.estimate.reason for row in rows
    )


def test_few_photographs_give_values_without_p_or_interval(run):
    few = METRICS_PAIR.compute(run, params("few"))
    assert all(row.estimate.low is None for row in few.rows)
    assert all(row.estimate.null.p is None for row in few.rows if row.estimate.null)
    assert any("interval" in row.estimate.reason for row in few.rows)


def test_few_photographs_stay_together_in_the_null_and_no_level_is_given(run, found):
    few = METRICS_PAIR.compute(run, params("few"))
    assert all(row.estimate.null.level is None for row in few.rows if row.estimate.null)
    [row] = [row for row in few.rows if row.key == "linear_cka"]
    x, y = (run.representation(e, "few").features for e in ("alpha", "beta"))
    orders = row_orders(run.groups("few"), 20, 0)
    null = [score("linear_cka", x, y[order]) for order in orders]
    assert row.estimate.null.mean == pytest.approx(np.mean(null))
    assert (few.permuted, found.permuted) == ("tiles within photographs", "photographs")
    assert (
        next(row for row in found.rows if row.key == "linear_cka").estimate.null.level is not None
    )


def test_a_result_survives_the_store(run, found):
    entry = save_result(run.store, METRICS_PAIR, found, key="ab" * 32, params=params())
    assert load_result(entry, METRICS_PAIR.result) == found


def test_the_figure_shows_the_calibrated_values(found):
    figure = calibrated_chart(found, LIGHT, "T")
    drawn = dict(zip(figure.data[1].y, figure.data[1].x, strict=True))
    [row] = [row for row in found.rows if row.key == "linear_cka"]
    assert drawn[row.label] == row.calibrated
    assert np.all(np.diff(figure.data[1].x) >= 0)


def test_a_metric_without_an_interval_has_no_whisker(run, found):
    few = calibrated_chart(METRICS_PAIR.compute(run, params("few")), LIGHT, "T")
    assert few.data[-1].error_x.array is None
    many = calibrated_chart(found, LIGHT, "T")
    drawn = dict(zip(many.data[1].y, many.data[1].error_x.array, strict=True))
    [row] = [row for row in found.rows if row.key == "linear_cka"]
    assert drawn[row.label] == pytest.approx(
        (row.estimate.high - row.estimate.value) / (1 - row.estimate.null.mean), rel=1e-6
    )


def test_large_domains_are_thinned_and_say_so(tmp_path, monkeypatch):
    monkeypatch.setattr("substrate.analyses.metrics.all_metrics.SAMPLES", 60)
    few = planted_run(tmp_path, n=90, groups=30, untrained=0)
    result = METRICS_PAIR.compute(few, params())
    assert (result.n, result.available) == (60, 90)
    assert result.counted.startswith("60 tiles (of 90) of")
    x, y = (few.representation(e, "rich").features for e in ("alpha", "beta"))
    rows = np.sort(np.random.default_rng(0).choice(90, 60, replace=False))
    [row] = [row for row in result.rows if row.key == "linear_cka"]
    assert row.estimate.value == pytest.approx(score("linear_cka", x[rows], y[rows]))
