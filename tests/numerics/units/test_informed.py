"""Units matched by information: a truth that correlations cannot see, halves, and closed forms."""

import numpy as np
import pytest

from substrate.numerics.units.information import JointHistogram, bins_of
from substrate.numerics.units.informed import (
    Information,
    Living,
    correlation_of_gaussians,
    held_out_information,
    information_left_out,
    living_on_both,
    most_informative,
    pairs_of,
    shared_with_correlations,
)
from substrate.numerics.units.matching import match
from tests.numerics.units.planted import blocks_of, maps


def measured(a, b, blocks=20):
    """Count every image in its block, as `blocks_of` does."""
    sides = bins_of(a.reshape(-1, a.shape[2])), bins_of(b.reshape(-1, b.shape[2]))
    each = [JointHistogram(*sides) for _ in range(blocks)]
    for image in range(len(a)):
        each[image % blocks].update(a[image], b[image])
    halves = []
    for start in (0, 1):
        total = each[start]
        for one in each[start + 2 :: 2]:
            total = total.merge(one)
        halves.append(total)
    left_out = [halves[k % 2].without(one).information() for k, one in enumerate(each)]
    bits = np.array([half.information() for half in halves])
    return Information(bits, np.array(left_out), (halves[0].rows, halves[1].rows))


def test_partners_that_correlations_cannot_see_are_found():
    rng = np.random.default_rng(0)
    a = maps(rng)
    order = rng.permutation(12)
    b = np.abs(a)[:, :, order] + 0.1 * rng.normal(size=a.shape)  # even in a: no correlation
    blocks, found = blocks_of(a, b), measured(a, b)
    living = living_on_both(blocks)
    truth = {(int(order[j]), j) for j in range(12)}
    for half in found.halves:
        assert pairs_of(most_informative(half, living)) == truth
    assert np.abs(match(blocks.covariance()).correlations(blocks.covariance())).max() < 0.2
    assert shared_with_correlations(found, blocks, living, absolute=False) < 0.8
    assert held_out_information(found, living) > 1.0


def test_copies_are_matched_alike_by_information_and_by_correlation():
    rng = np.random.default_rng(1)
    a = maps(rng)
    b = np.exp(a[:, :, ::-1])
    blocks, found = blocks_of(a, b), measured(a, b)
    living = living_on_both(blocks)
    assert shared_with_correlations(found, blocks, living, absolute=False) == 1.0
    whole = most_informative(found.halves.mean(axis=0), living)
    assert len(pairs_of(whole, 4)) == 4 and pairs_of(whole, 4) <= pairs_of(whole)
    b[:, :, 3] = 1.0
    assert 3 not in living_on_both(blocks_of(a, b)).b


def test_chosen_on_one_half_and_judged_on_the_other_by_hand():
    first = np.array([[3.0, 1.0], [0.0, 2.0]])
    second = np.array([[0.5, 4.0], [2.0, 0.7]])
    left_out = np.array([[[0.0, 5.0], [5.0, 0.0]], second])
    found = Information(np.array([first, second]), left_out, (10, 10))
    living = Living(np.arange(2), np.arange(2))
    # The first half matches the diagonal, worth (.5 + .7) / 2 on the second; the second matches
    # the other two, worth (1 + 0) / 2 on the first.
    assert held_out_information(found, living) == pytest.approx((0.6 + 0.5) / 2)
    # Without block 0 both halves match the other two: worth 3 on the second, 5 on the first.
    replicates = information_left_out(found, living)
    np.testing.assert_allclose(replicates, [(3.0 + 5.0) / 2, (0.6 + 0.5) / 2])
    none = Information(found.halves, left_out[:0], (10, 10))
    assert information_left_out(none, living).size == 0


def test_gaussians_of_so_many_bits():
    assert correlation_of_gaussians(-0.5 * np.log2(1 - 0.6**2)) == pytest.approx(0.6)
    assert correlation_of_gaussians(-0.1) == 0.0
