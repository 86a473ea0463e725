"""Probes: photographs never on both sides, choices made inside, intervals only where allowed."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from substrate.numerics.transfer.lowshot import low_shot, low_shot_decisions
from substrate.numerics.transfer.probe import (
    linear_probe,
    nearest_neighbours,
)
from substrate.numerics.transfer.spec import TransferError
from substrate.numerics.transfer.support.folds import (
    group_folds,
    groups_per_class,
    random_folds,
)
from substrate.numerics.transfer.support.logistic import (
    choose_strength,
    cross_validate,
    fit_logistic,
    fit_path,
)
from tests.support.refusals import refused


def separable(seed=0, n=120, d=12, classes=3, apart=3.0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    x = apart * rng.normal(size=(classes, d))[labels] + rng.normal(size=(n, d))
    return x, labels, np.arange(n)


def photographs_that_decide(seed=0, per_class=12, tiles=8, d=30):
    """Each photograph has a look of its own, which says nothing of its class."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(2 * per_class), tiles)
    x = 6 * rng.normal(size=(2 * per_class, d))[groups] + 0.3 * rng.normal(size=(len(groups), d))
    return x, groups % 2, groups


each_probe = pytest.mark.parametrize("probe", [linear_probe, nearest_neighbours])


@each_probe
def test_clear_classes_are_found_and_noise_is_chance(probe):
    x, labels, groups = separable()
    found = probe(x, labels, groups, seed=0).accuracy
    assert found.overall.value > 0.97 and found.overall.low is not None
    noise = probe(np.random.default_rng(1).normal(size=x.shape), labels, groups, seed=0).accuracy
    assert noise.balanced.low < 1 / 3 < noise.balanced.high


@each_probe
def test_a_naive_split_is_perfect_where_photographs_decide_and_a_grouped_one_is_chance(probe):
    x, labels, groups = photographs_that_decide()
    naive = probe(x, labels, np.arange(len(x)), seed=0).accuracy.overall
    grouped = probe(x, labels, groups, seed=0).accuracy.overall
    assert naive.value > 0.99
    assert grouped.low < 0.5 < grouped.high


@each_probe
def test_offsets_scale_and_more_units_than_samples_do_no_harm(probe):
    x, labels, groups = separable(n=60)
    plain = probe(x, labels, groups, seed=0).decided
    assert np.array_equal(plain, probe(4 * x + 1e4, labels, groups, seed=0).decided)
    wide = np.hstack([x, np.zeros((60, 200))])
    assert np.array_equal(plain, probe(wide, labels, groups, seed=0).decided)


@each_probe
def test_the_seed_decides_and_the_counts_add_up(probe):
    x, labels, groups = separable(apart=0.6)
    a, b = probe(x, labels, groups, seed=1), probe(x, labels, groups, seed=1)
    assert np.array_equal(a.decided, b.decided)
    confusion = a.accuracy.confusion
    assert confusion.sum() == 120 and confusion.sum(axis=1).tolist() == [40, 40, 40]
    assert np.isclose(a.accuracy.overall.value, np.trace(confusion) / 120)
    recalls = [r.value for r in a.accuracy.recalls]
    assert np.allclose(recalls, np.diag(confusion) / 40)
    assert np.isclose(a.accuracy.balanced.value, np.mean(recalls))
    assert np.isclose(a.accuracy.chance, 1 / 3)


def test_wide_features_give_the_decisions_of_the_same_features_unrotated():
    rng = np.random.default_rng(2)
    x, labels, groups = separable(n=45, d=8, apart=1.0)
    wide = x @ rng.normal(size=(8, 90)) + 0.5 * rng.normal(size=(45, 90))
    fold = group_folds(labels, groups, 5, seed=0)
    narrow = linear_probe(wide, labels, groups, seed=0)

    def plain(train):
        return (wide - wide[train].mean(axis=0)) / wide[train].std(axis=0)

    found = cross_validate(plain, labels, groups, fold, seed=0)
    assert (found.decided == narrow.decided).mean() > 0.97


