"""The ledger on planted runs: what rows measure, what they lack, what another study changes."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from substrate.analyses.claims import questions as claims_questions
from substrate.analyses.claims.domains import compute_domain_claims
from substrate.analyses.claims.emergence import (
    CLAIMS_EMERGENCE,
    at_share,
)
from substrate.analyses.claims.pairs import compute_pair_claims
from substrate.analyses.claims.panels import (
    encoder_spaces,
    panel,
    possible,
    samples_needed,
)
from substrate.analyses.claims.sharing import compute_sharing_claims
from substrate.analyses.experiments.distill import (
    DistillFile,
    DistillRepeat,
)
from substrate.analyses.experiments.file import (
    Card,
    encode,
)
from substrate.analyses.sharedness.untrained import (
    UntrainedSharednessParams,
    compute_untrained_sharedness,
)
from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.subspace.procrustes_cka import (
    MatrixParams,
    compute_matrix,
)
from substrate.claims import experiments, text
from substrate.claims.command import fill, lines
from substrate.claims.draft import lacking, missing
from substrate.claims.ledger import NOT_YET, ledger
from substrate.claims.ledger import _given as ledger_given
from substrate.claims.measures import MEASURES, log_ratio
from substrate.claims.preregistered import register
from substrate.claims.protocol import StudyAtHand
from substrate.claims.table import as_json, ledger_table
from substrate.claims.verdict import UNTESTED, VERDICTS
from substrate.runs import Run
from substrate.store import digest
from tests.support.claims_store import many_encoders
from tests.support.planted import planted_run
from tests.support.training_store import training_run


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
            assert None not in (one.value, one.low, one.high)
            assert one.low < one.value < one.high and one.counted and one.settings >= 1
            assert [a.control for a in one.against] == list(one.claim.controls)
            assert all(a.p is not None and a.low < a.difference < a.high for a in one.against)


def test_a_study_of_small_networks_is_an_analogue(found):
    said = {one.verdict for one in found.rows}
    assert not said & {"reproduced", "contradicted", "size undecided"}
    assert said & {"same direction here", "no difference here", "opposite direction here"}
    assert all(one.lacks for one in found.rows if one.against)
    assert "all as analogues" in text.opening(found)
    assert "0 of 4 pretrained supervised encoders" in text.grade(row(found, "pcka_four"))


@pytest.mark.parametrize(("recipes", "counted"), [("abcd", 4), ("aabc", 3), ("aaaa", 1)])
def test_copies_of_a_pretrained_encoder_do_not_make_up_the_papers_panel(tmp_path, recipes, counted):
    run = planted_run(tmp_path, n=24, groups=12, untrained=0)
    encoders = [
        {**e, "source": "timm", "paradigm": "supervised", "recipe": recipe}
        for e, recipe in zip(run.record["encoders"], recipes, strict=True)
    ]
    run = Run(run.run_id, run.store, {**run.record, "encoders": encoders})
    assert StudyAtHand.of(run).count("supervised") == counted


@pytest.mark.parametrize(("sides", "pixels"), [((25, 300), 25), ((300, 500), 224), ((0, 300), 0)])
def test_enlarging_images_adds_no_pixels(tmp_path, sides, pixels):
    """The side that counts is the smaller of the image's own and of what encoders see."""
    run = planted_run(tmp_path, n=24, groups=12, few=12, untrained=0)
    domains = []
    for record, side in zip(run.record["domains"], sides, strict=True):
        key = digest(["sided", record["entry"], side])
        entry = run.store.get(record["entry"])
        meta = {"side": side} if side else {}
        run.store.put(key, arrays=entry.arrays(), meta=meta, table=entry.table())
        domains.append({**record, "entry": key})
    seen = [{**item, "preprocessing": {"size": 224}} for item in run.record["encoders"]]
    altered = {**run.record, "domains": domains, "resolved": {"encoders": seen}}
    assert StudyAtHand.of(Run(run.run_id, run.store, altered)).pixels == pixels


