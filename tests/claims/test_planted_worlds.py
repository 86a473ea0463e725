"""Worlds whose truth is known, written as features and run by the program's own commands."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from substrate.analyses.defaults import defaults
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.sharedness.untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.spec import stored
from substrate.cli import app
from substrate.runs import list_runs, open_run
from substrate.store import Store
from tests.conftest import ROOT
from tests.pages.test_pages import (
    FIGURE_PAGES,
    said,
)

WORLDS = ("nothing", "three", "copies")
SAME = "same direction here"
pytestmark = pytest.mark.filterwarnings("ignore")


def _maker():
    path = ROOT / "examples" / "planted" / "make_worlds.py"
    spec = importlib.util.spec_from_file_location("make_worlds", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = _maker()


def command(*arguments, store):
    done = CliRunner().invoke(app, [*arguments, "--store", str(store)])
    assert done.exit_code == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Every world run by its study file, and as JSON the ledger of those that share nothing.

    The command that fills a ledger runs the study first.
    """
    root = tmp_path_factory.mktemp("worlds")
    store, found = Store(root / "store"), {}
    for world in WORLDS:
        study, ledger = MAKER.write(root, world), None
        if world == "three":
            run_id = command("run", str(study), store=store.root).split()[-1]
        else:
            before = {run.run_id for run in list_runs(store)}
            ledger = json.loads(command("claims", str(study), "--json", store=store.root))
            (run_id,) = {run.run_id for run in list_runs(store)} - before
        found[world] = open_run(store, run_id), ledger
    return found


def results(run, analysis):
    asked = {params: None for each, params in defaults(run) if each is analysis}
    return [found for params in asked if (found := stored(analysis, run, params)) is not None]


def contrast(run):
    """Return each domain's trained panel less its untrained ones, with the interval."""
    return [found.difference for found in results(run, UNTRAINED_SHAREDNESS)]


def verdict(ledger):
    """Return the verdict on the claim that encoders share more than their untrained twins do."""
    return next(
        row["verdict"] for row in ledger["rows"] if row["key"] == "shared_across_architectures"
    )


def test_a_run_of_features_has_what_the_folder_holds(worlds):
    run, _ = worlds["three"]
    assert tuple(run.encoders) == tuple(MAKER.WIDTHS)
    assert tuple(run.domains) == MAKER.DOMAINS
    assert run.untrained_seeds("alpha", "day") == tuple(range(MAKER.TWINS))
    assert run.domains["day"].caption == "160 samples of 40 groups"
    assert run.paradigm("gamma") == "masked"
    assert len(list_runs(run.store)) == len(WORLDS)


def test_nothing_shared_is_found_in_no_domain(worlds):
    run, ledger = worlds["nothing"]
    assert len(contrast(run)) == len(MAKER.DOMAINS)
    for difference in contrast(run):
        assert difference.low < 0 < difference.high
        assert abs(difference.value) < 0.12
    assert verdict(ledger) != SAME


def test_three_shared_directions_stand_out_from_every_untrained_panel(worlds):
    run, _ = worlds["three"]
    assert len(contrast(run)) == len(MAKER.DOMAINS)
    for difference in contrast(run):
        assert difference.low > 0.3
    for found in results(run, SHAREDNESS):
        strong = np.sort(found.mean)[::-1]
        assert (strong[: MAKER.SHARED] > 0.5).all()
        assert strong[MAKER.SHARED] < 0.35


def test_copies_and_a_nearly_dead_unit_make_nothing_of_nothing(worlds):
    run, ledger = worlds["copies"]
    assert MAKER.COPY not in run.panel
    assert set(run.left_out) == {MAKER.COPY}
    assert verdict(ledger) != SAME
    for difference in contrast(run):
        assert difference.low < 0 < difference.high
    for found in results(run, SHAREDNESS):
        assert found.variance_shares[0] < 0.2  # a dead unit would hold a direction for itself


@pytest.mark.parametrize("page", FIGURE_PAGES)
def test_pages_say_what_features_alone_cannot_show(worlds, open_page, inline, page):
    run, _ = worlds["three"]
    app = open_page(page, run.store.root, run=run.run_id)
    assert not app.exception
    assert not app.error
    if page == "training.py":
        assert "step by step" in said(app)
        return
    if page == "weights.py":
        assert "without its network there are no weights" in said(app)
        return
    assert app.get("plotly_chart"), said(app)
    if page in ("subspace.py", "directions.py"):
        assert "read from files" in said(app)
