"""Students with a ridge: the limit of many inputs, against students that are drawn."""

import numpy as np
import pytest

from substrate.numerics.theory.linear_students import (
    StudentSetting,
    TheoryError,
    expected_alignment,
    expected_error,
    simulate,
)
from substrate.numerics.theory.ridge_students import ridge_limit

D = 60


def setting(samples, ridge, snr=2.0, dimension=D, outputs=8):
    return StudentSetting(
        samples=samples, dimension=dimension, snr=snr, ridge=ridge, outputs=outputs
    )


@pytest.mark.parametrize("samples", [15, D - 1, D, D + 1, 150])
@pytest.mark.parametrize("ridge", [6.0, 60.0])
def test_what_is_drawn_lies_at_the_limit(samples, ridge):
    at = setting(samples, ridge)
    found, limit = simulate(at, draws=60, seed=samples), ridge_limit(at)
    for drawn, value in ((found.alignment, limit.alignment), (found.error, limit.error)):
        assert abs(drawn.value - value) < max(2 * drawn.standard_error, 0.012)


def test_a_small_ridge_nears_the_closed_form_without_one_and_a_large_one_answers_nothing():
    for samples in (240, 2400):
        plain = setting(samples, 0.0, dimension=1200)
        limit = ridge_limit(setting(samples, 1e-6, dimension=1200))
        assert limit.alignment == pytest.approx(expected_alignment(plain), abs=0.002)
        assert limit.error == pytest.approx(expected_error(plain), abs=0.004)
    nothing = ridge_limit(setting(120, 1e9))
    assert nothing.error == pytest.approx(1, abs=1e-6)


def test_the_error_is_least_with_the_ridge_of_the_noise():
    errors = [ridge_limit(setting(80, r)).error for r in (10.0, 20.0, 30.0, 40.0, 60.0)]
    assert np.argmin(errors) == 2  # d / SNR = 30


def test_without_a_ridge_it_is_refused():
    with pytest.raises(TheoryError, match="a ridge above 0"):
        ridge_limit(setting(80, 0.0))
