"""Each metric against values worked out by hand and against its limits."""

import numpy as np
import pytest
from scipy import stats

from substrate.numerics.metrics import (
    METRICS,
    UndefinedScoreError,
    rsa,
    score,
)
from tests.support.refusals import refused

E1 = np.array([1.0, -1.0, 0.0, 0.0])
E2 = np.array([0.0, 0.0, 1.0, -1.0])
E3 = np.array([1.0, 1.0, -1.0, -1.0])

TWINS = [[1, 0], [9, 1], [0, 1], [1, 9]]


def columns(*units):
    return np.stack(units, axis=1)


BY_HAND = [
    # Canonical correlations of {e1, e2} and {e1 + e2, e3}: the spans share one direction of two.
    ("mean_cca", columns(E1, E2), columns(E1 + E2, E3), {}, 0.5),
    ("r2_cca", columns(E1), columns(E1 + E2), {}, 0.5),
    ("mean_cca", columns(E1), columns(E1 + E2), {}, 1 / np.sqrt(2)),
    # Variances 1 : 9 : keep one component for 90 %, two for 99 %.
    ("svcca", columns(E1, 3 * E2), columns(E2), {"variance": 0.9}, 1.0),
    ("svcca", columns(E1, 3 * E2), columns(E3, E2), {"variance": 1.0}, 0.5),
    # Correlations 1 (along e1) and 0; x has |projections| 3 and 1 on its own variates.
    ("pwcca", columns(3 * E1, E2), columns(E1, E3), {}, 0.75),
    # Procrustes: cross-product diag(2·2, 0); norms² 4 and 2 + 4.
    ("procrustes_angular", columns(E1, E2), columns(E1), {}, np.pi / 4),
    ("shape_alpha", columns(E1, 5 * E2), columns(E1, E3), {"alpha": 0.0}, np.pi / 3),
    # Cx = 2/3 diag(1, 0), Cy = 2/3 diag(0, 1): no overlap, distance² = 4/3.
    ("bures", columns(E1, 0 * E1), columns(0 * E1, E1), {}, np.sqrt(4 / 3)),
    ("bures", columns(E1), columns(3 * E1), {}, np.sqrt(2 / 3) * 2),
    ("bures_cosine", columns(E1, E2), columns(E1, 0 * E1), {}, 1 / np.sqrt(2)),
    # Pairs 01 02 03 12 13 23: ranks 1 3 6 2 5 4 against 6 5 4 2 3 1, squared differences sum to 46.
    (
        "rsa_euclidean_spearman",
        [[0.0], [1], [3], [7]],
        [[0.0], [20], [14], [11]],
        {},
        1 - 6 * 46 / (6 * 35),
    ),
    # Two pairs of near twins; shuffled, the pairs are others.
    ("mutual_knn", TWINS, TWINS, {"k": 1}, 1),
    ("mutual_knn", TWINS, np.array(TWINS)[[0, 2, 1, 3]], {"k": 1}, 0),
    (
        "jaccard_knn",
        [[1, 0], [9, 1], [0, 1], [1, 9]],
        [[1, 0], [9, 1], [1, 9], [0, 1]],
        {"k": 1},
        1,
    ),
    # Positions 0 1 3 7: nearest 1 0 1 3 (0-based 1, 0, 1, 2); in y = 0 7 1 3 their ranks 3 3 3 1.
    (
        "information_imbalance",
        [[0.0], [1], [3], [7]],
        [[0.0], [7], [1], [3]],
        {},
        2 / 4 * (3 + 3 + 3 + 1) / 4,
    ),
    ("correlation_match", columns(E1, E2), columns(-E1, E1 + E2), {}, 0.5 / np.sqrt(2)),
    ("soft_match", columns(E1, E2), columns(E1, E3), {}, 0.5),
    ("permutation_procrustes", columns(E1, E2), columns(E2, 2 * E1), {}, np.sqrt(2)),
    ("permutation_procrustes", columns(E1, E2), columns(E2), {}, np.sqrt(2)),
    ("grassmann", columns(3 * E1, E2), columns(2 * E1, E3), {"k": 2}, 0.5),
    ("grassmann", columns(3 * E1, E2), columns(3 * E1, E3), {"k": 1}, 1.0),
    # Distances of 0 0 1 1 doubly centred are ±1/2; of 0 1 0 1 likewise: products cancel.
    ("distance_correlation", [[0.0], [0], [1], [1]], [[0.0], [1], [0], [1]], {}, 0.0),
]


