"""Laws, hand-worked values and second implementations of the alignment maps."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from substrate.numerics.alignment import (
    AlignmentError,
    consensus,
    matched_units,
    permutation_map,
    polar_factor,
    reduced,
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


def test_polar_factor_by_hand():
    factor, rank = polar_factor(np.array([[0.0, 2.0], [3.0, 0.0]]))
    np.testing.assert_allclose(factor, [[0, 1], [1, 0]], atol=1e-15)
    assert rank == 2
    factor, rank = polar_factor(np.array([[0.0, 2.0], [3.0, 0.0]]), rank=1)
    np.testing.assert_allclose(factor, [[0, 0], [1, 0]], atol=1e-15)
    assert rank == 1


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
    source, target = matched_units(x, y)
    assert sorted(source) == sorted(target) == [0, 1, 2, 3]
    for pair in ((np.hstack([x, silent]), y), (x, np.hstack([y, silent]))):
        found = matched_units(*pair)
        np.testing.assert_array_equal(found, (source, target))


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
        (lambda x: permutation_map(x[:1], x[:1]), "do not pair"),
        (lambda x: consensus([x, np.ones_like(x)]), "no variance"),
        (lambda x: consensus([x]), "at least two"),
    ],
)
def test_refusals(rng, call, match):
    with pytest.raises(AlignmentError, match=match):
        call(rng.normal(size=(9, 4)))
