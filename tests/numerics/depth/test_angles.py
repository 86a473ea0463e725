"""Angles between representations are a metric, and a plane shows what fits in one exactly."""

import numpy as np
import pytest

from substrate.numerics.depth.angles import angular_distances, plane
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
