"""The Units page before and after the layers are read, empty, damaged, shipped, and hostile."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from substrate import jobs
from substrate.analyses.spec import obtain, result_key
from substrate.analyses.units.choice import default_place, places_by_depth
from substrate.analyses.units.depth import DEPTH, DepthParams
from substrate.analyses.units.few_to_one import FEW_TO_ONE, FewToOneParams
from substrate.analyses.units.many_to_many import MANY_TO_MANY, ManyToManyParams
from substrate.analyses.units.mutual_information import (
    MUTUAL_INFORMATION,
    MutualInformationParams,
)
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOneParams
from substrate.analyses.units.pictures import SHOWN, unit_pictures
from substrate.analyses.units.place import read_place, trained
from substrate.exhibits.exhibit import titles
from substrate.exhibits.units import few
from substrate.exhibits.units.section import units
from substrate.figures.theme import LIGHT
from substrate.figures.units import many
from substrate.figures.units.matrices import MOST_CELLS, four_matrices
from substrate.numerics.units.subspaces import crossed_canonical
from substrate.paired import reloaded
from substrate.paired.information import measure_information
from substrate.paired.stored import read_side_by_side
from substrate.runs import open_run
from substrate.store import Store
from substrate.ui.units.controls import is_unit, unit_of, written
from tests.exhibits.test_words import check
from tests.support.planted import planted_run

pytestmark = pytest.mark.filterwarnings("ignore")


def said(app) -> str:
    parts = [app.markdown, app.caption, app.info, app.warning, app.error, app.subheader]
    return " ".join(str(e.value) for part in parts for e in part).replace("\u00a0", " ")


def held(app, name: str) -> str:
    value = app.query_params[name]
    return value if isinstance(value, str) else value[-1]


@pytest.fixture(scope="module")
def run(real_run, tmp_path_factory):
    """A copy of the real run whose default layers have been read side by side."""
    root = tmp_path_factory.mktemp("units") / "store"
    shutil.copytree(real_run.store.root, root)
    run = open_run(Store(root), real_run.run_id)
    place = default_place(run)
    domain = reloaded.encoder_and_domain(str(root), run.run_id, place.first, place.domain)[1]

    def load(ref):
        return reloaded.encoder_and_domain(str(root), run.run_id, str(ref), place.domain)[0]

    read_side_by_side(run, place, load, domain)
    measure_information(run, place, load, domain)
    return run


def test_it_opens_with_what_units_match_by_beside_rotated_axes(run, open_page, inline):
    app = open_page("units.py", run.store.root)
    assert not app.exception and not app.error
    text = said(app)
    found = ONE_TO_ONE.compute(run, OneToOneParams(default_place(run)))
    assert f"mean correlation of {found.mean.value:.2f}" in text
    assert f"randomly rotated axes of the same two spaces {found.rotations.mean():.2f}" in text
    assert "units of untrained twins" in text and "units over shuffled" in text
    assert len(app.get("plotly_chart")) == 5  # curves, best, worst, four matrices, single units


def test_pictures_of_the_pairs_are_cut_once(run, open_page, inline):
    open_page("units.py", run.store.root)
    place = default_place(run)
    result = ONE_TO_ONE.compute(run, OneToOneParams(place))
    cells = next(iter(four_matrices(result, LIGHT, ("A", "B")).data))
    size = -(-len(result.living_first) // MOST_CELLS)
    assert (cells.x0, cells.dx) == ((size + 1) / 2, size)  # the first of units that count from 1
    pairs = result.pairs
    for side, own in enumerate((pairs.first, pairs.second)):
        for unit in (*own[:SHOWN], *own[-SHOWN:]):
            high = unit_pictures(run, place, side, int(unit))
            low = unit_pictures(run, place, side, int(unit), "lowest")
            assert high.pictures.shape == (9, 48, 48, 3)
            assert (np.diff(high.values) <= 0).all() and (np.diff(low.values) >= 0).all()
            assert low.values.max() <= high.values.max()


def test_a_unit_has_an_address_of_its_own(run, open_page, inline):
    address = {"units.view": "One unit", "units.unit": "B3"}
    app = open_page("units.py", run.store.root, **address)
    assert not app.exception
    assert "Unit 3 of" in said(app) and "Most active" in said(app)
    assert held(app, "units.unit") == "B3"
    assert len(app.get("plotly_chart")) == 1
    app.selectbox(key="units.unit").set_value("A5").run()
    assert held(app, "units.unit") == "A5" and "Unit 5 of" in said(app)
    assert "The address named" not in said(app)
    app = open_page("units.py", run.store.root, **address | {"units.unit": "B99999"})
    assert held(app, "units.unit").startswith("A")
    assert "The address named what this run lacks; at default: Unit." in said(app)


def test_the_switch_to_absolute_correlations_is_another_result(run, open_page, inline):
    app = open_page("units.py", run.store.root, **{"units.sign": "absolute"})
    assert not app.exception
    found = ONE_TO_ONE.compute(run, OneToOneParams(default_place(run), absolute=True))
    assert f"mean correlation of {found.mean.value:.2f}" in said(app)


def test_information_says_what_matched_units_share(run, open_page, inline):
    app = open_page("units.py", run.store.root, **{"units.view": "Mutual information"})
    assert not app.exception and not app.error
    params = MutualInformationParams(default_place(run))
    found = MUTUAL_INFORMATION.compute(run, params)
    text = said(app)
    assert f"that mutual information matches share {found.mean.value:.2f} " in text
    assert f"Correlations match {found.agreement:.0%} of them".replace("%", " %") in text
    assert f"units of untrained twins {found.twins.mean():.2f}" in text
    assert len(app.get("plotly_chart")) == 2  # curves, pairs beside their correlation


def test_information_is_measured_on_request(run, open_page, inline, monkeypatch):
    started = []
    monkeypatch.setattr(
        jobs, "start_units", lambda store, name, options: started.append(options) or "one"
    )
    monkeypatch.setattr("substrate.ui.units.reading.is_measured", lambda *_: False)
    app = open_page("units.py", run.store.root, **{"units.view": "Mutual information"})
    assert not app.exception and "has not been measured yet" in said(app)
    next(b for b in app.button if b.label == "Measure it now").click().run()
    assert started[0][-1] == "--information" and f"--run={run.run_id}" in started[0]


def test_all_layers_are_compared_on_request(run, open_page, inline, monkeypatch):
    started = []
    monkeypatch.setattr(
        jobs, "start_units", lambda store, name, options: started.append(options) or "one"
    )
    monkeypatch.setattr("substrate.ui.units.reading.stored", lambda *_: None)
    app = open_page("units.py", run.store.root, **{"units.view": "Along depth"})
    assert not app.exception and not app.get("plotly_chart")
    count = len(places_by_depth(run, default_place(run)))
    assert f"images once for all {count} pairs of layers" in said(app)
    assert "units.layer_a" not in {box.key for box in app.selectbox}
    next(b for b in app.button if b.label == "Compare all layers").click().run()
    assert started[0][-1] == "--depth"


def test_agreement_along_depth_is_shown_once_it_is_there(run, open_page, inline, monkeypatch):
    place = default_place(run)
    for module in ("substrate.analyses.units.depth", "substrate.analyses.units.choice"):
        monkeypatch.setattr(f"{module}.places_by_depth", lambda *_: [place])
    params = DepthParams(place.first, place.second, place.domain, place.seed)
    result = obtain(DEPTH, run, params)
    blocks = read_place(run, place, trained(place)).blocks
    (layer,) = result.layers
    assert layer.subspace.value.value == pytest.approx(crossed_canonical(blocks))
    assert len(layer.subspace.null) == 5 and len(layer.subspace.twins) == 2
    one = ONE_TO_ONE.compute(run, OneToOneParams(place))
    assert layer.units.above_null.value == pytest.approx(one.above_rotations.value)
    app = open_page("units.py", run.store.root, **{"units.view": "Along depth"})
    assert not app.exception and len(app.get("plotly_chart")) == 1
    assert "match beyond rotated axes at" in said(app)
    run.store.remove(result_key(DEPTH, run, params))  # of one pair of layers, not of all


def test_mean_activations_need_no_reading(real_run, open_page, inline):
    app = open_page("units.py", real_run.store.root, **{"units.view": "Mean activations"})
    assert not app.exception and len(app.get("plotly_chart")) == 1
    assert "the mean activation spectra of 3 encoders differ by" in said(app)
    boxes = {box.key for box in app.selectbox}
    assert "units.layer_a" in boxes and "units.layer_b" not in boxes


def test_encoders_of_one_architecture_are_asked_for(real_run, open_page, inline, monkeypatch):
    app = open_page("units.py", real_run.store.root, **{"units.view": "Several encoders"})
    assert not app.exception
    assert "No other encoder of this study has the recipe and the shape of A" in said(app)
    names = tuple(real_run.encoders)[:2]
    started = []
    monkeypatch.setattr(
        jobs, "start_units", lambda store, name, options: started.append(options) or "one"
    )
    monkeypatch.setattr("substrate.ui.units.reading.alike", lambda *_: names)
    monkeypatch.setattr("substrate.ui.units.reading.require_readable", lambda *_: None)
    monkeypatch.setattr("substrate.ui.units.reading.is_read", lambda *_: False)
    app = open_page("units.py", real_run.store.root, **{"units.view": "Several encoders"})
    next(b for b in app.button if b.label == "Read all pairs").click().run()
    assert started[0][-1] == "--copies"


def test_few_to_one_says_what_few_units_predict_beside_turned_axes(run, open_page, inline):
    app = open_page("units.py", run.store.root, **{"units.view": "Few to one"})
    assert not app.exception and not app.error
    place = default_place(run)
    found = FEW_TO_ONE.compute(run, FewToOneParams(place))
    text = said(app)
    assert f"three axes turned at random {found.rotations.mean():.2f}" in text
    assert "units of untrained twins" in text and "units over shuffled" in text
    assert f"(mean {found.chosen_count.mean():.1f}, of turned axes" in text
    assert len(app.get("plotly_chart")) == 3  # the curve, sums of units, weights
    losses = app.dataframe[0].value
    name = f"{place.first_layer} → {place.second_layer}"
    np.testing.assert_allclose(losses[name], found.half_unexplained)
    for side, unit in few.wanted_pictures(found):
        assert unit_pictures(run, place, side, unit) is not None


def test_a_penalty_moves_the_mark_and_the_units_and_is_in_the_address(run, open_page, inline):
    app = open_page("units.py", run.store.root, **{"units.view": "Few to one"})
    app.select_slider(key="units.penalty").set_value("0.251").run()
    assert not app.exception and held(app, "units.penalty") == "0.251"
    found = FEW_TO_ONE.compute(run, FewToOneParams(default_place(run)))
    level = int(np.argmin(np.abs(found.penalties - 0.251)))
    assert f"at penalty 0.251: {found.path.count[level]:.1f} units on average" in said(app)
    again = open_page(
        "units.py", run.store.root, **{"units.view": "Few to one", "units.penalty": "0.251"}
    )
    assert "at penalty 0.251" in said(again)


def test_published_losses_stand_beside_the_measured_on_request(run, open_page, inline):
    address = {"units.view": "Few to one", "units.published": "true"}
    app = open_page("units.py", run.store.root, **address)
    assert not app.exception
    losses = app.dataframe[0].value
    assert losses["conv1, loss"].dropna().tolist() == [0.167, 0.166, 0.160, 0.168, 0.491, 0.480]
    assert "arXiv:1511.07543" in said(app)
    plain = open_page("units.py", run.store.root, **{"units.view": "Few to one"})
    assert "conv1, loss" not in plain.dataframe[0].value.columns


def test_many_to_many_says_how_near_the_sides_of_clusters_are(run, open_page, inline):
    address = {"units.view": "Many to many", "units.clusters": "5"}
    app = open_page("units.py", run.store.root, **address)
    assert not app.exception and not app.error
    found = MANY_TO_MANY.compute(run, ManyToManyParams(default_place(run), count=5))
    text = said(app)
    assert f"in random clusters of equal sizes {found.random.mean():.2f}" in text
    assert len(app.get("plotly_chart")) == 3  # angles, clusters, matrices
    drawn = many.matrices(found, LIGHT, ("A", "B"))
    units = len(found.similarity)
    size = drawn.data[0].dx  # units are counted from 1, also where a cell stands for several
    assert drawn.data[0].x0 - size / 2 == drawn.data[0].y0 - size / 2 == 0.5
    assert len(drawn.data[0].z) == -(-units // size)
    ends = np.cumsum([len(one.first) + len(one.second) for one in found.clusters])[:-1] + 0.5
    lines = [line.x0 for line in drawn.layout.shapes if line.xref == "x2"]
    assert sorted(lines) == pytest.approx(sorted(ends))
    app.segmented_control(key="units.method").set_value("hierarchical").run()
    assert not app.exception and held(app, "units.method") == "hierarchical"
    other = ManyToManyParams(default_place(run), count=5, method="hierarchical")
    mean = MANY_TO_MANY.compute(run, other).mean.value
    assert np.isnan(mean) or f"{mean:.2f}" in said(app)


def test_layers_that_are_not_read_yet_are_offered_and_the_job_gets_them(
    run, open_page, monkeypatch
):
    started = []
    monkeypatch.setattr(
        jobs, "start_units", lambda store, name, options: started.append((name, options)) or "one"
    )
    first, second = run.first_two
    layer = run.encoders[first].layers[1].name
    app = open_page("units.py", run.store.root, **{"units.layer_a": layer})
    assert not app.exception
    place = default_place(run)
    assert "have not been read side by side yet" in said(app)
    n = run.domains[place.domain].n
    assert f"Both networks see {8 * n:,} images: {n} as they are" in said(app)
    assert "each of 7 nulls" in said(app)
    next(b for b in app.button if b.label == "Read them now").click().run()
    (name, options), *_ = started
    assert name == f"Units of {titles(run)[first]} and {titles(run)[second]}"
    assert f"--first-layer={layer}" in options and f"--run={run.run_id}" in options
    assert held(app, "units.job") == "one"


def test_nonsense_in_the_address_shows_the_defaults(run, open_page, inline):
    app = open_page(
        "units.py",
        run.store.root,
        **{"units.unit": "C-1", "units.zoom": "-3", "units.sign": "?", "units.view": "<b>"},
        **{"units.penalty": "2", "units.clusters": "1e9", "units.method": "k-means"},
    )
    assert not app.exception
    assert held(app, "units.view") == "One to one"
    assert held(app, "units.zoom") == ""  # the first


def test_an_empty_store_points_to_the_study_page(tmp_path, open_page, no_gallery):
    app = open_page("units.py", tmp_path)
    assert not app.exception and "Nothing has been run yet" in said(app)


def test_a_damaged_store_says_so(run, tmp_path, open_page, inline):
    root = tmp_path / "store"
    shutil.copytree(run.store.root, root)
    kinds = ("paired block", "analysis")
    for manifest in (root / "objects").rglob("manifest.json"):
        text = manifest.read_text()
        if any(f'"kind": "{kind}"' in text for kind in kinds):
            arrays = manifest.parent / "arrays.safetensors"
            if arrays.exists():
                arrays.write_bytes(arrays.read_bytes()[:-9] + b"corrupted")
    app = open_page("units.py", root)
    assert not app.exception
    assert "damaged" in said(app) or "Read them now" in {b.label for b in app.button}


def test_the_shipped_run_says_what_it_takes(tmp_path, open_page):
    app = open_page("units.py", tmp_path, **{"units.layer_b": "features.6"})
    assert not app.exception
    assert "run the study yourself" in said(app) and not app.get("plotly_chart")


def test_one_encoder_is_one_sentence(open_page, tmp_path):
    run = planted_run(tmp_path, n=40, groups=20, untrained=1, encoders={"alpha": 20})
    app = open_page("units.py", run.store.root)
    assert not app.exception
    assert "Two encoders are compared here; this run has one." in said(app)


def test_the_report_shows_what_the_page_shows_once_it_is_read(run, real_run):
    section = units(run, LIGHT, every=True)
    assert [one.key for one in section.items] == [
        "units-curves",
        "units-matrices",
        "units-best",
        "units-worst",
        "units-few",
        "units-angles",
        "units-information",
        "units-spectra",
        "units-information-pairs",
        "units-sums",
        "units-weights",
        "units-losses",
        "units-clusters",
        "units-cluster-cards",
        "units-zoom",
    ]
    drawn = [one for one in section.items if one.key != "units-losses"]
    assert all(one.figure is not None for one in drawn)
    check(drawn)
    (losses,) = [one for one in section.items if one not in drawn]
    place = default_place(run)
    assert list(losses.shown)[:2] == ["penalty", f"{place.first_layer} → {place.second_layer}"]
    assert losses.shown.iloc[0, 1] > 0 and len(losses.shown) >= 3
    assert units(real_run, LIGHT).items == ()


def test_units_are_named_as_addresses_have_them():
    assert is_unit("A12") and unit_of("A12") == (0, 11) and written(1, 6) == "B7"
    for text in ("", "C1", "A0", "A-1", "A1.5", "A１", "A12345678"):
        assert not is_unit(text) and unit_of(text) is None


def test_features_from_files_have_no_units(run):
    from substrate.analyses.spec import AnalysisError
    from substrate.analyses.units.place import require_readable

    place = default_place(run)
    known = {**run.encoders, place.first: replace(run.encoders[place.first], source="features")}
    filed = replace(run)
    filed.__dict__["encoders"] = known
    with pytest.raises(AnalysisError, match="read from files of features: without its network"):
        require_readable(filed, place)
    unseen = replace(run)
    unseen.__dict__["domains"] = {
        **run.domains,
        place.domain: replace(run.domains[place.domain], pictured=False),
    }
    with pytest.raises(AnalysisError, match="there are no images that two networks could see"):
        require_readable(unseen, place)
    wide = replace(run)
    layers = tuple(replace(one, width=40_000) for one in run.encoders[place.first].layers)
    wide.__dict__["encoders"] = {
        **run.encoders,
        place.first: replace(run.encoders[place.first], layers=layers),
    }
    with pytest.raises(AnalysisError, match="Choose narrower layers"):
        require_readable(wide, place)
    with pytest.raises(AnalysisError, match="There is no encoder 'nobody'"):
        default_place(run, first="nobody")
