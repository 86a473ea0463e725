"""Neighbours of an image, and its place among samples."""

import numpy as np
import pytest

from substrate.numerics.metrics.neighbors import nearest
from substrate.numerics.metrics.spec import UndefinedScoreError
from substrate.numerics.retrieval import nearest_to, placed

RNG = np.random.default_rng(3)


def test_of_all_samples_they_are_the_neighbours_of_the_metric():
    x, groups = RNG.normal(size=(60, 5)), np.repeat(np.arange(15), 4)
    found = nearest_to(x, x, 7, groups=groups, own=groups)
    np.testing.assert_array_equal(found.rows, nearest(x, 7, groups=groups))
    assert (found.among == 56).all()
    assert not (groups[found.rows] == groups[:, None]).any()
    assert (np.diff(found.cosines, axis=1) <= 0).all()


def test_in_blocks_they_are_the_same(monkeypatch):
    x, groups = RNG.normal(size=(60, 5)), np.repeat(np.arange(15), 4)
    whole = nearest_to(x, x, 7, groups=groups, own=groups)
    monkeypatch.setattr("substrate.numerics.retrieval.BLOCK", 130)
    parts = nearest_to(x, x, 7, groups=groups, own=groups)
    np.testing.assert_array_equal(parts.rows, whole.rows)
    np.testing.assert_allclose(parts.cosines, whole.cosines)


def test_cosines_do_not_see_lengths_and_an_image_of_no_group_may_find_itself():
    x, groups = RNG.normal(size=(20, 4)), np.arange(20)
    found = nearest_to(x, 5 * x[[6]], 3, groups=groups, own=np.array([-1]))
    assert found.rows[0, 0] == 6 and found.cosines[0, 0] == pytest.approx(1)
    assert found.among == [20]
    assert found.cosines[0, 1] == pytest.approx(
        max(x[i] @ x[6] / np.linalg.norm(x[i]) / np.linalg.norm(x[6]) for i in range(20) if i != 6)
    )


def test_where_candidates_end_rows_do_too():
    x, groups = RNG.normal(size=(5, 3)), np.array([0, 0, 0, 1, 1])
    found = nearest_to(x, x, 4, groups=groups, own=groups)
    assert (found.rows[0] >= 0).tolist() == [True, True, False, False]
    assert np.isnan(found.cosines[0, 2:]).all() and found.among.tolist() == [2, 2, 2, 3, 3]


def test_a_sample_without_direction_is_refused():
    x = RNG.normal(size=(5, 3))
    x[2] = 0
    with pytest.raises(UndefinedScoreError, match="Sample 2 is all zeros"):
        nearest_to(x, x, 2, groups=np.arange(5), own=np.arange(5))


def test_ranks_count_from_the_highest_and_deviations_are_the_samples_own():
    samples = RNG.normal(size=(2, 50, 3))
    found = placed(samples, samples[:, 17], inside=True)
    assert found.out_of == 50
    for e in range(2):
        for k in range(3):
            column = samples[e, :, k]
            order = np.argsort(-column).tolist()
            assert found.ranks[e, k] == order.index(17) + 1
            assert found.deviations[e, k] == pytest.approx(
                (column[17] - column.mean()) / column.std()
            )
    top = placed(samples, samples.max(axis=1), inside=True)
    assert (top.ranks == 1).all() and (top.shares == 1).all()
    low = placed(samples, samples.min(axis=1) - 1, inside=False)
    assert low.out_of == 51 and (low.ranks == 51).all() and (low.shares == 0).all()


def test_samples_that_do_not_differ_have_no_deviation():
    found = placed(np.ones((1, 9, 1)), np.zeros((1, 1)), inside=False)
    assert np.isnan(found.deviations).all()
