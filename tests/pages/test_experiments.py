"""The Experiments page: results there, missing and damaged; its run started, cancelled, resumed."""

import time

import pytest

from substrate import jobs
from substrate.analyses.experiments import file
from substrate.store import Store
from tests.support.experiment_files import (
    FILES,
    write_all,
)

#: Buttons that every page has.
SHARED = ("Present", "Pin this view")
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
#: Charts of an experiment; two where it is not named.
CHARTS = {"modality": 1, "weights": 8, "students": 5, "polarisation": 3, "concepts": 4}
each = pytest.mark.parametrize("name", list(FILES))


@pytest.fixture
def results(tmp_path, monkeypatch):
    folder = tmp_path / "results"
    folder.mkdir()
    monkeypatch.setenv("SUBSTRATE_RESULTS", str(folder))
    return folder


def said(app):
    kinds = ("markdown", "caption", "info", "warning", "error", "code", "subheader")
    return " ".join(str(element.value) for kind in kinds for element in app.get(kind))


@each
def test_results_are_shown_with_card_and_command(open_page, tmp_path, results, name):
    write_all(results)
    app = open_page("experiments.py", tmp_path, experiment=name)
    assert not app.exception and not app.error
    assert len(app.get("plotly_chart")) == CHARTS.get(name, 2)
    words = said(app)
    assert f"python -m substrate experiment {name}" in words
    assert "Limitations" in words and "Little." in words
    assert [b.label for b in app.button if b.label not in SHARED] == ["Run"]


@each
def test_results_that_are_missing_are_asked_for(open_page, tmp_path, results, name):
    app = open_page("experiments.py", tmp_path, experiment=name)
    assert not app.exception
    assert "has not been run here yet" in said(app)
    assert f"python -m substrate experiment {name}" in said(app)
    assert not app.get("plotly_chart")


@each
def test_damaged_results_are_named(open_page, tmp_path, results, name):
    path = write_all(results) / f"{name}.json"
    path.write_text(path.read_text()[:-40])
    app = open_page("experiments.py", tmp_path, experiment=name)
    assert not app.exception
    assert "is damaged" in said(app) and f"{name}.json" in said(app)
    assert [b.label for b in app.button if b.label not in SHARED] == ["Run"]


def test_partial_results_are_marked(open_page, tmp_path, results):
    from substrate.analyses.experiments.file import encode
    from tests.support.experiment_files import distill_file

    (results / "distill.json").write_text(encode(distill_file(status="partial")))
    app = open_page("experiments.py", tmp_path)
    assert not app.exception
    assert "These results are partial: 42 repeats" in said(app)


def test_selections_come_from_the_address_and_nonsense_does_not(open_page, tmp_path, results):
    write_all(results)
    app = open_page("experiments.py", tmp_path, experiment="modality", scope="natural")
    assert "Cannot be tested here" in said(app)
    app = open_page("experiments.py", tmp_path, experiment="emergence", domain="few")
    assert "Within the 3 photographs of Few" in said(app)
    for address in (
        {"experiment": "../../x"},
        {"experiment": "emergence", "domain": "<b>"},
        {"experiment": "modality", "scope": "9", "job": "../.."},
    ):
        app = open_page("experiments.py", tmp_path, **address)
        assert not app.exception and app.get("plotly_chart")


def test_the_button_starts_the_command(open_page, tmp_path, results, monkeypatch):
    started = []
    monkeypatch.setattr(
        jobs, "start_experiment", lambda store, *more: started.append((store.root, *more)) or ""
    )
    app = open_page("experiments.py", tmp_path, experiment="modality")
    app.button(key="experiments-run-modality").click().run()
    assert not app.exception
    assert started == [(tmp_path, "modality", ["--out", str(results / "modality.json")])]


def test_own_results_stand_beside_the_shipped_ones(open_page, tmp_path, monkeypatch):
    """A run of one's own is shown first, goes to the user's directory, and replaces nothing."""
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    for folder in (shipped, own / "results"):
        folder.mkdir(parents=True)
        write_all(folder)
    monkeypatch.delenv("SUBSTRATE_RESULTS", raising=False)
    monkeypatch.setattr(file, "SHIPPED", shipped)
    monkeypatch.setattr(file, "user_data_path", lambda _name: own)
    started = []
    monkeypatch.setattr(jobs, "start_experiment", lambda _, *more: started.append(more) or "")
    app = open_page("experiments.py", tmp_path, experiment="modality")
    assert app.session_state["experiments.results"] == "your own"
    app.button(key="experiments-run-modality").click().run()
    assert not app.exception
    assert started == [("modality", ["--out", str(own / "results" / "modality.json")])]
    (own / "results" / "modality.json").unlink()
    app = open_page("experiments.py", tmp_path, experiment="modality")
    assert "experiments.results" not in app.session_state and app.get("plotly_chart")


def test_a_dead_run_is_offered_for_resuming(open_page, tmp_path, results, monkeypatch):
    job = jobs.new_experiment(Store(tmp_path), "modality")
    status = jobs.read_status(Store(tmp_path), job)
    assert status.kind == "experiment" and status.state == "died"
    resumed = []
    monkeypatch.setattr(jobs, "resume", lambda _store, name: resumed.append(name))
    app = open_page("experiments.py", tmp_path, experiment="modality")
    assert "what it has finished is kept" in said(app)
    next(b for b in app.button if b.label == "Resume").click().run()
    assert resumed == [job]
    assert "has not been run here" in said(open_page("experiments.py", tmp_path))


def test_only_a_resumed_job_keeps_what_was_finished(tmp_path):
    store = Store(tmp_path)
    job = jobs.new_experiment(store, "distill", ["--seeds", "2"])
    first, again = (jobs._line(store, job, again=again) for again in (False, True))
    assert first[1:7] == ["-m", "substrate", "experiment", "distill", "--seeds", "2"]
    assert "--resume" not in first and again == [*first, "--resume"]


def test_a_started_experiment_is_cancelled_within_two_seconds(tmp_path, results):
    store = Store(tmp_path)
    job = jobs.start_experiment(store, "modality", ["--encoder", "resnet", "--encoder", "vgg"])
    deadline = time.monotonic() + 90
    while (status := jobs.read_status(store, job)).state == "starting":
        assert time.monotonic() < deadline, jobs.log_tail(store, job)
        time.sleep(0.05)
    assert status.live
    begun = time.monotonic()
    jobs.cancel(store, job)
    assert time.monotonic() - begun < 2.5
    assert jobs.read_status(store, job).state == "cancelled"
    assert not (results / "modality.json").exists()
