"""Every page, run by itself against a good, an empty and a damaged store."""

import json
import shutil

import pytest

from substrate import jobs
from substrate.runs import runs_directory
from substrate.store import ARRAYS, MANIFEST, Store
from tests.conftest import ROOT

PAGES = sorted(path.name for path in (ROOT / "pages").glob("*.py"))
#: Pages that show a run; the others have their own tests for what they show. Units of a run are
#: shown once a job has read them.
FIGURE_PAGES = [page for page in PAGES if page not in ("study.py", "experiments.py", "units.py")]

pytestmark = pytest.mark.filterwarnings("ignore")


def said(app) -> str:
    """Return everything that a page says in words."""
    parts = [app.markdown, app.caption, app.info, app.warning, app.error, app.title, app.subheader]
    return " ".join(str(element.value) for part in parts for element in part)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_a_real_run(open_page, real_run, page):
    app = open_page(page, real_run.store.root)
    assert not app.exception
    assert not app.error
    assert app.title
    if page in FIGURE_PAGES:
        assert app.get("plotly_chart"), said(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_on_an_empty_store_says_what_to_do(open_page, tmp_path, no_gallery, page):
    app = open_page(page, tmp_path)
    assert not app.exception
    if page in FIGURE_PAGES:
        assert "Study" in said(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_on_a_damaged_store_says_so(open_page, real_run, tmp_path, page):
    root = tmp_path / "store"
    shutil.copytree(real_run.store.root, root)
    for path in (root / "objects").rglob("*"):
        if path.name in (ARRAYS, MANIFEST):
            path.write_bytes(path.read_bytes()[:-9] + b"corrupted")
    app = open_page(page, root)
    assert not app.exception
    if page in FIGURE_PAGES and page != "theory.py":  # students rest on no run
        assert any(word in said(app) for word in ("damaged", "Run the study again", "no longer"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_a_damaged_record_says_so(open_page, real_run, tmp_path, page):
    root = tmp_path / "store"
    shutil.copytree(real_run.store.root, root)
    for path in runs_directory(Store(root)).glob("*.json"):
        path.write_text(path.read_text()[:100])
    app = open_page(page, root)
    assert not app.exception


@pytest.mark.parametrize("page", PAGES)
def test_a_page_survives_a_hostile_address(open_page, real_run, page):
    hostile = {
        "run": "../../etc/passwd",
        "encoder": "<script>",
        "a": "nobody",
        "b": "nobody",
        "domain": "nowhere",
        "components": "1e9",
        "k": "-1",
        "cell": "99,-5",
        "metric": "x",
        "job": "../..",
        "own": "{",
        "layer_a": "??",
        "samples": "NaN",
    }
    app = open_page(page, real_run.store.root, **hostile)
    assert not app.exception


def test_the_study_page_refuses_an_empty_choice_in_one_sentence(open_page, tmp_path):
    app = open_page("study.py", tmp_path)
    app.multiselect(key="study.domains").set_value([]).run()
    assert not app.exception
    assert "at least one domain" in said(app)


def test_the_study_page_starts_the_command_with_what_was_chosen(open_page, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(jobs, "start", lambda store, study: started.append(study) or "")
    app = open_page("study.py", tmp_path)
    app.text_input(key="study.name").set_value("Mine").run()
    app.multiselect(key="study.domains").set_value(["digit", "moon"][:1]).run()
    next(b for b in app.button if b.label == "Run").click().run()
    assert not app.exception
    assert started[0].name == "Mine"
    assert [d.name for d in started[0].domains] == ["digit"]


def test_the_study_page_lists_past_jobs_and_offers_to_resume(open_page, real_run):
    status = next(
        s
        for s in jobs.list_jobs(real_run.store)
        if s.run_id == real_run.run_id and s.state == "done"
    )
    app = open_page("study.py", real_run.store.root, job=status.job)
    assert not app.exception
    assert "Small and real" in said(app)
    assert "Finished in" in said(app)


def test_every_result_can_be_traced(real_run):
    """A stored analysis names its parameters and versions, and its key is their digest."""
    found = 0
    for path in (real_run.store.root / "objects").rglob("manifest.json"):
        meta = json.loads(path.read_text())["meta"]
        if meta.get("kind") == "analysis":
            found += 1
            assert meta["analysis"]
            assert meta["parameters"] is not None
            assert meta["substrate"]
            assert meta["numpy"]
    assert found > 5
