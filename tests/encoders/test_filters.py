"""Filters of a first layer: there where it is one convolution of the image, and only there."""

import numpy as np
import pytest

from substrate.encoders import ENCODER_SOURCES
from substrate.encoders.filters import first_filters


def bundled(name):
    return ENCODER_SOURCES["bundled"].load({"name": name, "layers": "all"})


def test_a_convolution_with_normalisation_and_rectifier_is_one():
    encoder = bundled("matched_vgg_5x5")
    found = first_filters(encoder, 32)
    assert found.shape == (16, 3, 5, 5)
    weights = encoder.network.get_submodule("features.0").weight.detach().float().numpy()
    np.testing.assert_array_equal(found, weights)


@pytest.mark.parametrize("name", ["resnet", "vit", "convnext", "vgg_factorised"])
def test_blocks_patches_and_single_pixels_are_none(name):
    assert first_filters(bundled(name), 32) is None
