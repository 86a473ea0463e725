"""Laws, hand-worked values and second implementations of the alignment maps."""

import numpy as np
import pytest
import scipy.linalg
from scipy.linalg import orthogonal_procrustes
from sklearn.linear_model import LinearRegression, Ridge

from substrate.numerics.alignment import (
    AlignmentError,
    affine_map,
    consensus,
    held_out_residual,
    matched_units,
    orthogonal_map,
    permutation_map,
    polar_factor,
    reduced,
    whitened_map,
    whitened_scores,
)
from substrate.numerics.nulls import random_basis


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def steep(rng, n, p):
    return rng.normal(size=(n, p)) * 0.8 ** np.arange(p) + rng.normal(size=p)


def test_reduced_features_are_the_features(rng):
    for shape in ((30, 8), (8, 30)):
        x = steep(rng, *shape)
        side = reduced(x)
        np.testing.assert_allclose(side.scores @ side.vectors.T + side.mean, x, atol=1e-12)
        np.testing.assert_allclose(
            side.vectors.T @ side.vectors, np.eye(side.scores.shape[1]), atol=1e-12
        )


def test_orthogonal_map_agrees_with_scipy(rng):
    x, y = steep(rng, 60, 7), steep(rng, 60, 7)
    expected, _ = scipy.linalg.orthogonal_procrustes(x - x.mean(0), y - y.mean(0))
    fitted = orthogonal_map(x, y)
    np.testing.assert_allclose(fitted.matrix, expected, atol=1e-10)
    np.testing.assert_allclose(fitted.matrix @ fitted.matrix.T, np.eye(7), atol=1e-12)


def test_orthogonal_map_undoes_a_rotation_and_a_shift(rng):
    x = steep(rng, 60, 7)
    turn = random_basis(7, 7, rng)
    fitted = orthogonal_map(x, x @ turn + 3.0)
    np.testing.assert_allclose(fitted.matrix, turn, atol=1e-10)
    assert held_out_residual(fitted, x, x @ turn + 3.0) < 1e-20


@pytest.mark.parametrize(("n", "p", "q", "rank"), [(50, 6, 9, 6), (50, 9, 6, 6), (5, 9, 12, 4)])
def test_rectangular_map_is_a_partial_isometry(rng, n, p, q, rank):
    fitted = orthogonal_map(steep(rng, n, p), steep(rng, n, q))
    singular = np.linalg.svd(fitted.matrix, compute_uv=False)
    assert fitted.rank == rank == min(p, q, n - 1)
    np.testing.assert_allclose(singular, [1.0] * rank + [0.0] * (len(singular) - rank), atol=1e-12)
    w = random_basis(q, 3, rng)
    assert (np.linalg.norm(fitted.pull_back(w), axis=0) <= 1 + 1e-12).all()


def test_no_other_rotation_fits_better(rng):
    x, y = steep(rng, 40, 5), steep(rng, 40, 8)
    fitted = orthogonal_map(x, y)
    xc, yc = x - x.mean(0), y - y.mean(0)
    best = np.linalg.norm(xc @ fitted.matrix - yc)
    others = [np.linalg.norm(xc @ random_basis(8, 5, rng).T - yc) for _ in range(50)]
    assert best < min(others)


def test_polar_factor_by_hand():
    factor, rank = polar_factor(np.array([[0.0, 2.0], [3.0, 0.0]]))
    np.testing.assert_allclose(factor, [[0, 1], [1, 0]], atol=1e-15)
    assert rank == 2
    factor, rank = polar_factor(np.array([[0.0, 2.0], [3.0, 0.0]]), rank=1)
    np.testing.assert_allclose(factor, [[0, 0], [1, 0]], atol=1e-15)
    assert rank == 1


def test_whitened_map_ignores_invertible_maps_within_the_kept_span(rng):
    x, y = steep(rng, 80, 6), steep(rng, 80, 6)
    mixed = y @ rng.normal(size=(6, 6))
    one, other = whitened_map(x, y, 6), whitened_map(x, mixed, 6)
    a, b, c = (whitened_scores(reduced(z), 6) for z in (x, y, mixed))
    np.testing.assert_allclose(
        np.linalg.norm(a @ one.rotation - b), np.linalg.norm(a @ other.rotation - c), atol=1e-9
    )
    np.testing.assert_allclose(one.rotation.T @ one.rotation, np.eye(6), atol=1e-12)


def test_whitened_coordinates_keep_the_scores(rng):
    x = steep(rng, 30, 5)
    fitted = whitened_map(x, x, 5)
    v = random_basis(5, 2, rng)
    scores = whitened_scores(reduced(x), 5) @ fitted.source.coordinates(v)
    np.testing.assert_allclose(scores, (x - x.mean(0)) @ v, atol=1e-12)
    np.testing.assert_allclose(fitted.rotation, np.eye(5), atol=1e-12)


def test_affine_map_agrees_with_scikit_learn(rng):
    x, y = steep(rng, 50, 6), steep(rng, 50, 4)
    np.testing.assert_allclose(
        affine_map(x, y).apply(x), LinearRegression().fit(x, y).predict(x), atol=1e-10
    )
    penalty = 0.3 * np.square(np.linalg.svd(x - x.mean(0), compute_uv=False)).mean()
    np.testing.assert_allclose(
        affine_map(x, y, ridge=0.3).apply(x),
        Ridge(alpha=penalty).fit(x, y).predict(x),
        atol=1e-10,
    )


