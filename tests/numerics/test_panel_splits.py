"""A panel over several splits: the same numbers as refitting, and laws of the weighted mean."""

import numpy as np
import pytest

from substrate.numerics import panel
from substrate.numerics.panel_splits import (
    Profile,
    SplitPanel,
    kept_rows,
    profile,
)

WIDTHS = (12, 30, 7)


@pytest.fixture(scope="module")
def blocks():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(60, 4))
    return [shared @ rng.normal(size=(4, d)) + rng.normal(size=(60, d)) for d in WIDTHS]


@pytest.fixture(scope="module")
def split():
    order = np.random.default_rng(1).permutation(60)
    return np.sort(order[:30]), np.sort(order[30:])


def prepared(blocks, split):
    fit, test = split
    centred = [x - x[fit].mean(axis=0) for x in blocks]
    return SplitPanel.of(fit, test, [x[fit] for x in centred], [x[test] for x in centred])


@pytest.mark.parametrize("gone", [[], [3], [0, 17, 21, 40, 59]])
@pytest.mark.parametrize("encoders", [None, [0, 2]])
def test_rows_are_left_out_of_both_halves_and_the_directions_found_anew(
    blocks, split, gone, encoders
):
    kept = np.setdiff1d(np.arange(60), gone)
    fit, test = (np.intersect1d(half, kept) for half in split)
    chosen = [blocks[e] for e in (encoders or range(3))]
    centred = [x - x[fit].mean(axis=0) for x in chosen]
    expected = panel.leave_encoder_out([x[fit] for x in centred], [x[test] for x in centred], 5)
    found, variances = prepared(blocks, split).without(kept, 5, encoders)
    np.testing.assert_allclose(found, expected.correlations.mean(axis=0), atol=1e-10)
    np.testing.assert_allclose(variances, expected.basis.variances, rtol=1e-10)


def test_blocks_hold_whole_photographs_and_every_one_is_left_out_once():
    groups = np.repeat(np.arange(25), 4)
    kept = kept_rows(groups, 10)
    assert len(kept) == 11 and len(kept[0]) == 100
    gone = [np.setdiff1d(np.arange(100), rows) for rows in kept[1:]]
    assert np.array_equal(np.sort(np.concatenate(gone)), np.arange(100))
    assert all((np.bincount(groups[rows], minlength=25) % 4 == 0).all() for rows in gone)
    assert len(kept_rows(np.repeat(np.arange(9), 4), 10)) == 1
    assert len(kept_rows(np.repeat(np.arange(12), 4), 20)) == 13


def test_the_mean_is_weighted_by_variance_and_another_panels_weights_can_be_used():
    correlations = np.array([[[0.8, 0.2]], [[0.6, 0.0]]])
    shares = np.array([[[0.75, 0.25]], [[0.5, 0.5]]])
    own = Profile(correlations, shares)
    assert own.weighted()[0] == pytest.approx(np.mean([0.75 * 0.8 + 0.25 * 0.2, 0.3]))
    even = np.full((2, 1, 2), 0.5)
    assert own.weighted(even)[0] == pytest.approx(np.mean([0.5, 0.3]))
    assert own.leading(1).weighted()[0] == pytest.approx(0.7)
    short = Profile(np.array([[[0.8, np.nan]], [[0.6, 0.0]]]), shares)
    assert short.weighted()[0] == pytest.approx(np.mean([0.8, 0.3]))


def test_a_few_directions_that_hold_half_of_the_variance_are_not_averaged_away():
    """Six shared directions of sixteen: a median over directions would say that none is."""
    rng = np.random.default_rng(2)
    shared = rng.normal(size=(400, 6))
    blocks = []
    for _ in range(4):
        own = np.linalg.qr(rng.normal(size=(60, 60)))[0]
        scale = np.sqrt(60 / 6 / 2)
        blocks.append(shared @ own[:6] * scale + rng.normal(size=(400, 60)) / np.sqrt(2))
    order = rng.permutation(400)
    panel_split = prepared(blocks, (order[:200], order[200:]))
    found = profile([panel_split], [np.arange(400)], 16)
    assert np.median(found.correlations[0, 0]) < 0.2
    assert found.weighted()[0] > 0.4
