"""Laws of sparse codes: rarefaction by counting, kept images by hand, planted concepts found."""

from itertools import combinations

import numpy as np
import pytest

from substrate.numerics.units.concepts import firing_share, kept_share, top_images
from substrate.zoo.sparse import sparse_code


def test_rarefaction_is_what_counting_all_draws_gives():
    fires = np.random.default_rng(0).random((8, 5)) < [0.0, 0.1, 0.3, 0.6, 1.0]
    draws = [fires[list(rows)].any(axis=0).mean() for rows in combinations(range(8), 3)]
    assert firing_share(fires, 3) == pytest.approx(np.mean(draws))
    assert firing_share(fires, 50) == pytest.approx(fires.any(axis=0).mean())
    twice = np.concatenate([fires] * 40)
    assert abs(firing_share(twice, 3) - firing_share(np.concatenate([fires] * 20), 3)) < 0.01


def test_kept_images_by_hand():
    before = np.array([[4.0, 1.0], [3.0, 2.0], [2.0, 3.0], [1.0, 4.0]])
    assert top_images(before, 2).tolist() == [[0, 1], [3, 2]]
    assert kept_share(before, before, 2) == 1.0
    assert kept_share(before, -before, 2) == 0.0
    after = np.array([[4.0, 4.0], [1.0, 1.0], [3.0, 2.0], [2.0, 3.0]])
    assert kept_share(before, after, 2) == 0.5
    rng = np.random.default_rng(1)
    chance = [kept_share(*rng.standard_normal((2, 100, 30)), 10) for _ in range(20)]
    assert np.mean(chance) == pytest.approx(0.1, abs=0.01)


def planted(rng, n, directions):
    """Return images of which each holds two of eight concepts, and a little noise."""
    codes = np.zeros((n, 8))
    for row in codes:
        row[rng.choice(8, 2, replace=False)] = rng.uniform(1, 2, 2)
    return codes, codes @ directions + 0.02 * rng.standard_normal((n, 20))


def test_planted_concepts_are_found_and_explain_held_out_images():
    rng = np.random.default_rng(2)
    directions = np.linalg.qr(rng.standard_normal((20, 8)))[0].T
    _, x = planted(rng, 600, directions)
    held, new = planted(rng, 200, directions)
    made = sparse_code(x, 24, 3, steps=600, rate=0.01, seed=0)
    assert made.unexplained(new) < 0.1
    other = np.linalg.qr(rng.standard_normal((20, 8)))[0].T
    assert made.unexplained(planted(rng, 200, other)[1]) > 0.4
    related = np.corrcoef(held.T, made.scores(new).T)[:8, 8:]
    assert related.max(axis=1).min() > 0.6
    assert (made.codes(new) > 0).sum(axis=1).max() <= 3
    again = sparse_code(x, 24, 3, steps=600, rate=0.01, seed=0)
    np.testing.assert_array_equal(made.encoder, again.encoder)
