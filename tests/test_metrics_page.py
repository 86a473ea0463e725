"""All metrics of one pair: the analysis agrees with single scores, the figure with the analysis."""

import numpy as np
import pytest

from substrate.analyses.metrics_pair import METRICS_PAIR, MetricsParams
from substrate.analyses.spec import load_result, save_result
from substrate.figures.metrics_pair import calibrated_chart
from substrate.figures.theme import LIGHT
from substrate.metrics import METRICS, score
from tests.planted import planted_run


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
        if row.value is not None and "groups" not in METRICS[row.key].parameters:
            pair = (y, x) if row.direction == "second to first" else (x, y)
            assert row.value == pytest.approx(score(row.key, *pair), rel=1e-9)


def test_a_metric_without_a_value_says_why(found):
    without = [row for row in found.rows if row.value is None]
    assert {row.key for row in without} == {"bures", "bures_cosine"}
    assert all("units" in row.reason for row in without)


def test_the_null_and_the_interval_are_there_with_enough_photographs(found):
    [row] = [row for row in found.rows if row.key == "debiased_cka"]
    assert row.p <= 0.06
    assert row.low < row.value < row.high
    assert row.calibrated == pytest.approx((row.value - row.mean_null) / (1 - row.mean_null))


def test_few_photographs_give_values_without_p_or_interval(run):
    few = METRICS_PAIR.compute(run, params("few"))
    assert all(row.p is None and row.low is None for row in few.rows)
    assert any("interval" in row.reason for row in few.rows)


def test_a_result_survives_the_store(run, found):
    entry = save_result(run.store, METRICS_PAIR, found, key="ab" * 32, params=params())
    assert load_result(entry, METRICS_PAIR.result) == found


def test_the_figure_shows_the_calibrated_values(found):
    figure = calibrated_chart(found, LIGHT, "T")
    drawn = dict(zip(figure.data[1].y, figure.data[1].x, strict=True))
    [row] = [row for row in found.rows if row.key == "linear_cka"]
    assert drawn[row.label] == row.calibrated
    assert np.all(np.diff(figure.data[1].x) >= 0)
