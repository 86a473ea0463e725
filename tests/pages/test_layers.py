"""The Layers page on a good, an empty and a damaged store."""

import numpy as np
import pytest

from substrate.analyses.layers import two_encoders as layers
from substrate.analyses.spec import obtain
from tests.support.planted import planted_run
from tests.support.training_store import training_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("page"), n=60, groups=15, untrained=2)
    for analysis, params in layers.defaults(run):
        obtain(analysis, run, params)
    return run


def text(app):
    return " ".join(e.value for kind in ("markdown", "info", "caption") for e in app.get(kind))


def test_it_opens_with_a_sentence_and_shows_the_default_pair(run, open_page):
    app = open_page("layers.py", run.store.root)
    assert not app.exception
    assert "On Rich, Alpha and Beta are closest" in text(app)
    assert len(app.get("plotly_chart")) == 2
    assert len(app.dataframe[0].value) == 36
    assert "with Information imbalance" in text(app) and "(k = 1)" in text(app)
    assert "That is from Alpha to Beta; from Beta to Alpha it is" in text(app)


def test_neighbours_can_be_chosen_where_a_metric_counts_them(run, open_page, inline):
    app = open_page("layers.py", run.store.root)
    first = app.dataframe[0].value["value"].to_numpy()
    app.selectbox(key="layers.neighbours").set_value("5").run()
    assert not app.exception
    assert list(app.query_params["layers.neighbours"]) == ["5"]
    assert "(k = 5)" in text(app) and "equally far ones share their ranks" in text(app)
    again = app.dataframe[0].value["value"].to_numpy()
    assert np.abs(again - first).max() > 0.01
    app.selectbox(key="layers.metric").set_value("debiased_cka").run()
    assert not [one for one in app.selectbox if one.key == "layers.neighbours"]
    assert "(k = " not in text(app)


def test_all_encoders_have_a_metric_of_their_own(run, open_page, inline):
    app = open_page("layers.py", run.store.root, view="All encoders")
    assert app.selectbox(key="layers.ends").value == "debiased_cka"
    assert "end up closest, with CKA, linear (debiased)" in text(app)
    address = {"view": "All encoders", "layers.metric": "linear_cka"}
    earlier = open_page("layers.py", run.store.root, **address)
    assert earlier.selectbox(key="layers.ends").value == "linear_cka"


def test_a_copied_address_shows_the_same_thing(run, open_page, inline):
    address = {
        "first": "gamma",
        "second": "delta",
        "domain": "few",
        "metric": "linear_cka",
        "scale": "calibrated",
        "cell": "block.1|logits",
    }
    app = open_page("layers.py", run.store.root, **address)
    assert not app.exception
    assert "Within the 3 photographs of Few, Gamma and Delta" in text(app)
    assert "Gamma block.1 – Delta logits" in text(app)
    assert "3 photographs, and at least 10 are needed" in text(app)
    assert app.query_params["layers.cell"] == ["block.1", "logits"]


def test_all_encoders_and_one_pair(run, open_page, inline):
    app = open_page("layers.py", run.store.root, view="All encoders", pair="beta|delta")
    assert not app.exception
    assert "end up closest" in text(app)
    assert "Beta – Delta" in text(app)
    label = "Compare these two along their depth"
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    assert "On Rich, Beta and Delta" in text(app)


def test_smoothness_and_its_summary_are_in_the_address(run, open_page, inline):
    app = open_page("layers.py", run.store.root, view="Smoothness")
    assert not app.exception
    assert "the variation of the steps is least in" in text(app)
    assert "the largest step is that of" in text(app)
    assert len(app.get("plotly_chart")) == 2
    app.selectbox(key="layers.summary").set_value("detour").run()
    assert not app.exception
    assert "the path over the distance of its ends is least in" in text(app)
    assert app.query_params["layers.summary"] == "detour"


