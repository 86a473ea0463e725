"""Clusters of units: planted ones, rotated bases, angles inside clusters."""

import numpy as np
import pytest
import scipy.linalg
from sklearn.cross_decomposition import CCA
from sklearn.metrics import adjusted_rand_score

from substrate.numerics.units.blocks import JointCovariance, UnitsError, parts
from substrate.numerics.units.clusters import (
    affinity,
    canonical_correlations,
    cluster_cosines,
    clusters,
    eigengap,
    laplacian_eigenvalues,
    mean_cosine,
    mean_of_draws,
    random_cosines,
)
from tests.numerics.units.planted import blocks_of, maps


def planted(rng, sizes=(6, 5, 4), photographs=120):
    """Units of both sides that share one two-dimensional space in each cluster."""
    truth = np.repeat(np.arange(len(sizes)), sizes)
    spaces = maps(rng, photographs, 4, 2 * len(sizes))
    sides = []
    for _ in range(2):
        side = 0.4 * maps(rng, photographs, 4, len(truth))
        for cluster in range(len(sizes)):
            inside = np.flatnonzero(truth == cluster)
            turns = rng.uniform(0, 2 * np.pi, len(inside))
            mix = np.stack([np.cos(turns), np.sin(turns)])
            side[..., inside] += spaces[..., 2 * cluster : 2 * cluster + 2] @ mix
        sides.append(side)
    return *sides, truth


@pytest.mark.parametrize("method", ["spectral", "hierarchical"])
def test_planted_clusters_are_found(method):
    scores = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        a, b, truth = planted(rng, (10, 8, 6))
        count = 3 if method == "spectral" else 6  # average linkage splits the discs
        found = clusters(blocks_of(a, b).covariance(), count, method=method)
        both = np.concatenate([found.labels_a, found.labels_b])
        if method == "spectral":
            scores.append(adjusted_rand_score(np.tile(truth, 2), both))
        else:
            pure = [len(set(np.tile(truth, 2)[both == one])) == 1 for one in range(found.count)]
            scores.append(np.mean(pure))
    assert np.mean(scores) > 0.9


def test_the_eigengap_finds_their_number():
    counts = []
    for seed in range(5):
        a, b, _ = planted(np.random.default_rng(seed), (10, 8, 6))
        counts.append(clusters(blocks_of(a, b).covariance()).count)
    assert counts.count(3) >= 4


def test_rotated_bases_have_no_clusters_of_the_truth():
    scores = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        a, b, truth = planted(rng, (10, 8, 6))
        turn = [np.linalg.qr(rng.normal(size=(24, 24)))[0] for _ in range(2)]
        found = clusters(blocks_of(a @ turn[0], b @ turn[1]).covariance(), 3)
        both = np.concatenate([found.labels_a, found.labels_b])
        scores.append(adjusted_rand_score(np.tile(truth, 2), both))
    assert np.mean(scores) < 0.1


def test_clusters_span_one_space_and_random_ones_do_not():
    rng = np.random.default_rng(7)
    a, b, _ = planted(rng, (10, 8, 6))
    choose, judge = (blocks_of(a, b).covariance(part) for part in parts(20))
    found = clusters(choose, 3)
    cosines = cluster_cosines(found, judge)
    null = random_cosines(found, judge, 50, seed=0)
    assert [len(one) for one in cosines] == [10, 8, 6]
    for one, draws in zip(cosines, null, strict=True):
        assert draws.shape[0] == 50
        assert one[1] > 0.9 and one[2] < 0.5  # two dimensions are shared
    # A random cluster of ten finds parts of all spaces: the second angle alone does not tell.
    assert cosines[2][1] > np.quantile(null[2][:, 1], 0.95)


def test_canonical_correlations_are_scikit_learns():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(400, 4))
    y = x[:, :3] + rng.normal(size=(400, 3))
    whole = np.cov(np.hstack([x, y]), rowvar=False)
    joint = JointCovariance(whole[:4, :4], whole[:4, 4:], whole[4:, 4:])
    u, v = CCA(3, max_iter=5_000).fit_transform(x, y)
    expected = [np.corrcoef(u[:, k], v[:, k])[0, 1] for k in range(3)]
    np.testing.assert_allclose(canonical_correlations(joint), expected, atol=1e-3)
    assert canonical_correlations(joint.of_units(np.arange(2), np.array([], dtype=int))).size == 0
    doubled = np.cov(np.hstack([x, x[:, :1], y]), rowvar=False)
    more = JointCovariance(doubled[:5, :5], doubled[:5, 5:], doubled[5:, 5:])
    np.testing.assert_allclose(
        canonical_correlations(more), canonical_correlations(joint), atol=1e-6
    )


def test_the_laplacian_has_a_zero_for_every_part_that_hangs_together():
    block = np.ones((4, 4)) - np.eye(4)
    values = laplacian_eigenvalues(scipy.linalg.block_diag(block, block, block))
    np.testing.assert_allclose(values[:3], 0.0, atol=1e-12)
    assert values[3] == pytest.approx(4 / 3) and eigengap(values) == 3
    assert eigengap(np.array([0.0, 0.1])) == 2


def test_dead_units_take_no_part_and_too_few_are_refused():
    rng = np.random.default_rng(9)
    a, b, _ = planted(rng)
    a[..., 2] = 1.0
    covariance = blocks_of(a, b).covariance()
    found = clusters(covariance, 3)
    assert 2 not in found.a and len(found.a) == 14 and affinity(covariance).shape == (29, 29)
    order = found.order()
    assert sorted(order[0].tolist()) == found.a.tolist() and len(order[1]) == 15
    assert np.bincount(np.concatenate([found.labels_a, found.labels_b])).argmax() == 0
    with pytest.raises(UnitsError, match="31 clusters of 29 units: give from 2 to 28"):
        clusters(covariance, 31)
    one = JointCovariance(np.eye(1), np.ones((1, 1)), np.eye(1))
    with pytest.raises(UnitsError, match="too few to cluster"):
        clusters(one)


def test_means_over_all_angles_by_hand():
    own = [np.array([1.0, 0.5]), np.empty(0), np.array([0.3])]
    draws = [np.array([[0.4, 0.2, 0.0], [0.6, 0.4, 0.2]]), np.empty((2, 0)), np.ones((2, 1))]
    assert mean_cosine(own) == pytest.approx(0.6)
    np.testing.assert_allclose(mean_of_draws(own, draws), [1.6 / 3, 2.0 / 3])
    assert np.isnan(mean_of_draws([np.empty(0)], [np.empty((2, 0))])).all()  # and no warning
    assert np.isnan(mean_cosine([np.empty(0)]))
