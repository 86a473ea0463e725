"""Few units beside turned axes: planted codes of units, rotated copies, and rows by hand."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.numerics.units.blocks import parts
from substrate.numerics.units.few import (
    FEW,
    chosen_errors,
    few_units,
    half_on_half,
    left_out,
    pooled,
    scaled_for_paths,
    turned_paths,
    within,
)
from substrate.numerics.units.matching import haar
from substrate.numerics.units.sparse import SHARES, paths_of, sparse_paths
from tests.numerics.units.planted import blocks_of, maps


def test_by_hand():
    squared, constants = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[4.0, 2.0], [2.0, 4.0]])
    assert pooled(squared, constants) == pytest.approx(1 - 6 / 12)
    assert left_out(squared, constants).tolist() == pytest.approx([1 - 3 / 6, 1 - 3 / 6])
    count = np.array([[0, 0, 0], [2, 4, 1], [5, 4, 1], [3, 9, 2]])
    assert within(count, 3).tolist() == [1, 0, 3]  # until the path first has more


def test_pairs_of_units_are_predicted_by_few_units_and_not_by_few_turned_axes():
    rng = np.random.default_rng(0)
    a = maps(rng, 120, 6, 24)
    z = a / a.std(axis=(0, 1))
    b = z[..., :12] + z[..., 12:] + 0.3 * maps(rng, 120, 6, 12)
    blocks = blocks_of(a, b)
    paths = sparse_paths(blocks)
    found = few_units(paths)
    assert found.r2 > 0.9 and np.median(paths.chosen_count) == 2
    turned = turned_paths(scaled_for_paths(blocks), 3, seed=0)
    assert max(few_units(one).r2 for one in turned) < 0.5
    # All axes together span the same space: at the weakest penalty nothing is lost.
    for one in turned:
        assert few_units(one).path_r2[-1] == pytest.approx(found.path_r2[-1], abs=0.02)
        assert one.chosen_count.mean() > 3 * paths.chosen_count.mean()


def test_of_a_rotated_copy_units_say_no_more_than_turned_axes():
    rng = np.random.default_rng(1)
    a = rng.normal(size=(120, 6, 24))  # independent units: any rotation of them has these laws
    b = a @ haar(24, rng)
    blocks = blocks_of(a, b)
    own = few_units(sparse_paths(blocks)).r2
    turned = [few_units(one).r2 for one in turned_paths(scaled_for_paths(blocks), 10, seed=3)]
    assert abs(own - np.mean(turned)) < 3 * np.std(turned, ddof=1)


def test_held_out_errors_are_those_of_rows():
    rng = np.random.default_rng(2)
    a, b = maps(rng, 80, 5, 10), maps(rng, 80, 5, 4)
    b[..., 0] += 2 * a[..., 3]
    paths = sparse_paths(blocks_of(a, b))
    fit, _, judge = parts(20, SHARES)

    def rows(x, part):
        return x[np.isin(np.arange(80) % 20, part)].reshape(-1, x.shape[2])

    mean, scale = zip(
        *((rows(x, fit).mean(axis=0), rows(x, fit).std(axis=0, ddof=1)) for x in (a, b)),
        strict=True,
    )
    for place, block in enumerate(judge):
        x, y = ((rows(s, [block]) - m) / d for s, m, d in zip((a, b), mean, scale, strict=True))
        np.testing.assert_allclose(paths.held_constants[place], (y**2).sum(axis=0))
        for level in (0, 8, 15):
            left = y - x @ paths.weights[level].T
            np.testing.assert_allclose(paths.held_errors[place, level], (left**2).sum(axis=0))
    found = few_units(paths)
    for level in range(16):
        held = paths.held_errors[:, level].sum() / paths.held_constants.sum()
        assert found.path_r2[level] == pytest.approx(1 - held)
    constant = chosen_errors(paths)[:, 1:][:, paths.chosen[1:] == 16]
    assert (constant == paths.held_constants[:, 1:][:, paths.chosen[1:] == 16]).all()


def test_on_photographs_that_do_not_belong_together_few_units_predict_nothing():
    rng = np.random.default_rng(3)
    values = [half_on_half(blocks_of(*maps2(rng), count=2)) for _ in range(10)]
    assert -0.05 < np.mean(values) < 0 and FEW == 3  # what noise fits is lost again


def maps2(rng):
    return maps(rng, 80, 8, 16), maps(rng, 80, 8, 10)


def test_without_photographs_to_choose_on_nothing_is_chosen():
    rng = np.random.default_rng(4)
    scaled = scaled_for_paths(blocks_of(maps(rng, 80, 4, 6), maps(rng, 80, 4, 5)))
    assert paths_of(scaled).chosen.shape == (5,)
    bare = replace(scaled, parts=scaled.parts[1:], rows=scaled.rows[1:])
    assert paths_of(bare).chosen.size == 0
