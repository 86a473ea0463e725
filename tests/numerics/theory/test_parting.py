"""Where alignment and error part ways."""

import numpy as np

from substrate.numerics.theory.linear_students import (
    StudentSetting,
    expected_alignment,
    expected_error,
)
from substrate.numerics.theory.parting import parting, separated_pairs


def test_a_falling_alignment_with_a_falling_error_parts_in_every_pair():
    found = parting(np.array([0.9, 0.6, 0.3]), np.array([3.0, 2.0, 1.0]))
    assert found.share == 1 and (found.alike, found.better) == (0, 2)


def test_together_is_no_parting_and_what_has_no_value_takes_no_part():
    assert parting(np.array([0.3, 0.6, 0.9]), np.array([3.0, 2.0, 1.0])).share == 0
    found = parting(np.array([0.3, np.nan, 0.9, 0.5]), np.array([3.0, 2.0, 1.0, np.inf]))
    assert found.share == 0
    assert np.isnan(parting(np.array([0.5, 0.5]), np.array([1.0, 2.0])).share)


def test_pairs_told_from_noise_are_few_where_nothing_differs():
    """Of 200 curves of noise alone, at most 5 % have a pair that is told."""
    rng, some = np.random.default_rng(0), 0
    for _ in range(200):
        ends = []
        for truth in (np.linspace(0, 9, 12), np.zeros(12)):
            draws = truth[:, None] + rng.standard_normal((12, 16))
            half = 2.131 * draws.std(axis=1, ddof=1) / 4
            ends.append(np.stack([m := draws.mean(axis=1), m - half, m + half], axis=1))
        found = separated_pairs(ends[0], ends[1], 15)
        some += found.wrong + found.right > 0
    assert some <= 10
    ends[1] = ends[0] + 1
    told = separated_pairs(ends[0], ends[1], 15)
    assert told.wrong > 20
    # Of rising truths the pair that parts most is the first and the last, the higher one alike.
    assert (told.alike, told.better) == (11, 0)
    first = np.isfinite(ends[0][:, 0]) & (np.arange(12) < 11)
    hidden = [np.where(first[:, None], rows, np.nan) for rows in ends]
    assert separated_pairs(hidden[0], hidden[1], 15).alike == 10
    assert separated_pairs(ends[0], -ends[1][:, [0, 2, 1]], 15).right > 20


def test_linear_students_part_between_few_samples_and_those_past_the_threshold():
    each = [StudentSetting(samples=n, dimension=60, snr=10.0) for n in (15, 75)]
    found = parting(
        np.array([expected_alignment(one) for one in each]),
        np.array([expected_error(one) for one in each]),
    )
    assert found.share == 1 and (found.alike, found.better) == (0, 1)
