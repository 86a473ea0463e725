"""Spatial bases: by hand, under copies and rotations, and with eigenvalues that nearly tie."""

import numpy as np
import pytest

from substrate.numerics.weights.spatial import (
    SpatialBasis,
    agreement,
    agreement_beside_chance,
    agreement_in,
    basis_of,
    basis_of_blocks,
    block_sums,
    highest_white,
    joined_spaces,
    largest_cosines,
    mean_basis,
    mirrored,
    radial_power,
    random_agreements,
    spatial_basis,
)


def kernels(values, axes, rng, m=(32, 24)):
    draws = rng.standard_normal((*m, len(values))) * np.sqrt(values)
    side = int(len(values) ** 0.5)
    return (draws @ axes.T).reshape(*m, side, side)


def haar(d, rng):
    return np.linalg.qr(rng.standard_normal((d, d)))[0]


STEEP = 2.0 ** -np.arange(9)


def test_one_pattern_is_its_own_basis():
    pattern = np.array([[0, 1, 0], [1, 2, 1], [0, 1, 0]]) / np.sqrt(8)
    found = spatial_basis(np.stack([[3 * pattern, -pattern]]))
    assert found.side == 3 and found.kernels == 2
    assert found.vectors[:, 0].reshape(3, 3) == pytest.approx(pattern)
    assert found.values[0] == pytest.approx(5) and found.shares[0] == pytest.approx(1)


def test_two_samples_of_one_bank_agree_and_a_turned_bank_does_not():
    rng = np.random.default_rng(0)
    axes = haar(9, rng)
    one, other = (spatial_basis(kernels(STEEP, axes, rng)) for _ in range(2))
    away = spatial_basis(kernels(STEEP, haar(9, rng), rng))
    same = agreement_beside_chance(one, other, 5, seed=7, draws=200)
    assert same.value > 0.97 and same.p == pytest.approx(1 / 201)
    assert same.chance < same.level < 0.7
    assert agreement_beside_chance(one, away, 5, seed=7, draws=200).p > 0.05


def test_random_banks_exceed_the_level_in_five_of_a_hundred():
    rng = np.random.default_rng(1)
    found = [
        agreement_beside_chance(
            spatial_basis(kernels(STEEP, haar(9, rng), rng)),
            spatial_basis(kernels(STEEP, haar(9, rng), rng)),
            5,
            seed=1000 + seed,
            draws=39,
        ).p
        for seed in range(100)
    ]
    assert np.mean(np.array(found) <= 0.05) <= 0.12


def test_eigenvalues_that_tie_are_compared_as_a_plane():
    angle = 0.7
    turn = np.eye(9)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    values = np.r_[1.0, 1.0, 2.0 ** -np.arange(1, 8)]
    one = basis_of(np.diag(values), 10_000)
    other = SpatialBasis(np.eye(9) @ turn, values, 10_000)
    reached, spaces = agreement(one, other, 5)
    assert reached == pytest.approx(np.ones(5)) and spaces.tolist() == [0, 0, 1, 2, 3]
    apart = SpatialBasis(turn, np.r_[1.3, values[1:]], 10_000)
    assert agreement(SpatialBasis(np.eye(9), apart.values, 10_000), apart, 2)[0] == (
        pytest.approx([np.cos(angle)] * 2)
    )


def test_the_order_of_values_that_nearly_tie_may_change():
    values = np.r_[1.0, 0.99, 2.0 ** -np.arange(1, 8)]
    one = SpatialBasis(np.eye(9), values, 500)
    swapped = SpatialBasis(np.eye(9)[:, [1, 0, *range(2, 9)]], values, 500)
    assert joined_spaces(one, swapped)[:3].tolist() == [0, 0, 1]
    assert agreement(one, swapped, 9)[0] == pytest.approx(np.ones(9))


def test_the_mean_basis_weighs_every_layer_alike():
    one = basis_of(np.diag([4.0, 1, 1, 1]), 10)
    other = basis_of(100 * np.diag([1.0, 4, 1, 1]), 10)
    mean = mean_basis([one, other, other])
    assert abs(mean.vectors[1, 0]) == pytest.approx(1.0)
    assert mean.values.sum() == pytest.approx(1.0) and mean.kernels == 30


#: Left-right symmetric (0) and antisymmetric (1) patterns, as in banks of natural images.
KINDS = [0, 1, 0, 0, 1, 0, 0, 1, 0]


def symmetric_axes(rng):
    """Return axes at random, each symmetric or antisymmetric."""
    parts = [iter((part @ haar(part.shape[1], rng)).T) for part in mirrored(3)]
    return np.array([next(parts[kind]) for kind in KINDS]).T


