"""Means over recipes of every kind and family: copies count once, and Student's interval."""

import numpy as np
import pytest
from scipy import stats

from substrate.analyses.layers.family_means import family_means
from substrate.numerics.intervals import MIN_ENCODERS


def test_a_mean_has_students_interval_over_recipes_and_copies_count_once():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(12, 4))
    names = [("CNNs", "resnet" if i < 9 else "vgg") for i in range(11)] + [("", "mixer")]
    recipes = ["one", "one", *(f"r{i}" for i in range(2, 12))]
    both, resnet, vgg = family_means(names, recipes, values, values + 1.0)
    assert [one.name for one in (both, resnet, vgg)] == ["CNNs", "resnet", "vgg"]
    assert [one.recipes for one in (both, resnet, vgg)] == [10, 8, 2]
    own = np.vstack([values[:2].mean(axis=0), values[2:9]])
    assert len(own) == MIN_ENCODERS == 8
    found = stats.ttest_1samp(own, 0.0).confidence_interval()
    assert resnet.trained.value == pytest.approx(own.mean(axis=0))
    assert resnet.trained.low == pytest.approx(found.low)
    assert resnet.trained.high == pytest.approx(found.high)
    assert resnet.untrained == pytest.approx(own.mean(axis=0) + 1.0)
    assert "2 encoders, and at least 8 are needed" in vgg.trained.reason
    assert vgg.trained.value == pytest.approx(values[9:11].mean(axis=0)) and vgg.trained.low is None
