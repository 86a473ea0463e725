"""The view of what layers keep: the switch, A and B in front, and the panel of the bar."""

import pytest

from substrate.analyses.layers.kept import KEPT, KEPT_UNTRAINED, kept_params
from substrate.analyses.layers.kept_measure import ALL_STATISTICS, DIMENSION, QUANTITIES
from substrate.analyses.spec import obtain
from substrate.exhibits.layers.kept import kept
from substrate.exhibits.layers.section import layers
from substrate.figures.theme import LIGHT
from tests.support.placed import said
from tests.support.planted import planted_run

VIEW = {"view": "What is kept"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("page"), n=60, groups=15, untrained=2)
    for analysis in (KEPT, KEPT_UNTRAINED):
        obtain(analysis, run, kept_params(run, "rich"))
    return run


def test_page_and_report_show_the_same(run, open_page):
    app = open_page("layers.py", run.store.root, **VIEW)
    assert not app.exception
    item = next(i for i in layers(run, LIGHT).items if i.key == "layers-kept-all-statistics")
    text = said(app)
    assert item.sentence in text and item.read in text
    assert item.verdict.short in "".join(one.proto.body for one in app.get("html"))
    assert len(app.get("plotly_chart")) == 1


def test_the_switch_changes_what_is_followed_and_stands_in_the_address(run, open_page):
    app = open_page("layers.py", run.store.root, **VIEW)
    box = next(one for one in app.selectbox if one.key == "layers.kept")
    assert tuple(box.options) == QUANTITIES and box.value == ALL_STATISTICS
    box.select(DIMENSION).run()
    assert not app.exception
    assert app.query_params["layers.kept"] == DIMENSION
    assert "intrinsic dimension goes from" in said(app)
    assert not [one for one in app.selectbox if one.key == "layers.metric"]


def test_an_address_puts_other_encoders_in_front(run, open_page, inline):
    address = {"layers.kept": "edges", "first": "gamma", "second": "delta"}
    app = open_page("layers.py", run.store.root, **VIEW, **address)
    assert not app.exception
    params = kept_params(run, "rich")
    results = obtain(KEPT, run, params), obtain(KEPT_UNTRAINED, run, params)
    assert kept(*results, run, LIGHT, "edges", ("gamma", "delta")).sentence in said(app)


def test_nonsense_in_the_address_follows_all_statistics(run, open_page):
    app = open_page("layers.py", run.store.root, **VIEW, **{"layers.kept": "<b>"})
    assert not app.exception
    assert "R² of image statistics goes from" in said(app)


def test_few_photographs_say_so(run, open_page, inline):
    app = open_page("layers.py", run.store.root, **VIEW, domain="few")
    assert not app.exception
    assert "Within the 3 photographs of Few" in said(app)
    assert "at least 10 are needed" in said(app)
