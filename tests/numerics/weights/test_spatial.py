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
    joined_spaces,
    mean_basis,
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


def test_random_bases_give_what_turning_one_by_one_gives():
    """The null of the spaces alone beside random bases that are each compared in full."""
    rng = np.random.default_rng(2)
    for widths in ([1] * 9, [2, 1, 3, 3], [4, 5]):
        spaces = np.repeat(np.arange(len(widths)), widths)
        fixed = haar(9, rng)
        plain = [agreement_in(haar(9, rng), fixed, spaces, 5).mean() for _ in range(2000)]
        drawn = random_agreements(spaces, 5, seed=3, draws=2000)
        assert drawn.mean() == pytest.approx(np.mean(plain), abs=0.012)
        assert np.quantile(drawn, 0.95) == pytest.approx(np.quantile(plain, 0.95), abs=0.03)


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
