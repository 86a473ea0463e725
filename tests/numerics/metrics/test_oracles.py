"""Each metric against another library or an independent slow implementation."""

from itertools import permutations

import numpy as np
import pytest
from scipy import linalg, spatial, stats
from sklearn.cross_decomposition import CCA
from sklearn.metrics import pairwise
from sklearn.neighbors import NearestNeighbors

from substrate.numerics.metrics import METRICS


def score(key, *pair, **params):
    return METRICS[key].score(*pair, **params)


SIZES = pytest.mark.parametrize("n", [60, 18], ids=["n>p", "n<p"])


@pytest.fixture
def pair(n):
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, 24)) * np.geomspace(3, 0.3, 24) + 1
    return x, x[:, :20] @ rng.normal(size=(20, 20)) / 4 + rng.normal(size=(n, 20))


def centre(x):
    return x - x.mean(axis=0)


def centring(n):
    return np.eye(n) - 1 / n


def canonical(x, y):
    """Canonical correlations from projectors, by eigenvalues."""
    px, py = (c @ np.linalg.pinv(c) for c in (centre(x), centre(y)))
    values = np.sort(np.linalg.eigvals(px @ py).real)[::-1]
    count = min(x.shape[1], y.shape[1], len(x) - 1)
    return np.sqrt(np.maximum(values[:count], 0))


@SIZES
def test_cca(pair):
    x, y = pair
    rho = canonical(x, y)
    assert score("mean_cca", x, y) == pytest.approx(rho.mean(), abs=1e-7)
    assert score("r2_cca", x, y) == pytest.approx((rho**2).mean(), abs=1e-7)


def test_first_canonical_correlation_of_scikit_learn():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(100, 3)), rng.normal(size=(100, 1))
    model = CCA(n_components=1, max_iter=5000, tol=1e-12).fit(x, y)
    expected = abs(np.corrcoef(*(a[:, 0] for a in model.transform(x, y)))[0, 1])
    assert score("mean_cca", x, y) == pytest.approx(expected, abs=1e-6)


@SIZES
def test_svcca(pair):
    kept = []
    for x in pair:
        u, s, _ = np.linalg.svd(centre(x), full_matrices=False)
        share = np.cumsum(s**2) / np.sum(s**2)
        kept.append(u[:, : np.flatnonzero(share >= 0.99)[0] + 1])
    cosines = np.cos(linalg.subspace_angles(*kept))
    assert score("svcca", *pair) == pytest.approx(cosines.mean(), abs=1e-9)


def test_pwcca():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 5))
    y = x[:, :4] @ rng.normal(size=(4, 4)) + rng.normal(size=(80, 4))
    cx, cy = centre(x), centre(y)
    root = np.real(linalg.inv(linalg.sqrtm(cx.T @ cx)))
    other = np.real(linalg.inv(linalg.sqrtm(cy.T @ cy)))
    u, s, _ = np.linalg.svd(root @ cx.T @ cy @ other, full_matrices=False)
    variates = cx @ root @ u
    weights = np.array([sum(abs(h @ column) for column in cx.T) for h in variates.T])
    assert score("pwcca", x, y) == pytest.approx((weights * s).sum() / weights.sum(), rel=1e-9)


@SIZES
@pytest.mark.parametrize("factor", [0.5, 1.0])
def test_rbf_cka(pair, factor):
    kernels = []
    for x in pair:
        d = spatial.distance.pdist(x)
        gram = pairwise.rbf_kernel(x, gamma=1 / (2 * (factor * np.median(d)) ** 2))
        kernels.append(centring(len(x)) @ gram @ centring(len(x)))
    k, lam = kernels
    expected = np.trace(k @ lam) / np.sqrt(np.trace(k @ k) * np.trace(lam @ lam))
    assert score("rbf_cka", *pair, factor=factor) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("shape", [(50, 6), (12, 30)], ids=["n>p", "n<p"])
def test_shape_alpha(shape):
    x, y = np.random.default_rng(2).normal(size=(2, *shape))

    def whitened(a):
        a = centre(a)
        values, vectors = linalg.eigh(a.T @ a)
        real = values > 1e-9 * values[-1]
        inverse_root = vectors[:, real] / np.sqrt(values[real]) @ vectors[:, real].T
        return a @ (0.5 * np.eye(shape[1]) + 0.5 * inverse_root)

    x2, y2 = whitened(x), whitened(y)
    cosine = linalg.svdvals(x2.T @ y2).sum() / (np.linalg.norm(x2) * np.linalg.norm(y2))
    assert score("shape_alpha", x, y) == pytest.approx(np.arccos(cosine), rel=1e-9)


