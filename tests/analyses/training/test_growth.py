"""Agreement over size and skill: planted growth is found, its absence is not, copies aside."""

import numpy as np
import pytest

from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.training.growth import GROWTH, common_seeds, copies_of, growth_params
from substrate.analyses.training.growth_trends import ACCURACY, PROBE, SIZE
from tests.support.growth_store import CONTROL, COPY, PANEL, growth_run
from tests.support.planted import planted_run
from tests.support.training_store import ACCURACY as REACHED
from tests.support.training_store import STEPS, training_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return growth_run(tmp_path_factory.mktemp("growth"))


@pytest.fixture(scope="module")
def found(run):
    return obtain(GROWTH, run, growth_params(run, "rich"))


def test_planted_growth_is_found_and_not_in_untrained_twins(found):
    one = found.trend(SIZE)
    assert one.encoders == PANEL and one.trained.value > 0.9
    assert one.trained.low is None or one.trained.low > 0.4
    assert one.test.p < 0.01 and not one.test.exact
    assert abs(one.untrained.value) < 0.7 and one.untrained.low < one.untrained.value
    # Nine networks that nothing orders have a correlation of -.7 to .7: the difference says so.
    assert 0.35 < one.beyond.standard_error < 0.6
    assert one.beyond.value == pytest.approx(one.trained.value - one.untrained.value)


def test_standings_are_means_over_the_others_with_intervals(run, found):
    values = found.scores.values
    for i, one in enumerate(found.standings[:9]):
        others = [values[i, j] for j in range(9) if j != i]
        assert one.agreement.value == pytest.approx(np.mean(others))
        assert one.agreement.low < one.agreement.value < one.agreement.high
        assert abs(one.shuffled) < 0.05 and len(one.twins) == 5
    assert common_seeds(run, PANEL, "rich") == (0, 1, 2, 3, 4)


def test_a_wider_copy_stands_beside_and_random_labels_do_not(run, found):
    assert run.panel == PANEL and copies_of(run, PANEL, "rich") == (COPY,)
    copy = found.standings[-1]
    assert (copy.encoder, copy.in_panel, copy.parameters) == (COPY, False, 512_000)
    assert np.isfinite(copy.agreement.value) and copy.agreement.low is None
    assert CONTROL not in [one.encoder for one in found.standings]


def test_size_and_accuracy_in_the_same_order_leave_nothing(found):
    assert not found.trend(SIZE, ACCURACY).defined
    assert "nothing is left" in found.trend(SIZE, ACCURACY).reason
    assert found.trend(PROBE).defined and found.trend(SIZE, PROBE).defined


def test_what_does_not_grow_is_seldom_said_to(tmp_path):
    """Over 12 panels without growth: tests beyond 5 % and intervals without 0."""
    told = uncovered = 0
    for seed in range(12):
        run = growth_run(tmp_path / str(seed), grows=False, seed=seed)
        one = obtain(GROWTH, run, growth_params(run, "rich")).trend(SIZE)
        told += one.test.p <= 0.05
        uncovered += one.trained.low is not None and not one.trained.low < 0 < one.trained.high
    assert told <= 3 and uncovered <= 3


def test_few_photographs_have_values_alone(run):
    few = obtain(GROWTH, run, growth_params(run, "few"))
    one = few.trend(SIZE)
    assert one.trained.value is not None and one.trained.low is None and one.test is None
    assert one.beyond.low is None and "3 photographs" in one.trained.reason
    assert all(standing.agreement.low is None for standing in few.standings)


def test_a_distance_that_falls_is_agreement_that_grows(run, found):
    params = growth_params(run, "rich", "procrustes_angular")
    angles = obtain(GROWTH, run, params)
    assert angles.scores.closer == "lower"
    assert angles.trend(SIZE).trained.value > 0.8
    first, last = (angles.standings[i].agreement.value for i in (0, 8))
    assert first > last


def test_trainings_are_followed_to_the_others(tmp_path):
    run = training_run(tmp_path, n=60, groups=15)
    (course,) = obtain(GROWTH, run, growth_params(run, "rich")).courses
    assert course.encoder == "alpha" and course.steps.tolist() == list(STEPS)
    np.testing.assert_allclose(course.accuracy, REACHED)
    assert abs(course.agreement[0]) < 0.2 < course.agreement[-1]
    end = obtain(GROWTH, run, growth_params(run, "rich")).standings[0].agreement.value
    assert course.agreement[-1] == pytest.approx(end, abs=1e-6)


def test_panels_that_cannot_be_compared_are_refused(tmp_path, run):
    with pytest.raises(AnalysisError, match="at least 3 encoders"):
        obtain(GROWTH, run, growth_params(run.with_panel(PANEL[:2]), "rich"))
    with pytest.raises(AnalysisError, match="of one recipe"):
        obtain(GROWTH, run, growth_params(run.with_panel(("e8", COPY, CONTROL)), "rich"))
    four = planted_run(tmp_path, n=40, groups=20, untrained=0)
    one = obtain(GROWTH, four, growth_params(four, "rich")).trend(SIZE)
    assert "4 encoders: 5 are needed" in one.test_reason
    assert one.beyond.value is None and "no untrained twins" in one.beyond.reason
