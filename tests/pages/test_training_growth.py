"""The view of size and skill: its controls, the panel of the bar, the address and the report."""

import pytest

from substrate.analyses.spec import obtain
from substrate.analyses.training.growth import GROWTH, growth_params
from substrate.analyses.training.growth_trends import MEASURES
from substrate.exhibits.training.section import training
from substrate.figures.theme import LIGHT
from tests.support.growth_store import growth_run
from tests.support.placed import said

VIEW = {"view": "Size and skill"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = growth_run(tmp_path_factory.mktemp("page"))
    obtain(GROWTH, run, growth_params(run, "rich"))
    return run


def test_page_and_report_show_the_same_without_a_training(run, open_page):
    app = open_page("training.py", run.store.root, **VIEW)
    assert not app.exception
    items = {item.key: item for item in training(run, LIGHT, every=True).items}
    text = said(app)
    for key in ("training-growth-parameters", "training-trends"):
        item = items[key]
        assert item.sentence in text and item.read in text
    assert len(app.get("plotly_chart")) == 2


def test_the_measure_and_the_published_figures_stand_in_the_address(run, open_page):
    app = open_page("training.py", run.store.root, **VIEW)
    buttons = next(one for one in app.get("button_group") if one.key == "training.by")
    assert tuple(option.content for option in buttons.proto.options) == MEASURES
    app.toggle(key="training.published").set_value(True).run()
    assert not app.exception and "Huh et al. 2024" in said(app)
    assert app.query_params["training.published"] in ("true", ["true"], "1", ["1"])
    app = open_page("training.py", run.store.root, **VIEW, **{"training.by": "accuracy"})
    assert "agreement with the others and accuracy have a rank correlation" in said(app)


def test_the_panel_of_the_address_is_compared(run, open_page, inline):
    app = open_page("training.py", run.store.root, **VIEW, panel=["e0", "e3", "e6", "e8"])
    assert not app.exception and "over 4 encoders" in said(app)
    app = open_page("training.py", run.store.root, **VIEW, panel=["e0", "e3"])
    assert not app.exception and "Choose at least 3 encoders" in said(app)


def test_nonsense_in_the_address_shows_parameters(run, open_page):
    app = open_page("training.py", run.store.root, **VIEW, **{"training.by": "<b>"})
    assert not app.exception and "the number of parameters have a rank" in said(app)
