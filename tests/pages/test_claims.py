"""The Claims page: its views and address, on good, empty and damaged stores; figure and report."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest

from substrate.analyses.claims import questions as claims_questions
from substrate.analyses.spec import obtain, result_key
from substrate.claims.command import fill
from substrate.claims.preregistered import register
from substrate.claims.verdict import UNTESTED
from substrate.exhibits.claims.section import claims as section
from substrate.figures import heading
from substrate.figures.claims.forest import FARTHEST, forest
from substrate.figures.theme import DARK, LIGHT
from substrate.store import Store
from tests.support.planted import planted_run

ROWS = len(register().claims)
COUNTED = sum(claim.own for claim in register().claims)


@pytest.fixture(scope="module", autouse=True)
def no_results(tmp_path_factory):
    """Read experiments from an empty directory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUBSTRATE_RESULTS", str(tmp_path_factory.mktemp("results")))
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("page"), n=40, groups=20, few=10, untrained=5)
    for analysis, params in claims_questions.defaults(run):
        obtain(analysis, run, params)
    return run


def text(app):
    kinds = ("markdown", "info", "caption", "warning")
    return " ".join(e.value for kind in kinds for e in app.get(kind))


def table(app):
    return app.dataframe[0].value


def test_it_opens_with_the_outcome_and_the_digest(run, open_page):
    app = open_page("claims.py", run.store.root)
    assert not app.exception
    assert f"Of {COUNTED} published claims" in text(app) and "on this study" in text(app)
    assert register().digest[:16] in text(app)
    assert len(table(app)) == ROWS and len(app.get("plotly_chart")) == 1
    assert any("Compute the rest" in button.label for button in app.button)


def test_the_rest_is_computed_on_demand(run, open_page, inline, tmp_path):
    own = shutil.copytree(run.store.root, tmp_path / "store")  # the others find nothing computed
    app = open_page("claims.py", own)
    before = set(table(app)["Verdict"])
    next(b for b in app.button if "Compute the rest" in b.label).click()
    app.run()
    assert not app.exception
    assert "not computed yet" in before
    assert "not computed yet" not in set(table(app)["Verdict"])
    assert not any("Compute the rest" in button.label for button in app.button)


def test_what_is_lacking_is_computed_step_by_step(run, tmp_path, open_page, inline, monkeypatch):
    every = list(claims_questions.defaults(run))
    tops = [one for one in every if one[0].key.startswith("claims.")]
    pairs = next(one for one in tops if one[0].key == "claims.pairs")
    others = [one for one in tops if one != pairs]
    asked = list(claims_questions.lacking(run, lambda one: one in others))
    assert asked[-1] == pairs and len(asked) > 3
    assert {analysis.key for analysis, _ in asked[:-1]} == {"encoders.pairs"}
    assert list(claims_questions.lacking(run, lambda one: one in tops)) == []
    own = Store(shutil.copytree(run.store.root, tmp_path / "store"))
    for analysis, params in (pairs, asked[0]):
        own.remove(result_key(analysis, run, params))
    steps = []
    bar = SimpleNamespace(progress=lambda *step: steps.append(step), empty=lambda: None)
    monkeypatch.setattr("substrate.ui.claims.ledger.st.progress", lambda _share: bar)
    assert not open_page("claims.py", own.root).exception
    assert steps == [
        (0.0, f"Ledger, step 1 of 2: {asked[0][0].title}"),
        (0.5, f"Ledger, step 2 of 2: {pairs[0].title}"),
    ]


def test_a_copied_address_shows_the_same(run, open_page):
    app = open_page(
        "claims.py",
        run.store.root,
        theme="Shared across architectures",
        claim="shared_across_architectures",
    )
    assert not app.exception
    assert len(table(app)) == 1
    assert "Leave-encoder-out correlation: mean over encoders" in text(app)
    assert "Would count:" in text(app) and "untrained twins" in text(app)


def test_rows_by_verdict(run, open_page):
    app = open_page("claims.py", run.store.root, verdict=UNTESTED)
    assert not app.exception
    assert set(table(app)["Verdict"]) == {UNTESTED} and (table(app)["Why not"] != "").all()


def test_the_publications_own_inconsistencies(run, open_page):
    app = open_page("claims.py", run.store.root, view="Inconsistencies")
    assert not app.exception
    shown = app.table[0].value
    assert any("medical CT and microscopy, 0.784" in found for found in shown["Found"])
    assert {"Whitening", "Estimate"} <= set(app.table[1].value.index)


def test_how_it_is_decided_and_why_it_may_differ(run, open_page):
    app = open_page("claims.py", run.store.root, view="How it is decided")
    assert not app.exception
    assert "tiles cut from few photographs" in text(app) and "Holm" in text(app)
    assert register().digest in app.code[0].value


