"""Claims on students of noise: every task and noise apart, training sets left out in turn."""

import pytest

from substrate.analyses.experiments.file import encode
from substrate.claims.measures import MEASURES
from substrate.claims.students import KINDS, students
from tests.support.experiment_files import students_file
from tests.support.student_file import COSINES, ERRORS


def written(folder, **options):
    (folder / "students.json").write_text(encode(students_file(**options)))
    return students(folder)


def lead(found, key, control, setting):
    return found.estimate(lambda q: MEASURES[key](q).lead(control), setting)


@pytest.mark.parametrize(
    ("key", "control", "sign"),
    [
        ("students_dip", "a quarter of the samples", -1),
        ("students_dip", "four times the samples", -1),
        ("students_signal", "more noise", 1),
        ("students_apart", "five times the samples", 1),
        ("students_apart_error", "five times the samples", 1),
    ],
)
def test_what_is_planted_is_found_for_every_task_and_noise(tmp_path, key, control, sign):
    found = written(tmp_path)
    assert found.deciding == (0, 1, 2, 3) and len(KINDS) == 4 == len(found.settings)
    for setting in found.deciding:
        difference = lead(found, key, control, setting)
        assert sign * difference.low > 0 and sign * difference.high > 0
        assert difference.n_units == 12


def test_the_quantities_are_those_of_the_file(tmp_path):
    found = written(tmp_path).named()
    assert found["threshold"] == pytest.approx(COSINES[1.0] * 0.8, abs=1e-4)
    assert found["quarter"] == pytest.approx(COSINES[0.25] * 0.8, abs=1e-4)
    assert found["few error"] == pytest.approx(ERRORS[0.25], abs=1e-4)
    assert found["much signal"] > found["little signal"]


def test_no_dip_is_said_against_the_claim(tmp_path):
    found = written(tmp_path, dip=0.6)
    assert lead(found, "students_dip", "four times the samples", 0).low > 0


def test_few_training_sets_show_values_without_a_verdict(tmp_path):
    found = written(tmp_path, draws=3)
    assert not found.left_out and found.reason == "3 training sets, and 5 are needed."
    assert "experiment students" in students(tmp_path / "elsewhere")