def test_a_mirror_leaves_some_patterns_and_turns_the_others_over():
    for side in (2, 3, 4, 7):
        kept, turned = mirrored(side)
        pictures = [part.T.reshape(-1, side, side) for part in (kept, turned)]
        np.testing.assert_allclose(pictures[0][..., ::-1], pictures[0], atol=1e-12)
        np.testing.assert_allclose(pictures[1][..., ::-1], -pictures[1], atol=1e-12)
        both = np.hstack([kept, turned])
        np.testing.assert_allclose(both.T @ both, np.eye(side**2), atol=1e-12)


def test_banks_that_are_merely_symmetric_do_not_agree_beyond_chance():
    rng = np.random.default_rng(2)
    p, beyond_any = [], 0
    any_bases = [agreement_in(haar(9, rng), np.eye(9), np.arange(9), 5).mean() for _ in range(2000)]
    for seed in range(200):
        one, other = (SpatialBasis(symmetric_axes(rng), STEEP, 10_000) for _ in range(2))
        found = agreement_beside_chance(one, other, 5, seed=1000 + seed, draws=39)
        p.append(found.p)
        beyond_any += found.value > np.quantile(any_bases, 0.95)
    assert np.mean(np.array(p) <= 0.05) <= 0.1
    assert beyond_any / 200 > 0.3  # what bases of no symmetry would have called agreement
    same = SpatialBasis(one.vectors, STEEP, 10_000)
    assert agreement_beside_chance(one, same, 5, seed=7, draws=200).p == pytest.approx(1 / 201)


def test_random_bases_give_what_turning_one_by_one_gives():
    """The null beside bases that are turned, patterns of each kind apart, and compared in full."""
    rng = np.random.default_rng(2)
    kept, over = mirrored(3)
    for widths in ([1] * 9, [2, 1, 3, 3], [4, 5]):
        spaces = np.repeat(np.arange(len(widths)), widths)
        for axes in (haar(9, rng), symmetric_axes(rng)):
            fixed, plain = symmetric_axes(rng), []
            for _ in range(2000):
                turn = kept @ haar(6, rng) @ kept.T + over @ haar(3, rng) @ over.T
                plain.append(agreement_in(turn @ axes, fixed, spaces, 5).mean())
            drawn = random_agreements(axes, fixed, spaces, 5, seed=3, draws=2000)
            assert drawn.mean() == pytest.approx(np.mean(plain), abs=0.015)
            assert np.quantile(drawn, 0.95) == pytest.approx(np.quantile(plain, 0.95), abs=0.03)


def test_the_nearest_of_many_is_that_of_directions_of_the_same_symmetry():
    rng = np.random.default_rng(4)
    candidates = symmetric_axes(rng)[:, :2]  # one of either kind
    kept, over = mirrored(3)
    for vector, part in ((kept[:, 0], 0), (over[:, 0], 1)):
        drawn = largest_cosines(vector, candidates, seed=1, draws=4000)
        free = rng.standard_normal((4000, (6, 3)[part]))
        own = mirrored(3)[part].T @ candidates[:, part]
        expected = np.abs(free @ own) / np.linalg.norm(free, axis=1)
        assert drawn.mean() == pytest.approx(expected.mean(), abs=0.02)


def test_blocks_of_neurons_add_up_to_the_layer_and_scale_is_free():
    rng = np.random.default_rng(3)
    w = kernels(STEEP, haar(9, rng), rng, m=(23, 7))
    sums, counts = block_sums(w, 20)
    assert sums.shape == (20, 9, 9) and counts.sum() == 23 * 7 and set(counts) == {7, 14}
    whole, blocks = spatial_basis(w), basis_of_blocks(sums, counts)
    assert blocks.values == pytest.approx(whole.values)
    assert blocks.spaces.tolist() == whole.spaces.tolist()
    w_part = spatial_basis(w[2:])
    assert basis_of_blocks(sums[1:], counts[1:]).values == pytest.approx(w_part.values)
    assert spatial_basis(1e3 * w).shares == pytest.approx(whole.shares)
    assert len(block_sums(w[:4], 20)[0]) == 4


def test_white_filters_exceed_their_level_at_the_lowest_frequency_in_one_of_twenty_layers():
    rng = np.random.default_rng(3)
    low = [
        radial_power(spatial_basis(rng.standard_normal((12, 10, 3, 3))).covariance)[1][0]
        for _ in range(400)
    ]
    assert 0.02 < np.mean(np.array(low) > highest_white(120)) < 0.08
    assert highest_white(120) == pytest.approx(1.22, abs=0.01)
