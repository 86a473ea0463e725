"""The Directions page on good, empty and damaged stores, and what its address brings back."""

import json
from concurrent.futures import Future
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from substrate.analyses.directions.choice import default_choice, pair_params
from substrate.analyses.directions.two_encoders import PAIR
from substrate.analyses.spec import obtain
from substrate.figures.theme import DARK, LIGHT
from substrate.runs import open_run
from substrate.store import Store
from substrate.ui import results
from substrate.ui.contact_sheet import SCALE, contact_sheet
from substrate.ui.directions import address
from substrate.ui.directions import maps as directions_maps
from substrate.wording import number
from substrate.worker import map_key, mapped_layer_key
from tests.support.planted import planted_run


class Inline:
    """A worker that answers at once, in this process."""

    def __init__(self):
        self.asked = []

    def ask(self, question, function, *args):
        self.asked.append(question)
        future = Future()
        try:
            future.set_result(function(*args))
        except Exception as error:  # noqa: BLE001  (as the real pool does)
            future.set_exception(error)
        return future

    def recycle(self):
        raise AssertionError("the worker was recycled")


def made_map(root, run_id, encoder, layer, domain, row):
    """Store a map that is the sample's own features everywhere.

    Maps of the penultimate layer are those of block.3; nothing is made for block.0, and gamma has
    too few positions everywhere.
    """
    run = open_run(Store(Path(root)), run_id)
    if layer == "block.0":
        raise ValueError("the encoder is away")
    mapped = "" if encoder == "gamma" else "block.3" if layer == "penultimate" else layer
    key = mapped_layer_key(run, encoder, layer, domain)
    if mapped:
        features = run.representation(encoder, domain, mapped).features[row]
        arrays = {
            "vector": features,
            "map": np.tile(features, (8, 8, 1)),
            "picture": np.zeros((48, 48, 3), dtype=np.uint8),
        }
        run.store.put(map_key(run, encoder, mapped, domain, row), arrays=arrays, meta={})
    run.store.put(key, arrays={"none": np.empty(0)}, meta={"layer": mapped})
    return key


@pytest.fixture
def worker(monkeypatch):
    inline = Inline()
    monkeypatch.setattr(directions_maps, "deepest_map", made_map)
    monkeypatch.setattr(results, "resident", lambda: inline)
    monkeypatch.setattr(directions_maps, "resident", lambda: inline)
    return inline


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("page"))


@pytest.fixture
def page(open_page, worker, run):
    def visit(**words):
        return open_page("directions.py", run.store.root, **words)

    return visit


def texts(app):
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.info))


def test_the_page_opens_with_a_sentence_and_the_cell_of_its_verdict(page, run):
    app = page()
    assert not app.exception
    assert app.markdown[0].value.startswith("On Rich, ")
    assert "95\u00a0% CI" in app.markdown[0].value
    said = texts(app)
    panel = obtain(PAIR, run, pair_params(run, default_choice(run, "rich")))
    row, column = np.unravel_index(int(np.abs(panel.values).argmax()), panel.values.shape)
    assert f"A: Alpha · penultimate · direction {row + 1}" in said
    assert f"Direction {row + 1} of A and direction {column + 1} of B" in said
    assert f"Direction {row + 1} of Alpha on penultimate: best match in other encoders" in said
    assert "The mean over positions is this sample's score" in said


def test_each_part_of_the_drawer_is_shown_when_it_is_asked_for(page):
    scores = texts(page(more="Scores and partners", k="8"))
    assert "split-half reliability" in scores and "Its partners in 3 other encoders" in scores
    assert "principal angles" not in scores
    spectra = texts(page(more="Subspaces and spectra", k="8"))
    assert "principal angles are closer than chance" in spectra
    assert "split-half reliability" not in spectra


def test_maps_are_of_the_deepest_block_with_positions_enough(page):
    said = texts(page(k="8"))
    assert "penultimate has no 8 × 8 positions: this is direction " in said
    assert "of block.3, which goes with it by r = " in said


def test_maps_that_cannot_be_made_are_explained(page):
    said = texts(page(first_layer="block.0", second="gamma", k="8"))
    assert "No map of this image: the encoder is away" in said
    assert "No layer of Gamma up to penultimate has 8 × 8 positions or more" in said