@pytest.mark.parametrize(("key", "x", "y", "params", "expected"), BY_HAND)
def test_by_hand(key, x, y, params, expected):
    value = score(key, np.array(x, dtype=float), np.array(y, dtype=float), **params)
    assert value == pytest.approx(expected, abs=1e-9)


def test_eigenvector_cosines_by_hand():
    x, y = columns(3 * E1, E2), columns(E1 + E2, 0.1 * E3)
    half = 1 / np.sqrt(2)
    expected = [[half, 0], [half, 0]]
    np.testing.assert_allclose(score("eigenvector_cosine", x, y), expected, atol=1e-12)
    mapped = score("eigenvector_cosine", x, -x, alignment="mapped")
    np.testing.assert_allclose(mapped, np.eye(2), atol=1e-12)


def test_rbf_cka_by_hand():
    # Two pairs of twins: the median distance is 1, each kernel exp(-d²/2); x and y group alike.
    x = np.array([[0.0], [0], [1], [1]])
    y = np.array([[0.0], [1], [0], [1]])
    assert score("rbf_cka", x, 5 * x) == pytest.approx(1)
    assert score("rbf_cka", x, y) == pytest.approx(0, abs=1e-12)


def test_rsa_correlation_by_hand():
    # Over three units, two samples are either equal (0) or of correlation -1/2 (1.5).
    a, b, c = np.eye(3)
    x, y = np.array([a, a, b, c]), np.array([a, b, b, c])
    # Pairs 01 02 03 12 13 23: x has its only 0 at 01 and y at 12.
    for key in ("rsa_correlation_pearson", "rsa_correlation_spearman"):
        assert score(key, x, y) == pytest.approx(-0.2)


def test_cknna_by_hand():
    # Cosines of directions at 0, 60, 180, 240 degrees: rows add up to 0, neighbours 01 and 23.
    # At 0, 60, 310, 180 degrees the nearest of 0 1 2 3 are 2 0 0 1: only 0 for 1 is shared.
    x, y = (
        np.stack([np.cos(np.radians(t)), np.sin(np.radians(t))], axis=1)
        for t in ([0, 60, 180, 240], [0, 60, 310, 180])
    )
    near, far, side = np.cos(np.radians([50, 110, 130]))
    mean_0, mean_1 = (1 + 0.5 + near - 1) / 4, (0.5 + 1 + far - 0.5) / 4
    mean_2, mean_3 = (near + far + 1 + side) / 4, (-1 - 0.5 + side + 1) / 4
    own = (near - mean_0) ** 2 + (0.5 - mean_1) ** 2 + (near - mean_2) ** 2 + (-0.5 - mean_3) ** 2
    expected = 0.5 * (0.5 - mean_1) / np.sqrt(4 * 0.5**2 * own)
    assert score("cknna", x, y, k=1) == pytest.approx(expected, rel=1e-12)


def test_distance_correlation_by_hand():
    # Doubly centred, distances of 0 0 1 1 are -1/2 within pairs and 1/2 between them; those of
    # 0 0 0 1 are -1/8 among the first three, 3/8 to the last and -9/8 for the last with itself.
    # Products add up to 1, squares to 4 and 9/4: sqrt(1 / sqrt(9)).
    x, y = np.array([[0.0], [0], [1], [1]]), np.array([[0.0], [0], [0], [1]])
    assert score("distance_correlation", x, y) == pytest.approx(1 / np.sqrt(3), rel=1e-12)