@SIZES
def test_bures(pair):
    x, y = pair[0][:, :20], pair[1]
    a, b = np.cov(x.T), np.cov(y.T)
    values, vectors = np.linalg.eigh(a)
    values[np.abs(values) < 1e-12] = 0
    root = vectors * np.sqrt(values) @ vectors.T
    fidelity = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b @ root), 0)).sum()
    expected = np.sqrt(np.trace(a) + np.trace(b) - 2 * fidelity)
    assert score("bures", x, y) == pytest.approx(expected, abs=1e-5)
    cosine = fidelity / np.sqrt(np.trace(a) * np.trace(b))
    assert score("bures_cosine", x, y) == pytest.approx(cosine, abs=1e-5)


def test_bures_of_optimal_transport():
    gaussian = pytest.importorskip("ot.gaussian")
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 60, 5)) * [[[1.0]], [[2.0]]]
    zero = np.zeros(5)
    expected = gaussian.bures_wasserstein_distance(zero, zero, np.cov(x.T), np.cov(y.T))
    assert score("bures", x, y) == pytest.approx(float(expected), rel=1e-6)


@SIZES
def test_rsa(pair):
    correlation = [spatial.distance.pdist(x, "correlation") for x in pair]
    euclidean = [spatial.distance.pdist(x, "sqeuclidean") for x in pair]
    for key, patterns, statistic in (
        ("rsa_correlation_spearman", correlation, stats.spearmanr),
        ("rsa_correlation_pearson", correlation, stats.pearsonr),
        ("rsa_euclidean_spearman", euclidean, stats.spearmanr),
    ):
        assert score(key, *pair) == pytest.approx(statistic(*patterns).statistic, rel=1e-9)


@SIZES
@pytest.mark.parametrize("k", [3, 10])
def test_neighbours(pair, k):
    sets = []
    for x in pair:
        index = NearestNeighbors(n_neighbors=k, metric="cosine", algorithm="brute").fit(x)
        sets.append([set(row) for row in index.kneighbors(return_distance=False)])
    shared = np.array([len(a & b) for a, b in zip(*sets, strict=True)])
    union = np.array([len(a | b) for a, b in zip(*sets, strict=True)])
    assert score("mutual_knn", *pair, k=k) == pytest.approx((shared / k).mean())
    assert score("jaccard_knn", *pair, k=k) == pytest.approx((shared / union).mean())


@SIZES
def test_cknna(pair):
    n, k = len(pair[0]), 10
    grams = [pairwise.cosine_similarity(x) for x in pair]

    def near(gram):
        return [set(np.argsort(-np.where(np.arange(n) == i, -9, gram[i]))[:k]) for i in range(n)]

    def align(a, b):
        total, first, second = 0.0, near(a), near(b)
        for i in range(n):
            for j in first[i] & second[i]:
                total += (a[i, j] - a[i].mean()) * (b[i, j] - b[i].mean())
        return total

    a, b = grams
    expected = align(a, b) / np.sqrt(align(a, a) * align(b, b))
    assert score("cknna", *pair) == pytest.approx(expected, rel=1e-9)


@SIZES
@pytest.mark.parametrize("k", [1, 5])
def test_information_imbalance(pair, k):
    x, y = (spatial.distance.squareform(spatial.distance.pdist(a)) for a in pair)
    n, total = len(x), 0
    for i in range(n):
        others = [j for j in range(n) if j != i]
        ranked = sorted(others, key=lambda j, i=i: y[i, j])
        total += sum(ranked.index(j) + 1 for j in sorted(others, key=lambda j, i=i: x[i, j])[:k])
    assert score("information_imbalance", *pair, k=k) == pytest.approx(2 * total / (n * k) / n)


@SIZES
def test_linear_predictivity(pair):
    x, y = pair
    n = len(x)
    of_row = np.empty(n, dtype=int)
    of_row[np.random.default_rng(0).permutation(n)] = np.arange(n) % 5
    error = spread = 0.0
    for fold in range(5):
        train, test = of_row != fold, of_row == fold
        xm, ym = x[train].mean(0), y[train].mean(0)
        a, b = x[train] - xm, y[train] - ym
        best = None
        for penalty in np.logspace(-6, 2, 17) * linalg.svdvals(a)[0] ** 2:
            hat = a @ linalg.solve(a.T @ a + penalty * np.eye(a.shape[1]), a.T)
            m = len(a)
            gcv = np.sum((b - hat @ b) ** 2) / (m - 1 - np.trace(hat)) ** 2
            if best is None or gcv < best[0]:
                best = gcv, linalg.solve(a.T @ a + penalty * np.eye(a.shape[1]), a.T @ b)
        error += np.sum((y[test] - ym - (x[test] - xm) @ best[1]) ** 2)
        spread += np.sum((y[test] - ym) ** 2)
    assert score("linear_predictivity", x, y) == pytest.approx(1 - error / spread, rel=1e-6)