def test_both_maps_have_one_scale(page):
    app = page(k="8")
    ends = {
        trace["zmax"]
        for chart in app.get("plotly_chart")
        for trace in json.loads(chart.proto.spec)["data"]
        if trace["type"] == "heatmap" and trace.get("opacity")
    }
    assert len(ends) == 1 and ends.pop() > 0


def test_the_sign_of_b_is_turned_where_the_cell_is_negative(page, run):
    params = pair_params(run, default_choice(run, "rich"))
    panel = obtain(PAIR, run, params)
    i, j = np.unravel_index(int(np.argmin(panel.values)), panel.values.shape)
    assert panel.values[i, j] < 0
    said = texts(page(cell=f"{i + 1},{j + 1}"))
    assert f"Beta · penultimate · direction {j + 1}, sign aligned" in said
    assert number(panel.values[i, j]) in said  # what is printed keeps its sign
    i, j = np.unravel_index(int(np.argmax(panel.values)), panel.values.shape)
    assert f"direction {j + 1}, sign aligned" not in texts(page(cell=f"{i + 1},{j + 1}"))


def test_next_and_previous_walk_through_the_matches(page, run):
    panel = obtain(PAIR, run, pair_params(run, default_choice(run, "rich")))
    app = page(cell=f"1,{panel.partner[0] + 1}")
    assert app.button(key="directions-previous").disabled
    app.button(key="directions-next").click().run()
    assert not app.exception
    cell = app.query_params["directions.cell"]
    assert cell in (f"2,{panel.partner[1] + 1}", [f"2,{panel.partner[1] + 1}"])
    app.button(key="directions-previous").click().run()
    assert f"Direction 1 of A and direction {panel.partner[0] + 1} of B" in texts(app)


def test_a_copied_address_shows_the_same_cell(page):
    app = page(cell="5,6", k="8", first="gamma", domain="few")
    assert not app.exception
    said = texts(app)
    assert "A: Gamma · penultimate · direction 5" in said
    assert "B: Beta · penultimate · direction 6" in said
    assert "at least 10 are needed" in said
    assert app.number_input(key="k").value == 8


@pytest.mark.parametrize(
    "words",
    [
        {"cell": "99,1", "k": "7", "first": "nobody", "domain": "moon", "cosine": "tangent"},
        {"cell": "x", "pin": "a/b/c", "rows": "9-2.x.99999999999999999999", "image": "none"},
        {"view": "sideways", "plot": "t-SNE", "colour": "smell", "scale": "loud"},
        {"pin": "alpha/penultimate/rich/fit/400", "first_layer": "block.9", "cell": "1,²"},
    ],
)
def test_nonsense_in_the_address_is_ignored(page, words):
    app = page(**words)
    assert not app.exception
    assert app.markdown[0].value.startswith("On ")


@pytest.mark.parametrize(
    ("words", "label"),
    [({"cell": "9,1"}, "Cell"), ({"pin": "nobody/penultimate/rich/fit/1"}, "Pinned direction")],
)
def test_a_cell_or_a_direction_that_is_not_there_is_said_to_be_replaced(page, words, label):
    app = page(k="8", **words)
    (name,) = words
    assert app.query_params[f"directions.{name}"] == ""
    assert f"The address named what this run lacks; at default: {label}." in texts(app)
    assert "The address named" not in texts(page(k="8", cell="2,1"))


def test_raw_cosines_of_two_encoders_are_explained_not_shown(page):
    app = page(cosine="raw cosine", more="Subspaces and spectra")
    assert not app.exception
    assert "the two encoders have no common coordinates" in app.info[0].value
    assert "principal angles are closer than chance" in texts(app)


def test_one_encoder_on_two_domains(page):
    app = page(view="One encoder on two domains", scale="paper's, 1/√d to 5/√d", rows="0-3.130")
    assert not app.exception
    assert app.markdown[0].value.startswith("In Alpha, direction ")
    app.segmented_control(key="directions.more").set_value("Samples").run()
    assert "Selected: 5 tiles of" in texts(app)
    app.segmented_control(key="directions.more").set_value("Scores and partners").run()
    assert "in the fit part; the dot is its correlation in the test part" in texts(app)


