"""The Subspace page on a good, an empty and a damaged store, and by its address."""

import json
import shutil

import pytest

from substrate.analyses import panel_choice
from substrate.analyses.spec import obtain
from substrate.store import ARRAYS
from tests.support.planted import planted_run

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("page"), n=60, groups=20, untrained=2)
    for analysis, params in panel_choice.defaults(run):
        obtain(analysis, run, params)
    return run


def text(app):
    kinds = ("markdown", "info", "warning", "error", "caption")
    return " ".join(e.value for kind in kinds for e in app.get(kind))


def test_it_opens_with_a_sentence_and_shows_its_charts_from_the_store(run, open_page, monkeypatch):
    monkeypatch.setattr("substrate.ui.results.resident", lambda: pytest.fail("not in the store"))
    app = open_page("subspace.py", run.store.root)
    assert not app.exception
    assert app.markdown[0].value.startswith("On Rich, 2 draws of their untrained twins are too few")
    assert "no interval: 3 photographs in one of the domains" in text(app)
    assert len(app.get("plotly_chart")) == 3
    assert "Highest scores of the panel among 30 held-out samples" in text(app)


def test_a_copied_address_shows_the_same_thing(run, open_page, inline):
    address = {
        "domain": "few",
        "k": "8",
        "whitening": "truncated",
        "estimate": "debiased",
        "direction": "3",
        "by": "gamma",
        "pair": "rich|few",
        "seed": "4",
    }
    app = open_page("subspace.py", run.store.root, **address)
    assert not app.exception
    assert app.markdown[0].value.startswith("On Few")
    assert "Rich – Few" in text(app)
    assert f"scores of {run.encoders['gamma'].title}" in text(app)
    assert "K = 8" in text(app)
    assert app.number_input(key="k").value == 8
    assert app.selectbox(key="subspace.direction").value == "3"


def test_invalid_addresses_fall_back(run, open_page, inline):
    address = {
        "domain": "mars",
        "k": "900",
        "whitening": "x",
        "estimate": "?",
        "view": "no",
        "direction": "99",
        "by": "nobody",
        "pair": "a|b",
        "seed": "-1",
        "encoders": "zzz",
    }
    app = open_page("subspace.py", run.store.root, **address)
    assert not app.exception
    assert app.markdown[0].value.startswith("On Rich")
    assert app.selectbox(key="subspace.direction").value == "1"


def test_full_whitening_is_refused_with_its_reason(run, open_page):
    app = open_page("subspace.py", run.store.root, whitening="full")
    assert not app.exception
    assert "beta has 56 features" in app.warning[0].value
    assert not app.get("plotly_chart")


def test_one_encoder_or_one_domain_is_explained(run, open_page, inline):
    app = open_page("subspace.py", run.store.root, encoders="alpha")
    assert not app.exception
    assert "needs two encoders" in text(app)
    app = open_page("subspace.py", run.store.root, domains="rich")
    assert not app.exception
    assert "choose two at least" in text(app)


def test_an_empty_panel_is_told_what_to_choose(run, open_page):
    app = open_page("subspace.py", run.store.root, panel="")
    assert not app.exception
    assert "Choose encoders under Panel, two at least" in text(app)


def test_every_domain_is_one_view(run, open_page):
    app = open_page("subspace.py", run.store.root, view="Every domain")
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1


def test_damaged_images_are_said_and_the_rest_is_shown(run, open_page, tmp_path):
    root = tmp_path / "store"
    shutil.copytree(run.store.root, root)
    entry = run.store.path(run.domains["rich"].entry).relative_to(run.store.root)
    (root / entry / ARRAYS).write_bytes(b"damaged")
    app = open_page("subspace.py", root)
    assert not app.exception
    assert "damaged" in text(app)
    assert len(app.get("plotly_chart")) == 3


VIEWS = {
    "Settings": 1,
    "Robustness": 3,
    "Loadings by encoder": 2,
    "Image statistics": 1,
    "Encoder pairs": 3,
    "Flow": 1,
    "Disagreement": 2,
}


@pytest.mark.parametrize("view", VIEWS)
def test_each_further_view_opens_with_a_verdict(run, open_page, inline, view):
    app = open_page("subspace.py", run.store.root, view=view, follow="nobody", first="x")
    assert not app.exception
    assert any('class="verdict"' in one.proto.body for one in app.get("html"))
    assert len(app.get("plotly_chart")) == VIEWS[view]


def test_published_figures_come_on_request_with_their_source(run, open_page, inline):
    app = open_page("subspace.py", run.store.root, published="true")
    assert not app.exception
    assert len(app.get("plotly_chart")) == 4
    assert "never mixed with measured" in text(app)


@pytest.mark.parametrize("measure", ["Grassmann similarity", "rotation disparity"])
def test_measures_of_the_bases_alone_are_in_the_address(run, open_page, inline, measure):
    app = open_page("subspace.py", run.store.root, measure=measure)
    assert not app.exception
    assert "The spaces that the panel's directions span" in text(app)
    assert "untrained panels" in text(app)
    assert len(app.get("plotly_chart")) == 3


def test_the_matrix_of_pairs_keeps_the_size_of_its_cells_and_scrolls(run, open_page, inline):
    app = open_page("subspace.py", run.store.root, view="Encoder pairs")
    assert not app.exception
    wide = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["width"]
    [style] = [
        html.proto.body
        for html in app.get("html")
        if ".st-key-subspace-pairs-matrix" in html.proto.body
    ]
    assert "overflow-x: auto" in style and f"min-width: {max(wide, 420)}px" in style