@pytest.mark.parametrize("n", [30, 5], ids=["n>p", "n<p"])
@pytest.mark.parametrize(("p", "q"), [(6, 6), (4, 6), (6, 4)])
def test_matching_tries_every_assignment(n, p, q):
    rng = np.random.default_rng(7)
    x, y = centre(rng.normal(size=(n, p))), centre(rng.normal(size=(n, q)))
    r = np.array([[np.corrcoef(a, b)[0, 1] for b in y.T] for a in x.T])
    m, narrow = max(p, q), r if p <= q else r.T
    every = permutations(range(m), min(p, q))
    best = max(np.mean([narrow[i, j] for i, j in enumerate(order)]) for order in every)
    assert score("correlation_match", x, y) == pytest.approx(best, rel=1e-9)
    assert score("soft_match", x, y) == pytest.approx(np.mean([max(row) for row in r]), rel=1e-9)
    a, b = (np.pad(z, ((0, 0), (0, m - z.shape[1]))) for z in (x, y))
    least = min(np.linalg.norm(a - b[:, order]) for order in permutations(range(m)))
    assert score("permutation_procrustes", x, y) == pytest.approx(least, rel=1e-9)


def test_matching_of_optimal_transport():
    ot = pytest.importorskip("ot")
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(2, 30, 7))
    correlations = np.corrcoef(x.T, y.T)[:7, 7:]
    plan = ot.emd(np.full(7, 1 / 7), np.full(7, 1 / 7), 1 - correlations)
    assert score("correlation_match", x, y) == pytest.approx((plan * correlations).sum())
    assert score("soft_match", x, y) == pytest.approx(correlations.max(axis=1).mean())
    cost = ot.dist(centre(x).T, centre(y).T)
    expected = np.sqrt(7 * (ot.emd(np.full(7, 1 / 7), np.full(7, 1 / 7), cost) * cost).sum())
    assert score("permutation_procrustes", x, y) == pytest.approx(expected)


@SIZES
@pytest.mark.parametrize("k", [3, 16])
def test_grassmann_and_eigenvectors(pair, k):
    leading = []
    for x in pair:
        values, vectors = np.linalg.eigh(centre(x) @ centre(x).T)
        leading.append(vectors[:, np.argsort(values)[::-1][:k]])
    cosines = np.cos(linalg.subspace_angles(*leading))
    assert score("grassmann", *pair, k=k) == pytest.approx((cosines**2).mean(), rel=1e-9)
    expected = np.abs(leading[0].T @ leading[1])
    np.testing.assert_allclose(score("eigenvector_cosine", *pair, k=k), expected, atol=1e-9)


def test_mapped_eigenvectors():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(50, 6)), rng.normal(size=(50, 6))
    rotation, _ = linalg.orthogonal_procrustes(centre(x), centre(y))
    a, b = (np.linalg.svd(centre(z))[2][:3].T for z in (x, y))
    expected = np.abs(a.T @ rotation @ b)
    mapped = score("eigenvector_cosine", x, y, k=3, alignment="mapped")
    np.testing.assert_allclose(mapped, expected, atol=1e-9)


@SIZES
def test_distance_correlation(pair):
    n = len(pair[0])
    a, b = (
        centring(n) @ spatial.distance.squareform(spatial.distance.pdist(x)) @ centring(n)
        for x in pair
    )
    expected = np.sqrt((a * b).mean() / np.sqrt((a * a).mean() * (b * b).mean()))
    assert score("distance_correlation", *pair) == pytest.approx(expected, rel=1e-10)


@SIZES
def test_rsa_of_rsatoolbox(pair):
    rsatoolbox = pytest.importorskip("rsatoolbox")
    rdms = [rsatoolbox.rdm.calc_rdm(rsatoolbox.data.Dataset(x), method="correlation") for x in pair]
    expected = float(rsatoolbox.rdm.compare(*rdms, method="spearman").item())
    assert score("rsa_correlation_spearman", *pair) == pytest.approx(expected, rel=1e-6)