def test_affine_map_recovers_and_interpolates(rng):
    x, weights = steep(rng, 40, 6), rng.normal(size=(6, 3))
    fitted = affine_map(x[:20], x[:20] @ weights + 1.0)
    assert held_out_residual(fitted, x[20:], x[20:] @ weights + 1.0) < 1e-20
    wide, noise = rng.normal(size=(10, 30)), rng.normal(size=(10, 3))
    fitted = affine_map(wide, noise)
    assert held_out_residual(fitted, wide, noise) < 1e-20
    assert held_out_residual(fitted, rng.normal(size=(200, 30)), rng.normal(size=(200, 3))) > 1


def test_permutation_map_finds_shuffled_units(rng):
    x = steep(rng, 60, 8)
    order = rng.permutation(8)
    fitted = permutation_map(x, x[:, order])
    np.testing.assert_array_equal(fitted.matrix, np.eye(8)[:, order])
    source, target = matched_units(x, x[:, order[:5]])
    assert len(source) == 5
    np.testing.assert_array_equal(source, order[:5][target])


def test_permutation_map_is_not_fooled_by_sign_or_constant_units(rng):
    x = rng.normal(size=(60, 3))
    y = np.column_stack([-x[:, 0], x[:, 1], np.ones(60), x[:, 2]])
    _, target = matched_units(x[:, 1:], y)
    np.testing.assert_array_equal(target, [1, 3])


def test_a_silent_unit_on_either_side_changes_no_match(rng):
    """Where correlations are negative, a silent unit (correlation 0) would be a better partner."""
    x, y = (rng.normal(size=(40, 4)) for _ in range(2))
    y[:, 0] = -x.sum(axis=1)
    silent = np.full((40, 1), 3.0)
    left = held_out_residual(permutation_map(x, y), x, y)
    beside = np.hstack([x, silent])
    assert held_out_residual(permutation_map(beside, y), beside, y) == pytest.approx(
        left, abs=1e-12
    )
    beside = np.hstack([y, silent])
    assert held_out_residual(permutation_map(x, beside), x, beside) == pytest.approx(
        left, abs=1e-12
    )


def test_residual_of_the_mean_is_one(rng):
    x, y = steep(rng, 30, 4), steep(rng, 30, 5)
    fitted = affine_map(x, y, ridge=1e18)
    assert held_out_residual(fitted, x, y) == pytest.approx(1.0, abs=1e-9)


def test_consensus_of_rotated_copies_is_exact(rng):
    x = steep(rng, 40, 6)
    copies = [x, x @ random_basis(6, 6, rng) * 2 + 1, x @ random_basis(9, 6, rng).T]
    found = consensus(copies)
    assert found.unexplained[-1] < 1e-8
    for copy, fitted in zip(copies, found.maps, strict=True):
        np.testing.assert_allclose(fitted.apply(copy), found.mean, atol=1e-4)


def test_consensus_never_gets_worse_and_keeps_length(rng):
    latent = rng.normal(size=(50, 4))
    views = [latent @ rng.normal(size=(4, p)) + rng.normal(size=(50, p)) for p in (5, 8, 6)]
    found = consensus(views)
    assert (np.diff(found.unexplained) <= 1e-12).all()
    for view, fitted in zip(views, found.maps, strict=True):
        assert np.linalg.norm(fitted.apply(view)) == pytest.approx(1.0)
    turned = [view @ random_basis(p, p, rng) for view, p in zip(views, (5, 8, 6), strict=True)]
    again = consensus([-view for view in turned])
    np.testing.assert_allclose(again.unexplained, found.unexplained, atol=1e-9)
    gram = found.mean @ found.mean.T  # the mean itself is determined up to a rotation
    np.testing.assert_allclose(again.mean @ again.mean.T, gram, atol=1e-6)


@pytest.mark.parametrize("seed", [4, 8, 13, 26])
def test_consensus_ends_as_low_as_from_any_of_its_members(seed):
    """Of these seeds each ends higher where the search begins from all of them side by side."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(24, 3))
    views = [latent @ rng.normal(size=(3, 4)) + 1.2 * rng.normal(size=(24, 4)) for _ in range(4)]
    cores = [view - view.mean(axis=0) for view in views]
    cores = [core / np.linalg.norm(core) for core in cores]

    def unexplained(start):
        mean = start
        for _ in range(400):
            mean = np.mean([c @ orthogonal_procrustes(c, mean)[0] for c in cores], axis=0)
        return 1 - np.square(mean).sum()

    lowest = min(map(unexplained, cores))
    u, s, _ = np.linalg.svd(np.hstack(cores), full_matrices=False)
    assert unexplained(u[:, :4] * s[:4]) > lowest + 1e-3
    assert consensus(views, rounds=400).unexplained[-1] == pytest.approx(lowest, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda x: orthogonal_map(x[:1], x[:1]), "do not pair"),
        (lambda x: orthogonal_map(np.ones_like(x), x), "no variance"),
        (lambda x: affine_map(x, x, ridge=-1.0), "ridge is -1"),
        (lambda x: consensus([x]), "at least two"),
        (
            lambda x: held_out_residual(orthogonal_map(x, x), x, np.tile(x.mean(0), (9, 1))),
            "does not vary",
        ),
    ],
)
def test_refusals(rng, call, match):
    with pytest.raises(AlignmentError, match=match):
        call(rng.normal(size=(9, 4)))