def test_nonsense_in_the_address_shows_the_defaults(run, open_page):
    app = open_page(
        "claims.py",
        run.store.root,
        view="x",
        theme="<b>",
        verdict="-1",
        claim="../../etc",
        run="no-such-run",
    )
    assert not app.exception
    assert len(table(app)) == ROWS and app.query_params["claims.claim"] == ""


def test_a_run_of_one_domain_says_what_is_missing(tmp_path, open_page, inline):
    import json

    from substrate.runs import runs_directory

    run = planted_run(tmp_path, n=40, groups=20, untrained=0)
    path = runs_directory(run.store) / f"{run.run_id}.json"
    record = json.loads(path.read_text())
    del record["seal"]  # it is altered on purpose
    record["domains"] = record["domains"][:1]
    path.write_text(json.dumps(record))
    app = open_page("claims.py", tmp_path)
    assert not app.exception
    reasons = " ".join(table(app)["Why not"])
    assert "It needs two domains; this study has one." in reasons
    assert "no untrained twins" in reasons


def test_an_empty_store_points_to_the_study_page(tmp_path, open_page, no_gallery):
    app = open_page("claims.py", tmp_path)
    assert not app.exception
    assert "Nothing has been run yet" in text(app)


def test_a_damaged_store_says_so_in_every_row(tmp_path, open_page, inline):
    run = planted_run(tmp_path, n=40, groups=20, untrained=1)
    for path in (tmp_path / "objects").rglob("*.safetensors"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
    for view in ("Ledger", "How it is decided"):
        app = open_page("claims.py", run.store.root, view=view)
        assert not app.exception
    app = open_page("claims.py", run.store.root)
    assert "damaged" in " ".join(table(app)["Why not"])


def test_the_forest_shows_published_measured_and_controls(run):
    found = fill(run, register(), early=True)
    for theme in (LIGHT, DARK):
        figure = forest(found, theme)
        assert figure.layout.paper_bgcolor == theme.paper
    there = [r for r in found.rows if r.value is not None]
    plain = [r for r in there if r.claim.kind != "ratio"]
    assert set(figure.layout.yaxis.categoryarray) == {r.claim.name for r in plain}
    by_verdict = {row.verdict for row in there}
    names = {trace.name for trace in figure.data if trace.name}
    assert {verdict.capitalize() for verdict in by_verdict} <= names
    points = {
        (y, round(float(x), 9))
        for trace in figure.data
        if trace.customdata is not None
        for x, y in zip(trace.x, trace.y, strict=True)
    }
    assert points == {(r.claim.name, round(r.value, 9)) for r in there}
    low, high = figure.layout.xaxis.range
    assert low < 0 and high > 1
    assert all(low < r.value < high for r in plain if abs(r.value) < FARTHEST)
    assert UNTESTED.capitalize() in names


def test_one_value_far_out_does_not_squeeze_the_others(run):
    """It is written at the end where it lies, and the axis ends where it does without it."""
    found = fill(run, register(), early=True)
    there = next(r for r in found.rows if r.value is not None and r.claim.kind != "ratio")
    rows = (replace(there, value=-2.5, low=-5.0, high=0.1), *found.rows)
    figure = forest(replace(found, rows=rows), LIGHT)
    assert figure.layout.xaxis.range[0] == pytest.approx(-FARTHEST - 0.03)
    assert [note.text for note in figure.layout.annotations] == ["◂ −2.50"]


def test_a_forest_of_nothing_is_a_picture_still(run):
    found = fill(run, register(), early=True)
    empty = forest(type(found)(found.run_id, found.study, found.digest, (), (), ()), LIGHT)
    assert "0 of 0 rows" in " ".join(heading.facts(empty))


def test_the_report_holds_the_ledger_and_the_inconsistencies(run):
    ledger, rules, inconsistencies = section(run, LIGHT).items
    assert [item.title for item in (ledger, rules, inconsistencies)] == [
        "Published and measured",
        "How it is decided",
        "The publication's own inconsistencies",
    ]
    assert ledger.figure is not None and len(ledger.table) == ROWS and len(ledger.shown) == ROWS
    assert "sha256" in str(ledger.trace) and len(inconsistencies.shown) >= 15


def test_the_panel_is_said_and_can_be_changed(run, open_page, inline):
    app = open_page("claims.py", run.store.root)
    assert not app.exception
    everyone, named = list(run.panel), [run.encoders[e].title for e in run.panel]
    captions = " ".join(c.value for c in app.caption)
    assert f"Panel: {', '.join(named)}." in captions
    fewer = open_page("claims.py", run.store.root, panel=everyone[:-1])
    assert not fewer.exception
    assert f"Left out: {named[-1]}." in " ".join(c.value for c in fewer.caption)