def test_linear_predictivity_by_hand():
    # y = 2 x is predicted but for the smallest penalty; noise independent of x is not.
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=(2, 400, 3))
    assert score("linear_predictivity", x, 2 * x) == pytest.approx(1, abs=1e-9)
    assert score("linear_predictivity", x, x + noise) == pytest.approx(0.5, abs=0.05)
    assert score("linear_predictivity", x, noise) == pytest.approx(0, abs=0.03)


LIMITS = {"mutual_knn": 10 / 599, "jaccard_knn": 5 / 599, "information_imbalance": 1.0}


@pytest.mark.parametrize(
    "key",
    [k for k, m in METRICS.items() if m.output == "scalar" and m.needs_pairing],
)
def test_noise_falling_to_zero_approaches_identical(key):
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=(2, 80, 5))
    values = np.array([score(key, x, x + level * noise) for level in (1.0, 0.1, 1e-4)])
    metric = METRICS[key]
    best = metric.score(x, x) if metric.identical is None else metric.identical
    gaps = np.abs(values - best)
    assert gaps[0] > gaps[1] >= gaps[2]
    assert gaps[2] < 0.01


@pytest.mark.parametrize("key", ["bures", "bures_cosine"])
def test_spreads_that_come_together_approach_identical(key):
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=(2, 80, 5))
    gaps = [abs(score(key, x, x + c * noise) - METRICS[key].identical) for c in (1, 0.1, 1e-4)]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 1e-3


def test_directions_approach_their_own_as_noise_falls():
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=(2, 80, 5)) * np.geomspace(4, 1, 5)
    cosines = [score("eigenvector_cosine", x, x + c * noise) for c in (1, 0.1, 1e-4)]
    gaps = [np.abs(c - np.eye(5)).max() for c in cosines]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.01


@pytest.mark.parametrize("key", LIMITS)
def test_unrelated_neighbours_meet_at_the_rate_of_chance(key):
    rng = np.random.default_rng(2)
    assert score(key, *rng.normal(size=(2, 600, 8))) == pytest.approx(LIMITS[key], rel=0.15)


@pytest.mark.parametrize("key", ["mean_cca", "r2_cca"])
def test_cca_says_nothing_once_there_are_as_many_units_as_samples(key):
    rng = np.random.default_rng(3)
    assert score(key, *rng.normal(size=(2, 20, 19))) == pytest.approx(1, abs=1e-9)


def test_rank_deficiency_counts_as_correlation_zero():
    x = np.random.default_rng(4).normal(size=(30, 3))
    doubled = np.hstack([x, x])
    assert score("mean_cca", doubled, doubled) == pytest.approx(0.5)
    assert score("mean_cca", np.c_[x, np.ones(30)], np.c_[x, np.ones(30)]) == pytest.approx(0.75)


def test_shape_alpha_ends_at_cca_and_procrustes():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 40, 4)) * [4, 3, 2, 1]
    angle = score("procrustes_angular", x, y)
    assert score("shape_alpha", x, y, alpha=1.0) == pytest.approx(angle, rel=1e-12)
    mean = score("mean_cca", x, y)
    assert np.cos(score("shape_alpha", x, y, alpha=0.0)) == pytest.approx(mean, rel=1e-12)


def test_neighbours_of_the_same_group_do_not_count():
    rng = np.random.default_rng(6)
    groups = np.repeat(np.arange(20), 6)
    x, y = (rng.normal(size=(20, 8))[groups] + 0.1 * rng.normal(size=(120, 8)) for _ in range(2))
    assert score("mutual_knn", x, y, k=5) > 0.9
    assert score("mutual_knn", x, y, k=5, groups=groups) < 0.2


