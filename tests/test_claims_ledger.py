"""The ledger on planted runs: what rows measure, what they lack, what another study changes."""

import json

import numpy as np
import pandas as pd
import pytest

from substrate.analyses import claims_questions
from substrate.analyses.claims_domains import compute_domain_claims
from substrate.analyses.claims_emergence import CLAIMS_EMERGENCE, at_share
from substrate.analyses.claims_pairs import compute_pair_claims
from substrate.analyses.claims_panels import possible, samples_needed
from substrate.analyses.claims_sharing import compute_sharing_claims
from substrate.analyses.experiment_distill import DistillFile, DistillRepeat
from substrate.analyses.experiment_file import Card, encode
from substrate.analyses.sharedness_untrained import (
    UntrainedSharednessParams,
    compute_untrained_sharedness,
)
from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.subspace import MatrixParams, compute_matrix
from substrate.claims import experiments, text
from substrate.claims.command import fill, lines
from substrate.claims.ledger import NOT_YET, ledger, missing
from substrate.claims.measures import MEASURES, log_ratio
from substrate.claims.preregistered import register
from substrate.claims.table import as_json, ledger_table
from substrate.claims.verdict import UNTESTED, VERDICTS
from tests.claims_store import many_encoders
from tests.planted import planted_run
from tests.training_store import training_run


