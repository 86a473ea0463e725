"""The lens on one image: what it shows of an image of the domain, and of one of one's own."""

import numpy as np
import pandas as pd
import pytest

from substrate.analyses.detector.accuracy import detector_params
from substrate.analyses.lens.neighbours import LENS_NEIGHBOURS, NeighboursParams
from substrate.analyses.lens.position import held_out_parts, leading_row, position
from substrate.analyses.panel_choice import default_choice
from substrate.analyses.shared.own_image import image_key
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.spec import obtain
from substrate.exhibits.detector.words import NO_NETWORKS
from substrate.exhibits.exhibit import titles
from substrate.exhibits.lens import exhibits, words
from substrate.exhibits.lens.section import lens
from substrate.figures.theme import LIGHT
from substrate.runs import save_record
from substrate.ui import charts
from substrate.worker import image_name
from tests.pages.test_transfer import png
from tests.support.placed import said
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("lens"), n=80, groups=20, untrained=0)


@pytest.fixture(scope="module")
def shared(run):
    return obtain(SHAREDNESS, run, default_choice(run).sharedness("rich"))


@pytest.fixture
def page(open_page, inline, run):
    def visit(**address):
        app = open_page("lens.py", run.store.root, domain="rich", **address)
        assert not app.exception
        return app

    return visit


def ids(run):
    return run.samples("rich")["sample_id"].tolist()


def test_an_image_that_is_not_there_is_said_to_be_replaced(page, run, shared):
    app = page(**{"lens.image": "nothing"})
    assert app.query_params["lens.image"] == ids(run)[leading_row(shared)]
    assert "The address named what this run lacks; at default: Image." in said(app)
    assert "The address named" not in said(page())


def test_it_opens_with_the_highest_image_of_the_most_shared_direction(page, run, shared):
    row = leading_row(shared)
    scores = shared.scores[:, np.argmax(shared.mean)]
    assert row == shared.rows[np.argmax(scores)]
    app = page()
    assert app.query_params["lens.image"] == ""  # the first: the sidebar's link holds just this
    assert app.selectbox(key="lens.image").value == ids(run)[row]
    place = position(shared, row, held_out_parts(shared, row))
    assert words.place_sentence(place) in said(app)
    assert "Held out: yes" in said(app) and f"Id: {ids(run)[row]}" in said(app)
    assert len(app.get("plotly_chart")) == 2
    assert len(app.get("bidi_component")) == len(run.panel)  # a strip of links per encoder


def test_an_image_that_was_not_held_out_is_ranked_and_said_to_be_none(page, run, shared):
    row = next(row for row in range(80) if row not in shared.rows)
    app = page(image=ids(run)[row])
    text = said(app)
    assert words.FITTED in text and "Held out: no" in text
    assert f"of {len(shared.rows) + 1} held-out images, itself counted" in text


def test_the_neighbours_are_those_of_other_photographs(page, run, monkeypatch):
    exported = {}
    monkeypatch.setattr(
        charts, "_exports", lambda _f, key, table, _r, trace: exported.update({key: (table, trace)})
    )
    name = ids(run)[5]
    page(image=name)
    table, trace = exported["lens-neighbours"]
    found = obtain(LENS_NEIGHBOURS, run, NeighboursParams(run.panel, "rich"))
    pd.testing.assert_frame_equal(table, exhibits.neighbours_table(found, 5, ids(run), titles(run)))
    groups = dict(zip(ids(run), run.groups("rich"), strict=True))
    assert trace["image"] == name and len(table) == 6 * len(run.panel)
    assert not (table["neighbour"].map(groups) == groups[name]).any()


def test_next_goes_to_the_neighbouring_sample(page, run):
    app = page(image=ids(run)[0])
    assert app.button(key="lens-previous").disabled
    app.button(key="lens-next").click().run()
    assert not app.exception
    assert app.query_params["lens.image"] == ids(run)[1]


