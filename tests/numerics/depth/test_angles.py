"""Angles between representations are a metric, and a plane shows what fits in one exactly."""

import numpy as np
import pytest

from substrate.numerics.depth.angles import angular_distances, plane, planes
from substrate.numerics.metrics import METRICS


def drawn(count=6, n=40, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, 3 + i)) for i in range(count)]


def test_the_angle_is_that_of_linear_cka():
    xs = drawn(4)
    d = angular_distances(xs)
    cka = METRICS["linear_cka"]
    for i, a in enumerate(xs):
        for j, b in enumerate(xs):
            value = cka.compare(cka.prepare(a), cka.prepare(b))
            assert np.cos(d[i, j]) == pytest.approx(value, abs=1e-9)


def test_it_is_a_metric_that_sees_no_rotation_shift_or_scale():
    rng = np.random.default_rng(1)
    xs = drawn(8)
    d = angular_distances(xs)
    for k in range(len(xs)):
        assert (d <= d[:, [k]] + d[[k], :] + 1e-12).all()  # through k is no shorter
    x = xs[3]
    same = 5 * x @ np.linalg.qr(rng.normal(size=(6, 6)))[0] - 2
    assert angular_distances([x, same])[0, 1] == pytest.approx(0, abs=1e-6)
    assert angular_distances([x, np.ones((40, 2))])[0, 1] == pytest.approx(np.pi / 2)


def test_points_of_a_plane_are_found_again():
    rng = np.random.default_rng(2)
    points = rng.normal(size=(12, 2))
    d = np.linalg.norm(points[:, None] - points, axis=2)
    places, stress = plane(d)
    assert stress < 1e-3
    assert np.linalg.norm(places[:, None] - places, axis=2) == pytest.approx(d, abs=1e-2)
    again, _ = plane(d)
    np.testing.assert_array_equal(again, places)
    moved = np.abs(places).argmax(axis=0)
    assert (places[moved, [0, 1]] > 0).all()
    assert np.square(places[:, 0]).sum() > np.square(places[:, 1]).sum()


def test_what_does_not_fit_has_its_stress_said():
    corners = np.ones((5, 5)) - np.eye(5)  # five points at one distance need four dimensions
    places, stress = plane(corners)
    shown = np.linalg.norm(places[:, None] - places, axis=2)
    by_hand = np.sqrt(np.square(shown - corners).sum() / np.square(corners).sum())
    assert stress == pytest.approx(by_hand) and 0.15 < stress < 0.5


def between(points):
    return np.linalg.norm(points[:, None] - points, axis=2)


def test_held_points_stay_and_a_free_one_goes_where_its_distances_say():
    rng = np.random.default_rng(3)
    end = rng.normal(size=(9, 2))
    start = end.copy()
    start[0] += (1.5, -1.0)
    free = np.arange(9) == 0
    places, stress = planes([between(start), between(end)], free)
    assert stress.max() < 1e-3
    np.testing.assert_array_equal(places[0, 1:], places[1, 1:])
    assert np.linalg.norm(places[0, 0] - places[1, 0]) == pytest.approx(
        np.hypot(1.5, 1.0), abs=0.02
    )


def test_planes_of_points_that_are_all_free_are_turned_onto_each_other():
    rng = np.random.default_rng(4)
    end = rng.normal(size=(10, 2))
    turn = np.array([[0.0, -1.0], [-1.0, 0.0]])  # a turn and a mirror: the same distances
    moved = end @ turn
    places, _ = planes([between(moved), between(end)], np.ones(10, bool))
    np.testing.assert_allclose(places[0], places[1], atol=1e-3)
    other = rng.normal(size=(10, 2))
    places, stress = planes([between(other), between(end)], np.ones(10, bool))
    u, _, v = np.linalg.svd(places[0].T @ places[1])
    np.testing.assert_allclose(u @ v, np.eye(2), atol=1e-6)  # no turn would bring them closer
    by_hand = np.sqrt(
        np.square(between(places[0]) - between(other)).sum() / np.square(between(other)).sum()
    )
    assert stress[0] == pytest.approx(by_hand)