def test_neighbours_agree_with_scikit_learn():
    x, labels, groups = separable(apart=0.8)
    fold = group_folds(labels, groups, 5, seed=0)
    ours = nearest_neighbours(x, labels, groups, seed=0, neighbours=[1]).decided
    for f in range(5):
        train, test = fold != f, fold == f
        centred = x - x[train].mean(axis=0)
        model = KNeighborsClassifier(1, metric="cosine").fit(centred[train], labels[train])
        assert np.array_equal(ours[test], model.predict(centred[test]))


def test_no_interval_within_photographs_nor_below_ten_of_a_class():
    x, labels, groups = separable(n=30)
    few = linear_probe(x, labels, groups // 6 * 3 + labels, seed=0).accuracy
    assert few.overall.low is None and "5 groups" in few.overall.reason
    within = linear_probe(x, labels, groups, seed=0, within=True).accuracy
    assert within.overall.low is None and "same groups" in within.overall.reason
    assert all(r.low is None for r in within.recalls)


def test_a_class_of_one_photograph_is_refused():
    x, labels, _ = separable(n=30)
    with refused(TransferError, r"class '0' comes from 1 group; .* needs 2"):
        linear_probe(x, labels, labels, seed=0)
    with refused(TransferError, "29 groups arrived for 30 samples"):
        linear_probe(x, labels, np.arange(29), seed=0)


# Folds


def test_folds_hold_whole_groups_and_spread_every_class():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 40, 400)
    labels = groups % 4
    fold = group_folds(labels, groups, 5, seed=0)
    assert set(fold) == set(range(5))
    assert all(len(set(fold[groups == g])) == 1 for g in range(40))
    table = np.array([[((fold == f) & (labels == c)).sum() for c in range(4)] for f in range(5)])
    assert table.min() > 0.6 * 400 / 20
    assert not np.array_equal(fold, group_folds(labels, groups, 5, seed=1))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("sizes", "folds"), [((1, 1, 1, 3), (3, 3)), ((1, 2, 2, 3, 4), (6, 6)), ((1, 1, 2, 4), (4, 4))]
)
def test_the_largest_groups_are_dealt_first_so_that_folds_are_equal(sizes, folds, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    fold = group_folds(np.zeros(len(groups)), groups, 2, seed=seed)
    assert tuple(np.bincount(fold)) == folds


@pytest.mark.parametrize("seed", range(5))
def test_two_groups_suffice_to_be_in_every_training_part(seed):
    labels = np.array([0] * 50 + [1] * 50 + [2] * 4)
    groups = np.concatenate([np.arange(50) // 5, 100 + np.arange(50) // 5, [200, 200, 201, 201]])
    fold = group_folds(labels, groups, 5, seed=seed)
    assert len(set(fold[100:])) == 2
    assert groups_per_class(labels, groups) == {"0": 10, "1": 10, "2": 2}


def test_a_group_of_two_classes_stays_whole():
    labels = np.array([0, 0, 1, 1, 0, 1, 0, 1])
    groups = np.array([9, 9, 9, 9, 1, 2, 3, 4])
    fold = group_folds(labels, groups, 2, seed=0)
    assert len(set(fold[:4])) == 1


def test_random_folds_are_blind_to_groups_and_even():
    fold = random_folds(np.zeros(50, dtype=int), 5, seed=0)
    assert np.bincount(fold).tolist() == [10] * 5


# The model


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("strength", [1e-3, 0.1, 5.0])
def test_probabilities_are_those_of_scikit_learn(classes, strength):
    from sklearn.linear_model import LogisticRegression

    x, labels, _ = separable(classes=classes, apart=0.5)
    theirs = LogisticRegression(C=strength, max_iter=9000, tol=1e-8).fit(x, labels)
    ours = fit_logistic(x, labels, classes, strength)
    assert np.allclose(ours.probabilities(x), theirs.predict_proba(x), atol=4e-3)


def test_the_minimum_has_no_slope_with_more_units_than_samples():
    x, labels, _ = separable(n=30, d=60, apart=0.2)
    model = fit_logistic(x + 50, labels, 3, 0.3)
    residual = model.probabilities(x + 50) - np.eye(3)[labels]
    slope = (x + 50 - (x + 50).mean(axis=0)).T @ residual + model.coefficients.T / 0.3
    assert np.abs(slope).max() < 0.1 and np.abs(residual.sum(axis=0)).max() < 0.05


def test_a_path_gives_each_strength_its_own_model():
    x, labels, _ = separable(apart=0.5)
    path = fit_path(x, labels, 3, [5.0, 1e-3, 0.1])
    assert [m.strength for m in path] == [1e-3, 0.1, 5.0]
    lengths = [np.linalg.norm(m.coefficients) for m in path]
    assert lengths == sorted(lengths)
    alone = fit_logistic(x, labels, 3, 0.1)
    assert np.allclose(alone.probabilities(x), path[1].probabilities(x), atol=2e-3)


def test_a_class_that_was_not_trained_has_probability_zero():
    x, labels, _ = separable()
    rows = labels != 1
    model = fit_logistic(x[rows], labels[rows], 3, 0.1)
    assert np.allclose(model.probabilities(x)[:, 1], 0) and 1 not in model.decide(x)


def test_the_penalty_is_chosen_by_photograph():
    # Fitting closely pays where tiles of one photograph are on both sides, and not otherwise.
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(24), 6)
    labels = groups % 2
    x = np.hstack(
        [
            labels[:, None] + 0.8 * rng.normal(size=(144, 1)),
            2 * rng.normal(size=(24, 40))[groups] + 0.1 * rng.normal(size=(144, 40)),
        ]
    )
    grid = (1e-4, 1e-2, 1.0, 100.0)
    naive = choose_strength(x, labels, np.arange(144), strengths=grid, seed=0)
    grouped = choose_strength(x, labels, groups, strengths=grid, seed=0)
    assert grouped < naive


# Low shot


def test_accuracy_grows_with_labels_and_spaces_are_compared_on_the_same_draws():
    x, labels, groups = separable(n=240, d=12, apart=0.7)
    rng = np.random.default_rng(0)
    spaces = {"scores": x, "noise": rng.normal(size=(240, 5))}
    found = low_shot(spaces, labels, groups, seed=0, shots=(5, 20, 40, 500), repeats=2)
    assert found.shots == (5, 20, 40)  # 500 labels are not there
    values = [i.value for i in found.accuracies["scores"]]
    assert values[-1] > values[0] > 0.45
    noise = found.accuracies["noise"][1]
    assert noise.low < 1 / 3 < noise.high
    difference = found.differences["noise"][2]
    assert difference.high < 0
    assert np.isclose(difference.value, found.accuracies["noise"][2].value - values[2])


def test_low_shot_tests_on_photographs_that_gave_no_labels():
    x, labels, groups = photographs_that_decide()
    found = low_shot({"x": x}, labels, groups, seed=0, shots=(40,), repeats=1)
    interval = found.accuracies["x"][0]
    assert interval.low < 0.5 < interval.high


def test_low_shot_without_enough_labels_is_refused():
    x, labels, groups = separable(n=12)
    with refused(TransferError, "5 labels per class were asked for"):
        low_shot({"x": x}, labels, groups, seed=0)
    with refused(TransferError, "no feature space"):
        low_shot({}, labels, groups, seed=0)


def test_the_best_of_many_spaces_of_noise_is_chosen_by_the_labels_at_hand_and_guesses():
    groups = np.repeat(np.arange(40), 4)
    labels = groups % 2
    chosen, flattered = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        spaces = {str(i): rng.normal(size=(40, 5))[groups] for i in range(6)}
        found = low_shot_decisions(
            spaces, labels, groups, seed=0, shots=(20,), repeats=1, best_of={"best": tuple(spaces)}
        )
        chosen.append(found.rights["best"][0].mean())
        flattered.append(max(found.rights[name][0].mean() for name in spaces))
    assert np.mean(flattered) > 0.55
    assert abs(np.mean(chosen) - 0.5) < 0.03


def test_the_best_of_several_spaces_is_the_one_that_knows_the_classes():
    x, labels, groups = separable(n=240, d=12, apart=1.5)
    spaces = {"noise": np.random.default_rng(0).normal(size=(240, 5)), "scores": x}
    found = low_shot_decisions(
        spaces, labels, groups, seed=0, shots=(20,), best_of={"best": ("noise", "scores")}
    )
    assert np.array_equal(found.rights["best"][0], found.rights["scores"][0])
