"""Transfer scores: hand-worked values, second implementations, limits, refusals."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.covariance import LedoitWolf, ledoit_wolf_shrinkage

from substrate.numerics.transfer import (
    TRANSFER_SCORES,
    Evidence,
    TransferError,
)
from substrate.numerics.transfer.consensus import (
    consensus_of_rows,
    consensus_score,
    principal_scores,
)
from substrate.numerics.transfer.hscore import (
    h_score,
    ledoit_wolf,
)
from substrate.numerics.transfer.leep import (
    leep,
    nce,
)
from substrate.numerics.transfer.size import size_score
from tests.support.refusals import refused


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def clusters(rng, n=120, d=20, classes=3, apart=2.0):
    labels = np.arange(n) % classes
    means = apart * rng.normal(size=(classes, d))
    return means[labels] + rng.normal(size=(n, d)), labels


def evidence(rng, **changes):
    x, labels = clusters(rng)
    latent = rng.normal(size=(len(x), 30))
    others = [latent @ rng.normal(size=(30, w)) for w in (40, 25)]
    full = {
        "features": x,
        "labels": labels,
        "groups": np.arange(len(x)) // 2,
        "others": others,
        "logits": rng.normal(size=(len(x), 6)),
        "untrained": rng.normal(size=x.shape),
        "parameters": 1000,
    }
    return Evidence(**(full | changes))


def test_the_registry_names_each_score_by_its_key():
    assert all(key == score.key for key, score in TRANSFER_SCORES.items())
    assert {"consensus", "logme", "hscore", "leep", "nce", "size", "untrained"} == set(
        TRANSFER_SCORES
    )
    texts = ("label", "definition", "reference", "value_range", "misleads")
    assert all(getattr(s, text) for s in TRANSFER_SCORES.values() for text in texts)


@pytest.mark.parametrize("key", TRANSFER_SCORES)
def test_every_score_is_a_number_and_declares_all_that_it_needs(key, rng):
    score = TRANSFER_SCORES[key]
    assert np.isfinite(score.score(evidence(rng)))
    for need in set(score.needs) - {"features"}:
        lacking = evidence(rng, **{need: () if need == "others" else None})
        with refused(TransferError, f"{score.label} needs"):
            score.score(lacking)
    unused = {"labels", "groups", "logits", "untrained", "parameters"} - set(score.needs)
    alone = evidence(np.random.default_rng(0), **dict.fromkeys(unused))
    assert score.score(alone) == score.score(evidence(np.random.default_rng(0)))


def test_logme_ranks_clear_classes_above_noise(rng):
    x, labels = clusters(rng)
    score = TRANSFER_SCORES["logme"].score
    clear = score(Evidence(features=x, labels=labels.astype(str)))
    assert clear > score(Evidence(features=rng.normal(size=x.shape), labels=labels))


# H-score


def test_h_score_agrees_with_its_definition_in_matrices(rng):
    x, labels = clusters(rng, n=60, d=8)
    centred = x - x.mean(axis=0)
    fit = LedoitWolf(assume_centered=True).fit(centred)
    means = np.array([centred[labels == c].mean(axis=0) for c in labels])
    between = means.T @ means / len(x)
    expected = (1 - fit.shrinkage_) * np.trace(np.linalg.solve(fit.covariance_, between))
    assert np.isclose(h_score(x, labels), expected, rtol=1e-10)


@pytest.mark.parametrize("shape", [(40, 7), (15, 60)])
def test_shrinkage_agrees_with_scikit_learn(shape, rng):
    x = rng.normal(size=shape) @ np.diag(np.linspace(1, 3, shape[1]))
    x -= x.mean(axis=0)
    variances = np.linalg.svd(x, compute_uv=False) ** 2 / len(x)
    ours = ledoit_wolf(variances, np.square(x).sum(axis=1), x.shape[1])
    assert np.isclose(ours, ledoit_wolf_shrinkage(x, assume_centered=True), rtol=1e-10)


def test_h_score_of_more_features_than_samples_agrees_with_matrices(rng):
    x, labels = clusters(rng, n=24, d=50)
    centred = x - x.mean(axis=0)
    fit = LedoitWolf(assume_centered=True).fit(centred)
    means = np.array([centred[labels == c].mean(axis=0) for c in labels])
    expected = (1 - fit.shrinkage_) * np.trace(
        np.linalg.solve(fit.covariance_, means.T @ means / len(x))
    )
    assert np.isclose(h_score(x, labels), expected, rtol=1e-10)


def test_h_score_ignores_offsets_rotations_and_scale_and_grows_to_classes_less_one(rng):
    x, labels = clusters(rng, d=10)
    turn = np.linalg.qr(rng.normal(size=(10, 10)))[0]
    assert np.isclose(h_score(x, labels), h_score(3 * x @ turn + 1e4, labels), rtol=1e-7)
    far, labels = clusters(rng, n=900, d=10, classes=3, apart=1e3)
    assert 1.9 < h_score(far, labels) <= 2
    assert h_score(rng.normal(size=(900, 10)), labels) < 0.1


# LEEP and NCE


def test_leep_worked_out_by_hand():
    # Two old classes, sure of themselves: the first holds labels a a b, the second b.
    logits = np.array([[40.0, 0], [40, 0], [40, 0], [0, 40]])
    labels = np.array(list("aabb"))
    expected = (2 * np.log(2 / 3) + np.log(1 / 3)) / 4
    assert np.isclose(leep(logits, labels), expected)
    assert np.isclose(nce(logits, labels), expected)


def test_leep_agrees_with_loops(rng):
    logits, labels = rng.normal(size=(50, 4)), rng.integers(0, 3, 50)
    theta = softmax(logits, axis=1)
    joint = np.array([[theta[labels == y, z].sum() / 50 for z in range(4)] for y in range(3)])
    total = 0.0
    for i in range(50):
        total += np.log(
            sum(joint[labels[i], z] / joint[:, z].sum() * theta[i, z] for z in range(4))
        )
    assert np.isclose(leep(logits, labels), total / 50)


def test_old_classes_that_decide_the_new_ones_give_zero():
    labels = np.arange(30) % 3
    logits = np.where(np.arange(3) == labels[:, None], 80.0, 0.0)
    assert np.isclose(leep(logits, labels), 0) and np.isclose(nce(logits, labels), 0)
    same = np.zeros((30, 3))
    assert np.isclose(leep(same, labels), -np.log(3))
    assert np.isclose(nce(same, labels), -np.log(3))


def test_a_class_that_the_softmax_rounds_to_nothing_is_passed_over():
    logits = np.array([[0.0, 0, -2000], [1, 0, -2000], [0, 1, -2000], [0, 0, -2000]])
    assert np.isclose(
        leep(logits, np.array(list("abab"))), leep(logits[:, :2], np.array(list("abab")))
    )


def test_size_counts_weights_alone():
    assert size_score(1000) == 3
    with refused(TransferError, "has 0 weights"):
        size_score(0)


# Consensus


def panel(rng, widths=(40, 30, 25), n=300, noise=0.1):
    latent = rng.normal(size=(n, 16)) * np.linspace(3, 1, 16)
    return [latent @ rng.normal(size=(16, w)) + noise * rng.normal(size=(n, w)) for w in widths]


def test_encoders_that_share_their_directions_agree_and_noise_does_not(rng):
    shared = panel(rng)
    stranger = rng.normal(size=(300, 40))
    panels = [(x, [y for y in (*shared, stranger) if y is not x]) for x in (*shared, stranger)]
    scores = [consensus_score(*sides) for sides in panels]
    assert min(scores[:3]) > 0.7 > 0.3 > scores[3]


def test_an_encoder_is_left_out_of_the_consensus_it_is_scored_against(rng):
    encoders = panel(rng)
    left_out = consensus_score(encoders[0], encoders[1:])
    assert consensus_of_rows(encoders, [np.arange(300)])[0, 0] == pytest.approx(left_out)
    assert consensus_score(encoders[0], encoders) > left_out


def test_the_consensus_agrees_with_its_definition(rng):
    x, *others = panel(rng)

    def leading(block):
        block = (block - block.mean(axis=0)) / block.std(axis=0)
        u, s, _ = np.linalg.svd(block, full_matrices=False)
        return (u * s)[:, :16]

    z, c = leading(x), leading(np.hstack([(o - o.mean(0)) / o.std(0) for o in others]))
    u, _, v = np.linalg.svd(z.T @ c)
    aligned = z @ u @ v
    expected = np.mean([abs(np.corrcoef(aligned[:, k], c[:, k])[0, 1]) for k in range(16)])
    assert np.isclose(consensus_score(x, others), expected)


def test_the_consensus_ignores_offsets_scales_and_order_of_units(rng):
    x, *others = panel(rng)
    changed = 3.0 * x[:, rng.permutation(x.shape[1])] * rng.uniform(0.5, 2, x.shape[1]) + 1e4
    assert np.isclose(consensus_score(changed, others), consensus_score(x, others), rtol=1e-6)


def test_a_narrow_encoder_is_mapped_to_all_components(rng):
    x, *others = panel(rng, widths=(6, 30, 25))
    assert 0 < consensus_score(x, others) < 1
    assert principal_scores([x], 16, exactly=False).shape == (300, 6)


def test_constant_units_take_no_part(rng):
    x, *others = panel(rng)
    with_constant = np.hstack([x, np.full((300, 2), 7.0)])
    assert np.isclose(consensus_score(with_constant, others), consensus_score(x, others))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: consensus_score(r.normal(size=(9, 4)), []), "at least one other encoder"),
        (
            lambda r: consensus_score(r.normal(size=(40, 4)), [r.normal(size=(40, 5))]),
            "16 principal",
        ),
        (lambda r: consensus_score(r.normal(size=(40, 4)), [r.normal(size=(41, 30))]), "saw 40"),
        (lambda r: consensus_score(np.ones((40, 4)), [r.normal(size=(40, 30))]), "constant"),
        (lambda r: h_score(np.ones((6, 2)), [0, 1] * 3), "all features are constant"),
        (lambda r: h_score(r.normal(size=(6, 2)), [0, 1]), "2 labels arrived for 6 samples"),
        (lambda r: h_score(r.normal(size=(6, 2)), [1] * 6), "carry one label"),
        (lambda r: h_score(np.full((6, 2), np.nan), [0, 1] * 3), "12 values that are not finite"),
        (lambda r: h_score(r.normal(size=(6, 2, 2)), [0, 1] * 3), "Pool them first"),
        (lambda r: leep(r.normal(size=(6, 1)), [0, 1] * 3), "1 logit arrived"),
    ],
)
def test_what_cannot_be_scored_is_refused(call, message, rng):
    with refused(TransferError, message):
        call(rng)