def test_planted_structure_is_shared_and_untrained_twins_do_not_share_it(found):
    shared = row(found, "shared_across_architectures")
    controls = {a.control: a.value for a in shared.against}
    assert shared.value > 0.15 > controls["untrained twins"]
    assert abs(controls["encoders shuffled apart"]) < 0.3
    assert all(a.difference > 0 for a in shared.against) and shared.settings >= 1


def test_that_nothing_changes_supports_nothing_where_nothing_is_shared(found):
    """A row that takes another for granted is left open where that one does not agree."""
    claims = {c.key: c for c in register().claims}
    assert claims["pcka_leave_one_out"].given == claims["pcka_saturates"].given == "pcka_four"

    def given(verdict, own="no difference here"):
        first = replace(row(found, "pcka_four"), verdict=verdict)
        second = replace(row(found, "pcka_leave_one_out"), verdict=own)
        return ledger_given((first, second))[1]

    assert given("same direction here").verdict == "no difference here"
    for verdict in ("undecided", "opposite direction here", "cannot be tested"):
        assert given(verdict).verdict == "undecided"
        assert "takes for granted" in given(verdict).reason
        assert given(verdict, own="opposite direction here").verdict == "undecided"
        assert given(verdict, own="cannot be tested here").verdict == "cannot be tested here"
    printed = lines(replace(found, rows=(given("undecided"),)))
    assert "It takes for granted “Procrustes-CKA, 4 domains”" in printed


def test_each_control_is_said_apart_and_the_hardest_decides(found):
    shared = row(found, "shared_across_architectures")
    said = text.answers(shared)
    assert "above untrained twins: yes" in said and "above encoders shuffled apart: " in said
    hardest = shared.hardest
    order = ["cannot be tested", "no", "undecided", "yes"]
    assert order.index(hardest.answer) == min(order.index(a.answer) for a in shared.against)


def test_fewer_domains_than_a_claim_needs_cannot_be_tested(found):
    """One pair of domains says nothing about four, and four nothing about eight."""
    four, eight = row(found, "pcka_four"), row(found, "pcka_eight")
    assert four.verdict == eight.verdict == UNTESTED
    assert "It needs 4 domains of ten photographs or more; this study has 1." in four.reason
    assert "It needs 8 domains" in eight.reason
    assert four.value is not None and eight.value is None
    assert "tagged natural" not in row(found, "natural_isolated").reason  # four are missing first


@pytest.mark.parametrize(("groups", "few", "has"), [(30, 3, "1"), (8, 3, "none")])
def test_domains_of_a_few_photographs_are_not_counted_as_what_a_study_has(
    tmp_path, groups, few, has
):
    run = planted_run(tmp_path, groups=groups, few=few, untrained=0)
    (question, *_) = claims_questions.QUESTIONS["domains"](run)
    given = obtain(question[0], run, question[1])
    for key in ("pcka_four", "pcka_eight"):
        claim = next(c for c in register().claims if c.key == key)
        words = f"domains of ten photographs or more; this study has {has}."
        assert lacking(claim, given).endswith(words)
    assert given.missing["eight"].endswith(f"this study has {has}.")


def test_domains_that_cannot_be_halved_are_named_so(tmp_path):
    run = planted_run(tmp_path, groups=30, few=14, untrained=0)
    (question, *_) = claims_questions.QUESTIONS["responses"](run)
    given = obtain(question[0], run, question[1])
    claim = next(c for c in register().claims if c.key == "first_direction_energy")
    words = "It needs 4 domains that fall into halves of ten photographs or more; this study has 1."
    assert lacking(claim, given) == words


