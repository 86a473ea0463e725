"""A missing interval has no whisker: not one of length zero."""

import pytest

from substrate.figures.whiskers import whiskers


def test_ends_by_hand():
    found = whiskers([(0.5, 0.3, 0.9), (0.4, None, None), (None, None, None)], "#123", scale=100)
    assert found["array"] == [pytest.approx(40), None, None]
    assert found["arrayminus"] == [pytest.approx(20), None, None]
    assert found["symmetric"] is False


def test_no_interval_at_all_gives_no_bars():
    assert whiskers([(0.4, None, None), (0.2, None, 0.3)], "#123") is None
    assert whiskers([(0.4, float("nan"), float("nan"))], "#123") is None
    found = whiskers([(0.4, 0.3, 0.5), (0.4, float("nan"), 0.5)], "#123")
    assert found["array"] == [pytest.approx(0.1), None]
