"""Families of maps: nested in what they fit, equal to scikit-learn's, and honest on unseen rows."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ortho_group
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

from substrate.numerics.alignment import AlignmentError, reduced
from substrate.numerics.maps.families import (
    FAMILIES,
    NESTED,
    PENALTIES,
    Freedom,
    Pair,
    Penalties,
    fitted_to,
    reliability,
)
from tests.support.refusals import refused


def fitted(family, x, y, freedom):
    return fitted_to(family, Pair.of(x, y), freedom)


def explained(found, x, y):
    """R2 over all units, against the mean of the fit rows."""
    total = np.square(y - found.target_mean).sum()
    return 1 - np.square(y - found.apply(x)).sum() / total


def world(n=200, p=8, q=8, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) * np.geomspace(2, 0.5, p) + 3
    return x, x @ rng.normal(size=(p, q)) / np.sqrt(p) + noise * rng.normal(size=(n, q)) - 1


@pytest.mark.parametrize(("p", "q"), [(8, 8), (5, 8), (8, 5)])
def test_more_freedom_never_explains_less_of_the_rows_it_was_fitted_to(p, q):
    x, y = world(p=p, q=q)
    values = [explained(fitted(f, x, y, Freedom()), x, y) for f in NESTED]
    assert 0 <= values[0] <= values[1] <= values[2] <= 1


def test_the_affine_map_is_scikit_learns_ridge_and_its_score():
    x, y = world(n=120)
    ridge = 0.3
    alpha = ridge * np.square(reduced(x[:60]).lengths).mean()
    theirs = Ridge(alpha=alpha).fit(x[:60], y[:60])
    ours = fitted("affine", x[:60], y[:60], Freedom(ridge))
    np.testing.assert_allclose(ours.apply(x[60:]), theirs.predict(x[60:]), atol=1e-10)
    # on the fit rows, where the means are theirs, it is scikit-learn's own score
    np.testing.assert_allclose(
        explained(ours, x[:60], y[:60]),
        r2_score(y[:60], theirs.predict(x[:60]), multioutput="variance_weighted"),
    )


def test_a_planted_permutation_needs_no_more_than_a_permutation():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(100, 7))
    order = rng.permutation(7)
    y = 2.5 * x[:, order] + 4
    found = fitted("permutation", x[:50], y[:50], Freedom())
    np.testing.assert_array_equal(np.argmax(found.matrix, axis=0), order)
    np.testing.assert_allclose(found.matrix.max(axis=0), 2.5)
    assert explained(found, x[50:], y[50:]) == pytest.approx(1)


def test_a_planted_rotation_needs_a_rotation_and_a_stretch_needs_an_affine_map():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 6))
    turn = ortho_group.rvs(6, random_state=3)
    stretch = np.geomspace(4, 0.1, 6)
    for y, enough in ((1.7 * x @ turn, "orthogonal"), ((x * stretch) @ turn, "affine")):
        values = {
            f: explained(fitted(f, x[:200], y[:200], Freedom()), x[200:], y[200:]) for f in NESTED
        }
        assert values[enough] == pytest.approx(1, abs=1e-9)
        assert values[NESTED[NESTED.index(enough) - 1]] < 0.9


def test_the_substrate_map_carries_k_directions():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(300, 10)) * np.r_[10, 8, 6, np.ones(7)]
    y = x @ ortho_group.rvs(10, random_state=5)
    share = 1 - 7 / (100 + 64 + 36 + 7)
    for k, expected in ((3, share), (10, 1.0)):
        found = fitted("substrate", x[:150], y[:150], Freedom(components=k))
        assert np.linalg.matrix_rank(found.core) == k
        assert explained(found, x[150:], y[150:]) == pytest.approx(expected, abs=0.02)
    with pytest.raises(AlignmentError, match="K is 0"):
        fitted("substrate", x, y, Freedom(components=0))


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_that_do_not_belong_together_predict_nothing(family):
    rng = np.random.default_rng(6)
    values = []
    for _ in range(20):
        x, y = rng.normal(size=(120, 6)), rng.normal(size=(120, 5))
        freedom = Freedom(Penalties.of(x[:60], np.arange(60)).best(y[:60]), 4)
        values.append(explained(fitted(family, x[:60], y[:60], freedom), x[60:], y[60:]))
    assert max(values) < 0.05
    assert np.mean(values) < 0


def test_the_scale_of_a_map_is_that_of_least_squares_and_never_turns_round():
    x, y = world(n=50, p=4, q=4)
    found = fitted("orthogonal", x, y, Freedom())
    best = explained(found, x, y)
    for factor in (0.9, 1.1):
        other = replace(found, core=factor * found.core)
        assert explained(other, x, y) < best
    opposite = -x[:, ::-1].copy()
    assert fitted("permutation", x, opposite, Freedom()).matrix.min() >= 0


def test_the_penalty_is_the_best_over_groups_by_a_second_implementation():
    rng = np.random.default_rng(7)
    groups = np.repeat(np.arange(12), 5)
    x = rng.normal(size=(12, 30))[groups] + 0.3 * rng.normal(size=(60, 30))
    y = x[:, :4] + rng.normal(size=(60, 4))
    chosen = Penalties.of(x, groups, folds=4).best(y)
    from sklearn.model_selection import GroupKFold

    left = []
    for penalty in PENALTIES:
        total = 0.0
        for fit, held in GroupKFold(4).split(x, groups=groups):
            alpha = penalty * np.square(reduced(x[fit]).lengths).mean()
            total += np.square(
                y[held] - Ridge(alpha=alpha).fit(x[fit], y[fit]).predict(x[held])
            ).sum()
        left.append(total)
    assert chosen == PENALTIES[int(np.argmin(left))]
    assert PENALTIES[0] < chosen < PENALTIES[-1]
    with pytest.raises(AlignmentError, match="two at least"):
        Penalties.of(x, np.zeros(60))


def test_what_is_explained_stays_under_what_split_halves_leave_room_for():
    above, tight = 0, []
    for seed in range(40):
        x, y = world(n=400, p=20, q=10, noise=1.0, seed=seed)
        fit, test = np.arange(80), np.arange(80, 400)
        whole = fitted("affine", x[fit], y[fit], Freedom(0.01))
        halves = [fitted("affine", x[fit[i::2]], y[fit[i::2]], Freedom(0.01)) for i in (0, 1)]
        predicted = [h.apply(x[test]) - h.target_mean for h in halves]
        value, ceiling = explained(whole, x[test], y[test]), reliability(*predicted)
        above += value > ceiling
        tight.append(ceiling)
    assert above == 0
    assert 0.5 < np.mean(tight) < 0.95
    assert reliability(np.zeros((3, 2)), np.ones((3, 2))) == 0
    a = np.array([[1.0, 2.0], [3.0, -1.0]])
    assert reliability(a, a) == pytest.approx(1)
    assert reliability(a, np.array([[2.0, -1.0], [1.0, 3.0]])) == 0  # <a, b> = 0 by hand


def test_unknown_families_are_refused():
    x, y = world(n=40)
    with refused(AlignmentError, "choose substrate, permutation, orthogonal, affine"):
        fitted("quadratic", x, y, Freedom())


def test_a_pair_shuffles_like_its_rows():
    x, y = world(n=60, p=9, q=4)
    pair = Pair.of(x, y)
    order = np.random.default_rng(0).permutation(60)
    repeated = np.r_[order[:50], order[:10]]
    for family in FAMILIES:
        freedom = Freedom(0.2, 3)
        for prepared, a, b in (
            (pair.shuffled(order), x, y[order]),
            (pair.shuffled(repeated), x, y[repeated]),
        ):
            np.testing.assert_allclose(
                fitted_to(family, prepared, freedom).apply(a),
                fitted(family, a, b, freedom).apply(a),
                atol=1e-9,
            )
    with refused(AlignmentError, "do not pair"):
        Pair.of(x, y[:50])
