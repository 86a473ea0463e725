"""Claims about domains compare many panels, and hold the features of one at a time."""

import weakref

import numpy as np
import pytest

from substrate.analyses.claims import samples
from substrate.analyses.claims.questions import QUESTIONS
from substrate.analyses.shared.samples import features
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("held"), n=60, groups=20, few=15, untrained=3)


@pytest.fixture
def most_held(monkeypatch):
    """Count the arrays of features that are alive whenever more are read."""
    alive, counts = [], []

    def watched(*args, **kwargs):
        found = [np.array(x) for x in features(*args, **kwargs)]
        alive.extend(weakref.ref(x) for x in found)
        counts.append(sum(each() is not None for each in alive))
        return found

    monkeypatch.setattr(samples, "features", watched)
    return lambda: max(counts)


@pytest.mark.parametrize("theme", ["domains", "leave_out"])
def test_the_features_of_two_panels_are_never_held_together(run, most_held, theme):
    analysis, params = QUESTIONS[theme](run)[0]
    found = analysis.compute(run, params)
    assert found.whole.size and found.left_out
    assert most_held() == len(params.encoders) * len(params.domains)


def test_large_domains_are_drawn_from_and_the_row_says_so(run, monkeypatch):
    analysis, params = QUESTIONS["domains"](run)[0]
    all_of_them = analysis.compute(run, params)
    assert "drawn" not in all_of_them.counted
    monkeypatch.setattr(samples, "MOST", 48)
    found = analysis.compute(run, params)
    assert "48 drawn at random of 60" in found.counted
    rows = samples.drawn(run, "rich")
    assert len(rows) == 48 and (np.diff(rows) > 0).all()
    taken = samples.features_of(run, params.encoders, "rich")
    for part, whole in zip(taken, features(run, params.encoders, "rich"), strict=True):
        np.testing.assert_array_equal(part, whole[rows])
    assert found.whole.shape == all_of_them.whole.shape
    assert not np.array_equal(found.whole, all_of_them.whole, equal_nan=True)


@pytest.mark.parametrize("theme", ["domains", "leave_out"])
def test_panels_that_are_drawn_from_have_one_row_per_photograph_left(run, monkeypatch, theme):
    monkeypatch.setattr(samples, "MOST", 48)
    analysis, params = QUESTIONS[theme](run)[0]
    found = analysis.compute(run, params)
    assert found.have["samples"] <= 48 and found.left_out
