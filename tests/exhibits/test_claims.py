"""The exhibits of the claims: page and report show the same ones, and every view can be had."""

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import pytest

from substrate.analyses.claims import questions as claims_questions
from substrate.analyses.spec import obtain
from substrate.claims import published, text
from substrate.claims.command import fill
from substrate.claims.ledger import NOT_YET
from substrate.claims.preregistered import register
from substrate.claims.verdict import SAME_HERE, UNTESTED
from substrate.exhibits.claims import exhibits, words
from substrate.exhibits.claims.section import QUESTION, claims
from substrate.exhibits.claims.verdicts import of_ledger
from substrate.exhibits.verdict import Badge
from substrate.figures.claims.marks import LOOKS, mark_rows
from substrate.figures.theme import LIGHT
from tests.support.placed import assert_same, said, watch_charts
from tests.support.planted import planted_run

DEFAULT = ["claims", "claims-rules", "claims-inconsistencies"]
FURTHER = ["claims-open", "claims-unmeasured"]


@pytest.fixture(scope="module", autouse=True)
def no_results(tmp_path_factory):
    """Read experiments from an empty directory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUBSTRATE_RESULTS", str(tmp_path_factory.mktemp("results")))
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("claims"), n=40, groups=20, few=10, untrained=5)
    for analysis, params in claims_questions.defaults(run):
        obtain(analysis, run, params)
    return run


@pytest.fixture(scope="module")
def listed(run):
    return {exhibit.key: exhibit for exhibit in claims(run, LIGHT, every=True).items}


@pytest.fixture(scope="module")
def ledger(run):
    return fill(run, register(), early=True)


def same_rows(element, exhibit):
    shown = exhibit.shown.set_index(exhibit.shown.columns[0])
    pd.testing.assert_frame_equal(element.value, shown, check_dtype=False)


def test_every_row_is_marked_once_in_the_look_of_its_verdict(ledger):
    figure = go.Figure()
    mark_rows(figure, LIGHT, ledger.rows, "")
    looks = {(t.marker.color, t.marker.symbol): list(t.y) for t in figure.data if t.marker.symbol}
    for verdict, look in LOOKS.items():
        rows = [r for r in ledger.rows if r.verdict == verdict]
        assert looks.get(look, []) == [r.claim.name for r in rows], verdict
    assert len({r.verdict for r in ledger.rows}) > 1


def test_the_report_lists_the_ledger_its_rules_and_every_view(run, listed):
    assert [exhibit.key for exhibit in claims(run, LIGHT).items] == DEFAULT
    assert list(listed) == DEFAULT + FURTHER
    for exhibit in listed.values():
        assert exhibit.sentence and exhibit.trace
        assert exhibit.table is not None and len(exhibit.table) == len(exhibit.shown)


def test_the_page_places_the_ledger_of_the_report(run, listed, open_page, monkeypatch):
    placed = watch_charts(monkeypatch)
    app = open_page("claims.py", run.store.root)
    assert not app.exception
    assert app.title[0].value == QUESTION
    ledger = listed["claims"]
    assert_same(ledger, placed["claims"])
    assert ledger.sentence in said(app) and ledger.context in said(app) and ledger.read in said(app)
    rows = app.dataframe[0].value[list(ledger.shown.columns)]
    pd.testing.assert_frame_equal(rows, ledger.shown, check_dtype=False)


def test_the_other_views_place_the_tables_of_the_report(run, listed, open_page):
    app = open_page("claims.py", run.store.root, view="Inconsistencies")
    assert not app.exception
    for element, key in zip(app.table, ("claims-inconsistencies", "claims-open"), strict=True):
        same_rows(element, listed[key])
        assert listed[key].sentence in said(app)
    app = open_page("claims.py", run.store.root, view="How it is decided")
    assert not app.exception
    same_rows(app.table[0], listed["claims-unmeasured"])
    rules = listed["claims-rules"]
    assert rules.sentence in said(app) and rules.context in said(app)
    plain = said(app).replace("*", "")
    assert len(rules.shown) == len(text.RULE)
    assert all(rule in plain for rule in rules.shown["Rule"])


def test_a_choice_keeps_the_outcome_of_the_whole_ledger(ledger):
    one = type(ledger)(
        ledger.run_id, ledger.study, ledger.digest, ledger.rows[:1], (), (), ledger.tests
    )
    exhibit = exhibits.ledger(one, register(), LIGHT, whole=ledger)
    assert len(exhibit.table) == 1
    assert exhibit.sentence == text.opening(ledger)
    assert ledger.digest[:16] in exhibit.context and ledger.digest in str(exhibit.trace)


def test_a_report_draws_no_figure_where_nothing_is_of_its_run(tmp_path):
    empty = planted_run(tmp_path, n=40, groups=20, untrained=0)
    first = claims(empty, LIGHT).items[0]
    assert first.figure is None and len(first.shown) == len(register().claims)


def test_the_card_says_what_is_measured_and_what_is_not(ledger):
    row = next(row for row in ledger.rows if row.value is not None)
    assert words.numbers(row).startswith(f"T = {text.measured(row)}")
    assert text.margin(row.claim) in words.facts(row)
    published_line, measured_line, counts_line = words.definition(
        row, register().sources[row.claim.source]
    )
    assert row.claim.stated in published_line and row.claim.where in published_line
    assert row.claim.estimand in measured_line and row.claim.counts in counts_line
    waiting = next(row for row in ledger.rows if row.verdict == NOT_YET)
    assert "Not computed yet" in words.numbers(waiting)
    missing = next(r for r in ledger.rows if r.value is None and r.verdict != NOT_YET)
    assert words.numbers(missing) == "No value here."


def test_every_open_point_names_its_page(listed):
    table = listed["claims-open"].shown
    assert table["Point"].tolist() == [point.key for point in published.AMBIGUITIES]
    assert f"{len(table)} points" in listed["claims-open"].sentence


def test_the_headline_counts_the_studys_own_claims(run):
    """What stored experiments answer was measured on other encoders and images."""
    whole = fill(run, register())
    first, *rest = whole.own
    tested = replace(first, verdict=SAME_HERE, stored=True)
    theirs = replace(whole, rows=(tested, *(replace(r, verdict=UNTESTED) for r in rest)))
    said = of_ledger(theirs)
    assert said.badge is Badge.FEW and "cannot be tested" in said.short
    own = replace(whole, rows=(replace(tested, stored=False), *theirs.rows[1:]))
    assert of_ledger(own).short.startswith("1 tested claim agrees here")
