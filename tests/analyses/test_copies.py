"""A copy of an encoder in the panel: what it may change, and what it may not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from substrate.analyses.sharedness.count import SHARED_COUNTS
from substrate.analyses.sharedness.leave_encoder_out import (
    SHAREDNESS,
    SharednessParams,
)
from substrate.analyses.sharedness.untrained import UntrainedSharednessParams
from substrate.analyses.subspace.leave_out import (
    LEAVE_OUT,
    LeaveOutParams,
)
from substrate.analyses.training.target import (
    SUBSTRATE,
    members,
)
from substrate.analyses.transfer.scores import (
    TRANSFER,
    TransferParams,
)
from substrate.runs import Run, open_run, runs_directory
from tests.support.planted import (
    ENCODERS,
    planted_run,
)

PANEL = tuple(ENCODERS)
COPIED = (*PANEL, "again")


def copied(root, recipe: str) -> Run:
    """Plant a store in which alpha stands a second time, of a recipe of one's choice."""
    run = planted_run(root, n=96, groups=24, untrained=2)
    record = json.loads(json.dumps(run.record))
    alpha = next(item for item in record["encoders"] if item["name"] == "alpha")
    record["encoders"].append({**alpha, "name": "again", "title": "Again", "recipe": recipe})
    record["study"]["encoders"].append({"source": "bundled", "name": "again"})
    record["pairs"] |= {
        pair.replace("alpha", "again"): key
        for pair, key in record["pairs"].items()
        if pair.startswith("alpha")
    }
    (runs_directory(run.store) / f"{run.run_id}.json").write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return copied(tmp_path_factory.mktemp("copy"), "alpha")


@pytest.fixture(scope="module")
def unsaid(tmp_path_factory):
    """The same store where nobody said that it is a copy."""
    return copied(tmp_path_factory.mktemp("unsaid"), "")


def test_a_copy_is_not_in_the_default_panel(run, unsaid):
    assert run.panel == PANEL and unsaid.panel == COPIED
    assert run.left_out == {"again": "it is of one recipe with Alpha"}
    assert members(run, "again", SUBSTRATE) == ("beta", "gamma", "delta")


def test_a_copy_is_none_of_the_others_and_so_raises_nothing(run, unsaid):
    params = SharednessParams(COPIED, "rich", components=6)
    found, naive = (SHAREDNESS.compute(each, params) for each in (run, unsaid))
    np.testing.assert_allclose(found.correlations[0], found.correlations[-1])
    assert (naive.correlations[0] > found.correlations[0]).all()
    assert (naive.correlations[0] - found.correlations[0]).mean() > 0.02
    np.testing.assert_allclose(naive.correlations[1:-1], found.correlations[1:-1])
    assert naive.summary.value > found.summary.value
    assert naive.shuffled[:, 0].mean() == pytest.approx(found.shuffled[:, 0].mean(), abs=0.05)


def test_the_count_of_shared_directions_does_not_count_what_two_copies_share(run):
    counts = [
        SHARED_COUNTS.compute(run, UntrainedSharednessParams(encoders, "rich", (0, 1)))
        for encoders in (PANEL, COPIED)
    ]
    assert counts[0].trained.count == counts[1].trained.count
    np.testing.assert_array_equal(counts[0].untrained, counts[1].untrained)


def test_copies_are_left_out_together(run):
    found = LEAVE_OUT.compute(run, LeaveOutParams(COPIED, ("rich", "few"), "rich", components=6))
    assert [row.label for row in found.rows] == [
        "whole panel",
        "no Alpha or copy",
        "no Beta",
        "no Gamma",
        "no Delta",
    ]


def test_a_consensus_holds_no_copy_of_the_encoder_that_it_judges(run, unsaid):
    scores = [
        {row.encoder: row.scores["consensus"] for row in TRANSFER.compute(each, params).rows}
        for each in (run, unsaid)
        for params in (TransferParams(COPIED, "rich", -1, 0),)
    ]
    assert scores[0]["alpha"] == pytest.approx(scores[0]["again"])
    assert scores[1]["alpha"] > scores[0]["alpha"] + 0.05
