"""What a result says of its samples follows the domain's record: images of writers, not tiles."""

import pytest

from substrate.analyses.claims.responses import ResponseClaimsParams, compute_response_claims
from substrate.analyses.directions.basis import BASIS, BasisParams
from substrate.analyses.directions.cosine_panel import facts_of
from substrate.analyses.layers.two_encoders import LAYERS, LayersParams
from substrate.analyses.metrics.all_metrics import METRICS_PAIR, MetricsParams
from substrate.analyses.panel_choice import default_choice
from substrate.analyses.shared.labels import labelled
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.spec import obtain
from substrate.exhibits.sharedness.words import bands, headline
from substrate.runs import Run
from substrate.wording import Nouns
from tests.support.domains import load_domain
from tests.support.planted import planted_run

SAID = "120 images of 30 writers"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    planted = planted_run(tmp_path_factory.mktemp("nouns"), untrained=0)
    domains = [
        {**d, "sampled_as": "image", "grouped_by": "writer"} for d in planted.record["domains"]
    ]
    return Run(planted.run_id, planted.store, {**planted.record, "domains": domains})


def test_grids_say_images_of_writers(run):
    params = LayersParams("alpha", "beta", "rich", "debiased_cka", permutations=19)
    scores = obtain(LAYERS, run, params).scores
    assert scores.counted == SAID
    assert "19 permutations of writers" in scores.facts and "30 writers" in scores.facts
    assert "photograph" not in scores.facts


def test_missing_intervals_are_for_want_of_writers(tmp_path):
    planted = planted_run(tmp_path, n=48, groups=8, untrained=0)
    domains = [
        {**d, "sampled_as": "image", "grouped_by": "writer"} for d in planted.record["domains"]
    ]
    run = Run(planted.run_id, planted.store, {**planted.record, "domains": domains})
    params = LayersParams("alpha", "beta", "rich", "debiased_cka", permutations=19)
    scores = obtain(LAYERS, run, params).scores
    assert scores.interval_reason == "No interval: 8 writers, and at least 10 are needed."
    assert scores.shuffled == "images shuffled inside each writer"
    params = MetricsParams("alpha", "penultimate", "beta", "penultimate", "rich", 9, 0)
    reasons = {row.estimate.reason for row in obtain(METRICS_PAIR, run, params).rows}
    assert not any("photograph" in reason for reason in reasons)
    assert any("8 writers" in reason for reason in reasons)


def test_directions_say_images_of_writers(run):
    basis = obtain(BASIS, run, BasisParams("alpha", "penultimate", "rich", "fit", "z-score", 0))
    assert facts_of(basis, run.samples("rich"), 19).samples == SAID


def test_metrics_say_images_of_writers(run):
    params = MetricsParams("alpha", "penultimate", "beta", "penultimate", "rich", 9, 0)
    found = obtain(METRICS_PAIR, run, params)
    assert (found.counted, found.permuted) == (SAID, "writers")


def test_labels_say_images_of_writers(run):
    known = labelled(run, "rich")
    assert (known.counted, known.unit) == (SAID, "writers")


def test_responses_of_the_ledger_say_images_of_writers(run):
    params = ResponseClaimsParams(("alpha", "beta"), ("rich",), ())
    said = compute_response_claims(run, params).counted
    assert said.startswith("Rich: 60 images of 15 writers held out")


def test_sources_know_what_their_groups_are():
    digits = load_domain({"source": "packaged", "name": "digit"}, limit=40, seed=0, tile=32)
    assert digits.nouns == Nouns("image", "writer")
    natural = load_domain({"source": "packaged", "name": "natural"}, limit=20, seed=0, tile=32)
    assert natural.nouns == Nouns("tile", "photograph")


@pytest.mark.parametrize("groups", [8, 14])
def test_the_headline_of_images_by_few_writers_speaks_of_writers(tmp_path, groups):
    planted = planted_run(tmp_path, n=6 * groups, groups=groups, untrained=1)
    domains = [
        {**d, "sampled_as": "image", "grouped_by": "writer"} for d in planted.record["domains"]
    ]
    run = Run(planted.run_id, planted.store, {**planted.record, "domains": domains})
    shared = obtain(SHAREDNESS, run, default_choice(run).sharedness("rich"))
    said = " ".join([headline(shared, None), bands(shared), shared.summary.reason])
    assert "photograph" not in said and "writers" in said