@pytest.fixture(scope="module", autouse=True)
def no_results(tmp_path_factory):
    """Read experiments from an empty directory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUBSTRATE_RESULTS", str(tmp_path_factory.mktemp("results")))
        yield


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return many_encoders(tmp_path_factory.mktemp("many"))


@pytest.fixture(scope="module")
def found(many):
    return fill(many, register())


def row(found, key):
    return next(r for r in found.rows if r.claim.key == key)


def test_every_row_has_a_verdict_and_whatever_has_none_says_why(found):
    assert len(found.rows) == len(register().claims)
    assert not found.waiting
    for one in found.rows:
        assert one.verdict in VERDICTS
        assert (one.verdict != UNTESTED) or one.reason
        if one.verdict != UNTESTED:
            assert None not in (one.value, one.low, one.high, one.lead, one.p)
            assert one.low < one.value < one.high and one.counted and one.settings >= 1
            assert len(one.controls) == len(one.claim.controls)


def test_planted_structure_is_shared_and_untrained_twins_do_not_share_it(found):
    shared = row(found, "shared_across_architectures")
    controls = dict(shared.controls)
    assert shared.value > 0.15 > controls["untrained twins"]
    assert abs(controls["shuffled between encoders"]) < 0.3
    assert shared.lead > 0 and shared.settings >= 2


def test_one_rich_domain_leaves_statements_across_domains_untested(found):
    four = row(found, "pcka_four")
    assert four.value is not None and four.low is None
    assert four.verdict == UNTESTED and "fewer than ten photographs" in four.reason
    assert "Eight domains" in row(found, "pcka_eight").reason
    assert "named natural" in row(found, "natural_isolated").reason


def test_rows_about_pairs_are_tested_with_encoders_left_out(found):
    difference, ratio = row(found, "paradigm_difference"), row(found, "paradigm_ratio")
    assert difference.verdict != UNTESTED and "9" not in difference.reason
    good, poor = row(found, "discriminative_cka"), row(found, "reconstructive_cka")
    assert difference.value == pytest.approx(good.value - poor.value)
    assert ratio.value == pytest.approx(good.value / poor.value)
    assert "5 discriminative and 4 reconstructive encoders" in difference.counted
    assert row(found, "paradigm_ratio_no_vit").value != pytest.approx(ratio.value)
    assert "no ResNet" not in row(found, "paradigm_ratio_no_resnet").reason


def test_rows_without_ingredients_name_them(found):
    assert "step by step" in row(found, "emergence_early").reason
    assert "experiment distill" in row(found, "distill_1").reason
    assert "labels per class" in row(found, "low_shot_200").reason


def test_fewer_encoders_change_the_ledger(tmp_path, found):
    small = planted_run(tmp_path, n=48, groups=16, untrained=0)
    other = fill(small, register())
    assert other.digest == found.digest
    assert "untrained twins" in row(other, "shared_across_architectures").reason
    assert "this study has 1" in row(other, "paradigm_ratio").reason
    assert "4 encoders" in row(other, "consensus_time").reason
    values = [(row(other, r.claim.key).value, r.value) for r in found.rows]
    both = [pair for pair in values if None not in pair]
    assert both and all(a != b for a, b in both)


def test_nothing_is_computed_where_only_stored_results_are_asked_for(tmp_path):
    run = planted_run(tmp_path, n=40, groups=20)
    found = fill(run, register(), early=True)
    assert set(found.waiting) == set(claims_questions.QUESTIONS) - {"emergence"}
    assert {r.verdict for r in found.rows} == {NOT_YET, UNTESTED}
    assert "have not been computed yet" in text.context(found)
    assert "cannot be" not in text.opening(found) and "None of the" in text.opening(found)


def test_the_panel_of_the_domains_theme_is_that_of_the_subspace_page(tmp_path):
    run = planted_run(tmp_path, n=48, groups=24, few=12, untrained=1)
    (_, params), *_ = claims_questions.QUESTIONS["domains"](run)
    claims = compute_domain_claims(run, params)
    matrices = compute_matrix(run, MatrixParams(params.encoders, params.domains))
    for setting, name in enumerate(claims.settings):
        k, estimate = int(name.split()[2].rstrip(",")), name.split(", ")[1]
        expected = matrices.median(k, debiased=estimate == "debiased")
        assert claims.named(setting)["trained"] == pytest.approx(expected)
    # Random bases follow the law K / (K + PR), here for one pair of domains and four draws.
    assert claims.named()["random"] == pytest.approx(claims.named()["law"], abs=0.08)
    assert len(claims.left_out) == 2 and claims.left_out[0].shape[0] == 10
    pair = claims.estimate(MEASURES["pcka_four"] and (lambda q: q["trained"]))
    assert pair.low < pair.value < pair.high


def test_the_sharing_theme_is_that_of_the_subspace_page(tmp_path):
    run = planted_run(tmp_path, n=80, groups=40, untrained=2)
    (_, params), *_ = claims_questions.QUESTIONS["sharing"](run)
    claims = compute_sharing_claims(run, params)
    direct = compute_untrained_sharedness(
        run, UntrainedSharednessParams(params.encoders, "rich", params.seeds)
    )
    ours = claims.estimate(lambda q: q["trained"] - q["untrained"])
    assert ours.value == pytest.approx(direct.difference.value)
    assert ours.low == pytest.approx(direct.difference.low)
    assert claims.named()["untrained"] == pytest.approx(direct.summaries.mean())


def test_pairs_without_one_family_leave_it_out(many):
    (_, params), *_ = claims_questions.QUESTIONS["pairs"](many)
    claims = compute_pair_claims(many, params)
    q = claims.named()
    assert q["discriminative no ResNet"] != pytest.approx(q["discriminative cka"])
    assert q["reconstructive no ResNet"] == pytest.approx(q["reconstructive cka"])
    assert [len(s) for s in claims.left_out] == [5, 4]


def test_emergence_follows_the_planted_training(tmp_path):
    run = training_run(tmp_path, n=60, groups=20, untrained=1)

    def ask(question):
        analysis, params = question
        return obtain(analysis, run, params) if analysis is CLAIMS_EMERGENCE else None

    found = ledger(run, register(), ask)
    early, start = row(found, "emergence_early"), row(found, "emergence_start")
    ahead, after = row(found, "emergence_ahead_of_accuracy"), row(found, "emergence_plateau")
    assert early.value > start.value
    assert ahead.value > 0.3 and ahead.verdict == "direction only"
    assert after.verdict != UNTESTED and "7 checkpoints" in after.counted
    assert early.settings == 2  # biased and debiased, on the one domain; the other has few


def test_a_series_is_read_at_a_tenth_of_its_steps():
    steps = [0, 9, 99, 999]
    values = np.array([0.0, 1.0, 2.0, 3.0])  # linear in the logarithm of the step plus one
    assert at_share(values, steps, 0.1) == pytest.approx(np.log10(100.9))
    assert at_share(values, steps, 1.0) == 3.0


def test_ratios_need_two_positive_sides():
    assert log_ratio(0.6, 0.3) == pytest.approx(np.log(2))
    assert np.isnan(log_ratio(0.6, -0.1)) and np.isnan(log_ratio(-0.6, 0.1))


def test_a_ratio_with_a_side_below_zero_points_to_the_difference(many):
    (_, params), *_ = claims_questions.QUESTIONS["pairs"](many)
    claims = compute_pair_claims(many, params)
    at = claims.quantities.index("reconstructive cka")
    claims.whole[0, at] = -0.2
    assert "see the difference" in missing(claims, MEASURES["paradigm_ratio"])


def test_words_and_tables(found):
    table = ledger_table(found, register())
    assert list(table["key"]) == [c.key for c in register().claims]
    assert table["shown at"].str.startswith("/").all()
    printed = lines(found)
    assert found.digest in printed and "shared_across_architectures" in printed
    assert "Of 45 published figures" in text.opening(found)
    plain = json.loads(json.dumps(as_json(found, register()), allow_nan=False))
    assert plain["preregistered"]["sha256"] == found.digest
    assert len(plain["rows"]) == 45 and plain["inconsistencies"] and plain["unmeasured"]
    assert isinstance(pd.DataFrame(plain["rows"]), pd.DataFrame)


def test_an_answer_that_fails_is_a_reason_and_not_an_error(many):
    found = ledger(many, register(), lambda _question: "The store is damaged.")
    reasons = {r.reason for r in found.rows if r.claim.theme == "sharing"}
    assert reasons == {"The store is damaged."}


def distilled(tmp_path, seeds):
    gains = {"cross_entropy": 0.0, "substrate": 0.05, "untrained": 0.01, "shuffled": -0.01,
             "within": 0.03}  # fmt: skip
    rng = np.random.default_rng(0)
    repeats = [
        DistillRepeat(fraction=share, arm=arm, seed=seed, images=500, steps=10, seconds=1.0,
                      alignment=0.1, accuracy=0.4 + gain + rng.normal(scale=0.004))
        for share in (0.01, 0.1) for seed in range(seeds) for arm, gain in gains.items()
    ]  # fmt: skip
    card = Card(title="t", question="q", protocol="p", null="n", limits=())
    file = DistillFile(
        schema=1, experiment="distill", status="complete", command="c", card=card,
        configuration={"test_images": 10_000}, seeds=tuple(range(seeds)), data={}, encoders={},
        inputs="", versions={}, device="cpu", wall_s=1.0, repeats=repeats,
    )  # fmt: skip
    (tmp_path / "distill.json").write_text(encode(file))
    return experiments.distill(tmp_path)


def test_distillation_is_paired_by_seed_and_needs_five(tmp_path):
    found = distilled(tmp_path, 5)
    gain = found.estimate(lambda q: MEASURES["distill_10"](q).value)
    lead = found.estimate(lambda q: MEASURES["distill_10"](q).smallest(1))
    assert gain.value == pytest.approx(0.05, abs=0.01) and gain.low > 0
    assert lead.value == pytest.approx(0.04, abs=0.01)
    ahead = found.estimate(lambda q: MEASURES["distill_teacher"](q).value)
    assert ahead.value == pytest.approx(0.02, abs=0.01)
    assert "50 % of the labels" in missing(found, MEASURES["distill_50"])
    assert "5 are needed" in distilled(tmp_path, 3).reason


def test_a_damaged_result_is_a_reason(tmp_path, many, monkeypatch):
    (tmp_path / "distill.json").write_text("{")
    monkeypatch.setenv("SUBSTRATE_RESULTS", str(tmp_path))
    found = ledger(many, register(), lambda _question: None)
    assert "damaged" in row(found, "distill_1").reason


def test_without_results_experiments_name_their_command(tmp_path):
    assert "experiment distill" in experiments.distill(tmp_path)
    assert "experiment modality" in experiments.modality(tmp_path)


@pytest.mark.parametrize("k", range(1, 80))
def test_as_many_samples_as_are_asked_for_are_just_enough(k):
    """The sentence that refuses a K names the least number of samples that allows it."""
    needed = samples_needed(k)
    assert possible([needed, 1000], [k]) == (k, (k,))
    with pytest.raises(AnalysisError, match="too few"):
        possible([needed - 1], [k])
