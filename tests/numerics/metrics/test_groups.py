"""Samples of one photograph: their pairs are left out, by hand, by oracles, and by laws."""

import numpy as np
import pytest
from scipy import spatial, stats

from substrate.numerics import nulls
from substrate.numerics.grouping import group_codes
from substrate.numerics.metrics import (
    METRICS,
    UndefinedScoreError,
    score,
)
from substrate.numerics.metrics.distance_correlation import centred_apart
from substrate.numerics.metrics.neighbors import nearest
from substrate.numerics.metrics.support.battery import score_all
from substrate.numerics.metrics.support.features import double_centred
from tests.support.refusals import refused

EQUAL = np.repeat([f"p{i}" for i in range(12)], 5)
RAGGED = np.repeat(np.arange(14), [1, 5, 2, 3, 7, 1, 4, 2, 6, 3, 2, 4, 8, 2])
KEYS = [m.key for m in METRICS.values() if "groups" in m.parameters]
PAIRWISE = [key for key in KEYS if key != "linear_predictivity"]
RSA = [key for key in KEYS if key.startswith("rsa")]
pairwise = pytest.mark.parametrize("key", PAIRWISE)
designs = pytest.mark.parametrize("groups", [EQUAL, RAGGED], ids=["equal", "ragged"])


def tiles(groups, seed, offset=1.0, p=6):
    """Independent tiles, each with the offset of its photograph."""
    rng = np.random.default_rng(seed)
    codes = np.unique(groups, return_inverse=True)[1]
    return (
        offset * rng.normal(size=(codes.max() + 1, p))[codes]
        + 0.3 * rng.normal(size=(len(groups), p))
        + 1.0
    )


def related(groups, seed):
    x = tiles(groups, seed)
    return x, x + tiles(groups, seed + 1)


def test_these_metrics_take_groups():
    assert set(KEYS) == {
        "mutual_knn",
        "jaccard_knn",
        "cknna",
        "information_imbalance",
        "distance_correlation",
        "linear_predictivity",
        *RSA,
    }
    assert len(RSA) == 3


@pairwise
def test_groups_of_one_change_nothing(key):
    x, y = related(RAGGED, 0)
    own = np.random.default_rng(1).permutation(len(RAGGED))
    metric, rows = METRICS[key], np.arange(10, 50)
    plain, grouped = ([metric.prepare(z, groups=g) for z in (x, y)] for g in (None, own))
    assert metric.compare(*plain) == pytest.approx(metric.compare(*grouped), rel=1e-12)
    orders = nulls.group_permutations(own, 3, seed=0)
    np.testing.assert_allclose(
        metric.compare_permuted(*plain, orders), metric.compare_permuted(*grouped, orders)
    )
    taken = [
        metric.compare(*(metric.take_rows(s, rows) for s in sides)) for sides in (plain, grouped)
    ]
    assert taken[0] == pytest.approx(taken[1], rel=1e-12)


@pairwise
@designs
def test_permuted_and_taken_states_are_those_of_permuted_and_taken_rows(key, groups):
    x, y = related(groups, 2)
    metric = METRICS[key]
    a, b = metric.prepare(x, groups=groups), metric.prepare(y, groups=groups)
    orders = nulls.group_permutations(groups, 4, seed=1)
    single = [metric.compare(a, metric.take_rows(b, rows)) for rows in orders]
    together = metric.compare_permuted(a, b, orders)
    np.testing.assert_allclose(together, single, rtol=1e-9, atol=1e-12)
    if groups is EQUAL:
        anew = [metric.score(x, y[rows], groups=groups) for rows in orders]
        np.testing.assert_allclose(together, anew, rtol=1e-9, atol=1e-12)
    rows = np.flatnonzero(groups != groups[20])
    taken = metric.compare(metric.take_rows(a, rows), metric.take_rows(b, rows))
    assert taken == pytest.approx(metric.score(x[rows], y[rows], groups=groups[rows]), rel=1e-9)


