"""Numbers and lines of the command on students, and what it refuses."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from substrate.cli import app
from substrate.files.theory import NO_MEANS, lines, report
from substrate.numerics.metrics import METRICS
from substrate.numerics.theory.linear_students import (
    StudentSetting,
    expected_alignment,
    expected_error,
)

SMALL = {"dimension": 10, "outputs": 2, "ridge": 0.0, "metric": None, "draws": 12, "seed": 5}


def test_every_point_stands_beside_its_closed_form():
    found = report(**SMALL | {"snrs": (4.0,)})
    (curve,) = found["curves"]
    assert curve["snr"] == 4.0
    assert [point["samples"] for point in curve["points"]][:3] == [1, 2, 4]
    for point in curve["points"]:
        at = StudentSetting(samples=point["samples"], dimension=10, snr=4.0)
        error = expected_error(at)
        known = None if np.isinf(error) else pytest.approx(expected_alignment(at))
        assert point["expected_alignment"] == known
        assert point["expected_error"] == (None if np.isinf(error) else pytest.approx(error))
        low, high = point["cosine"]["interval"]
        assert low < point["cosine"]["value"] < high
    assert json.loads(json.dumps(found)) == found
    table = list(lines(found))
    assert len(table) == 1 + 3 + len(curve["points"]) + 2 and table[-1] == NO_MEANS
    assert "12 training sets at each point" in table[0]


def test_outputs_are_compared_by_a_metric_and_a_ridge_has_no_closed_form():
    found = report(
        **SMALL | {"snrs": (4.0,), "ridge": 1.0, "outputs": 3, "metric": METRICS["linear_cka"]}
    )
    points = found["curves"][0]["points"]
    assert all(point["expected_alignment"] is None for point in points)
    assert all(0 <= point["score"]["value"] <= 1 for point in points)
    assert list(lines(found))[3].endswith("linear_cka")


def test_linear_cka_of_outputs_is_high_where_weights_have_nothing_in_common():
    found = report(
        **SMALL | {"dimension": 40, "outputs": 8, "snrs": (10.0,), "metric": METRICS["linear_cka"]}
    )
    threshold = next(p for p in found["curves"][0]["points"] if p["samples"] == 40)
    assert abs(threshold["cosine"]["value"]) < 0.35
    assert threshold["score"]["value"] > 0.7


def test_the_command_prints_json_and_few_training_sets_have_no_interval():
    done = CliRunner().invoke(
        app, ["theory", "--dimension", "4", "--snr", "1", "--draws", "2", "--json"]
    )
    assert done.exit_code == 0
    (curve,) = json.loads(done.stdout)["curves"]
    assert curve["points"][0]["cosine"]["interval"] is None
    assert "2 training sets" in curve["points"][0]["cosine"]["reason"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--metric", "cka"], "No metric is called 'cka'"),
        (["--ridge", "-1"], "The ridge is -1"),
        (["--snr", "0"], "ratio is 0"),
        (["--snr", "nan"], "ratio is nan"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(arguments, message):
    done = CliRunner().invoke(app, ["theory", *arguments])
    assert done.exit_code == 2
    assert message in done.stderr and "Traceback" not in done.stderr
