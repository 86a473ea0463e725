"""The experiment on students: a small grid, resumed, with what its file says."""

import numpy as np
import pytest

from substrate.analyses.experiments.catalogue import read_results
from substrate.analyses.experiments.students import LINEAR, NETWORK, of_kind, snrs_of
from substrate.experiments import students
from substrate.experiments.students import SAMPLES, SNRS, StudentGrid, _score
from substrate.numerics.theory.linear_students import StudentSetting, expected_alignment


class Quiet:
    def declare(self, _weights):
        pass

    def phase(self, _text):
        pass

    def step(self, _name, _share):
        pass


def small(state):
    return StudentGrid(
        state,
        Quiet(),
        draws=12,
        network_draws=11,
        steps=30,
        samples=(30, 120),
        ratios=(0.25, 1.0),
        metrics=("linear_cka", "mean_cca"),
    )


def test_points_are_simulated_once_and_kept(tmp_path, monkeypatch):
    first = small(tmp_path).run(lambda _done: None)
    assert len(first) == 3 * 3 * 2 + 4 * 3 * 2
    monkeypatch.setattr(students, "simulate", None)  # nothing is left to simulate
    monkeypatch.setattr(students, "simulate_networks", None)
    again = small(tmp_path).run(lambda _done: None)
    assert again == first
    linear = of_kind(first, LINEAR, ridge=0.0)
    assert snrs_of(linear) == SNRS and [one.samples for one in linear[:2]] == [30, 120]
    at = StudentSetting(samples=120, dimension=60, snr=10.0)
    assert linear[-1].agreement().value == pytest.approx(expected_alignment(at), abs=0.03)
    cka = linear[0].agreement("linear_cka", ("linear_cka", "mean_cca"))
    assert len(linear[0].scores) == 4 and cka.low < cka.value < cka.high <= 1
    assert not of_kind(first, LINEAR, ridge=0.1)[0].scores
    network = of_kind(first, NETWORK, task="classification", noise="pixels")
    assert len(network) == 6 and len(network[0].cosines) == 11
    assert network[0].agreement().value == pytest.approx(np.mean(network[0].cosines), abs=1e-3)


def test_a_metric_without_a_value_is_missing():
    flat = np.zeros((20, 3))
    assert np.isnan(_score("linear_cka", flat, flat))


def test_the_shipped_points_are_the_closed_form_within_two_standard_errors():
    """Also where the number of samples is within one of the number of inputs."""
    file = read_results("students")
    away = []
    for one in of_kind(file.repeats, LINEAR, ridge=0.0):
        at = StudentSetting(samples=one.samples, dimension=60, snr=one.snr)
        found = one.agreement()
        half = (found.high - found.low) / 2  # about two standard errors
        away.append(abs(found.value - expected_alignment(at)) / half)
    assert len(away) == len(SAMPLES) * len(SNRS) and {59, 60, 61} <= set(SAMPLES)
    assert np.mean(np.array(away) <= 1) >= 0.85 and max(away) < 2