@pairwise
@designs
def test_all_pairs_are_single_comparisons(key, groups):
    metric = METRICS[key]
    states = [metric.prepare(z, groups=groups) for z in (*related(groups, 3), tiles(groups, 9))]
    alone = [[metric.compare(a, b) for b in states] for a in states]
    np.testing.assert_allclose(metric.compare_all(states, states), alone, rtol=1e-9)


@designs
@pytest.mark.parametrize("k", [1, 3])
def test_imbalance_by_loops(groups, k):
    x, y = related(groups, 4)
    first, second = (spatial.distance.cdist(z, z) for z in (x, y))
    found = []
    for i in range(len(groups)):
        others = np.flatnonzero(groups != groups[i])
        ranks = dict(zip(others, stats.rankdata(second[i, others]), strict=True))
        near = others[np.argsort(first[i, others])[:k]]
        found.append(np.mean([2 * ranks[j] / (len(others) + 1) for j in near]))
    value = score("information_imbalance", x, y, k=k, groups=groups)
    assert value == pytest.approx(np.mean(found), rel=1e-12)


@designs
@pytest.mark.parametrize("key", RSA)
def test_rsa_by_scipy(groups, key):
    x, y = related(groups, 5)
    name = "correlation" if "correlation" in key else "sqeuclidean"
    i, j = np.triu_indices(len(groups), 1)
    apart = groups[i] != groups[j]
    patterns = [spatial.distance.pdist(z, name)[apart] for z in (x, y)]
    correlate = stats.pearsonr if key.endswith("pearson") else stats.spearmanr
    expected = correlate(*patterns).statistic
    assert score(key, x, y, groups=groups) == pytest.approx(expected, rel=1e-9)


