"""Blocks of joint moments: equal to what is held in memory, in any order, stored and merged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from substrate.numerics.units.blocks import (
    PairedBlocks,
    UnitsError,
    alive,
    blocks_within,
    parts,
)
from substrate.numerics.whitening import living
from tests.numerics.units.planted import blocks_of, maps
from tests.support.refusals import refused


@pytest.fixture
def sides():
    rng = np.random.default_rng(0)
    a = maps(rng)
    b = a[..., ::-1] + 0.7 * maps(rng) + 100.0
    return a, b


def whole(a, b):
    return np.cov(np.hstack([x.reshape(-1, x.shape[2]) for x in (a, b)]), rowvar=False)


def test_all_blocks_together_are_the_covariance_of_all_rows(sides):
    a, b = sides
    covariance, expected = blocks_of(a, b).covariance(), whole(a, b)
    np.testing.assert_allclose(covariance.aa, expected[:12, :12], rtol=0, atol=1e-9)
    np.testing.assert_allclose(covariance.ab, expected[:12, 12:], rtol=0, atol=1e-9)
    np.testing.assert_allclose(covariance.bb, expected[12:, 12:], rtol=0, atol=1e-9)


def test_correlations_are_numpys_and_those_of_dead_units_are_zero(sides):
    a, b = (x.copy() for x in sides)
    a[..., 3] = 5.0
    b[..., 7] = 1e-6 * b[..., 7]
    c = blocks_of(a, b).covariance().correlation
    expected = np.corrcoef(np.hstack([x.reshape(-1, 12) for x in (sides)]), rowvar=False)[:12, 12:]
    expected[3], expected[:, 7] = 0.0, 0.0
    np.testing.assert_allclose(c, expected, atol=1e-9)
    living = blocks_of(a, b).covariance().living
    assert np.flatnonzero(~living[0]).tolist() == [3] and np.flatnonzero(~living[1]).tolist() == [7]


def test_without_each_block_are_the_rows_of_the_others(sides):
    a, b = sides
    blocks = blocks_of(a, b, count=5)
    every = range(5)
    replicates = [blocks.covariance(b for b in every if b != out) for out in every]
    assert len(replicates) == 5
    for left_out, covariance in enumerate(replicates):
        kept = np.arange(60) % 5 != left_out
        np.testing.assert_allclose(covariance.ab, whole(a[kept], b[kept])[:12, 12:], atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(12)), st.integers(0, 12))
def test_any_order_and_any_shards_give_the_same(order, cut):
    rng = np.random.default_rng(1)
    a, b = maps(rng, 12, 4, 5), maps(rng, 12, 4, 3)

    def shard(images):
        out = PairedBlocks(5, 3, 4)
        for image in images:
            out.update(image % 4, a[image], b[image], np.full(4, image))
        return out

    straight = blocks_of(a, b, count=4)
    merged = shard(order[:cut]).merge(shard(order[cut:]))
    assert merged.counts == straight.counts
    for blocks in (None, [0, 2], [1, 2, 3]):
        one, other = merged.covariance(blocks), straight.covariance(blocks)
        np.testing.assert_allclose(one.ab, other.ab, atol=1e-9)
        np.testing.assert_allclose(one.bb, other.bb, atol=1e-9)


def test_what_is_stored_is_read_back(sides):
    blocks = blocks_of(*sides, count=3)
    again = PairedBlocks.from_arrays(12, 12, blocks.arrays())
    assert again.counts == blocks.counts
    np.testing.assert_array_equal(again.covariance([1]).ab, blocks.covariance([1]).ab)


def test_the_number_of_blocks_follows_the_memory():
    assert blocks_within(100, 100, 500) == 20
    assert blocks_within(100, 100, 7) == 7
    assert blocks_within(4096, 4096, 500, budget=2**31) == 4
    with pytest.raises(UnitsError, match="take 537 MB for each half .* Choose narrower layers"):
        blocks_within(4096, 4096, 500, budget=2**30 - 1)
    with pytest.raises(UnitsError, match="1 photograph cannot be divided"):
        blocks_within(10, 10, 1)


def test_parts_are_interleaved_and_complete():
    assert parts(6) == [[0, 2, 4], [1, 3, 5]]
    thirds = parts(20, (2, 1, 1))
    assert [len(part) for part in thirds] == [10, 5, 5]
    assert sorted(block for part in thirds for block in part) == list(range(20))
    with pytest.raises(UnitsError, match="1 blocks of photographs cannot be divided into 2 parts"):
        parts(1)


def test_rows_that_do_not_pair_are_refused(sides):
    blocks = PairedBlocks(12, 12, 2)
    rows = np.arange(3)
    with refused(UnitsError, "3 rows of A and 4 of B do not pair"):
        blocks.update(0, np.zeros((3, 12)), np.zeros((4, 12)), rows)
    with pytest.raises(UnitsError, match="Unit 14 of the batch holds NaN"):
        blocks.update(
            0, np.zeros((3, 12)), np.full((3, 12), [*[0.0] * 2, np.nan, *[0.0] * 9]), rows
        )
    with pytest.raises(UnitsError, match="do not add up"):
        blocks.merge(PairedBlocks(12, 11, 2))


def test_units_live_by_their_share_of_the_median_deviation():
    assert alive(np.array([1.0, 4.0, 0.0, 1e-6, 2e-4])).tolist() == [True, True, False, False, True]
    assert not alive(np.zeros(3)).any()


def silent_but(rng, photographs, positions=16, total=40):
    """Return a unit at rest but for one position of each of some photographs."""
    x = np.full((total, positions), 2.0)
    for photograph in photographs:
        x[photograph, rng.integers(positions)] += rng.exponential() + 5.0
    return x


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_unit_needs_three_photographs_to_live(sign):
    rng = np.random.default_rng(4)
    a = maps(rng, 40)
    firing = ([7], [7, 7, 7, 7], [7, 30], [7, 30, 12], range(0, 40, 3))
    for unit, photographs in enumerate(firing):
        a[..., unit] = sign * silent_but(rng, photographs)
    a[..., 5] = 0.0
    a[[3, 9], 0, 5], a[[3, 9], 1, 5] = 4.0, -4.0  # up and down in two photographs
    a[..., 6] = 0.0
    a[3, 0, 6], a[9, 1, 6], a[11, 1, 6] = 4.0, -4.0, -3.0  # up in one, down in two others
    blocks = blocks_of(a, maps(rng, 40, p=3), count=10)
    expected = [False, False, False, True, True, False, True] + [True] * 5
    assert blocks.covariance().living[0].tolist() == expected
    assert blocks.covariance().living[1].all()
    assert not blocks.covariance().aa[0].any() and not blocks.covariance().ab[0].any()
    # Photographs 7, 30 and 12 lie in blocks 7, 0 and 2: no half of the blocks has all of them.
    assert not blocks.covariance(range(0, 10, 2)).living[0][3]
    assert blocks.covariance(range(0, 10, 2)).living[0][4]


def test_units_live_in_moments_as_they_do_in_samples():
    rng = np.random.default_rng(5)
    for photographs in (2, 3, 4, 5, 40):
        active = rng.random((photographs, 4, 200)) < rng.random(200) ** 4 / 4
        a = np.where(active, rng.exponential(size=active.shape), 0.0)
        x, groups = a.reshape(-1, 200), np.repeat(np.arange(photographs), 4)
        found = blocks_of(a, a[..., :2], count=1).activity[0][0].enough(x.std(axis=0))
        moving = x.std(axis=0) > 0
        here = active.any(axis=1).sum(axis=0) >= min(3, -(-photographs // 2))
        np.testing.assert_array_equal(found[moving], here[moving])
        # Positions of an image are no samples; the rule of z-scores asks for three of them as well.
        varies = living(x, groups=groups, least=0.0)
        assert not (varies & ~found).any()
        if photographs == 40:
            enough = moving & (active.sum(axis=(0, 1)) >= 3)
            np.testing.assert_array_equal(found[enough], varies[enough])
            assert 10 < (moving & ~found).sum() < moving.sum() - 50
