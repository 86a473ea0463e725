"""Runs on the Study page: cards, names, notes, removal, copies; a job at work, on every page."""

import shutil
import time
from dataclasses import replace

import pytest

from substrate import catalogue, jobs
from substrate.gallery.shown import shipped_run
from substrate.notebook.notes import read_note
from substrate.runs import list_runs
from substrate.store import Store
from substrate.study import parse
from substrate.ui.study import estimate
from substrate.ui.study.again import same_run
from tests.pages.test_pages import said

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def copied(real_run, tmp_path):
    shutil.copytree(real_run.store.root, tmp_path / "store")
    return Store(tmp_path / "store")


def button(app, start):
    return next(b for b in app.button if b.label == start)


def test_a_run_is_a_card_with_its_headline(open_page, real_run):
    app = open_page("study.py", real_run.store.root)
    assert not app.exception
    assert "3 encoders on" in said(app)
    assert "Sharedness " in said(app)
    assert "The shipped run" in said(app)


def test_a_run_is_renamed_and_noted(open_page, copied, real_run):
    app = open_page("study.py", copied.root)
    next(t for t in app.text_input if t.value == "Small and real").set_value("Two nets")
    app.text_area[0].set_value("look at *digits*")
    button(app, "Save").click().run()
    assert not app.exception
    assert "Two nets" in said(app)
    assert list_runs(copied)[0].study["name"] == "Two nets"
    assert read_note(copied, real_run.run_id) == "look at *digits*"


def test_a_run_is_deleted_only_once_that_was_confirmed(open_page, copied, real_run):
    app = open_page("study.py", copied.root)
    assert app.button(key=f"study-delete-{real_run.run_id}").disabled
    app.checkbox(key=f"study-sure-{real_run.run_id}").check().run()
    app.button(key=f"study-delete-{real_run.run_id}").click().run()
    assert not app.exception
    assert list_runs(copied) == [] and jobs.list_jobs(copied) == []
    assert "Small and real" not in said(app)


def test_a_duplicate_fills_the_form(open_page, real_run):
    app = open_page("study.py", real_run.store.root)
    app.button(key=f"study-duplicate-{real_run.run_id}").click().run()
    assert not app.exception
    assert app.text_input(key="study.name").value == "Small and real (copy)"
    assert app.multiselect(key="study.domains").value == ["natural", "face", "digit"]
    assert app.number_input(key="study.untrained").value == 2
    assert app.number_input(key="study.components").value == 8
    assert "Already there" in said(app)


def test_the_same_study_is_found_whatever_its_name(real_run):
    again = parse({**real_run.study, "name": "Another name"})
    assert same_run(again, [real_run]).run_id == real_run.run_id
    assert same_run(again.model_copy(update={"seed": 7}), [real_run]) is None
    assert same_run(parse(shipped_run().study), [shipped_run()]) is None


def test_a_job_at_work_stands_on_every_page(open_page, copied):
    job = jobs.new_job(copied, catalogue.default_study())
    pid, started = jobs.this_process()
    now = time.time()
    alive = jobs.Status(
        job,
        "At work",
        state="running",
        phase="Untrained ResNet, 2 of 3, Handwritten digits",
        done=30.0,
        total=120.0,
        estimate_s=61.0,
        heartbeat=now,
        started=now - 20,
        pid=pid,
        process_started=started,
    )
    jobs.write_status(copied, alive)
    for page in ("metrics.py", "claims.py"):
        app = open_page(page, copied.root)
        assert not app.exception
        words = " ".join(c.value for c in app.sidebar.caption)
        assert "Untrained ResNet, 2 of 3, Handwritten digits" in words
        assert "25 %" in words and "about 61 s left" in words
    jobs.write_status(copied, replace(alive, state="done"))
    assert not open_page("metrics.py", copied.root).sidebar.caption


def test_an_estimate_follows_the_study_and_what_earlier_runs_took():
    study = parse({"encoders": ["resnet", "vgg"], "domains": ["digit"], "untrained": 1})
    # 2 networks with one twin each: 4 passes of .3 + 256 × .0006, and 8 for the analyses
    assert estimate.units(study) == pytest.approx(4 * (0.3 + 256 * 0.0006) + 8)
    more = study.model_copy(update={"untrained": 9})
    assert estimate.units(more) == pytest.approx(20 * (0.3 + 256 * 0.0006) + 8)
    slow = jobs.Status("a", "a", state="done", started=100.0, finished=400.0, total=100.0)
    assert estimate.seconds(study, []) == pytest.approx(0.65 * estimate.units(study))
    assert estimate.seconds(study, [slow]) == pytest.approx(3 * estimate.units(study))
    reused = replace(slow, finished=101.0)
    assert estimate.seconds(study, [reused]) == pytest.approx(0.65 * estimate.units(study))
    large = replace(slow, finished=40_100.0)  # one large network says little of the next study
    three = [slow, large, replace(slow, finished=200.0)]
    assert estimate.seconds(study, three) == pytest.approx(3 * estimate.units(study))
    assert [estimate.roughly(s) for s in (3, 47, 89, 200, 9000)] == [
        "10 s",
        "50 s",
        "90 s",
        "3 min",
        "2.5 h",
    ]


def test_the_form_starts_the_default_study_in_its_own_order(open_page, tmp_path, monkeypatch):
    """In another order its run would have another id than that of the command and the shipped."""
    started = []
    monkeypatch.setattr(jobs, "start", lambda store, study: started.append(study) or "")
    app = open_page("study.py", tmp_path)
    button(app, "Run").click().run()
    assert started == [catalogue.default_study()]
