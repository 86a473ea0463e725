"""Which of an encoder's own directions goes with a shared one."""

import numpy as np

from substrate.ui.directions import of_shared
from substrate.ui.directions.of_shared import nearest_own
from tests.support.planted import planted_run


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


def test_it_is_sought_among_the_directions_of_the_runs_seed(tmp_path, monkeypatch):
    """Another seed divides the photographs in other halves, and has other results."""
    asked = []
    monkeypatch.setattr(of_shared, "result", lambda _, run, params, **__: asked.append(params))
    run = planted_run(tmp_path, n=24, groups=12)
    run.study["seed"] = 7
    assert of_shared._side(run, "A", run.panel[0], "rich", np.arange(3), np.ones(3)) is None
    assert [(params.encoder, params.seed) for params in asked] == [(run.panel[0], 7)]
