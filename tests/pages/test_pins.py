"""Pins on a page: the button, the list, and the page as a slide."""

import pytest

from substrate.notebook import pins
from substrate.store import Store
from tests.support.planted import planted_run

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("pins"), n=48, groups=12, untrained=0)


@pytest.fixture(autouse=True)
def no_pins(run):
    pins.path(run.store).unlink(missing_ok=True)


def labelled(app, label):
    return next(button for button in app.button if button.label == label)


def charts(app):
    return app.get("plotly_chart")


def test_a_figure_is_pinned_with_its_note_and_its_address(run, open_page, inline):
    app = open_page("layers.py", run.store.root)
    note = next(box for box in app.text_input if box.key.endswith("-note"))
    figure = note.key.removesuffix("-note")
    note.set_value("They part ways late").run()
    app.button(key=f"{figure}-pin").click().run()
    assert not app.exception
    (pin,) = pins.pins(run.store)
    assert (pin.page, pin.figure, pin.note) == ("layers", figure, "They part ways late")
    assert "layers.view=" in pin.address and f"run={run.run_id}" in pin.address


def test_pins_are_noted_moved_and_removed_in_the_list(run, open_page, inline):
    for name in ("a", "b"):
        pins.add(run.store, page="layers", address="k=4", figure=name, title=name.upper())
    app = open_page("layers.py", run.store.root)
    first, second = pins.pins(run.store)
    app.button(key=f"pinned-{second.key}-up").click().run()
    assert [pin.figure for pin in pins.pins(run.store)] == ["b", "a"]
    app.text_input(key=f"pinned-{first.key}-note").set_value("now last").run()
    assert pins.pins(run.store)[1].note == "now last"
    app.button(key=f"pinned-{second.key}-remove").click().run()
    assert not app.exception
    assert [pin.figure for pin in pins.pins(run.store)] == ["a"]


def test_a_slide_shows_the_pinned_figure_alone_with_its_note_in_large_type(run, open_page, inline):
    whole = open_page("layers.py", run.store.root)
    assert len(charts(whole)) == 2
    figure = next(b.key for b in whole.text_input if b.key.endswith("-note")).removesuffix("-note")
    pins.add(run.store, page="layers", address="", figure=figure, title="x", note="Late & <b>")
    app = open_page("layers.py", run.store.root, present="1")
    assert not app.exception
    assert len(charts(app)) == 1
    assert '"size":22' in charts(app)[0].proto.spec.replace(" ", "")
    html = " ".join(element.proto.body for element in app.get("html"))
    assert "Late &amp; &lt;b&gt;" in html
    assert list(app.query_params["present"]) == ["1"] and "layers.view" in app.query_params
    labelled(app, "Leave").click().run()
    assert "present" not in app.query_params and len(charts(app)) == 2


@pytest.mark.parametrize("asked", ["2", "0", "-1", "x", "9" * 50, "²"])
def test_a_place_without_a_pin_shows_the_page_as_it_is(run, open_page, inline, asked):
    app = open_page("layers.py", run.store.root, present=asked)
    assert not app.exception
    assert len(charts(app)) == 2


@pytest.mark.parametrize("page", ["subspace", "wall", "directions", "training", "transfer"])
def test_every_page_can_be_a_slide_of_one_figure(run, open_page, inline, page):
    pins.add(run.store, page=page, address="", figure="none of them", title="x")
    app = open_page(f"{page}.py", run.store.root, present="1")
    assert not app.exception
    assert not charts(app)


def test_damaged_pins_are_one_sentence_and_the_page_stands(run, open_page, inline):
    pins.path(run.store).write_text("{", encoding="utf-8")
    app = open_page("layers.py", run.store.root)
    assert not app.exception
    assert "Move the file away" in " ".join(warning.value for warning in app.warning)
    assert len(charts(app)) == 2
    assert pins.path(Store(run.store.root)).read_text(encoding="utf-8") == "{"
