"""Maps: page and report show the same exhibits; figures hold the numbers of the analysis."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.maps.choice import ALL, FAMILY_TITLES
from substrate.analyses.maps.matrix import MAPS_MATRIX, matrix_params
from substrate.analyses.maps.pair import MAPS, maps_params
from substrate.analyses.spec import obtain
from substrate.exhibits.exhibit import titles
from substrate.exhibits.maps import exhibits
from substrate.exhibits.maps.section import maps
from substrate.exhibits.verdict import Badge
from substrate.figures.theme import DARK, LIGHT
from tests.support.placed import said
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(
        tmp_path_factory.mktemp("maps"), n=80, groups=20, untrained=5, permutations=39
    )


@pytest.fixture(scope="module")
def pair(run):
    return obtain(MAPS, run, maps_params(run, run.first_two, run.main_domain))


@pytest.fixture(scope="module")
def matrix(run):
    return obtain(MAPS_MATRIX, run, matrix_params(run, run.panel, run.main_domain))


def test_the_page_shows_what_the_report_lists(run, pair, matrix, open_page, inline):
    shown = maps(run, LIGHT, every=True).items
    pages = ["maps-freedom", "maps-retrieval", "maps-units", "maps-classes"]
    assert [e.key for e in shown] == [*pages, "maps-matrix"]
    assert [e.key for e in maps(run, LIGHT).items] == pages
    for view, items in ((None, shown[:4]), (ALL, shown[4:])):
        address = {"run": run.run_id} | ({"maps.view": view} if view else {})
        app = open_page("maps.py", run.store.root, **address)
        assert not app.exception
        text = said(app)
        for exhibit in items:
            assert " ".join(exhibit.sentence.split()) in text and exhibit.read in text


def test_the_figure_holds_every_prediction_its_interval_and_what_stands_beside_it(run, pair):
    figure = exhibits.freedom(pair, titles(run), LIGHT).figure
    rows = list(figure.layout.yaxis.ticktext)
    assert len(rows) == 8
    traces = {t.name: t for t in figure.data}
    for source, target in (("alpha", "beta"), ("beta", "alpha")):
        trace = traces[f"From {source.title()}"]
        for x, y, up in zip(trace.x, trace.y, trace.error_x.array, strict=True):
            family = next(k for k, v in FAMILY_TITLES.items() if rows[int(y)].startswith(v))
            p = pair.of(source, family)
            assert (
                rows[int(y)].replace("<br>", " ").endswith(f"{source.title()} → {target.title()}")
            )
            assert x == p.r2.value
            assert up == pytest.approx(p.r2.high - p.r2.value)
    twins = traces["Untrained source, 5 draws"]
    first = pair.predictions[0]
    assert list(twins.x[:2]) == [first.twins.min(), first.twins.max()]
    assert traces["Shuffled photographs, 95 % level"].x[0] == first.r2.null.level
    assert traces["Split-half ceiling"].x[0] == first.ceiling


def test_retrieval_stands_beside_chance(run, pair):
    figure = exhibits.retrieval(pair, titles(run), DARK).figure
    nearest, chance = figure.data[0], figure.data[1]
    assert list(nearest.x[::2]) == [p.found[0].value for p in pair.predictions[:4]]
    assert chance.x[0] == pair.predictions[0].chance[0]
    five = figure.data[2]
    assert np.min(np.abs(np.subtract.outer(nearest.y, five.y))) > 0.3  # no whisker on another


def test_units_are_listed_from_the_best_and_classes_before_and_after(run, pair):
    figure = exhibits.units(pair, titles(run), LIGHT).figure
    np.testing.assert_allclose(figure.data[0].y, np.sort(pair.by_unit[0])[::-1])
    assert len(figure.data[1].y) == len(pair.by_unit[1]) == 40
    classes = exhibits.verification(pair, titles(run), LIGHT)
    table = classes.table.set_index("comparison")["equal error"]
    affine = pair.of("alpha", "affine").error
    assert table["affine"] == affine.value < table["unmapped"]
    for name, curve in pair.classes.curves.items():
        assert (np.diff(curve) >= -1e-12).all(), name
        crossing = np.interp(table[name], pair.classes.false_accepted, curve)
        assert crossing == pytest.approx(1 - table[name], abs=0.02)
    assert f"{pair.classes.same:,} pairs of one of 3 classes" in "".join(
        classes.figure.layout.meta["facts"]
    )
    assert exhibits.verification(replace(pair, classes=None), titles(run), LIGHT) is None


def test_the_verdicts_hold_against_both_nulls(run, pair, matrix):
    assert exhibits.freedom(pair, titles(run), LIGHT).verdict.badge is Badge.BOTH
    short = exhibits.freedom(pair, titles(run), LIGHT).verdict.short
    poorer = min((pair.of(e, "affine") for e in ("alpha", "beta")), key=lambda p: p.r2.value)
    way = f"Predicting {poorer.target.title()} from {poorer.source.title()} exceeds"
    assert short.startswith(way) and short.endswith(f"R² {poorer.r2.value:.2f}")
    few = obtain(MAPS, run, maps_params(run, run.first_two, "few"))
    verdict = exhibits.freedom(few, titles(run), LIGHT).verdict
    assert verdict.badge is Badge.FEW
    found = exhibits.matrix(matrix, titles(run), LIGHT)
    clear = int((matrix.gain_low > 0).sum())
    assert 0 < clear <= int((matrix.low > matrix.untrained).sum())
    assert found.verdict.short.endswith(f"{clear} cells")
    assert f"In {clear} of 12 cells the source predicts more" in found.sentence
    marked = next(t for t in found.figure.data if t.name == "More than untrained sources predict")
    at = {(round(y), round(x)) for x, y in zip(marked.x, marked.y, strict=True)}
    assert at == set(map(tuple, np.argwhere(matrix.gain_low > 0).tolist()))


def test_the_matrix_is_read_from_row_to_column(run, matrix):
    exhibit = exhibits.matrix(matrix, titles(run), LIGHT)
    heat = exhibit.figure.data[0]
    np.testing.assert_allclose(heat.z, matrix.values, rtol=1e-6)
    table = exhibit.table
    row = table[(table["source"] == "alpha") & (table["target"] == "gamma")].iloc[0]
    assert row["R2"] == matrix.values[0, 2]
    [hover] = [
        t.text
        for t in exhibit.figure.data
        if t.text is not None and "→" in "".join(map(str, t.text))
    ]
    assert "<b>Alpha → Gamma</b>" in hover[2]


def test_one_encoder_has_no_maps(run, open_page):
    import json

    from substrate.runs import open_run, save_record

    record = json.loads(json.dumps(run.record))
    record.pop("seal", None)
    record["encoders"] = record["encoders"][:1]
    save_record(run.store, {**record, "run_id": "0123456789abcdef"})
    alone = open_run(run.store, "0123456789abcdef")
    assert maps(alone, LIGHT, every=True).items == ()
    app = open_page("maps.py", run.store.root, run=alone.run_id)
    assert not app.exception
    assert "Two encoders are compared here" in said(app)
