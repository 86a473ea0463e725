"""Worlds in which training added nothing, and what a headline must then not say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from substrate.analyses.claims.questions import QUESTIONS
from substrate.analyses.sharedness import copies
from substrate.analyses.sharedness.leave_encoder_out import (
    SHAREDNESS,
    SharednessParams,
)
from substrate.analyses.sharedness.responses import (
    RESPONSES,
    ResponsesParams,
)
from substrate.analyses.sharedness.untrained import (
    UNTRAINED_SHAREDNESS,
    UntrainedSharednessParams,
)
from substrate.analyses.spec import AnalysisError, obtain
from substrate.exhibits.sharedness.verdicts import on_one_domain
from substrate.exhibits.sharedness.words import headline
from substrate.exhibits.verdict import Badge
from substrate.runs import Run
from tests.support.planted import (
    COPY,
    ENCODERS,
    WORLDS,
    planted_run,
)

TWINS = (0, 1, 2, 3, 4)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("worlds")
    return {
        world: planted_run(root / str(i), n=160, groups=40, untrained=len(TWINS), world=world)
        for i, world in enumerate(WORLDS)
    }


def judged(run, encoders=None):
    """Return the trained panel's result, its twins' and the opening sentence."""
    panel = tuple(encoders or run.panel)
    found = obtain(SHAREDNESS, run, SharednessParams(panel, "rich", components=8))
    asked = UntrainedSharednessParams(panel, "rich", TWINS, components=8)
    twins = obtain(UNTRAINED_SHAREDNESS, run, asked)
    return found, twins, headline(found, twins)


@pytest.mark.parametrize("world", ["learnt", "near-dead"])
def test_what_training_added_is_found(runs, world):
    _, twins, sentence = judged(runs[world])
    assert twins.difference.low > 0.1
    assert "agree more than" in sentence


@pytest.mark.parametrize("world", ["nothing learnt", "low-level"])
def test_twins_as_alike_as_encoders_leave_nothing_to_training(runs, world):
    found, twins, sentence = judged(runs[world])
    assert found.summary.value > 0.15 and min(twins.summaries) > 0.15
    assert twins.difference.low < 0 < twins.difference.high
    assert "agree more than" not in sentence and "agree less than" not in sentence


def test_a_copy_makes_a_panel_agree_and_is_left_out_of_it_by_its_recipe(runs):
    run = runs["copies"]
    assert run.panel == tuple(name for name in ENCODERS if name != COPY)
    _, twins, sentence = judged(run)
    assert twins.difference.low < 0 < twins.difference.high
    assert "agree more than" not in sentence
    _, with_copy, sentence = judged(run, ENCODERS)  # chosen by hand, it is no other of alpha's
    assert with_copy.difference.low < 0 < with_copy.difference.high
    assert "agree more than" not in sentence
    record = json.loads(json.dumps(run.record))
    next(e for e in record["encoders"] if e["name"] == COPY)["recipe"] = ""
    _, undeclared, _ = judged(Run(run.run_id, run.store, record), ENCODERS)
    assert undeclared.difference.value > with_copy.difference.value + 0.1
    assert undeclared.difference.low > 0


def test_a_panel_of_undeclared_copies_is_not_judged(runs, monkeypatch):
    """They agree whatever they learnt: neither the page nor the ledger calls that sharing."""
    monkeypatch.setattr(copies, "ALIKE", 0.7)  # the planted copy has noise of its own
    run = runs["copies"]
    record = json.loads(json.dumps(run.record))
    next(e for e in record["encoders"] if e["name"] == COPY)["recipe"] = ""
    undeclared = Run(run.run_id, run.store, record)
    assert COPY in undeclared.panel
    found, twins, _ = judged(undeclared, undeclared.panel)
    assert on_one_domain(found, twins).badge is Badge.BOTH
    assert on_one_domain(found, twins, copies=True).badge is Badge.FEW
    analysis, params = QUESTIONS["sharing"](undeclared)[0]
    with pytest.raises(AnalysisError, match="copies agree whatever they learnt"):
        analysis.compute(undeclared, params)


def test_a_nearly_dead_unit_changes_no_number(runs):
    alive, dead = judged(runs["learnt"])[0], judged(runs["near-dead"])[0]
    assert abs(alive.summary.value - dead.summary.value) < 0.03
    np.testing.assert_allclose(
        np.sort(alive.variance_shares), np.sort(dead.variance_shares), atol=0.01
    )


def test_what_is_low_level_is_known_by_its_correlation_with_the_images(runs):
    run = runs["low-level"]
    found = obtain(RESPONSES, run, ResponsesParams(run.panel, "rich", components=8))
    assert np.nanmax(np.abs(found.correlations)) > found.tau
