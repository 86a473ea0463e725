"""The report: one file, complete, offline, safe against names, honest about what is missing."""

import gzip
import json
import re
from base64 import b64decode, b64encode
from html import unescape
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from substrate.exhibits.defaults import sections
from substrate.exhibits.exhibit import (
    Exhibit,
    Section,
    attempted,
)
from substrate.exhibits.panel_page import subspace
from substrate.exhibits.verdict import Badge, Verdict
from substrate.figures.theme import LIGHT, base
from substrate.report import ReportError, write_report
from substrate.report.light import with_light_pictures
from substrate.report.page import page
from substrate.runs import open_run, runs_directory
from substrate.store import StoreError
from tests.support.planted import planted_run
from tests.support.training_store import training_run

HOSTILE = "</script><img src=x onerror=alert(1)>"


def changed(run, change):
    path = runs_directory(run.store) / f"{run.run_id}.json"
    record = json.loads(path.read_text())
    record.pop("seal", None)  # it is altered on purpose
    change(record)
    path.write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


def fewer(record):
    record["study"] |= {"permutations": 20, "components": 4, "name": f"Planted {HOSTILE}"}
    record["encoders"][0]["title"] = f"Alpha {HOSTILE}"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("report")
    return changed(training_run(root, n=48, groups=12, untrained=1), fewer)


