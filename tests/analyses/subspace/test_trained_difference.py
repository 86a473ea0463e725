"""Trained less untrained between domains: its value, its variance by hand, and when it has none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.panel_choice import default_choice
from substrate.analyses.shared.samples import features, side_by_side
from substrate.analyses.spec import obtain
from substrate.analyses.subspace.comparison import ControlledMatrix
from substrate.analyses.subspace.procrustes_cka import MATRIX
from substrate.analyses.subspace.tables import control_table
from substrate.analyses.subspace.untrained import UNTRAINED, UntrainedMatrices
from substrate.exhibits.subspace.verdicts import of_matrix
from substrate.exhibits.subspace.words import matrix_sentence
from substrate.exhibits.verdict import Badge
from substrate.numerics.intervals import delete_group_jackknife
from substrate.numerics.panel import procrustes_cka_all
from substrate.numerics.spectra import directions_of_centred
from substrate.runs import Run
from tests.support.planted import planted_run

K = 4


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return planted_run(
        tmp_path_factory.mktemp("gain"), n=60, groups=12, untrained=5, domains=("one", "other")
    )


@pytest.fixture(scope="module")
def choice(run):
    return replace(default_choice(run), components=K)


@pytest.fixture(scope="module")
def twins(run, choice) -> UntrainedMatrices:
    return obtain(UNTRAINED, run, choice.untrained())


def medians(run, twin, kept) -> np.ndarray:
    """Return both estimates between the two domains, each with some of its rows alone."""
    xs = []
    for domain in ("one", "other"):
        rows = kept.get(domain, np.arange(60))
        raw = [x[rows] for x in features(run, tuple(run.encoders), domain, untrained=twin)]
        xs.append(side_by_side(raw, "z-score", run.groups(domain)[rows]))
    scores = procrustes_cka_all(xs, [directions_of_centred(x, K).vectors for x in xs], (K,))
    return np.array([scores.biased[0, 0, 1], scores.debiased[0, 0, 1]])


@pytest.mark.parametrize("side", [0, 1])
def test_the_difference_and_every_part_of_its_variance_by_hand(run, twins, side):
    def gain(kept):
        untrained = np.mean([medians(run, seed, kept)[side] for seed in twins.seeds])
        return medians(run, None, kept)[side] - untrained

    found = twins.difference[side]
    assert found.value == pytest.approx(gain({}))
    of_photographs = [
        delete_group_jackknife(lambda rows, d=d: gain({d: rows}), run.groups(d))
        for d in ("one", "other")
    ]
    draws = [medians(run, seed, {})[side] for seed in twins.seeds]
    variance = sum(one.standard_error**2 for one in of_photographs)
    variance += np.var(draws, ddof=1) * (1 + 1 / 5)
    assert found.standard_error == pytest.approx(np.sqrt(variance))
    assert (found.unit, found.n_units) == ("photographs", 12)
    assert found.low < found.value < found.high


def test_page_export_and_trace_say_what_training_adds(run, choice, twins):
    matrices = obtain(MATRIX, run, choice.matrix())
    result = ControlledMatrix(matrices, K, debiased=False, untrained=twins)
    gain = twins.difference[0]
    said = matrix_sentence(result)
    assert f"; trained \u2212 untrained {gain.value:+.2f}".replace("+-", "\u2212") in said
    assert "over photographs and draws of twins)" in said
    row = control_table(result).iloc[-1]
    assert row["control"] == "trained \u2212 untrained"
    assert (row["median"], row["low"], row["high"]) == (gain.value, gain.low, gain.high)


@pytest.mark.parametrize(
    ("low", "high", "badge"),
    [(0.1, 0.4, Badge.TWINS), (-0.4, -0.1, Badge.BELOW), (-0.1, 0.4, Badge.UNTOLD)],
)
def test_the_badge_follows_the_interval_of_the_difference(run, choice, twins, low, high, badge):
    gain = replace(twins.difference[0], low=low, high=high)
    told = replace(twins, difference=(gain, gain))
    matrices = obtain(MATRIX, run, choice.matrix())
    verdict = of_matrix(ControlledMatrix(matrices, K, debiased=False, untrained=told))
    assert verdict.badge is badge


def test_too_few_photographs_or_draws_leave_the_value_and_say_why(tmp_path):
    few = planted_run(tmp_path / "few", n=60, groups=12, untrained=5, few=8)
    params = replace(default_choice(few), components=K).untrained()
    for one in obtain(UNTRAINED, few, params).difference:
        assert np.isfinite(one.value) and one.low is None
        assert one.reason == (
            "No interval: 8 photographs in one of the domains, and at least 10 are needed."
        )
    drawn = planted_run(tmp_path / "drawn", n=60, groups=12, untrained=3, domains=("one", "other"))
    params = replace(default_choice(drawn), components=K).untrained()
    [biased, _] = obtain(UNTRAINED, drawn, params).difference
    assert biased.low is None and "3 draws of untrained twins" in biased.reason