def test_rows_about_pairs_are_tested_with_encoders_left_out(found):
    difference, ratio = row(found, "paradigm_difference"), row(found, "paradigm_ratio")
    assert difference.verdict != UNTESTED and "9" not in difference.reason
    good = row(found, "discriminative_cka_unclipped")
    poor = row(found, "reconstructive_cka_unclipped")
    assert difference.value == pytest.approx(good.value - poor.value)
    assert ratio.value == pytest.approx(good.value / poor.value)
    assert "5 discriminative and 4 reconstructive encoders" in difference.counted
    assert row(found, "paradigm_ratio_no_vit").value != pytest.approx(ratio.value)
    assert "no ResNet" not in row(found, "paradigm_ratio_no_resnet").reason
    clipped = row(found, "discriminative_cka")
    assert 0 <= clipped.value <= 1 and clipped.value != pytest.approx(good.value)


def test_a_contrast_is_tested_once_in_however_many_rows_it_stands(found):
    named = {}
    for one in found.rows:
        for a in one.against:
            if a.p is not None:
                named.setdefault((a.contrast, one.claim.form == "no difference"), []).append(a)
    assert found.tests == len(named)
    twice = [each for each in named.values() if len(each) > 1]
    assert twice
    for each in twice:
        sizes = np.abs([a.difference for a in each])
        assert sizes == pytest.approx(sizes[0])
        assert [a.p for a in each] == pytest.approx([each[0].p] * len(each))
    assert sum(found.counts().values()) == sum(c.own for c in register().claims)


def test_encoders_of_unknown_size_lose_the_rows_about_size_alone(tmp_path):
    many = many_encoders(tmp_path, groups=36)  # three classes of twelve photographs
    encoders = [{**e, "parameters": None} for e in many.record["encoders"]]
    run = Run(many.run_id, many.store, {**many.record, "encoders": encoders})
    (question, *_) = claims_questions.QUESTIONS["transfer"](run)
    found = ledger(run, register(), lambda q: obtain(*q[:1], run, q[1]) if q == question else None)
    rows = {r.claim.key: r for r in found.rows}
    for key in ("consensus_time", "alignment_blind_to_transfer"):
        assert rows[key].verdict != UNTESTED and rows[key].value is not None
    for key in ("size_over_logme", "consensus_over_logme"):
        assert rows[key].verdict == UNTESTED
        assert rows[key].reason == "The number of weights of these encoders is not known."
    apart = {a.control: a.answer for a in rows["consensus_over_logme"].against}
    assert apart["no lead"] != "cannot be tested" == apart["size ranking"]


def test_rows_without_ingredients_name_them(found):
    assert "step by step" in row(found, "emergence_early").reason
    assert "experiment distill" in row(found, "distill_1").reason
    assert "200 labels of each class" in row(found, "low_shot_200").reason


def test_fewer_encoders_change_the_ledger(tmp_path, found):
    small = planted_run(tmp_path, n=48, groups=16, untrained=0)
    other = fill(small, register())
    assert other.digest == found.digest
    shared = row(other, "shared_across_architectures")
    assert shared.reason  # eight photographs in the held-out half, and no twins
    assert "this study has 4" in row(other, "paradigm_ratio").reason
    assert "this study has 4" in row(other, "consensus_time").reason
    values = [(row(other, r.claim.key).value, r.value) for r in found.rows]
    both = [pair for pair in values if None not in pair]
    assert both and all(a != b for a, b in both)


def test_nothing_is_computed_where_only_stored_results_are_asked_for(tmp_path):
    run = planted_run(tmp_path, n=40, groups=20)
    found = fill(run, register(), early=True)
    assert set(found.waiting) == set(claims_questions.QUESTIONS) - {"emergence", "units"}
    assert {r.verdict for r in found.rows} == {NOT_YET, UNTESTED}
    assert "have not been computed yet" in text.context(found)
    assert "cannot be" not in text.opening(found) and "None of the" in text.opening(found)


