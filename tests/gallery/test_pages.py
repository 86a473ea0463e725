"""Every page on an empty store: it shows the shipped run, and says so."""

import pytest

from substrate.exhibits.units import section as units_section
from substrate.exhibits.units.words import NOT_READ
from substrate.gallery.archive import RESULTS_ONLY
from substrate.gallery.shown import shipped_run
from substrate.runs import save_record
from substrate.store import Store
from substrate.ui.opening import all_runs
from tests.pages.test_pages import FIGURE_PAGES, said
from tests.support.planted import planted_run

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("page", FIGURE_PAGES)
def test_a_page_on_an_empty_store_shows_the_shipped_run(open_page, tmp_path, page):
    app = open_page(page, tmp_path)
    assert not app.exception
    assert not app.error and not app.warning
    assert app.get("plotly_chart"), said(app)
    assert app.query_params["run"] == shipped_run().run_id
    assert "The shipped run" in said(app)
    assert not list(tmp_path.glob("runs/*")) and not list(tmp_path.glob("objects/*/*"))


@pytest.mark.parametrize("page", FIGURE_PAGES)
def test_without_the_shipped_run_a_page_says_that_nothing_was_run(
    open_page, tmp_path, no_gallery, page
):
    app = open_page(page, tmp_path)
    assert not app.exception
    assert "Nothing has been run yet" in said(app)


def test_a_run_of_ones_own_comes_first_and_the_shipped_one_stays_in_the_list(open_page, real_run):
    app = open_page("layers.py", real_run.store.root)
    assert app.query_params["run"] == real_run.run_id
    box = app.selectbox(key="run")
    assert box.options == [
        f"Small and r… · {real_run.run_id[:6]}",
        f"Shipped run · {shipped_run().run_id[:6]}",
    ]
    assert "The shipped run" not in said(app)


@pytest.mark.parametrize(("view", "charts"), [("One to one", 4), ("Few to one", 3)])
def test_units_of_the_shipped_run_are_shown_with_their_pictures(
    open_page, tmp_path, monkeypatch, view, charts
):
    known = []
    kept = units_section.unit_pictures
    monkeypatch.setattr(
        units_section, "unit_pictures", lambda *of: known.append(kept(*of)) or known[-1]
    )
    app = open_page("units.py", tmp_path, **{"units.view": view})
    assert not app.exception and not app.info
    assert len(app.get("plotly_chart")) >= charts
    assert len(known) >= 8 and all(one is not None and len(one.pictures) for one in known)
    other = open_page("units.py", tmp_path, **{"units.layer_a": "layer2.0"})
    assert NOT_READ in said(other) and RESULTS_ONLY in said(other)
    assert not [button for button in other.button if button.label == "Read them now"]


def test_information_of_the_shipped_runs_units_is_not_offered(open_page, tmp_path):
    app = open_page("units.py", tmp_path, **{"units.view": "Mutual information"})
    assert RESULTS_ONLY in said(app)
    assert not [button for button in app.button if button.label == "Measure it now"]


def test_what_the_shipped_run_lacks_is_said_in_one_sentence(open_page, tmp_path):
    app = open_page("wall.py", tmp_path, k="5")
    assert not app.exception
    assert RESULTS_ONLY in said(app)


def test_until_a_run_of_ones_own_is_finished_the_shipped_one_is_shown(tmp_path):
    run = planted_run(tmp_path, n=40, groups=20, untrained=0)
    save_record(run.store, {**run.record, "status": "running"})
    runs = all_runs(run.store)
    assert [one.run_id for one in runs] == [shipped_run().run_id, run.run_id]
    save_record(run.store, {**run.record, "status": "done"})
    runs = all_runs(run.store)
    assert [one.run_id for one in runs] == [run.run_id, shipped_run().run_id]


def test_a_finished_run_of_the_same_study_takes_the_shipped_ones_place(tmp_path):
    store, record = Store(tmp_path), shipped_run().record
    save_record(store, {**record, "status": "running"})
    assert [one.store for one in all_runs(store)] == [shipped_run().store]
    save_record(store, {**record, "status": "done"})
    assert [one.store for one in all_runs(store)] == [store]
