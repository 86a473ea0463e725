"""The wall of shared directions and the page of one: what they show, their links, their report."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from substrate.analyses.panel_choice import default_choice
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.sharedness.untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.sharedness.wall import twins_level, wall_of
from substrate.analyses.spec import obtain
from substrate.exhibits.exhibit import titles
from substrate.exhibits.sharedness import wall as exhibits
from substrate.exhibits.wall_page import direction, shared_wall, wall
from substrate.figures.sharedness import wall as figures
from substrate.figures.theme import LIGHT
from substrate.ui import charts
from substrate.ui.directions import of_shared
from substrate.ui.literal import literal
from substrate.wording import unbroken
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("wall"), untrained=5)


@pytest.fixture(scope="module")
def result(run):
    return shared_wall(run, default_choice(run), "rich")


@pytest.fixture
def page(open_page, inline, run):
    def visit(name, **words):
        app = open_page(f"{name}.py", run.store.root, **words)
        assert not app.exception
        return app

    return visit


def texts(app):
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.info))


def test_directions_are_in_the_order_of_what_is_shared(result):
    assert (np.diff(result.shared.mean[result.order]) <= 0).all()
    assert sorted(result.order) == list(range(result.shared.k))


def test_a_cell_is_marked_beyond_both_only_above_shuffling_and_a_further_twin(run, result):
    choice = default_choice(run)
    untrained = obtain(UNTRAINED_SHAREDNESS, run, choice.untrained_sharedness("rich"))
    r, k = result.shared.correlations, untrained.correlations.shape[2]
    np.testing.assert_array_equal(result.twins[:, :k], twins_level(untrained.correlations))
    largest = np.append(result.shared.shuffled.max(axis=(1, 2)), r.max())
    assert (largest <= result.level).mean() >= 0.95
    expected = (r > result.level) & (r > result.twins)
    np.testing.assert_array_equal(result.above_both, expected)
    assert expected.any() and not expected.all()
    assert figures.mark(result, *np.argwhere(expected)[0]) == figures.BOTH
    assert figures.mark(result, *np.argwhere(~result.above_chance)[0]) == figures.NEITHER


@pytest.mark.parametrize("alike", [0.0, 0.6])
def test_a_further_untrained_panel_is_marked_in_five_of_a_hundred(alike):
    """Encoders of one draw may differ from other draws together: they hold one panel."""
    rng = np.random.default_rng(0)
    marked, found = [], []
    for _ in range(300):
        own, together = rng.standard_normal((11, 5, 16)), rng.standard_normal((11, 1, 16))
        draws = 0.1 * (np.sqrt(1 - alike) * own + np.sqrt(alike) * together) + np.linspace(1, 0, 16)
        level = twins_level(draws[1:])
        marked.append((draws[0] > level).any())
        found.append(((draws[0] + 0.6 * (np.arange(16) == 3)) > level)[:, 3].sum() > 1)
    assert np.mean(marked) < 0.09
    assert np.mean(found) > 0.9


def test_few_draws_of_twins_are_no_level():
    assert np.isnan(twins_level(np.zeros((4, 3, 2)))).all()
    assert twins_level(np.full((5, 3, 2), 0.25)).tolist() == [[0.25, 0.25]] * 3


def test_without_twins_nothing_is_beyond_them_and_without_a_level_nothing_is_marked(run, result):
    alone = wall_of(obtain(SHAREDNESS, run, default_choice(run).sharedness("rich")), None)
    assert not alone.above_both.any() and alone.above_chance.any()
    assert "untrained" not in exhibits.wall_sentence(alone)
    without = replace(result, level=None, reason="too few photographs")
    assert not without.above_chance.any() and figures.mark(without, 0, 0) == ""
    assert "too few photographs" in figures.facts(without)


def test_the_images_of_a_cell_are_the_encoders_own_top_ones(result):
    shared = result.shared
    for encoder, number in ((0, 0), (2, 5)):
        rows = result.top(encoder, number, 4)
        scores = dict(zip(shared.rows, shared.parts[encoder, :, number], strict=True))
        assert [scores[row] for row in rows] == sorted(scores.values(), reverse=True)[:4]


def test_the_wall_draws_every_cell_with_what_a_click_says(run, result):
    figure = figures.wall(result, run.thumbnails("rich"), titles(run), LIGHT)
    e, k = result.shared.correlations.shape
    assert len(figure.layout.images) == e * k
    below = figure.layout.images[0]  # stands on its line of text, however narrow the page
    assert below.yanchor == "bottom" and below.y == pytest.approx(-0.5 + below.sizey)
    cells = next(trace for trace in figure.data if trace.name == "cells")
    assert len(cells.customdata) == e * k
    for x, y, (number, name) in zip(cells.x, cells.y, cells.customdata, strict=True):
        assert result.order[y] == number and result.shared.encoders[x] == name


def test_the_page_and_the_report_show_the_same_wall(page, run, monkeypatch):
    exported = {}
    monkeypatch.setattr(
        charts, "_exports", lambda _f, key, table, _r, trace: exported.update({key: (table, trace)})
    )
    app = page("wall")
    [exhibit] = wall(run, LIGHT).items
    assert unbroken(literal(exhibit.sentence)) in app.markdown[0].value
    table, trace = exported["wall-wall"]
    pd.testing.assert_frame_equal(table, exhibit.table)
    assert trace == exhibit.trace
    [chart] = app.get("plotly_chart")
    assert json.loads(chart.proto.spec)["layout"]["images"]
    assert [e.key for e in wall(run, LIGHT, every=True).items] == [
        "wall-wall-rich",
        "wall-wall-few",
    ]


def test_a_directions_page_says_and_shows_what_is_known_of_it(page, run, result):
    number = int(result.order[1]) + 1
    app = page("direction", number=str(number), by="beta")
    said = texts(app)
    assert unbroken(literal(exhibits.direction_sentence(result, number - 1))) in said
    for end in ("Highest", "Middle", "Random", "Lowest"):
        assert f"{end} scores of {run.encoders['beta'].title} among" in said
    assert "most closely, r = " in said.replace("\u00a0", " ")
    assert len(app.get("plotly_chart")) == 3


def test_next_follows_the_order_of_the_wall_and_a_pin_is_kept(page, result):
    app = page("direction")
    assert app.selectbox(key="direction.number").value == str(result.order[0] + 1)
    assert app.button(key="direction-previous").disabled
    app.button(key="direction-pin").click().run()
    app.button(key="direction-next").click().run()
    assert not app.exception
    assert app.selectbox(key="direction.number").value == str(result.order[1] + 1)
    assert f"Pinned: direction {result.order[0] + 1}" in texts(app)


@pytest.mark.parametrize("words", [{"number": "99", "pin": "77"}, {"number": "x", "by": "nobody"}])
def test_nonsense_in_the_address_of_a_direction_is_ignored(page, words):
    assert "encoders correlate" in texts(page("direction", **words)).replace("\u00a0", " ")


def test_a_note_is_on_one_direction_and_is_there_again(page, run, result):
    first, second = (int(direction) + 1 for direction in result.order[:2])
    app = page("direction", number=str(first))
    app.text_area[0].set_value("bright <b>faces</b>\n*left*")
    save_note(app)
    assert not app.exception and not app.error
    kept = list((run.store.root / "notes").glob(f"{run.run_id}-*.txt"))
    assert [path.read_text(encoding="utf-8") for path in kept] == ["bright <b>faces</b>\n*left*"]
    assert ":material/edit_note: bright \\<b\\>faces" in texts(page("direction", number=str(first)))
    assert "bright" not in texts(page("direction", number=str(second)))
    assert "bright" not in texts(page("direction", number=str(first), k="3"))
    app.text_area[0].set_value("  ")
    save_note(app)
    assert not list((run.store.root / "notes").glob(f"{run.run_id}-*.txt"))


def test_what_is_no_plain_text_is_refused_in_a_sentence(page, run, result):
    app = page("direction", number=str(int(result.order[0]) + 1))
    app.text_area[0].set_value("bell \x07")
    save_note(app)
    said = "A note is plain text; this one holds control characters."
    assert not app.exception and [one.value for one in app.error] == [said]
    assert not list((run.store.root / "notes").glob(f"{run.run_id}-*.txt"))


def save_note(app):
    next(button for button in app.button if button.label == "Save").click().run()


def test_images_stand_beside_the_histogram_and_the_agreement(page):
    left, right = page("direction").columns[:2]
    metas = [json.loads(chart.proto.spec)["layout"]["meta"] for chart in right.get("plotly_chart")]
    assert [m["title"] for m in metas] == ["Scores of the samples", "Agreement in each encoder"]
    assert not left.get("plotly_chart") and "Highest scores" in left.caption[0].value


def test_the_report_lists_the_most_shared_direction_in_every_view_only(run, result):
    assert direction(run, LIGHT).items == ()
    items = direction(run, LIGHT, every=True).items
    assert [e.key for e in items] == [
        f"direction-{what}-rich" for what in ("agreement", "scores", "correlates")
    ]
    assert all(e.figure is not None and len(e.table) for e in items)
    assert items[0].sentence == exhibits.direction_sentence(result, int(result.order[0]))


def test_a_direction_says_which_of_the_encoders_own_go_with_it(page, result, monkeypatch):
    asked = []
    monkeypatch.setattr(
        of_shared, "show_maps", lambda _run, requests, _theme: asked.extend(requests)
    )
    app = page("direction", **{"domain": "rich", "direction.number": "1"})
    shared = result.shared
    best = shared.correlations[:, 0].argsort()[::-1][:2]
    assert [one.side.basis.encoder for one in asked] == [shared.encoders[e] for e in best]
    highest = shared.rows[shared.scores[:, 0].argmax()]
    assert {one.row for one in asked} == {highest}
    assert "goes with it by r = +" in texts(app)
    for one in asked:  # turned to run the way of the shared direction
        own = one.side.basis.scores[shared.rows][:, one.side.direction]
        assert np.corrcoef(own, shared.scores[:, 0])[0, 1] > 0.5
