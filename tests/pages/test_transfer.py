"""The Transfer page: its views, its address, dropped images, empty and damaged stores."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from substrate.analyses.detector import accuracy as detector
from substrate.analyses.shared.own_image import image_key
from substrate.analyses.spec import obtain
from substrate.analyses.transfer import scores as transfer
from substrate.analyses.transfer.all_domains import (
    TRANSFER_DOMAINS,
    domains_params,
)
from substrate.analyses.transfer.low_shot import (
    LOW_SHOT,
    low_shot_params,
)
from substrate.ui.shared.labelled import stand_in, with_rest
from substrate.worker import image_features, image_name
from tests.support.planted import (
    ENCODERS,
    planted_run,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("page"), n=96, groups=24, untrained=1)
    for analysis, params in (*transfer.defaults(run), *detector.defaults(run)):
        obtain(analysis, run, params)
    obtain(TRANSFER_DOMAINS, run, domains_params(run, ("rich", "few")))
    obtain(LOW_SHOT, run, low_shot_params(run, "rich"))
    return run


def said(app) -> str:
    kinds = ("markdown", "info", "caption", "warning", "error", "subheader")
    return " ".join(e.value for kind in kinds for e in app.get(kind)).replace("\u00a0", " ")


def png(array) -> bytes:
    buffer = BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


def test_it_opens_with_encoders_on_the_first_labelled_domain(run, open_page):
    app = open_page("transfer.py", run.store.root)
    assert not app.exception
    assert "On Rich," in said(app) and "reaches most by a linear probe" in said(app)
    assert "at least 8 are needed" in said(app) and "2510.06448" in said(app)
    assert len(app.get("plotly_chart")) == 6
    assert "Averaged over 2 labelled domains" in said(app)
    assert "Consensus" in app.dataframe[0].value.columns


def test_views_and_choices_come_from_the_address(run, open_page):
    app = open_page(
        "transfer.py", run.store.root, domain="few", against="nearest neighbours", score="logme"
    )
    assert not app.exception
    assert "Within the photographs of Few" in said(app) and "nearest neighbours" in said(app)
    assert "LogME:" in said(app)
    app = open_page("transfer.py", run.store.root, view="Few labels")
    assert not app.exception
    assert "5 labels per class" in said(app) and len(app.get("plotly_chart")) == 2


def test_the_panel_of_the_selection_is_compared(run, open_page, inline):
    app = open_page("transfer.py", run.store.root, panel=["beta", "gamma", "delta"])
    assert not app.exception
    assert len(app.dataframe[0].value) == 3 and "Left out: Alpha" in said(app)
    app = open_page("transfer.py", run.store.root, panel=["beta"])
    assert not app.exception
    assert "choose two at least under Panel" in said(app) and not app.get("plotly_chart")


def test_the_detector_stands_beside_the_naive_split(run, open_page, inline):
    app = open_page("transfer.py", run.store.root, view="Domain detector", split="random split")
    assert not app.exception
    assert "random split of the same images says" in said(app)
    assert "3 photographs (Few), and at least 10" in said(app)
    assert len(app.get("plotly_chart")) == 4
    other = open_page(
        "transfer.py", run.store.root, view="Domain detector", k="4", basis="without few"
    )
    assert not other.exception
    assert "detector on 4 substrate scores" in said(other)


def test_nonsense_in_the_address_shows_the_defaults(run, open_page, inline):
    app = open_page(
        "transfer.py", run.store.root, domain="nowhere", against="?", score="<b>", view="x"
    )
    assert not app.exception
    assert "On Rich," in said(app)
    app = open_page(
        "transfer.py",
        run.store.root,
        view="Domain detector",
        k="-1",
        basis="without x",
        split="1",
        image="../../etc",
    )
    assert not app.exception
    assert "detector on 16 substrate scores" in said(app)
    app = open_page("transfer.py", run.store.root, view="Domain detector", image="abc123")
    assert not app.exception
    assert "is not in the store" in said(app)


def test_a_dropped_image_has_probabilities_and_neighbours(run, open_page, inline, monkeypatch):
    picture = np.full((40, 40, 3), 90, dtype=np.uint8)
    x = {e: run.representation(e, "rich").features[7] for e in ENCODERS}

    def look(_root, _run_id, data):
        arrays = {**x, "picture": picture, "pixels": run.pixels("rich")[7]}
        run.store.put(image_key(run, image_name(data)), arrays=arrays, meta={})

    monkeypatch.setattr("substrate.ui.shared.own_image.image_features", look)
    app = open_page("transfer.py", run.store.root, view="Domain detector")
    app.file_uploader[0].upload("mine.png", png(picture), "image/png").run()
    assert not app.exception
    assert "looks like Rich" in said(app) or "None of these" in said(app)
    assert app.query_params["transfer.image"] == image_name(png(picture))
    assert len(app.get("plotly_chart")) == 6
    again = open_page(
        "transfer.py", run.store.root, view="Domain detector", image=image_name(png(picture))
    )
    assert not again.exception
    assert len(again.get("plotly_chart")) == 6


def test_a_file_that_is_no_image_is_refused_by_its_content(run, open_page, inline):
    app = open_page("transfer.py", run.store.root, view="Domain detector")
    app.file_uploader[0].upload("cat.png", b"%PDF-1.7 not a cat", "image/png").run()
    assert not app.exception
    assert "cat.png cannot be used: not an image of a known format" in said(app)
    assert app.query_params["transfer.image"] == "" and len(app.get("plotly_chart")) == 4


def test_a_run_without_labels_says_why_and_still_has_a_detector(tmp_path, open_page, inline):
    from tests.analyses.transfer.test_transfer import relabelled

    run = planted_run(tmp_path, n=48, groups=12, few=12, untrained=0)
    changed = relabelled(run, [""] * 48)
    record = {**changed.record, "domains": [changed.record["domains"][0]]}
    record["study"] = {**record["study"], "domains": [{"source": "packaged", "name": "face"}]}
    from substrate.runs import save_record

    save_record(run.store, record)
    app = open_page("transfer.py", run.store.root)
    assert not app.exception
    assert "No domain of this run has labels" in said(app)
    assert "carry no labels" in said(app) and "rest: true" in said(app)
    for view, words in (("Domain detector", "this run has one"), ("Few labels", "No domain")):
        app = open_page("transfer.py", run.store.root, view=view)
        assert not app.exception
        assert words in said(app)


def test_the_study_with_the_rest_of_the_faces_keeps_everything_else(run):
    from substrate.runs import Run
    from substrate.study import parse

    study = {
        "name": "Mine",
        "samples": 64,
        "encoders": [
            {"source": "bundled", "name": "vit"},
            {"source": "timm", "name": "own", "architecture": "resnet18"},
        ],
        "domains": [
            {"source": "packaged", "name": "face"},
            {"source": "packaged", "name": "digit"},
            {"source": "folder", "path": "/pictures", "name": "garden"},
        ],
    }
    address = with_rest(Run("ab", run.store, {**run.record, "study": study}))
    own = json.loads(address["own"])
    assert address["encoders"] == ["vit"] and address["domains"] == ["digit"]
    parsed = parse(
        {
            "encoders": [*address["encoders"], *own["encoders"]],
            "domains": [*address["domains"], *own["domains"]],
        }
    )
    assert [d.name for d in parsed.domains] == ["digit", "garden", "face"]
    assert parsed.domains[2].rest is True and parsed.encoders[1].name == "own"


def test_an_empty_store_points_to_the_study_page(tmp_path, open_page, no_gallery):
    app = open_page("transfer.py", tmp_path)
    assert not app.exception
    assert "Nothing has been run yet" in said(app)


@pytest.mark.parametrize("view", ["Encoders", "Domain detector", "Few labels"])
def test_a_damaged_store_says_so(tmp_path, open_page, inline, view):
    run = planted_run(tmp_path, n=48, groups=12, untrained=0)
    for path in (tmp_path / "objects").rglob("*.safetensors"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
    app = open_page("transfer.py", run.store.root, view=view)
    assert not app.exception
    assert "damaged" in said(app)
    assert all(error.value.count("Run the study again") <= 1 for error in app.error)


def test_every_encoder_looks_at_a_dropped_image(real_run):
    """A sample dropped as a file gives the features that the run stored for it."""
    picture = real_run.thumbnails("natural")[3]
    data = png(picture)
    name = image_features(str(real_run.store.root), real_run.run_id, data)
    assert name == image_name(data)
    entry = real_run.store.get(image_key(real_run, name))
    for encoder in real_run.encoders:
        stored = real_run.representation(encoder, "natural").features[3]
        np.testing.assert_allclose(entry.array(encoder), stored, rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(entry.array("picture"), picture)
    np.testing.assert_array_equal(entry.array("pixels"), real_run.pixels("natural")[3])
    with pytest.raises(ValueError, match="not an image"):
        image_features(str(real_run.store.root), real_run.run_id, b"nothing")


def test_the_panel_of_the_address_is_ranked(run, open_page, inline):
    app = open_page("transfer.py", run.store.root, panel=["alpha", "beta", "gamma"])
    assert not app.exception
    assert "Left out: Delta." in said(app)
    assert len(app.dataframe[0].value) == 3


def test_the_domain_that_stands_in_is_the_one_of_most_photographs(run):
    """Three photographs have no interval, whichever domain the study names first."""
    assert run.domains["few"].photographs == 3
    assert stand_in(run, ("few", "rich")) == stand_in(run, ("rich", "few")) == "rich"