def test_a_mapped_panel_says_what_the_map_keeps(page):
    app = page(cosine="mapped cosine", k="8", more="Scores and partners")
    assert not app.exception
    assert "the map keeps" in texts(app)
    assert "the map refitted each time" in texts(app)
    assert "in the test part; the dot is its correlation in the fit part" in texts(app)


def test_a_narrow_layer_and_a_pinned_direction(page):
    app = page(
        first_layer="logits",
        pin="beta/penultimate/rich/fit/2",
        plot="PCA",
        more="Samples",
        side="B",
        colour="mean luminance",
        k="8",
    )
    assert not app.exception
    assert "Pinned: Beta · penultimate · direction 2" in texts(app)


def test_pinning_puts_the_direction_into_the_address(page):
    app = page(k="8")
    app.button(key="directions-card-b-pin").click().run()
    assert not app.exception
    pinned = app.query_params["directions.pin"]
    assert "beta/penultimate/rich/fit/" in (pinned[0] if isinstance(pinned, list) else pinned)
    assert "Pinned: Beta" in texts(app)


def test_an_empty_store_points_to_the_study_page(open_page, tmp_path, no_gallery):
    app = open_page("directions.py", tmp_path)
    assert not app.exception
    assert "Nothing has been run yet" in app.info[0].value


def damage(root, wanted):
    for path in root.glob("objects/*/*/*"):
        if wanted in path.name:
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 0xFF
            path.write_bytes(bytes(data))


@pytest.mark.parametrize("wanted", ["", "safetensors", "parquet", "manifest"])
def test_a_damaged_store_gives_a_sentence(open_page, worker, tmp_path, wanted):
    run = planted_run(tmp_path, n=60, groups=15, untrained=0)
    damage(run.store.root, wanted)
    app = open_page("directions.py", run.store.root)
    assert not app.exception
    said = " ".join(element.value for element in (*app.error, *app.info, *app.warning))
    assert "damaged" in said or "Run the study again" in said


def test_cached_results_are_not_computed_again(page, worker):
    page(k="8")
    worker.asked.clear()
    app = page(k="8")
    assert not app.exception
    assert not [question for question in worker.asked if not question.startswith("map/")]


def test_rows_and_cells_survive_the_address():
    assert address.rows_text([7, 0, 1, 2, 9, 10]) == "0-2.7.9-10"
    assert address.read_rows("0-2.7.9-10", 10) == [0, 1, 2, 7, 9]
    assert address.rows_text([]) == "" and address.read_rows("", 10) == []
    assert address.cell_text((2, 4)) == "3,5"
    assert address.read_cell("3,5", (16, 16)) == (2, 4)
    assert address.read_cell("3,5", (2, 16)) is None
    assert address.is_rows("0-2.7") and not address.is_rows("0-2.x")
    assert address.is_cell("3,5") and not address.is_cell("0,5") and not address.is_cell("1,²")


def test_a_caption_on_a_sheet_has_a_sign_that_the_font_has():
    picture = np.zeros((1, 16, 16, 3), dtype=np.uint8)
    texts = ("\u22121.6 a", "\u03781.6 a", "-1.6 a", "1.6 a")  # the second is of no font
    drawn = [contact_sheet(picture, [text], LIGHT) for text in texts]
    assert len(set(drawn)) == 4


def test_a_contact_sheet_has_a_picture_and_a_caption_for_each():
    pictures = np.zeros((5, 16, 16, 3), dtype=np.uint8)
    pictures[:, :, :, 0] = 200
    for theme in (LIGHT, DARK):
        sheet = Image.open(BytesIO(contact_sheet(pictures, ["a\nb"] * 5, theme, columns=3)))
        assert sheet.size == (3 * 80 * SCALE, 2 * (80 + 2 * 15) * SCALE)
        paper = tuple(int(theme.paper[i : i + 2], 16) for i in (1, 3, 5))
        assert np.abs(np.subtract(sheet.getpixel((sheet.width - 2, 2)), paper)).max() <= 3
        assert sheet.getpixel((20, 20))[0] > 180
    with pytest.raises(ValueError, match="one caption for each"):
        contact_sheet(pictures, ["a"], LIGHT)