def test_the_panel_of_the_domains_theme_is_that_of_the_subspace_page(tmp_path):
    run = planted_run(tmp_path, n=48, groups=24, few=12, untrained=5)
    (_, params), *_ = claims_questions.QUESTIONS["domains"](run)
    claims = compute_domain_claims(run, params)
    matrices = compute_matrix(run, MatrixParams(params.encoders, params.domains))
    for setting, name in enumerate(claims.settings[:6]):
        k, estimate = int(name.split()[2].rstrip(",")), name.split(", ")[1]
        expected = matrices.median(k, debiased=estimate == "debiased")
        assert claims.named(setting)["trained"] == pytest.approx(expected)
    # Random bases follow the law K / (K + PR), here for one pair of domains and four draws.
    assert claims.named()["random"] == pytest.approx(claims.named()["law"], abs=0.08)
    assert len(claims.left_out) == 2 and claims.left_out[0].shape[0] == 10
    pair = claims.estimate(lambda q: q["trained"])
    assert pair.low < pair.value < pair.high
    # The one pair of domains is a place of its own, and says the same as all pairs together.
    assert claims.places[6:] == ("Rich and Few",)
    assert claims.named(6)["trained"] == pytest.approx(claims.named()["trained"])


def test_every_draw_of_twins_is_kept_and_their_mean_is_the_control(tmp_path):
    run = planted_run(tmp_path, n=48, groups=24, few=12, untrained=6)
    (_, params), *_ = claims_questions.QUESTIONS["domains"](run)
    claims = compute_domain_claims(run, params)
    at = claims.quantities.index("untrained")
    assert claims.draws.shape[0] == 6
    assert claims.draws[:, 0, at].mean() == pytest.approx(claims.named()["untrained"])
    lead = claims.estimate(lambda q: q["trained"] - q["untrained"])
    s = claims.draws[:, 0, at].std(ddof=1)
    assert lead.standard_error**2 > s**2 * (1 + 1 / 6)


def test_a_replicate_with_too_few_directions_for_one_k_keeps_the_others():
    rng = np.random.default_rng(0)
    groups = [np.arange(60), np.arange(60)]
    blocks = [[rng.normal(size=(60, 10))] for _ in groups]
    blocks[0][0][:, 9] = 0.0
    blocks[0][0][:3, 9] = 1.0  # active in just enough photographs
    whole = panel("trained", encoder_spaces(blocks, "z-score", groups), [60, 60], (4, 10))
    assert whole is not None and whole.state.ks == (4, 10)
    without = whole.without(0, np.arange(1, 60))
    assert without is not None and without.ks == (4,)
    alone = panel("trained", encoder_spaces(blocks, "z-score", groups), [60, 60], (4,))
    assert np.allclose(without.matrix, alone.without(0, np.arange(1, 60)).matrix)


def test_random_bases_have_a_level_above_their_mean(tmp_path):
    run = planted_run(tmp_path, n=48, groups=24, few=12, untrained=0)
    (_, params), *_ = claims_questions.QUESTIONS["domains"](run)
    q = compute_domain_claims(run, params).named()
    assert q["random"] < q["random tail"] < q["random"] + 0.2


def test_natural_photographs_are_known_by_their_tag_and_not_by_their_name(tmp_path):
    run = planted_run(tmp_path, n=48, groups=24, few=12, untrained=0)
    (_, params), *_ = claims_questions.QUESTIONS["domains"](run)
    assert params.natural == ""
    record = json.loads(json.dumps(run.record))
    record["domains"][1]["tag"] = "natural"
    tagged = Run(run.run_id, run.store, record)
    (_, params), *_ = claims_questions.QUESTIONS["domains"](tagged)
    assert params.natural == "few"


