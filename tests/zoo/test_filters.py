import numpy as np
import pytest

from substrate.zoo.filters import leading_filters, spatial_covariance


def test_the_covariance_of_one_filter_is_its_outer_product():
    weight = np.arange(4.0).reshape(1, 1, 2, 2)
    np.testing.assert_array_equal(spatial_covariance(weight), np.outer(range(4), range(4)))


def test_planted_filters_are_found_again_in_order_of_their_weight():
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((9, 9)))[0].T
    scales = np.array([5, 3, 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    layers = [
        (rng.standard_normal((40 * 50, 9)) * scales @ basis).reshape(40, 50, 3, 3) * size
        for size in (1, 100)
    ]
    found = leading_filters(layers, 3).reshape(3, 9)
    np.testing.assert_allclose(np.abs(found @ basis[:3].T), np.eye(3), atol=0.05)
    assert (found[range(3), np.abs(found).argmax(axis=1)] > 0).all()


def test_every_layer_counts_alike_whatever_its_scale():
    rng = np.random.default_rng(1)
    one, other = rng.standard_normal((2, 8, 8, 3, 3))
    np.testing.assert_allclose(
        leading_filters([one, other]), leading_filters([one, 1e3 * other]), atol=1e-10
    )
    assert leading_filters([one], 9).shape == (9, 3, 3)


@pytest.mark.parametrize("count", [1, 5])
def test_the_filters_are_orthonormal(count):
    weight = np.random.default_rng(2).standard_normal((4, 4, 3, 3))
    found = leading_filters([weight], count).reshape(count, 9)
    np.testing.assert_allclose(found @ found.T, np.eye(count), atol=1e-12)
