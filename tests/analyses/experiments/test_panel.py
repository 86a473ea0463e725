"""The experiment `panel`: its words, its figures, and a small run of it."""

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from substrate.analyses.experiments import panel, tables
from substrate.analyses.experiments.catalogue import read_results
from substrate.cli import app
from substrate.exhibits.experiments import words
from substrate.figures.experiments import panel as figures
from substrate.figures.theme import DARK, LIGHT
from tests.support.experiment_files import panel_file


@pytest.fixture(autouse=True)
def _threads():
    """The command takes all cores; what is tested after it must find them as they were."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_its_sentence_names_every_domain_once_and_tests_none_of_few_photographs():
    summary = panel.summarise(panel_file())
    sentence = words.panel_sentence(summary)
    assert "share more than their untrained twins on More (0.60 against 0.30)." in sentence
    assert "share less than their untrained twins on Less (0.10 against 0.30)." in sentence
    assert "No difference can be told on Same." in sentence
    assert "Few" not in sentence
    assert "Few" in words.panel_context(summary)
    assert "reach 0.80 to 0.80" in words.panel_context(summary)
    assert [row.exceeded for row in summary.rows] == [0, 2, 3, 0]


def test_its_figures_hold_the_files_numbers():
    summary = panel.summarise(panel_file())
    figure = figures.panel_domains(summary, LIGHT)
    by_name = {trace.name: trace for trace in figure.data}
    trained = by_name["Trained panel, 95 % CI"]
    assert list(trained.x) == [0.6, 0.3, 0.1, 0.5]
    assert np.allclose(trained.error_x.array[:3], 0.05)
    assert trained.error_x.array[3] is trained.error_x.arrayminus[3] is None
    assert trained.marker.symbol[-1].endswith("-open")
    assert len(by_name["Untrained panels, 3 seeds"].x) == 12
    pairs = figures.panel_pairs(summary, DARK).data
    assert [trace.marker.symbol.endswith("-open") for trace in pairs] == [False, True]
    assert len(tables.pairs_table(summary)) == 8
    assert tables.panel_table(summary)["untrained_panels_that_reach_it"].sum() == 5


def test_a_small_run_writes_what_it_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("SUBSTRATE_RESULTS", str(tmp_path / "results"))
    arguments = [
        "experiment",
        "panel",
        "--store",
        str(tmp_path / "store"),
        "--seeds",
        "2",
        "--encoder",
        "resnet",
        "--encoder",
        "vit",
        "--domain",
        "face",
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    found = read_results("panel", tmp_path / "results")
    (row,) = found.repeats
    assert (row.domain, row.photographs, len(row.untrained)) == ("face", 100, 2)
    assert row.trained.low < row.trained.value < row.trained.high
    assert np.isclose(row.difference.value, row.trained.value - np.mean(row.untrained), atol=1e-5)
    assert [(p.first, p.second) for p in row.pairs] == [("resnet", "vit")]
    assert found.seeds == (0, 1)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--encoder", "resnet"], "needs two encoders"),
        (["--encoder", "resnet", "--encoder", "resnet_seed1"], "of different recipes"),
        (["--fraction", "0.1"], "has no --fraction"),
        (["--encoder", "nobody"], "no bundled encoder 'nobody'"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(tmp_path, more, message):
    arguments = [
        "experiment",
        "panel",
        "--store",
        str(tmp_path),
        "--seeds",
        "1",
        "--domain",
        "face",
        *more,
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output