def test_operations_of_two_encoders(run, open_page, inline):
    app = open_page("layers.py", run.store.root, view="Operations", first="gamma", second="delta")
    assert not app.exception
    grows = "the distance of Gamma from Delta grows most from block.0 to block.1"
    assert grows in text(app)
    assert "the steps that are most alike are" in text(app)
    assert len(app.get("plotly_chart")) == 2


def test_ways_through_the_space_of_representations(run, open_page, inline):
    app = open_page("layers.py", run.store.root, view="Trajectories", domain="few")
    assert not app.exception
    assert "ends furthest from its first layer" in text(app) and "its stress is" in text(app)
    assert len(app.get("plotly_chart")) == 1


def test_ways_over_training_start_at_the_step_of_the_address(tmp_path, open_page, inline):
    root = training_run(tmp_path, n=48, groups=16).store.root
    address = {"view": "Trajectories", "layers.drawn": "over training"}
    app = open_page("layers.py", root, **address)
    assert not app.exception and len(app.get("plotly_chart")) == 1
    assert "the last features of Alpha end at an angle of" in text(app)
    assert app.select_slider[0].value == "0"
    again = open_page("layers.py", root, **address, **{"layers.step": "316"})
    assert again.select_slider[0].value == "316"
    wrong = open_page("layers.py", root, **address, **{"layers.step": "7", "layers.training": "b"})
    assert not wrong.exception and wrong.select_slider[0].value == "0"
    assert "what this run lacks; at default" in text(wrong)


def test_the_map_follows_the_metric_and_says_which_distance_it_draws(run, open_page, inline):
    address = {"view": "Trajectories", "layers.drawn": "all layers at once", "colours": "depth"}
    app = open_page("layers.py", run.store.root, **address)
    assert not app.exception and len(app.get("plotly_chart")) == 1
    assert "arccos of CKA, linear (biased) is drawn instead" in text(app)
    app.selectbox(key="layers.metric").set_value("procrustes_angular").run()
    assert not app.exception
    assert "apart by Procrustes, angle" in text(app) and "drawn instead" not in text(app)
    wrong = open_page(
        "layers.py", run.store.root, view="Trajectories", drawn="?", colours="x", metric="y"
    )
    assert not wrong.exception and wrong.selectbox(key="layers.drawn").value == "over depth"
    assert "what this run lacks; at default" in text(wrong)


def test_without_kept_steps_a_sentence_says_so(run, open_page):
    app = open_page("layers.py", run.store.root, view="Trajectories", drawn="over training")
    assert not app.exception and not app.get("plotly_chart")
    assert "No encoder of this run was kept step by step" in text(app)


def test_nonsense_in_the_address_shows_the_defaults(run, open_page):
    app = open_page(
        "layers.py",
        run.store.root,
        first="<b>",
        metric="x",
        domain="9",
        view="?",
        cell="a|b",
        scale="",
    )
    assert not app.exception
    assert "On Rich, Alpha and Beta" in text(app)


def test_an_empty_store_points_to_the_study_page(tmp_path, open_page, no_gallery):
    app = open_page("layers.py", tmp_path)
    assert not app.exception
    assert "Nothing has been run yet" in text(app)


def test_a_damaged_store_says_so(tmp_path, open_page, inline):
    run = planted_run(tmp_path, n=40, groups=20, untrained=1)
    for path in (tmp_path / "objects").rglob("*.safetensors"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
    app = open_page("layers.py", run.store.root)
    assert not app.exception
    assert "damaged" in text(app)


def test_all_layers_of_all_encoders_are_computed_when_asked_for(run, open_page, inline):
    app = open_page("layers.py", run.store.root, view="All encoders", compared="all layers")
    assert not app.exception and not app.get("plotly_chart")
    assert "20 layers, 400 pairs: about 5 s on one core" in text(app)
    next(one for one in app.button if one.label == "Compute it now").click().run()
    assert not app.exception
    assert "the two closest layers of different encoders are" in text(app)
    assert "every encoder is a family of its own" in text(app)
    assert len(app.get("plotly_chart")) == 2
    again = open_page("layers.py", run.store.root, view="All encoders", compared="all layers")
    assert len(again.get("plotly_chart")) == 2
