"""Emergence along a training: shares by hand, targets, planted trajectories, refusals."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.spec import AnalysisError, obtain, stored
from substrate.analyses.training import (
    alignment as training,
)
from substrate.analyses.training import (
    directions as training_directions,
)
from substrate.analyses.training.effective_rank import ranks
from substrate.analyses.training.emergence import (
    half_gain,
    share_of_gain,
    value_at,
)
from substrate.analyses.training.target import (
    FINAL_SELF,
    SUBSTRATE,
    members,
    target_features,
    target_names,
)
from substrate.encoder_ref import EncoderRef
from substrate.exhibits.training import words as training_text
from substrate.numerics.intervals import mean_of_draws
from substrate.numerics.metrics import METRICS
from substrate.numerics.scales import CORRELATION
from tests.support.training_store import (
    ACCURACY,
    STEPS,
    training_run,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return training_run(tmp_path_factory.mktemp("training"))


def params(run, domain="rich", target=SUBSTRATE, layer="penultimate", metric="debiased_cka"):
    return training.training_params(run, "alpha", domain, target, layer, metric)


def test_half_of_the_gain_by_hand():
    found = half_gain(np.array([0, 9, 99]), np.array([0.1, 0.3, 0.7]))
    assert found.accuracy == pytest.approx(0.4)
    assert found.position == pytest.approx(1.25)
    assert found.step == pytest.approx(10**1.25 - 1)


def test_half_of_the_gain_is_the_first_crossing():
    found = half_gain(np.array([0, 1, 2, 3]), np.array([0.0, 0.6, 0.2, 1.0]))
    assert found.position == pytest.approx(5 / 6)


@pytest.mark.parametrize(
    ("accuracy", "reason"),
    [([0.5, 0.4, 0.5], "did not rise"), ([0.1, np.nan, 0.5], "not measured")],
)
def test_without_a_gain_there_is_no_half(accuracy, reason):
    found = half_gain(np.array([0, 1, 2]), np.array(accuracy))
    assert found.position is None and reason in found.reason


def test_shares_of_similarities_and_distances_agree():
    values = np.array([0.2, 0.5, 0.8])
    assert share_of_gain(values, 0.5) == pytest.approx(0.25)
    assert share_of_gain(1 - values, 0.5) == pytest.approx(0.25)
    assert share_of_gain(values, 2.0) == 1
    assert np.isnan(share_of_gain(np.ones(3), 1.0))
    assert value_at(values, 1.5) == pytest.approx(0.65)


def test_an_alignment_in_step_with_accuracy_has_made_half_its_way():
    position = half_gain(np.array(STEPS), ACCURACY).position
    assert share_of_gain(3 * ACCURACY + 1, position) == pytest.approx(0.5)


def test_an_encoder_takes_no_part_in_the_substrate_it_is_held_against(run):
    assert members(run, "alpha", SUBSTRATE) == ("beta", "gamma", "delta")
    features, k = target_features(run, "alpha", SUBSTRATE, "rich", "penultimate", 16)
    assert features.shape == (96, 16) and k == 16
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-9)
    covariance = np.cov(features.T)
    np.testing.assert_allclose(covariance, np.diag(covariance.diagonal()), atol=1e-8)


def test_targets_are_named_and_others_refused(run):
    assert target_names(run, "alpha") == (SUBSTRATE, FINAL_SELF, "beta", "gamma", "delta")
    with pytest.raises(AnalysisError, match="no target 'alpha'"):
        members(run, "alpha", "alpha")


def test_the_planted_structure_emerges_before_accuracy(run):
    found = obtain(training.TRAINING, run, params(run))
    again = stored(training.TRAINING, run, params(run))
    np.testing.assert_array_equal(found.scores.values, again.scores.values)
    assert tuple(found.steps) == STEPS
    np.testing.assert_allclose(found.accuracy, ACCURACY)
    along = found.scores.values[:, 0]
    assert along[0] < 0.1 < 0.7 < along[-1]
    share, gain = found.scores.summaries
    assert 0.9 < share.low < share.value < share.high < 1.1
    assert gain.low > 0.5
    metric = METRICS["debiased_cka"]
    target, _ = target_features(run, "alpha", SUBSTRATE, "rich", "penultimate", 16)
    middle = run.representation(EncoderRef("alpha", step=32), "rich").features
    assert along[2] == pytest.approx(metric.score(middle, target))


def test_every_layer_has_its_row_and_the_chosen_one_is_the_curve(run):
    found = obtain(training.TRAINING, run, params(run, layer="block.2"))
    row = found.layers.index("block.2")
    np.testing.assert_allclose(found.values[row], found.scores.values[:, 0])
    np.testing.assert_allclose(found.levels[row], found.scores.tau[:, 0], atol=0.02)


def test_a_training_ends_at_its_final_self(run):
    found = obtain(training.TRAINING, run, params(run, target=FINAL_SELF))
    np.testing.assert_allclose(found.values[:, -1], 1)
    assert (found.untrained < 0.3).all()
    distance = obtain(
        training.TRAINING, run, params(run, target=FINAL_SELF, metric="procrustes_angular")
    )
    assert distance.scores.values[-1, 0] == pytest.approx(0, abs=1e-6)
    assert distance.scores.summaries[1].high < 0


def test_few_photographs_give_no_interval(run):
    found = obtain(training.TRAINING, run, params(run, domain="few"))
    context = training_text.training_context(found)
    assert "too few for a comparison with chance" in context and "95 % of cases" not in context
    share = found.scores.summaries[0]
    assert share.value is not None and share.low is None and "3 photographs" in share.reason
    assert np.isnan(found.ranks.effective_low).all()
    sentence = training_text.training_sentence(found, {}, "Few")
    assert "95 % CI" not in sentence
    assert sentence.startswith("Within the 3 photographs of Few")


def test_ranks_of_known_spectra():
    drawn = np.random.default_rng(0).normal(size=(60, 4))
    flat = np.linalg.qr(drawn - drawn.mean(axis=0))[0]
    found = ranks([flat, flat[:, :1] @ np.ones((1, 4)), np.ones((60, 4))], np.arange(60), seed=0)
    assert found.effective[0] == pytest.approx(4)
    assert found.participation[0] == pytest.approx(4)
    assert found.effective[1] == pytest.approx(1)
    assert np.isnan(found.effective[2])
    assert found.most == 4


def test_directions_of_a_step_and_of_the_end(run):
    analysis = training_directions.TRAINING_DIRECTIONS
    found = obtain(
        analysis, run, training_directions.directions_params(run, "alpha", "rich", "penultimate")
    )
    k = found.cosines.shape[1]
    assert found.cosines.shape == (len(STEPS), k, k) and k == 16
    assert (found.cosines <= 1 + 1e-6).all()
    # Of the leading directions a share K / width is met by chance, and all that the halves show
    # at the end.
    assert found.overlap[0] < found.overlap[-1] < 1
    assert found.chance == pytest.approx(16 / 40)
    np.testing.assert_allclose(found.cosines[-1].diagonal(), found.reliability[-1], rtol=1e-5)
    np.testing.assert_allclose(
        np.square(found.cosines).sum(axis=(1, 2)) / k, found.overlap, rtol=1e-5
    )


def test_random_directions_stay_below_their_level():
    rng = np.random.default_rng(1)
    level = training_directions._level(60, 8, 200, seed=0)
    beyond = 0
    for _ in range(100):
        a, b = (np.linalg.qr(rng.normal(size=(60, 8)))[0] for _ in range(2))
        beyond += np.abs(a.T @ b).max() > level
    assert beyond <= 12


def test_few_photographs_are_cut_inside(run):
    found = obtain(
        training_directions.TRAINING_DIRECTIONS,
        run,
        training_directions.directions_params(run, "alpha", "few", "penultimate"),
    )
    assert found.unit == "within photograph" and "within photograph" in found.facts


def test_what_is_missing_is_said(run, tmp_path):
    for encoder, domain, message in (
        ("beta", "rich", "no stored steps"),
        ("alpha", "rich", "no layer 'block.9'"),
    ):
        layer = "block.9" if encoder == "alpha" else "penultimate"
        with pytest.raises(AnalysisError, match=message):
            training.TRAINING.compute(run, training.TrainingParams(encoder, domain, layer=layer))
    bare = training_run(tmp_path, n=40, groups=20, untrained=0)
    for pair in [p for p in bare.pairs if "@" in p]:
        bare.record["pairs"].pop(pair)
    with pytest.raises(AnalysisError, match="have not been extracted on rich yet"):
        training.TRAINING.compute(bare, training.TrainingParams("alpha", "rich"))
    assert training.defaults(bare) == []


def test_sentences_name_share_interval_and_the_published_figure(run):
    found = obtain(training.TRAINING, run, params(run))
    sentence = training_text.training_sentence(found, {"alpha": "Alpha"}, "Rich")
    assert sentence.startswith("On Rich, when Alpha had made half of its gain in accuracy (45 %")
    assert "95 % CI" in sentence and "3 other encoders" in sentence
    assert "ahead of accuracy" in training_text.training_context(found)
    assert "2606.07882" in training_text.PUBLISHED


def test_no_share_is_claimed_of_an_alignment_that_did_not_change(run):
    found = obtain(training.TRAINING, run, params(run))
    share, gain = found.scores.summaries
    still = replace(gain, value=0.01, low=-0.05, high=0.07)
    unchanged = replace(found, scores=replace(found.scores, summaries=(share, still)))
    sentence = training_text.training_sentence(unchanged, {}, "Rich")
    assert "cannot be said to have come closer" in sentence


def test_defaults_cover_each_extracted_training(run):
    assert [p.domain for _, p in training.defaults(run)] == ["rich", "few"]
    assert [p.domain for _, p in training_directions.defaults(run)] == ["rich", "few"]


def test_untrained_twins_are_said_by_their_mean_with_an_interval_over_draws():
    said = training_text.twins_on_average(np.array([0.2, 0.3, 0.3, 0.3, 0.4]))
    assert "give 0.30 on average" in said  # sd .0707 / sqrt 5 * t(4) 2.776 = .088
    assert "(95 % CI [0.21, 0.39] over 5 draws, single ones 0.20 to 0.40)" in said
    few = training_text.twins_on_average(np.array([0.1, 0.2]))
    assert "too few for an interval" in few and "0.10 to 0.20" in few


def test_the_interval_of_a_mean_of_correlations_stays_in_their_range():
    draws = np.array([-0.99, -0.95, -0.7, -0.98, -0.83])
    found, plain = mean_of_draws(draws, scale=CORRELATION), mean_of_draws(draws)
    assert plain.low < -1 < found.low < found.value == draws.mean() < found.high < -0.4
    # Student's interval of five, about the mean on Fisher's scale.
    reach = 2.7764 * np.arctanh(draws).std(ddof=1) / np.sqrt(5)
    assert found.low == pytest.approx(np.tanh(np.arctanh(draws.mean()) - reach), abs=1e-4)


def test_the_interval_of_a_mean_of_draws_covers_it_in_95_percent():
    rng = np.random.default_rng(0)
    found = [mean_of_draws(rng.normal(size=5)) for _ in range(2000)]
    covered = np.mean([one.low < 0 < one.high for one in found])
    assert abs(covered - 0.95) < 0.015