def test_the_sharing_theme_is_that_of_the_subspace_page(tmp_path):
    run = planted_run(tmp_path, n=80, groups=40, untrained=5)
    (_, params), *_ = claims_questions.QUESTIONS["sharing"](run)
    claims = compute_sharing_claims(run, params)
    direct = compute_untrained_sharedness(
        run, UntrainedSharednessParams(params.encoders, "rich", params.seeds)
    )
    ours = claims.estimate(lambda q: q["trained"] - q["untrained"])
    assert ours.value == pytest.approx(direct.difference.value)
    assert (ours.low, ours.high) == pytest.approx((direct.difference.low, direct.difference.high))
    assert claims.named()["untrained"] == pytest.approx(direct.summaries.mean())


def test_pairs_without_one_family_leave_it_out(many):
    (_, params), *_ = claims_questions.QUESTIONS["pairs"](many)
    claims = compute_pair_claims(many, params)
    q = claims.named()
    assert q["discriminative no ResNet"] != pytest.approx(q["discriminative cka"])
    assert q["reconstructive no ResNet"] == pytest.approx(q["reconstructive cka"])
    assert [len(s) for s in claims.left_out] == [5, 4, 20]


def test_emergence_follows_the_planted_training(tmp_path):
    run = training_run(tmp_path, n=60, groups=20, untrained=5)

    def ask(question):
        analysis, params = question
        return obtain(analysis, run, params) if analysis is CLAIMS_EMERGENCE else None

    found = ledger(run, register(), ask)
    early, start = row(found, "emergence_early"), row(found, "emergence_start")
    ahead, after = row(found, "emergence_ahead_of_accuracy"), row(found, "emergence_plateau")
    assert early.value > start.value
    assert ahead.value > 0.3 and ahead.verdict == "same direction here"
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
    assert "see the difference" in missing(claims, MEASURES["paradigm_ratio"], "ratio of 1")


def test_words_and_tables(found):
    table = ledger_table(found, register())
    assert list(table["key"]) == [c.key for c in register().claims]
    assert table["shown at"].str.startswith("/").all()
    printed = lines(found)
    assert found.digest in printed and "shared_across_architectures" in printed
    counted = sum(c.own for c in register().claims)
    assert f"Of {counted} published claims" in text.opening(found)
    plain = json.loads(json.dumps(as_json(found, register()), allow_nan=False))
    assert plain["preregistered"]["sha256"] == found.digest
    assert len(plain["rows"]) == len(register().claims) and plain["claims counted"] == counted
    assert plain["inconsistencies"] and plain["unmeasured"]
    controls = next(r for r in plain["rows"] if r["key"] == "pcka_four")["controls"]
    assert {c["control"] for c in controls} >= {"untrained twins", "random bases", "pixels"}
    assert isinstance(pd.DataFrame(plain["rows"]), pd.DataFrame)


def test_what_stored_experiments_tested_is_not_said_of_the_study(found):
    tested = [r for r in found.rows if r.claim.own and r.verdict != UNTESTED]
    assert len(tested) > 2

    def opening(count):
        keys = {r.claim.key for r in tested[:count]}
        rows = tuple(replace(r, stored=r.claim.key in keys) for r in found.rows)
        return text.opening(replace(found, rows=rows))

    assert f"{len(tested)} can be tested on this study, all as analogues" in opening(0)
    assert "stored" not in opening(0)
    assert f"{len(tested) - 2} can be tested on this study, all as analogues: " in opening(2)
    assert "; apart from it, 2 by the stored experiments, all as analogues: " in opening(2)
    words = f"none can be tested on this study, and {len(tested)} by the stored experiments"
    assert words in opening(len(tested))