@designs
def test_distance_correlation_by_least_squares(groups):
    """Row and column effects are fitted to the pairs that count, by a general solver."""
    x, y = related(groups, 6)
    n = len(groups)
    kept = (groups[:, None] != groups) | np.eye(n, dtype=bool)
    i, j = np.nonzero(kept)
    design = np.zeros((len(i), n))
    np.add.at(design, (np.arange(len(i)), i), 1.0)
    np.add.at(design, (np.arange(len(i)), j), 1.0)
    residuals = []
    for z in (x, y):
        d = spatial.distance.cdist(z, z)[i, j]
        residuals.append(d - design @ np.linalg.lstsq(design, d, rcond=None)[0])
    a, b = residuals
    expected = np.sqrt(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    value = score("distance_correlation", x, y, groups=groups)
    assert value == pytest.approx(expected, rel=1e-8)


def test_centring_without_the_pairs_of_a_group():
    d = np.sqrt(np.abs(tiles(RAGGED, 7, p=len(RAGGED))))
    d = d + d.T
    centred = centred_apart(d, group_codes(RAGGED))
    np.testing.assert_allclose(centred.sum(axis=0), 0, atol=1e-9)
    own = centred_apart(d, np.arange(len(RAGGED)))
    np.testing.assert_allclose(own, double_centred(d), atol=1e-12)


@designs
def test_nearest_neighbours_by_sorting(groups, monkeypatch):
    monkeypatch.setattr("substrate.numerics.metrics.neighbors.BLOCK", 7 * len(groups))
    x, _ = related(groups, 8)
    cosine = 1 - spatial.distance.cdist(x, x, "cosine")
    found = nearest(x, 4, groups=groups)
    for i, row in enumerate(found):
        others = np.flatnonzero(groups != groups[i])
        np.testing.assert_array_equal(row, others[np.argsort(-cosine[i, others])[:4]])


@pytest.mark.parametrize("offset", [1.0, 3.0])
def test_photographs_of_their_own_in_both_spaces_make_unrelated_tiles_look_alike(offset):
    """Each space has its own offset per photograph: nothing but the photograph is shared."""
    groups = np.repeat(np.arange(40), 8)
    plain, apart = {}, {}
    for key in ("information_imbalance", "rsa_euclidean_spearman", "mutual_knn"):
        pairs = [(tiles(groups, s, offset), tiles(groups, s + 50, offset)) for s in range(4)]
        plain[key] = np.mean([score(key, *pair) for pair in pairs])
        apart[key] = np.mean([score(key, *pair, groups=groups) for pair in pairs])
    assert plain["information_imbalance"] < 0.1
    assert apart["information_imbalance"] == pytest.approx(1, abs=0.08)
    assert plain["rsa_euclidean_spearman"] > 0.035
    assert abs(apart["rsa_euclidean_spearman"]) < 0.03
    assert plain["mutual_knn"] > 0.5
    assert apart["mutual_knn"] == pytest.approx(10 / 312, abs=0.02)


def test_distance_correlation_loses_what_photographs_alone_give():
    groups = np.repeat(np.arange(40), 8)
    pairs = [(tiles(groups, s, 2.0, p=2), tiles(groups, s + 50, 2.0, p=2)) for s in range(4)]
    few = [(x[::8], y[::8]) for x, y in pairs]
    plain, apart, photographs = (
        np.mean([score("distance_correlation", *pair, **options) for pair in chosen])
        for chosen, options in ((pairs, {}), (pairs, {"groups": groups}), (few, {}))
    )
    assert apart < plain
    assert apart < photographs


@pairwise
def test_offsets_shared_by_both_spaces_are_still_found(key):
    """What photographs have in common across spaces is a relation of photographs, and stays."""
    groups = np.repeat(np.arange(30), 6)
    shared = tiles(groups, 11, offset=2.0)
    y = shared + 0.3 * np.random.default_rng(12).normal(size=shared.shape)
    metric = METRICS[key]
    found = nulls.calibrate_pair(
        metric, *(metric.prepare(z, groups=groups) for z in (shared, y)), groups, 99, seed=0
    )
    assert found.p == pytest.approx(0.01)
    assert found.calibrated > 0.3


def test_sides_with_other_groups_are_refused():
    x, y = related(EQUAL, 13)
    others = np.roll(EQUAL, 2)
    for key in (*RSA, "information_imbalance", "distance_correlation"):
        metric = METRICS[key]
        a, b = metric.prepare(x, groups=EQUAL), metric.prepare(y, groups=others)
        with refused(ValueError, "leave out different pairs"):
            metric.compare(a, b)
        with refused(ValueError, "leave out different pairs"):
            metric.compare_permuted(a, a, np.random.default_rng(0).permutation(60)[None])


@pairwise
def test_one_group_leaves_nothing(key):
    x, _ = related(EQUAL, 14)
    with refused(UndefinedScoreError, "belong to one group"):
        METRICS[key].prepare(x, groups=np.zeros(len(x)))


def test_a_group_of_most_samples_leaves_too_few_distances():
    x, _ = related(EQUAL, 15)
    with refused(UndefinedScoreError, "One group holds 40 of 60"):
        METRICS["distance_correlation"].prepare(x, groups=np.maximum(np.arange(60), 39))


def test_the_battery_hands_groups_on():
    x, y = related(EQUAL, 16)
    found = score_all(x, y, ["information_imbalance", "linear_cka"], groups=EQUAL)
    expected = score("information_imbalance", x, y, groups=EQUAL)
    assert found["information_imbalance"]["x_to_y"] == pytest.approx(expected)
    assert found["parameters"]["information_imbalance"] == {"k": 1, "groups": "12 groups"}
    assert found["linear_cka"] == pytest.approx(score("linear_cka", x, y))


def test_a_group_of_half_the_samples_leaves_enough_for_distance_correlation():
    x = np.random.default_rng(5).normal(size=(8, 3))
    groups = np.array([0, 0, 0, 0, 1, 2, 3, 4])
    kept = (groups[:, None] != groups) | np.eye(8, dtype=bool)
    distances = np.linalg.norm(x[:, None] - x, axis=2)
    found = centred_apart(distances, groups)
    assert np.allclose(found.sum(axis=1), 0) and (found[~kept] == 0).all()
    assert np.isclose(score("distance_correlation", x, x, groups=groups), 1)
    groups[4] = 0  # five of eight
    with refused(UndefinedScoreError, "One group holds 5 of 8 samples"):
        centred_apart(distances, groups)