def test_an_image_of_ones_own_is_placed_and_said_to_be_from_a_domain_or_from_none(
    page, run, shared, monkeypatch
):
    """Features of a sample, dropped as one's own, are placed where that sample is."""
    row = int(shared.rows[3])
    picture = np.full((40, 40, 3), 90, dtype=np.uint8)
    x = {e: run.representation(e, "rich").features[row] for e in run.encoders}

    def look(_root, _run_id, data):
        arrays = {**x, "picture": picture, "pixels": run.pixels("rich")[row]}
        run.store.put(image_key(run, image_name(data)), arrays=arrays, meta={})

    monkeypatch.setattr("substrate.ui.shared.own_image.image_features", look)
    app = page()
    app.file_uploader[0].upload("mine.png", png(picture), "image/png").run()
    assert not app.exception
    text = said(app)
    assert app.query_params["lens.own"] == image_name(png(picture))
    assert words.OWN in text
    assert "looks like Rich" in text or "None of these" in text
    same = position(shared, row, held_out_parts(shared, row))
    own = position(shared, None, held_out_parts(shared, row))
    np.testing.assert_array_equal(own.placed.ranks, same.placed.ranks)
    rank = own.placed.ranks[0, own.lead]
    assert own.placed.out_of == same.placed.out_of + 1 and rank <= own.placed.out_of
    assert f"of {own.placed.out_of} held-out images, itself counted" in text
    app.button(key="lens-back").click().run()
    assert not app.exception and app.query_params["lens.own"] == ""
    assert "Held out: " in said(app)


def test_a_flat_red_image_is_none_of_these(real_run, open_page, inline):
    from substrate.worker import image_features

    red = np.zeros((64, 64, 3), dtype=np.uint8)
    red[..., 0] = 255
    image = image_features(str(real_run.store.root), real_run.run_id, png(red))
    app = open_page("lens.py", real_run.store.root, own=image)
    assert not app.exception
    assert "None of these" in said(app)
    assert len(detector_params(real_run).domains) == 3


def test_without_images_there_are_still_scores_and_neighbours(tmp_path, open_page, inline):
    run = planted_run(tmp_path, n=40, groups=20, untrained=0)
    domains = [domain | {"pictured": False} for domain in run.record["domains"]]
    save_record(run.store, {**run.record, "domains": domains})
    app = open_page("lens.py", run.store.root, domain="rich")
    assert not app.exception
    assert "There is no image: these features were read from files." in said(app)
    assert NO_NETWORKS in said(app) and not app.file_uploader
    assert len(app.get("plotly_chart")) == 2


@pytest.mark.parametrize("address", [{"image": "nobody"}, {"own": "abc"}, {"own": "../../x"}])
def test_what_the_address_names_in_vain_is_said_or_at_default(page, run, address):
    app = page(**address)
    assert len(app.get("plotly_chart")) == 2
    assert ("is not in the store" in said(app)) == (address == {"own": "abc"})


def test_a_domain_of_one_photograph_has_no_neighbours_and_says_why(tmp_path, open_page, inline):
    run = planted_run(tmp_path, n=40, groups=20, few=1, untrained=0)
    app = open_page("lens.py", run.store.root, domain="few")
    assert not app.exception
    assert "All images of Few are of one photograph" in said(app)


def test_one_encoder_is_no_panel(page):
    app = page(panel="alpha")
    assert "Two encoders are compared here" in said(app)


def test_the_report_lists_one_image_in_every_view_only(run, shared):
    assert lens(run, LIGHT).items == ()
    items = lens(run, LIGHT, every=True).items
    assert [e.key for e in items] == ["lens-scores-rich", "lens-neighbours-rich"]
    row = leading_row(shared)
    place = position(shared, row, held_out_parts(shared, row))
    assert items[0].sentence == words.place_sentence(place)
    assert len(items[0].table) == (1 + len(run.panel)) * shared.k