def test_stored_experiments_are_a_family_of_their_own(many, monkeypatch):
    """Their verdicts are the same whatever study is open: ten contrasts, or none at all."""
    monkeypatch.delenv("SUBSTRATE_RESULTS")  # the shipped ones
    with_study = fill(many, register())
    alone = ledger(many, register(), lambda _question: "This study has no answer.")
    judged = [r for r in with_study.rows if r.stored]
    assert len(judged) > 5 and with_study.tests > 10
    assert with_study.stored_tests == alone.stored_tests > 1 and alone.tests == 0
    for before in judged:
        after = row(alone, before.claim.key)
        assert after.verdict == before.verdict
        assert [a.answer for a in after.against] == [a.answer for a in before.against]
    own = sum(with_study.counts().values())
    assert own + sum(with_study.counts(stored=True).values()) == sum(
        c.own for c in register().claims
    )
    corrected = [a.reason for r in judged for a in r.against if "Holm" in a.reason]
    assert all(f"over the {with_study.stored_tests} contrasts" in reason for reason in corrected)


def test_an_answer_that_fails_is_a_reason_and_not_an_error(many):
    found = ledger(many, register(), lambda _question: "The store is damaged.")
    reasons = {r.reason for r in found.rows if r.claim.theme == "sharing"}
    assert reasons == {"The store is damaged."}


GAINS = {
    "cross_entropy": 0.0,
    "substrate": 0.05,
    "label_free": 0.02,
    "untrained": 0.01,
    "shuffled": -0.01,
    "within": 0.03,
    "across": 0.02,
}


def distilled(tmp_path, seeds, shares=(0.01, 0.1), steps=10):
    rng = np.random.default_rng(0)
    repeats = [
        DistillRepeat(
            fraction=share,
            arm=arm,
            seed=seed,
            images=int(50_000 * share),
            steps=steps,
            seconds=1.0,
            alignment=0.1,
            accuracy=0.4 + gain + rng.normal(scale=0.002),
        )
        for share in shares
        for seed in range(seeds)
        for arm, gain in GAINS.items()
    ]
    card = Card(title="t", question="q", protocol="p", null="n", limits=())
    file = DistillFile(
        schema=1,
        experiment="distill",
        status="complete",
        command="c",
        card=card,
        configuration={"test_images": 10_000, "batch": 128},
        seeds=tuple(range(seeds)),
        data={},
        encoders={},
        inputs="",
        versions={},
        device="cpu",
        wall_s=1.0,
        repeats=repeats,
    )
    (tmp_path / "distill.json").write_text(encode(file))
    return experiments.distill(tmp_path)


def measured(found, key):
    return found.estimate(lambda q: MEASURES[key](q).value)


def test_distillation_is_paired_by_seed_and_needs_five(tmp_path):
    found = distilled(tmp_path, 5)
    gain = measured(found, "distill_10")
    lead = found.estimate(lambda q: MEASURES["distill_10"](q).lead("untrained twins"))
    assert gain.value == pytest.approx(0.02, abs=0.005) and gain.low > 0
    assert lead.value == pytest.approx(0.01, abs=0.005)
    assert "50 % of the labels" in missing(found, MEASURES["distill_50"], "no gain")
    assert "5 are needed" in distilled(tmp_path, 3).reason


def test_rows_read_the_arm_without_labels_and_mark_the_other(tmp_path):
    found = distilled(tmp_path, 5)
    assert measured(found, "distill_10_leak").value == pytest.approx(0.05, abs=0.005)
    for key, expected in (
        ("distill_teacher", -0.01),
        ("distill_teacher_across", 0.0),
        ("distill_teacher_leak", 0.02),
    ):
        assert measured(found, key).value == pytest.approx(expected, abs=0.005)
    leaking = [c for c in register().claims if c.key.endswith("_leak")]
    assert leaking and all("label leak" in c.name and not c.own for c in leaking)


def test_later_epochs_are_read_from_a_run_as_long(tmp_path):
    short = distilled(tmp_path, 5)
    why = missing(short, MEASURES["distill_100_epochs"], "no gain")
    assert "--fractions 1 --steps 39062" in why
    long = distilled(tmp_path, 5, shares=(1.0,), steps=39_062)
    assert measured(long, "distill_100_epochs").value == pytest.approx(0.02, abs=0.005)
    assert np.isnan(measured(long, "distill_200_epochs").value)


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
