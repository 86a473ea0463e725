"""Linear students: closed forms, their limits, published figures, and students that are drawn."""

import numpy as np
import pytest

from substrate.numerics.theory.linear_students import (
    StudentSetting,
    TheoryError,
    expected_alignment,
    expected_error,
    simulate,
)

D = 30


def setting(samples, snr=2.0, dimension=D, **more):
    return StudentSetting(samples=samples, dimension=dimension, snr=snr, **more)


@pytest.mark.parametrize(
    ("ratio", "alignment"),
    [(0.25, 0.60), (0.5, 0.49), (0.75, 0.32), (1.25, 0.32), (2, 0.66), (4, 0.86), (10, 0.95)],
)
def test_sixty_dimensions_give_the_worked_values(ratio, alignment):
    found = expected_alignment(setting(round(60 * ratio), dimension=60))
    assert found == pytest.approx(alignment, abs=0.006)


def test_alignment_and_error_part_ways_across_the_threshold():
    few, many = (setting(n, snr=10.0, dimension=60) for n in (15, 75))
    assert expected_alignment(few) == pytest.approx(0.88, abs=0.005)
    assert expected_alignment(many) == pytest.approx(0.70, abs=0.01)
    assert expected_error(few) > 0.75 > 0.45 > expected_error(many)


@pytest.mark.parametrize("samples", [D - 1, D, D + 1])
def test_at_the_threshold_noise_is_all_there_is(samples):
    assert expected_alignment(setting(samples)) == 0
    assert expected_error(setting(samples)) == np.inf


def test_alignment_rises_with_the_ratio_and_nears_one_with_many_samples():
    rising = [expected_alignment(setting(45, snr)) for snr in (0.1, 1.0, 10.0, 1e6)]
    assert (np.diff(rising) > 0).all() and rising[-1] > 0.9999
    assert expected_alignment(setting(10**7, 0.1)) > 0.9999
    assert expected_error(setting(10**7, 0.1)) < 1e-3


def test_what_is_drawn_is_within_two_standard_errors_of_the_closed_form():
    away = []
    for samples in (3, 15, 24, D - 2, D - 1, D, D + 1, D + 2, 37, 45, 90):
        for snr in (0.5, 5.0):
            at = setting(samples, snr)
            found = simulate(at, draws=250, seed=samples)
            expected = expected_alignment(at), expected_error(at)
            for estimate, value in zip((found.alignment, found.error), expected, strict=True):
                if np.isfinite(value):  # at the threshold errors that are drawn have no mean either
                    away.append(abs(estimate.value - value) / estimate.standard_error)
    assert len(away) == 38
    assert np.mean(np.array(away) <= 2) >= 0.85
    assert max(away) < 4


def test_at_the_threshold_the_mean_cosine_nears_zero_as_dimensions_grow():
    found = [
        simulate(setting(d + off, 0.5, dimension=d, outputs=20), draws=40, seed=d).cosine
        for d in (8, 96)
        for off in (-1, 0, 1)
    ]
    few, many = found[:3], found[3:]
    assert all(estimate.value < 0.05 for estimate in many)
    assert sum(estimate.value for estimate in few) > sum(estimate.value for estimate in many)


def test_the_share_of_intervals_that_hold_the_closed_form():
    at = setting(60, 1.0)
    inside = [
        found.alignment.low <= expected_alignment(at) <= found.alignment.high
        for found in (simulate(at, draws=20, seed=seed) for seed in range(120))
    ]
    assert 0.9 <= np.mean(inside) <= 0.99


def test_a_ridge_makes_students_agree_at_the_threshold_and_errs_less():
    plain, ridged = (simulate(setting(D, ridge=r), draws=60) for r in (0.0, 10.0))
    assert ridged.cosine.low > 0.5 > 0.3 > plain.cosine.high
    assert ridged.error.high < plain.error.low
    assert simulate(setting(D, ridge=1e9), draws=20).error.value == pytest.approx(1, abs=1e-6)


def test_without_noise_students_are_one_and_any_metric_says_so():
    found = simulate(
        setting(45, 1e12, outputs=5), draws=12, metric=lambda a, b: float(np.abs(a - b).max())
    )
    assert found.alignment.value == pytest.approx(1, abs=1e-9)
    assert found.error.value == pytest.approx(0, abs=1e-9)
    assert found.score.value == pytest.approx(0, abs=1e-4)


def test_few_training_sets_have_no_interval():
    found = simulate(setting(45), draws=3)
    assert found.alignment.low is None and "3 training sets" in found.alignment.reason
    assert found.score is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"samples": 0}, "samples is 0"),
        ({"dimension": 0}, "dimension is 0"),
        ({"outputs": 0}, "outputs is 0"),
        ({"snr": 0.0}, "ratio is 0"),
        ({"snr": float("nan")}, "ratio is nan"),
        ({"ridge": -1.0}, "ridge is -1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong, message):
    with pytest.raises(TheoryError, match=message):
        StudentSetting(**({"samples": 5, "dimension": 5, "snr": 1.0} | wrong))


def test_the_closed_form_is_that_of_least_squares():
    for closed in (expected_alignment, expected_error):
        with pytest.raises(TheoryError, match="give a ridge of 0"):
            closed(setting(45, ridge=1.0))
    with pytest.raises(TheoryError, match="0 training sets"):
        simulate(setting(45), draws=0)
