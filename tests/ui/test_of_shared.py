"""Which of an encoder's own directions goes with a shared one."""

import numpy as np

from substrate.ui.directions.of_shared import nearest_own


def test_the_direction_with_the_largest_correlation_of_either_sign_goes_with_it():
    rng = np.random.default_rng(0)
    shared = rng.standard_normal(200)
    own = rng.standard_normal((200, 4))
    own[:, 2] = 5 - 3 * shared + 0.1 * rng.standard_normal(200)
    place, r = nearest_own(own, shared)
    assert place == 2 and r < -0.99
    assert np.isclose(r, np.corrcoef(own[:, 2], shared)[0, 1])


def test_a_constant_direction_goes_with_nothing():
    shared = np.arange(5.0)
    place, r = nearest_own(np.stack([np.ones(5), shared], axis=1), shared)
    assert place == 1 and np.isclose(r, 1)
    assert nearest_own(np.ones((5, 1)), shared) == (0, 0.0)
