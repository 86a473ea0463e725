"""The Training page with and without trajectories, on an empty and on a damaged store."""

import pytest

from substrate.analyses.spec import obtain, stored
from substrate.analyses.training import (
    alignment as training,
)
from substrate.analyses.training import (
    directions as training_directions,
)
from substrate.analyses.training.target import members
from tests.support.planted import planted_run
from tests.support.training_store import training_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = training_run(tmp_path_factory.mktemp("page"), n=60, groups=15)
    for analysis, params in training.defaults(run) + training_directions.defaults(run):
        obtain(analysis, run, params)
    return run


def text(app):
    return " ".join(e.value for kind in ("markdown", "info", "caption") for e in app.get(kind))


def test_it_opens_with_the_share_and_the_published_figure(run, open_page):
    app = open_page("training.py", run.store.root)
    assert not app.exception
    assert "when Alpha had made half of its gain in accuracy" in text(app).replace("\u00a0", " ")
    assert "2606.07882" in text(app)
    assert len(app.get("plotly_chart")) == 3


def test_directions_start_at_the_step_of_the_address(run, open_page):
    app = open_page(
        "training.py", run.store.root, view="Directions", step="32", scale="paper's scale"
    )
    assert not app.exception
    assert len(app.get("plotly_chart")) == 2
    assert app.select_slider[0].value == "32"


def test_another_target_and_layer_from_the_address(run, open_page, inline):
    app = open_page(
        "training.py",
        run.store.root,
        target="final self",
        layer="block.1",
        domain="few",
        metric="nuclear_similarity",
    )
    assert not app.exception
    assert "its block.1 layer" in text(app) and "its own final features" in text(app)


def test_nonsense_in_the_address_shows_the_defaults(run, open_page):
    app = open_page(
        "training.py", run.store.root, training="x", layer="?", target="", metric="9", step="-1"
    )
    assert not app.exception
    assert "its penultimate layer" in text(app)


def test_a_run_without_trajectories_says_so(tmp_path, open_page):
    run = planted_run(tmp_path, n=40, groups=20, untrained=0)
    app = open_page("training.py", run.store.root)
    assert not app.exception
    assert "kept step by step" in text(app)


def test_missing_checkpoints_are_named(tmp_path, open_page):
    import json

    from substrate.runs import runs_directory

    run = training_run(tmp_path, n=40, groups=20, untrained=0)
    path = runs_directory(run.store) / f"{run.run_id}.json"
    record = json.loads(path.read_text())
    record.pop("seal", None)  # it is altered on purpose
    record["pairs"] = {k: v for k, v in record["pairs"].items() if "@" not in k}
    path.write_text(json.dumps(record))
    app = open_page("training.py", run.store.root)
    assert not app.exception
    assert "have not been extracted on Rich" in text(app)


def test_an_empty_store_points_to_the_study_page(tmp_path, open_page, no_gallery):
    app = open_page("training.py", tmp_path)
    assert not app.exception
    assert "Nothing has been run yet" in text(app)


def test_a_damaged_store_says_so(tmp_path, open_page, inline):
    run = training_run(tmp_path, n=40, groups=20, untrained=0)
    for path in (tmp_path / "objects").rglob("*.safetensors"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
    for view in ("Alignment", "Directions"):
        app = open_page("training.py", run.store.root, view=view)
        assert not app.exception
        assert "damaged" in text(app)


def test_the_panel_of_the_address_makes_the_substrate(run, open_page, inline):
    app = open_page("training.py", run.store.root, panel=["alpha", "beta", "gamma"])
    assert not app.exception
    assert "Left out: Delta." in text(app)
    params = training.training_params(
        run.with_panel(("alpha", "beta", "gamma")),
        "alpha",
        "rich",
        "panel's substrate",
        "penultimate",
        "debiased_cka",
    )
    assert members(run, "alpha", params.target, params.panel) == ("beta", "gamma")
    assert stored(training.TRAINING, run, params).units.of == 56 + 32
