"""Mutual information of units: hand-worked histograms, closed forms, rectified units."""

import numpy as np
import pytest

from substrate.numerics.units.blocks import UnitsError
from substrate.numerics.units.information import Bins, JointHistogram, bins_of, histograms_within


def information(a, b, bins=10):
    histogram = JointHistogram(bins_of(a, bins), bins_of(b, bins))
    histogram.update(a, b)
    return histogram.information()


def test_by_hand():
    a = np.array([[0.0], [0.0], [1.0], [1.0]])
    b = np.array([[2.0], [2.0], [3.0], [5.0]])
    one, two = (
        Bins(np.array([[0.5]]), np.array([False])),
        Bins(np.array([[2.5, 4.0]]), np.array([False])),
    )
    histogram = JointHistogram(one, two)
    histogram.update(a, b)
    assert histogram.counts(0, 0).tolist() == [[0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 1, 1]]
    # Entropies 1, 1.5 and 1.5 bits; bins in use 2, 3 and 3: corrections of 1/8, 2/8 and 2/8 nats.
    assert histogram.information()[0, 0] == pytest.approx(1.0 + 1 / 8 / np.log(2))


def test_a_unit_with_itself_has_its_entropy_and_with_an_independent_one_nothing():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20_000, 1)), rng.normal(size=(20_000, 1))
    assert information(x, x)[0, 0] == pytest.approx(np.log2(10), abs=0.01)
    bins = bins_of(rng.normal(size=(5_000, 1)))  # of other photographs, as in use
    independent = []
    for _ in range(200):
        histogram = JointHistogram(bins, bins)
        histogram.update(*rng.normal(size=(2, 1_000, 1)))
        independent.append(histogram.information()[0, 0])
    assert np.mean(independent) == pytest.approx(0.0, abs=3 * np.std(independent) / 200**0.5)
    assert information(x, y)[0, 0] == pytest.approx(0.0, abs=0.01)


def test_of_gaussians_it_comes_near_the_closed_form_and_ignores_monotone_changes():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50_000, 1))
    y = 0.8 * x + 0.6 * rng.normal(size=x.shape)
    found = information(x, y, bins=20)[0, 0]
    exact = -0.5 * np.log2(1 - 0.8**2)
    assert exact - 0.08 < found < exact + 0.01  # bins lose some
    assert information(np.exp(x), y**3, bins=20)[0, 0] == pytest.approx(found, abs=1e-9)


def test_exact_zeros_have_a_bin_of_their_own():
    rng = np.random.default_rng(2)
    x = np.maximum(rng.normal(size=(5_000, 3)), 0)
    bins = bins_of(x)
    assert bins.zero.all()
    codes = bins.codes(x)
    assert ((codes == 0) == (x == 0)).all()
    shares = np.bincount(codes[:, 0][codes[:, 0] > 0]) / (codes[:, 0] > 0).sum()
    np.testing.assert_allclose(shares[1:], 0.1, atol=0.01)
    assert not bins_of(rng.normal(size=(100, 2))).zero.any()


def test_in_any_order_in_shards_and_for_every_pair():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(5_000, 4)), rng.normal(size=(5_000, 6))
    b[:, 2] += a[:, 1]
    sides = bins_of(a[:500]), bins_of(b[:500])
    whole, first, second = (JointHistogram(*sides) for _ in range(3))
    whole.update(a, b)
    order = rng.permutation(5_000)
    first.update(a[order[:2_100]], b[order[:2_100]])
    second.update(a[order[2_100:]], b[order[2_100:]])
    merged = first.merge(second)
    assert merged.rows == 5_000
    np.testing.assert_array_equal(merged.information(), whole.information())
    found = whole.information()
    assert found.shape == (4, 6) and np.unravel_index(found.argmax(), found.shape) == (1, 2)
    joint = np.histogram2d(
        sides[0].codes(a)[:, 1], sides[1].codes(b)[:, 2], bins=np.arange(13) - 0.5
    )[0]
    np.testing.assert_array_equal(whole.counts(1, 2), joint[:11, :11])


def test_constant_units_have_none():
    rng = np.random.default_rng(4)
    a = np.concatenate([np.full((1_000, 1), 3.0), np.zeros((1_000, 1))], axis=1)
    found = information(a, rng.normal(size=(1_000, 2)))
    np.testing.assert_allclose(found, 0.0, atol=1e-12)


def test_a_part_that_is_taken_away_leaves_the_rest():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(2_000, 3)), rng.normal(size=(2_000, 2))
    sides = bins_of(a), bins_of(b)
    whole, part, rest = (JointHistogram(*sides) for _ in range(3))
    whole.update(a, b)
    part.update(a[:700], b[:700])
    rest.update(a[700:], b[700:])
    np.testing.assert_array_equal(whole.without(part).information(), rest.information())


def test_histograms_of_blocks_or_halves_or_none():
    size = 8 * 11 * 11 * 30 * 20
    assert histograms_within(30, 20, 20, budget=20 * size) == 20
    assert histograms_within(30, 20, 20, budget=20 * size - 1) == 2
    with pytest.raises(UnitsError, match="30 by 20 units take 1 MB .* Choose narrower layers"):
        histograms_within(30, 20, 20, budget=2 * size - 1)
