"""The command `maps`: a pair and a panel printed, as JSON and for a reader, and what it refuses."""

import json
import signal

import numpy as np
import pytest
from typer.testing import CliRunner

from substrate.analyses.maps.matrix import MAPS_MATRIX, matrix_params
from substrate.analyses.maps.pair import MAPS, maps_params
from substrate.cli import app
from tests.support.planted import planted_run

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("maps"), n=120, groups=24, untrained=2)


def command(run, *options):
    line = ["maps", f"--run={run.run_id}", f"--store={run.store.root}", *options]
    before = signal.getsignal(signal.SIGTERM)
    try:
        return CliRunner().invoke(app, line)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_pair_is_printed_with_its_nulls_both_ways(run):
    done = command(run, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    result = MAPS.compute(run, maps_params(run, run.first_two, run.main_domain))
    assert [p["r2"]["value"] for p in found["predictions"]] == [
        pytest.approx(p.r2.value) for p in result.predictions
    ]
    assert {(p["source"], p["map"]) for p in found["predictions"]} == {
        (p.source, p.family) for p in result.predictions
    }
    assert found["predictions"][0]["twins"] == pytest.approx(result.predictions[0].twins.tolist())
    assert len(found["steps"]) == len(result.steps)
    text = command(run).stdout
    affine = next(p for p in result.predictions if p.family == "affine")
    assert f"Affine               R2 {affine.r2.value:.2f}" in text and "guessing" in text


def test_a_panel_is_a_matrix_whose_rows_predict(run):
    found = json.loads(command(run, "--all", "--json").stdout)
    result = MAPS_MATRIX.compute(run, matrix_params(run, run.panel, run.main_domain))
    np.testing.assert_allclose(np.array(found["r2"], dtype=float), result.values)
    assert found["encoders"] == list(run.panel)
    assert "rows predict columns" in command(run, "--all").stdout


def test_what_is_not_there_is_one_sentence(run):
    first = run.first_two[0]
    for option, sentence in (
        ("--first=nobody", "There is no encoder 'nobody'"),
        ("--first-layer=nowhere", "There is no layer of"),
        ("--domain=nowhere", "There is no domain 'nowhere'"),
        (f"--second={first}", "predicts itself: name two different encoders"),
    ):
        done = command(run, option)
        assert done.exit_code == 2
        assert sentence in " ".join(done.output.split())