def test_groups_stay_together_in_the_folds():
    rng = np.random.default_rng(7)
    groups = np.repeat(np.arange(25), 8)
    x, y = (rng.normal(size=(25, 10))[groups] + 0.1 * rng.normal(size=(200, 10)) for _ in range(2))
    assert score("linear_predictivity", x, y) > 0.3
    assert score("linear_predictivity", x, y, groups=groups) < 0.1
    for fold in METRICS["linear_predictivity"].prepare(x, groups=groups).folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])


REFUSED = [
    ("bures", (20, 5), (20, 4), {}, "narrower side|second side.*bures_cosine"),
    ("bures_cosine", (20, 4), (20, 5), {}, "Align the first side"),
    ("mutual_knn", (9, 5), (9, 5), {}, "k = 10 neighbours"),
    ("information_imbalance", (9, 5), (9, 5), {"k": 9}, "k = 9 neighbours"),
    ("rsa_correlation_pearson", (20, 1), (20, 1), {}, "One unit"),
    ("linear_predictivity", (4, 2), (4, 2), {}, "5 folds"),
]


@pytest.mark.parametrize(("key", "shape", "other", "params", "message"), REFUSED)
def test_undefined_scores_say_why(key, shape, other, params, message):
    rng = np.random.default_rng(8)
    with pytest.raises(UndefinedScoreError, match=message):
        score(key, rng.normal(size=shape), rng.normal(size=other), **params)


def test_constant_units_are_refused_by_correlations_and_ignored_by_cka():
    x = np.random.default_rng(9).normal(size=(20, 3))
    with_constant = np.c_[x[:, :1], np.full(20, 0.1), x[:, 1:]]
    for key in ("correlation_match", "soft_match"):
        with pytest.raises(UndefinedScoreError, match="Units 1 are constant"):
            score(key, with_constant, x)
    for key in ("linear_cka", "procrustes_angular", "grassmann"):
        assert score(key, with_constant, x) == pytest.approx(METRICS[key].identical, abs=1e-9)


def test_samples_without_direction_or_pattern_are_named():
    x = np.random.default_rng(10).normal(size=(20, 3))
    x[7] = 0
    with pytest.raises(UndefinedScoreError, match="Sample 7 is all zeros"):
        score("cknna", x, x)
    with pytest.raises(UndefinedScoreError, match="Sample 7 has one value"):
        score("rsa_correlation_spearman", x, x)
    assert np.isfinite(score("mutual_knn", x, x, similarity="inner"))


@pytest.mark.parametrize(
    ("key", "params"),
    [
        ("rbf_cka", {"factor": 0}),
        ("svcca", {"variance": 1.5}),
        ("shape_alpha", {"alpha": -0.1}),
        ("mutual_knn", {"similarity": "dot"}),
        ("grassmann", {"k": 0}),
        ("eigenvector_cosine", {"alignment": "best"}),
    ],
)
def test_parameters_are_checked(key, params):
    x = np.random.default_rng(11).normal(size=(20, 3))
    with refused(ValueError, f"{next(iter(params))} is .*expected"):
        score(key, x, x, **params)


def test_ranks_share_ties():
    values = np.array([3.0, 1, 3, 2])
    np.testing.assert_array_equal(rsa.ranks(values), [3.5, 1, 3.5, 2])
    np.testing.assert_array_equal(rsa.ranks(np.array([3.0, 1, 3.5, 2])), [3, 1, 4, 2])


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_ranks_equal_those_of_scipy(scale):
    rng = np.random.default_rng(12)
    drawn = rng.normal(size=3000), rng.lognormal(0, 8, 3000), rng.integers(-9, 9, 3000) / 7
    for values in drawn:
        np.testing.assert_array_equal(rsa.ranks(scale * values), stats.rankdata(values))
    np.testing.assert_array_equal(rsa.ranks(np.full(5, -3.0)), np.full(5, 3.0))
    # What differs by rounding alone is a tie.
    assert rsa.ranks(np.array([0.0, 0.3, 0.1 + 0.2, 1])).tolist() == [1, 2.5, 2.5, 4]