@pytest.fixture(scope="module")
def text(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("out") / "report.html"
    write_report(run, path, theme="dark")
    return path.read_text(encoding="utf-8")


def test_the_first_page_leads_with_what_was_tested(run):
    few, both = (
        Exhibit(key=key, title=key, sentence=said, figure=base(LIGHT, title=key), verdict=verdict)
        for key, said, verdict in (
            ("few", "Seven are too few.", Verdict(Badge.FEW, "Sharedness: 0.59 in these images")),
            ("many", "It is 0.37.", Verdict(Badge.BOTH, "Sharedness exceeds both nulls: 0.37")),
        )
    )
    sections = [
        Section("subspace", "Is it shared?", (few, both)),
        Section("wall", "By which?", (few,)),
    ]
    first = page(run, sections, LIGHT).split('class="findings"')[1].split("</section>")[0]
    assert re.findall(r'href="#at-([^"]+)"', first) == ["subspace-1", "wall-0"]
    subspace, wall = first.split("<li>")[1:]
    assert "beyond both nulls" in subspace and "Sharedness exceeds both nulls: 0.37" in subspace
    assert "no comparison" in wall and "Seven are too few." in wall


def figures(text):
    found = re.findall(r'<script type="application/json" id="([\w-]+)">(.*?)</script>', text, re.S)
    return {key: json.loads(body) for key, body in found}


def test_it_needs_nothing_from_anywhere(text):
    for tag in re.findall(r"<(?:script|link|img|iframe|style)[^>]*>", text):
        assert "src=" not in tag and "href=" not in tag
    assert "@import" not in text.split("<script>")[0]
    words = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    links = re.findall(r'<a [^>]*href=["\']([^"\']+)', words)
    outside = {link for link in links if link.startswith("http")}
    assert outside and all("arxiv.org" in link or "jmlr.org" in link for link in outside)


def test_plotly_is_there_once_and_every_figure_has_its_place(text):
    assert text.count("plotly.js v") <= 1
    assert len(text) < 9_000_000
    places = re.findall(r'data-figure="([\w-]+)"', text)
    found = figures(text)
    assert set(places) == set(found) and len(places) == len(found)
    for page_key in ("subspace", "directions", "layers", "training", "transfer", "metrics"):
        assert any(key.startswith(page_key) for key in found)
        assert f'id="{page_key}"' in text
    assert all(figure["data"] for figure in found.values())
    assert all(figure["layout"]["paper_bgcolor"] == "#0F141A" for figure in found.values())
    assert any("frames" in figure for figure in found.values())


def test_it_says_what_the_pages_say(text):
    plain = unescape(text)
    assert "are closest at relative depth" in plain
    assert "half of its gain in accuracy" in plain
    assert "95 % CI [" in plain and "48 tiles of 12 photographs" in plain
    assert "3 photographs, and at least 10 are needed" in plain
    for number in ("2606.07882", "1511.07543", "2409.19460", "2601.21621"):
        assert number in plain
    assert "components: 4" in plain and "numpy" in plain
    assert "data:application/gzip;base64," in text


def test_it_says_who_is_in_the_panel(text):
    assert ", Beta, Gamma, Delta. Run " in text and "Panel: Alpha " in text


def test_names_cannot_break_out(text):
    assert HOSTILE not in text
    assert "<img" not in re.sub(r"<script>.*?</script>", "", text, flags=re.S)


def test_what_cannot_be_had_is_said_in_its_place():
    def fails():
        raise StoreError("The disk is gone.")

    item = attempted("figure", "A figure", fails)
    assert item.figure is None and item.sentence == "The disk is gone."


def test_without_images_domains_are_compared_all_the_same(tmp_path):
    def unpictured(record):
        for domain in record["domains"]:
            domain["pictured"] = False

    run = changed(planted_run(tmp_path, n=48, groups=24, untrained=0), unpictured)
    rich, few, matrix, controls = subspace(run, LIGHT).items
    assert matrix.figure is not None and controls.figure is not None
    assert "more than shuffling gives" in rich.read
    assert "more than" not in few.read and "too few photographs to say" in few.read


def test_a_run_with_damaged_features_is_reported_with_reasons(tmp_path):
    run = changed(planted_run(tmp_path, n=40, groups=10, untrained=0), fewer)
    for path in (tmp_path / "objects").rglob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:-9] + b"corrupted")
    write_report(run, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    shown = {key for key in figures(text) if not key.startswith("experiments")}
    assert "damaged" in text and shown == {"theory-0"}  # students, of a file as experiments are


def test_one_encoder_on_one_domain_still_gives_a_report(tmp_path):
    def alone(record):
        fewer(record)
        record["encoders"] = record["encoders"][:1]
        record["domains"] = record["domains"][:1]

    run = changed(planted_run(tmp_path, n=40, groups=10, untrained=0), alone)
    write_report(run, tmp_path / "report.html")
    assert "What was compared" in (tmp_path / "report.html").read_text()


def test_wrong_themes_and_places_are_refused(run, tmp_path):
    with pytest.raises(ReportError, match="no theme 'sepia'"):
        write_report(run, tmp_path / "r.html", theme="sepia")
    occupied = tmp_path / "file"
    occupied.write_text("x")
    with pytest.raises(ReportError, match="cannot be written"):
        write_report(run, occupied / "r.html")


def test_an_item_without_a_figure_is_a_sentence(run):
    from substrate.exhibits.exhibit import Section
    from substrate.figures.theme import LIGHT

    section = Section(
        "layers",
        "Where?",
        (Exhibit(key="figure", title="A figure", sentence="No interval: <3> photographs."),),
    )
    text = page(run, [section], LIGHT)
    assert "No interval: &lt;3&gt; photographs." in text
    assert not figures(text)


def test_sections_follow_the_pages(run):
    from substrate.figures.theme import LIGHT

    keys = [section.key for section in sections(run, LIGHT)]
    assert keys == [
        "subspace",
        "wall",
        "directions",
        "weights",
        "layers",
        "maps",
        "training",
        "transfer",
        "detector",
        "metrics",
        "claims",
        "experiments",
        "theory",
    ]


def test_tables_are_packed_and_hold_what_they_held(text):
    links = re.findall(r'<a class="csv" download="([^"]+)" href="([^"]+)"', text)
    plain = [gzip.decompress(b64decode(address.split(",")[1])) for _, address in links]
    assert len(links) > 20 and all(name.endswith(".csv.gz") for name, _ in links)
    held = pd.read_csv(BytesIO(plain[0]), comment="#")
    assert "direction" in held.columns and held["direction"].tolist() == [1, 2, 3, 4]
    assert sum(len(address) for _, address in links) < 0.6 * 4 / 3 * sum(map(len, plain))


def test_pictures_of_a_report_are_light_and_look_as_they_did():
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (7, 7, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((112, 112), Image.Resampling.BICUBIC)
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    before = f"data:image/jpeg;base64,{b64encode(buffer.getvalue()).decode()}"
    written = json.dumps({"images": [{"source": before}]})
    after = with_light_pictures(written)
    assert after == with_light_pictures(written.replace("/", "\\u002f"))
    source = json.loads(after)["images"][0]["source"]
    assert source.startswith("data:image/webp;base64,") and len(source) < 0.6 * len(before)
    shown = np.asarray(Image.open(BytesIO(b64decode(source.split(",")[1]))), dtype=float)
    assert shown.shape == (112, 112, 3)
    assert np.abs(shown - np.asarray(picture, dtype=float)).mean() < 6


def test_other_pictures_stay_as_they_are_and_their_strokes_are_one_letter():
    buffer = BytesIO()
    Image.fromarray(np.full((9, 9, 3), 255, dtype=np.uint8)).save(buffer, "PNG")
    data = b64encode(buffer.getvalue() + b"\xff" * 9).decode()
    assert "/" in data
    plain = json.dumps({"source": f"data:image/png;base64,{data}", "text": "1/2"})
    assert with_light_pictures(plain.replace("/", "\\u002f")) == plain.replace("1/2", "1\\u002f2")


def test_numbers_of_tables_are_written_as_all_others_are(run):
    table = pd.DataFrame(
        {
            "r": [-0.67596, np.nan, -0.0001],
            "n": [3.0, np.nan, 4.0],
            "large": [1047.16, 2.0, 3.0],
            "count": [1, 2, 3],
            "remark": ["a", None, "c"],
        }
    )
    item = Exhibit(key="t", title="T", sentence="S.", shown=table)
    html = page(run, [Section("t", "T?", (item,))], LIGHT).split('class="shown"')[1]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", html.split("</table>")[0], re.S)[1:]
    cells = [re.findall(r"<td>(.*?)</td>", row) for row in rows]
    assert cells == [
        ["\u22120.676", "3", "1047.2", "1", "a"],
        ["–", "–", "2.0", "2", "–"],
        ["0.000", "4", "3.0", "3", "c"],
    ]


def test_a_reports_tables_hold_no_raw_numbers(text):
    cells = re.findall(r"<td>(.*?)</td>", text)
    assert len(cells) > 200
    raw = [c for c in cells if re.fullmatch(r"-?\d+[.]\d{4,}|nan|NaN|None|-\d.*|[.]\d+", c)]
    assert not raw
