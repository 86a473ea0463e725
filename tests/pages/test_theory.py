"""The Theory page: every view, the sliders, a store that cannot answer, files that are missing."""

import time

import numpy as np
import pytest

from substrate.analyses.claims.questions import QUESTIONS
from substrate.analyses.experiments.student_curves import formula
from substrate.analyses.spec import obtain
from substrate.analyses.theory.choice import VIEWS
from substrate.analyses.theory.features import FEATURES, features_params
from substrate.exhibits.theory.section import theory
from substrate.figures.theme import LIGHT
from tests.pages.test_weights import held, said
from tests.support.experiment_files import write_all
from tests.support.training_store import training_run

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return training_run(tmp_path_factory.mktemp("theory"), n=96, groups=24, untrained=6)


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setenv("SUBSTRATE_RESULTS", str(tmp_path))
    return write_all(tmp_path)


def test_it_opens_with_students_and_the_sliders_are_the_address(run, results, open_page):
    app = open_page("theory.py", run.store.root)
    assert not app.exception and not app.error
    assert "similarity is not accuracy" in said(app)
    assert [s.key for s in app.select_slider] == ["theory.snr", "theory.ratio"]
    begun = time.monotonic()
    app.select_slider(key="theory.snr").set_value("50").run()
    assert time.monotonic() - begun < 3  # under a second on a quiet machine
    assert held(app, "theory.snr") == "50"
    alignment, error = formula(50.0, 15)
    assert f"SNR 50, n / d 0.25: students agree at **{alignment:.2f}**" in said(app)
    assert f"**{error:.2f}**" in said(app)
    app.select_slider(key="theory.ratio").set_value("1").run()
    assert "errors have no mean, and the closed form is 0" in said(app)


def test_every_view_opens_and_an_address_brings_it(run, results, open_page, inline):
    for view in VIEWS:
        app = open_page("theory.py", run.store.root, **{"theory.view": view})
        assert not app.exception and not app.error, view
        assert held(app, "theory.view") == view


def test_networks_have_tasks_and_linear_students_a_ridge(run, results, open_page):
    app = open_page("theory.py", run.store.root, **{"theory.student": "network"})
    keys = {s.key for s in app.selectbox}
    assert {"theory.task", "theory.noise"} <= keys and "theory.ridge" not in keys
    assert [s.key for s in app.select_slider] == ["theory.snr"]
    app.selectbox(key="theory.task").set_value("classification").run()
    assert "networks that learn classes" in said(app)
    app.selectbox(key="theory.student").set_value("linear").run()
    app.selectbox(key="theory.metric").set_value("linear_cka").run()
    assert not app.exception and len(app.select_slider) == 1
    far = open_page(
        "theory.py", run.store.root, **{"theory.student": "network", "theory.snr": "100"}
    )
    assert held(far, "theory.snr") == "10" and "ratio of 10" in said(far)


def test_hostile_values_of_an_address_are_replaced(run, results, open_page):
    hostile = {"theory.snr": "1e9", "theory.metric": "<b>", "theory.ridge": "-1"}
    app = open_page("theory.py", run.store.root, **hostile)
    assert not app.exception
    assert held(app, "theory.snr") == "10" and held(app, "theory.metric") == "cosine"


def test_without_simulations_the_formula_stands_and_says_how_they_are_made(
    run, tmp_path, monkeypatch, open_page
):
    monkeypatch.setenv("SUBSTRATE_RESULTS", str(tmp_path))
    app = open_page("theory.py", run.store.root)
    assert not app.exception and "experiment students" in said(app)
    (tmp_path / "students.json").write_text("{")
    app = open_page("theory.py", run.store.root)
    assert not app.exception and "damaged" in said(app)
    made = theory(run, LIGHT)
    assert "damaged" in made.items[0].sentence


def test_images_needed_are_those_of_the_replicates(run, results, open_page, inline):
    app = open_page("theory.py", run.store.root, **{"theory.view": "How many images"})
    assert "not been computed yet" in said(app)
    ((sharing, params), *_) = QUESTIONS["sharing"](run)
    obtain(sharing, run, params)
    app = open_page("theory.py", run.store.root, **{"theory.view": "How many images"})
    assert not app.exception
    made = theory(run, LIGHT, every=True)
    keys = [item.key for item in made.items]
    assert "theory-photographs" in keys
    (needed,) = [item for item in made.items if item.key == "theory-photographs"]
    assert needed.sentence.split(".")[0] in said(app)


def test_heads_are_those_of_the_analysis(run, results, open_page, inline):
    names = [d for d in run.domains if set(run.samples(d)["label"]) - {""}]
    params = features_params(run, run.first_two[0], names[0])
    found = obtain(FEATURES, run, params)
    app = open_page(
        "theory.py",
        run.store.root,
        **{"theory.view": "Real features", "domain": names[0], "first": params.encoder},
    )
    assert not app.exception and not app.error
    least = min(one.value for one in found.curves[1].alignment)
    assert f"{least:.2f}" in said(app)
    for curve in found.curves:
        assert np.isfinite(curve.theory).all() and len(curve.alignment) == len(curve.samples)
