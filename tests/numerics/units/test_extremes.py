"""Extremes of units over images, against sorting all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from substrate.numerics.units.extremes import Extremes


def all_at_once(maps, end, kept):
    best = maps.max(axis=1) if end == "highest" else maps.min(axis=1)
    order = np.argsort(-best if end == "highest" else best, axis=0, kind="stable")[:kept]
    return np.take_along_axis(best, order, axis=0), order


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 25),
    st.lists(st.integers(0, 25), max_size=4),
    st.sampled_from(["highest", "lowest"]),
)
def test_batches_in_any_order_give_what_sorting_gives(images, cuts, end):
    rng = np.random.default_rng(images)
    maps = rng.integers(0, 6, size=(images, 4, 3)).astype(np.float32)  # with ties
    running = Extremes(3, end, kept=5)
    for rows in np.split(np.arange(images), sorted(min(cut, images) for cut in cuts))[::-1]:
        if rows.size:
            running.update(maps[rows], rows)
    values, order = all_at_once(maps, end, 5)
    there = len(order)
    np.testing.assert_array_equal(running.values[:there], values)
    np.testing.assert_array_equal(running.images[:there], order)
    assert np.isnan(running.values[there:]).all() and (running.images[there:] == -1).all()
    at = maps[running.images[:there], running.positions[:there], np.arange(3)]
    np.testing.assert_array_equal(at, running.values[:there])


@pytest.mark.parametrize("end", ["highest", "lowest"])
def test_shards_add_up(end):
    maps = np.random.default_rng(0).normal(size=(40, 9, 6)).astype(np.float32)
    whole, first, second = (Extremes(6, end) for _ in range(3))
    whole.update(maps, np.arange(40))
    first.update(maps[:13], np.arange(13))
    second.update(maps[13:], np.arange(13, 40))
    merged = second.merge(first)
    for name in ("values", "images", "positions"):
        np.testing.assert_array_equal(getattr(merged, name), getattr(whole, name))
