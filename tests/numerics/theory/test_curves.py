"""Curves of students: where alignment dips, and where it parts from error."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.numerics.metrics import METRICS
from substrate.numerics.theory.curves import curves
from substrate.numerics.theory.linear_students import StudentSetting, expected_alignment

AT = StudentSetting(samples=1, dimension=20, snr=1.0, outputs=4)


def test_alignment_falls_to_the_threshold_and_rises_again_and_more_signal_lies_higher():
    found = list(
        curves(
            replace(AT, dimension=40), snrs=(0.5, 10.0), ratios=(0.1, 0.4, 1.0, 2.0, 10.0), draws=20
        )
    )
    assert [curve.snr for curve in found] == [0.5, 10.0]
    for curve in found:
        assert curve.samples.tolist() == [4, 16, 40, 80, 400]
        means = [one.cosine.value for one in curve.students]
        assert np.argmin(means) == 2 and means[4] == max(means)
        np.testing.assert_allclose(
            curve.alignment,
            [
                expected_alignment(StudentSetting(samples=int(n), dimension=40, snr=curve.snr))
                for n in curve.samples
            ],
        )
    low, high = ([one.cosine.value for one in curve.students] for curve in found)
    away = [0, 1, 3, 4]  # at the threshold both are 0
    assert (np.array(high)[away] > np.array(low)[away]).all()


def test_points_do_not_share_their_training_sets_and_a_seed_gives_the_same_again():
    def values(seed):
        found = curves(AT, snrs=(2.0, 2.0), ratios=(2.0, 2.1), draws=12, seed=seed)
        return [one.cosine.value for curve in found for one in curve.students]

    first = values(3)
    assert first == values(3)
    assert not set(first) & set(values(4))
    assert len(set(first)) == 4


def test_a_ridge_has_no_closed_form_and_small_domains_no_two_equal_points():
    (curve,) = curves(
        StudentSetting(samples=1, dimension=3, snr=1.0, ridge=2.0),
        snrs=(1.0,),
        ratios=(0.1, 0.2, 1.0),
    )
    assert curve.samples.tolist() == [1, 3]
    assert np.isnan(curve.alignment).all() and np.isnan(curve.error).all()


def test_any_metric_compares_the_outputs():
    metric = METRICS["linear_cka"].score
    (curve,) = curves(AT, snrs=(5.0,), ratios=(1.0, 10.0), draws=12, metric=metric)
    few, many = (one.score for one in curve.students)
    assert few.high < many.low
    assert many.value == pytest.approx(1, abs=0.1)
