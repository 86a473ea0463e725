"""Two nearest neighbours give the dimension that was planted, whatever it is embedded in."""

import numpy as np
import pytest

from substrate.numerics.depth.dimension import nearest_in_groups, two_nearest
from substrate.numerics.metrics.spec import UndefinedScoreError

WIDTH = 50


def dimension(x, groups=None):
    return two_nearest(nearest_in_groups(x, groups))


def axes(d, seed=1):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(WIDTH, d)))[0]


@pytest.mark.parametrize(("d", "n"), [(2, 1500), (5, 1500), (10, 3000)])
def test_a_planted_dimension_is_found_in_a_plane_and_on_a_curved_surface(d, n):
    rng = np.random.default_rng(d)
    flat = rng.normal(size=(n, d)) @ axes(d).T
    sphere = rng.normal(size=(n, d + 1))
    sphere = sphere / np.linalg.norm(sphere, axis=1, keepdims=True) @ axes(d + 1).T
    assert dimension(flat) == pytest.approx(d, rel=0.1)
    assert dimension(sphere) == pytest.approx(d, rel=0.1)


def test_even_density_in_a_box_gives_the_planted_dimension():
    for d in (2, 5):
        x = np.random.default_rng(d).uniform(size=(2000, d)) @ axes(d).T
        assert dimension(x) == pytest.approx(d, rel=0.1)


def test_rotation_scale_shift_and_columns_that_come_twice_change_nothing():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 6))
    turned = x @ np.linalg.qr(rng.normal(size=(6, 6)))[0]
    known = dimension(x)
    for other in (turned, 1e3 * x, x + 7.0, np.hstack([x, x])):
        assert dimension(other) == pytest.approx(known, rel=1e-9)


def test_photographs_do_not_lower_it_to_that_of_their_tiles():
    """Tiles within a hair of each other lie on a line; their photographs fill five dimensions."""
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(600), 3)
    centres = rng.normal(size=(600, 5))[groups]
    x = np.hstack([centres, np.zeros((1800, 1))])
    x[:, 5] = 1e-3 * rng.normal(size=1800)
    assert dimension(x, groups) == pytest.approx(5.0, rel=0.1)
    assert dimension(x) < 2.0


def test_duplicates_are_one_point():
    x = np.random.default_rng(4).normal(size=(300, 3))
    assert dimension(np.vstack([x, x])) == pytest.approx(dimension(x), rel=0.02)


def test_what_has_no_dimension_says_so():
    x = np.random.default_rng(5).normal(size=(20, 4))
    with pytest.raises(UndefinedScoreError, match="at least 3 are needed"):
        dimension(x, np.arange(20) % 2)
    for without in (np.eye(12), np.repeat(x[:2], 10, axis=0)):
        with pytest.raises(UndefinedScoreError, match="0 samples have two neighbours"):
            dimension(without)
