"""Several tests at once: Holm's values by hand, and beside the definition."""

import numpy as np
import pytest

from substrate.numerics.several import holm_adjusted


def test_three_values_by_hand():
    assert holm_adjusted(np.array([0.03, 0.01, 0.02])) == pytest.approx([0.04, 0.03, 0.04])
    assert holm_adjusted(np.array([0.9, 0.8])) == pytest.approx([1.0, 1.0])


def test_what_is_rejected_is_what_the_steps_reject():
    rng = np.random.default_rng(0)
    for _ in range(50):
        p = rng.uniform(0, 0.1, 8)
        rejected = []
        for step, index in enumerate(np.argsort(p)):
            if p[index] > 0.05 / (8 - step):
                break
            rejected.append(index)
        assert np.flatnonzero(holm_adjusted(p) <= 0.05).tolist() == sorted(rejected)
