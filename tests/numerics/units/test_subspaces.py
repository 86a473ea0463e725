"""Canonical correlations on held-out photographs: turned copies, nothing shared, an oracle."""

import numpy as np
import pytest

from substrate.numerics.units.blocks import JointCovariance, UnitsError
from substrate.numerics.units.matching import haar
from substrate.numerics.units.subspaces import (
    canonical_directions,
    canonical_left_out,
    crossed_canonical,
    held_out_canonical,
)
from tests.numerics.units.planted import blocks_of, maps


def test_a_turned_copy_spans_the_same_space_and_other_units_span_none_of_it():
    rng = np.random.default_rng(0)
    a = maps(rng)
    turned = a @ haar(12, rng)
    assert crossed_canonical(blocks_of(a, turned)) == pytest.approx(1.0, abs=1e-9)
    none = [crossed_canonical(blocks_of(a, maps(rng))) for _ in range(40)]
    assert np.mean(none) == pytest.approx(0.0, abs=3 * np.std(none) / 40**0.5)


def test_it_is_the_mean_over_the_smaller_space():
    rng = np.random.default_rng(1)
    a = maps(rng, p=6)
    b = np.concatenate([a[:, :, :3] @ haar(3, rng), maps(rng, p=6)], axis=2)
    held = crossed_canonical(blocks_of(a, b))
    assert held == pytest.approx(0.5, abs=0.03)  # three of six directions are shared


def test_on_the_same_photographs_it_is_canonical_correlation():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(500, 5)) * [1, 3, 9, 27, 81], rng.normal(size=(500, 4))
    b[:, :2] += a[:, :2]
    joint = np.cov(np.hstack([a, b]).T)
    covariance = JointCovariance(joint[:5, :5], joint[:5, 5:], joint[5:, 5:])
    x, y = (np.linalg.qr(z - z.mean(axis=0))[0] for z in (a, b))
    expected = np.linalg.svd(x.T @ y, compute_uv=False)
    u, v = canonical_directions(covariance, share=1.0)
    r = [np.corrcoef(a @ u[:, k], b @ v[:, k])[0, 1] for k in range(4)]
    np.testing.assert_allclose(r, expected, atol=1e-9)
    assert held_out_canonical(covariance, covariance) == pytest.approx(expected.mean(), abs=1e-9)


def test_dead_units_have_no_weight_and_dead_layers_no_value():
    rng = np.random.default_rng(3)
    a, b = maps(rng), maps(rng)
    b[:, :, 4] = 2.0
    blocks = blocks_of(a, b)
    assert (canonical_directions(blocks.covariance())[1][4] == 0).all()
    with pytest.raises(UnitsError, match="constant on these images"):
        crossed_canonical(blocks_of(a, np.ones_like(b)))


def test_replicates_leave_one_block_out_of_its_half():
    rng = np.random.default_rng(4)
    a = maps(rng)
    blocks = blocks_of(a, a + maps(rng), count=10)
    replicates = canonical_left_out(blocks)
    assert replicates.shape == (10,)
    even, odd = range(0, 10, 2), [1, 5, 7, 9]
    assert replicates[3] == crossed_canonical(blocks, [list(even), odd])
    assert canonical_left_out(blocks_of(a, a, count=9)).size == 0
