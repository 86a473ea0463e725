"""Agreement of units against rotations: copies, rotated copies, nothing shared, coverage."""

import numpy as np
import pytest
from scipy import stats

from substrate.numerics.units.blocks import parts
from substrate.numerics.units.matching import held_out_matching
from substrate.numerics.units.one_to_one import unit_agreement
from tests.numerics.units.planted import blocks_of, maps


def interval(value, replicates):
    m = len(replicates)
    error = np.sqrt((m - 1) / m * np.square(replicates - replicates.mean()).sum())
    reach = stats.t.ppf(0.975, m - 1) * error
    return value - reach, value + reach


def test_units_that_are_shared_lead_and_a_rotated_copy_does_not():
    rng = np.random.default_rng(0)
    a = maps(rng, 100, 4, 16)
    shared = unit_agreement(blocks_of(a, a + maps(rng, 100, 4, 16)))
    assert interval(shared.lead, shared.lead_left_out)[0] > 0.1
    turn = np.linalg.qr(rng.normal(size=(16, 16)))[0]
    copy = unit_agreement(blocks_of(a, a @ turn))
    low, high = interval(copy.lead, copy.lead_left_out)
    # One rotation among all: it lies within their spread.
    assert abs(copy.lead) < 3 * copy.rotations.std()
    assert high - low < 0.2 and copy.mean > 0.3


def test_with_nothing_shared_it_is_zero_in_95_of_100_worlds():
    inside = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        found = unit_agreement(
            blocks_of(maps(rng, 40, 2, 6), maps(rng, 40, 2, 6), count=10), rotations=2
        )
        low, high = interval(found.mean, found.left_out)
        inside.append(low <= 0 <= high)
    assert np.mean(inside) >= 0.9


def test_it_is_the_mean_over_both_directions_and_blocks_are_left_out_of_both_halves():
    rng = np.random.default_rng(1)
    a = maps(rng, 60, 4, 8)
    blocks = blocks_of(a, a + maps(rng, 60, 4, 8), count=12)
    found = unit_agreement(blocks, rotations=3)
    odd, even = (blocks.covariance(part) for part in parts(12))
    both = [held_out_matching(odd, even).mean, held_out_matching(even, odd).mean]
    assert found.mean == pytest.approx(np.mean(both))
    assert found.rotations.shape == (3,) and found.left_out.shape == (12,)
    kept = [[b for b in part if b != 5] for part in parts(12)]
    odd, even = (blocks.covariance(part) for part in kept)
    both = [held_out_matching(odd, even).mean, held_out_matching(even, odd).mean]
    assert found.left_out[5] == pytest.approx(np.mean(both))
    assert found.lead_left_out.mean() == pytest.approx(found.lead, abs=0.05)


def test_below_ten_blocks_there_are_no_replicates():
    rng = np.random.default_rng(2)
    a = maps(rng, 60, 4, 8)
    found = unit_agreement(blocks_of(a, a, count=9), rotations=2)
    assert found.mean == pytest.approx(1.0) and found.left_out.size == 0
