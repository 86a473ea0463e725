"""Claims about domains compare many panels, and hold the features of one at a time."""

import weakref

import numpy as np
import pytest

from substrate.analyses.claims import domains, leave_out, panels
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

    for module in (domains, leave_out, panels):
        monkeypatch.setattr(module, "features", watched)
    return lambda: max(counts)


@pytest.mark.parametrize("theme", ["domains", "leave_out"])
def test_the_features_of_two_panels_are_never_held_together(run, most_held, theme):
    analysis, params = QUESTIONS[theme](run)[0]
    found = analysis.compute(run, params)
    assert found.whole.size and found.left_out
    assert most_held() == len(params.encoders) * len(params.domains)
