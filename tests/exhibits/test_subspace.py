"""The Subspace exhibits: page and report place the same ones, and `every` leaves no view out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from substrate.analyses import panel_choice
from substrate.analyses.shared import halves
from substrate.analyses.shared.units import Units
from substrate.analyses.spec import obtain, stored
from substrate.analyses.subspace.spans import SPANS
from substrate.analyses.subspace.tables import control_table
from substrate.exhibits import panel_page
from substrate.exhibits.encoders.gallery import ends
from substrate.exhibits.sharedness import exhibits as sharedness
from substrate.exhibits.subspace import exhibits as between_domains
from substrate.exhibits.subspace.words import controls_sentence
from substrate.figures.theme import LIGHT
from substrate.ui.literal import literal
from substrate.wording import number, unbroken
from tests.support.planted import planted_run

pytestmark = pytest.mark.filterwarnings("ignore")

DEFAULT = {
    "subspace-spectrum-rich",
    "subspace-spectrum-few",
    "subspace-matrix",
    "subspace-controls",
}
#: What each further view of the page places, by the view's name in the address.
VIEWS = {
    "Every domain": ("subspace-domains",),
    "Settings": ("subspace-settings",),
    "Robustness": ("subspace-sweep", "subspace-leave-out", "subspace-n"),
    "Loadings by encoder": ("subspace-paradigms", "subspace-loadings"),
    "Image statistics": ("subspace-responses",),
    "Encoder pairs": ("subspace-encoder-pairs", "subspace-comparisons", "subspace-map"),
    "Flow": ("subspace-flow",),
    "Disagreement": ("subspace-disagreement", "subspace-causal"),
}
MEASURES = ("Grassmann similarity", "rotation disparity")
SPANS_KEYS = {f"subspace-spans{what}-{m}" for what in ("", "-controls") for m in (1, 2)}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("exhibits"), n=60, groups=20, untrained=2)
    for analysis, params in panel_choice.defaults(run):
        obtain(analysis, run, params)
    return run


@pytest.fixture(scope="module")
def items(run):
    return {item.key: item for item in panel_page.subspace(run, LIGHT, every=True).items}


def read_on(app):
    """Return all texts of a page."""
    return [unbroken(each.value) for each in (*app.markdown, *app.caption)]


def is_said(words, app):
    """Say whether a page shows a sentence, alone or with others."""
    forms = {unbroken(words), unbroken(literal(words))}
    return any(form in text for form in forms for text in read_on(app))


def test_page_and_report_show_the_same_by_default(run, open_page, monkeypatch):
    section = panel_page.subspace(run, LIGHT)
    shown = {item.key: item for item in section.items}
    assert set(shown) == DEFAULT and len(section.items) == len(DEFAULT)
    monkeypatch.setattr("substrate.ui.results.resident", lambda: pytest.fail("not in the store"))
    app = open_page("subspace.py", run.store.root)
    assert app.title[0].value == panel_page.QUESTION == section.question
    spectrum = shown["subspace-spectrum-rich"]
    assert read_on(app)[0] == unbroken(literal(spectrum.sentence))
    for key in DEFAULT - {"subspace-spectrum-few"}:
        item = shown[key]
        assert is_said(item.sentence, app) and is_said(item.read, app), key
        assert not item.context or is_said(item.context, app), key
    first, last = app.dataframe[0].value, app.dataframe[-1].value
    pd.testing.assert_frame_equal(first, spectrum.table, check_dtype=False)
    pd.testing.assert_frame_equal(last, shown["subspace-matrix"].table, check_dtype=False)


def test_every_adds_each_view_of_the_page(items):
    further = {key for keys in VIEWS.values() for key in keys}
    assert set(items) == DEFAULT | further | SPANS_KEYS | {"subspace-published"}
    for key, item in items.items():
        assert item.figure is not None and item.read and item.trace, key
        assert item.sentence.endswith((".", "needed.")) and not item.table.empty, key


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_says_the_same_on_the_page(run, items, open_page, inline, view):
    app = open_page("subspace.py", run.store.root, view=view)
    assert not app.exception
    for key in VIEWS[view]:
        assert is_said(items[key].sentence, app) and is_said(items[key].read, app), key
        assert is_said(items[key].context, app), key


@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_says_the_same_on_the_page(run, items, open_page, inline, measure):
    app = open_page("subspace.py", run.store.root, measure=measure)
    for what in ("", "-controls"):
        item = items[f"subspace-spans{what}-{1 + MEASURES.index(measure)}"]
        assert is_said(item.sentence, app) and is_said(item.read, app)
    assert f"{measure[0].upper()}{measure[1:]}: against the trained panel's" in item.sentence


def test_spans_are_read_back_as_they_were_stored(run):
    params = panel_choice.default_choice(run).spans()
    computed, read = obtain(SPANS, run, params), stored(SPANS, run, params)
    assert read is not None
    np.testing.assert_array_equal(read.random, computed.random)
    np.testing.assert_array_equal(read.shuffled, computed.shuffled)


def test_a_large_domain_says_on_which_samples_its_mean_rests(run, monkeypatch):
    choice = panel_choice.default_choice(run)
    shared = panel_page.shared_on(run, choice, "rich")
    whole = sharedness.spectrum(shared, choice, LIGHT, titles={})
    assert "drawn at random" not in whole.context
    assert "samples of the mean" not in whole.trace
    monkeypatch.setattr(halves, "MOST_SAMPLES", 40)
    assert len(halves.Splits.of(run, "rich", choice.seed).rows) == 40
    part = sharedness.spectrum(shared, choice, LIGHT, titles={})
    drawn = f"40 samples drawn at random (seed {choice.seed})"
    assert f"5 splits of {drawn} of 60 tiles of 20 photographs in halves" in part.context
    assert part.trace["samples of the mean"] == drawn
    every = sharedness.by_domain([shared], choice, LIGHT, chosen="rich")
    assert every.trace["samples of the mean"] == f"{drawn} on Rich"


def test_traces_count_the_units_that_took_part(run):
    choice = panel_choice.default_choice(run)
    shared = panel_page.shared_on(run, choice, "rich")
    fewer = Units(3, shared.panel.units.of)
    shared = replace(
        shared,
        panel=replace(shared.panel, units=fewer),
        untrained=replace(shared.untrained, units=(fewer, Units(5, fewer.of))),
    )
    trace = sharedness.spectrum(shared, choice, LIGHT, titles={}).trace
    assert trace["units"] == f"{fewer.of - 3} of {fewer.of} units (the others hardly vary)"
    assert trace["untrained units"].startswith(f"{fewer.of - 5} to {fewer.of - 3} of {fewer.of}")
    matrix = panel_page.controlled(run, choice)
    few = replace(matrix.matrices, units=(fewer, fewer))
    trace = between_domains.matrix(replace(matrix, matrices=few), choice, LIGHT).trace
    assert trace["units"] == f"{fewer.of - 3} of {fewer.of} units (the others hardly vary)"


def test_the_controls_sentence_names_the_highest_and_the_lowest(run):
    matrix = panel_page.controlled(run, panel_choice.default_choice(run))
    table = control_table(matrix).set_index("control")
    medians = table["median"].drop(["Trained panel", "trained \u2212 untrained"])
    sentence = controls_sentence(matrix)
    high, low = medians.idxmax(), medians.idxmin()
    assert f"Against the trained panel's {number(matrix.median)} " in sentence
    assert f"is {high.lower()} with {number(medians[high])}" in sentence
    assert f"lowest {low.lower()} with {number(medians[low])}" in sentence


def test_a_lasso_comes_first_and_else_both_ends():
    residuals = np.array([0.5, -2.0, 1.5, 0.0])
    ((words, rows),) = ends(residuals, [2, 1, 9])
    assert words == "Selected, by residual" and rows.tolist() == [1, 2]
    (_, highest), (_, lowest) = ends(residuals, [])
    assert highest.tolist() == [2, 0, 3, 1] and lowest.tolist() == [1, 3, 0, 2]
