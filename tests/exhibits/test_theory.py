"""Students as exhibits: what is drawn is what formula and file say, and so is every word."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.experiments.student_curves import (
    RIDGES,
    StudentChoice,
    _values,
    cosine_at_threshold,
    curves_of,
    formula,
)
from substrate.exhibits.theory import words
from substrate.exhibits.theory.exhibits import alignment_and_error, map_of_both
from substrate.exhibits.theory.parting_words import measured_verdict, separated
from substrate.exhibits.verdict import Badge
from substrate.figures.theme import DARK, LIGHT
from substrate.numerics.estimates import Estimate
from substrate.numerics.theory.linear_students import StudentSetting, expected_alignment
from substrate.numerics.theory.parting import Parting, parting
from tests.support.experiment_files import students_file

NETWORK = StudentChoice(student="network")


@pytest.fixture(scope="module")
def file():
    return students_file()


def test_lines_are_the_formula_and_points_the_file(file):
    figure = alignment_and_error(file, StudentChoice(snr="2"), LIGHT).figure
    named = {t.name for t in figure.data}
    assert named == {"SNR 0.5", "SNR 2, chosen", "SNR 10"}
    line, points = (
        next(t for t in figure.data if t.name == "SNR 2, chosen" and t.mode == mode)
        for mode in ("lines", "markers")
    )
    at = StudentSetting(samples=round(60 * line.x[40]), dimension=60, snr=2.0)
    assert line.y[40] == pytest.approx(expected_alignment(at))
    assert list(points.x) == [0.1, 0.5, 1.0, 1.4, 5.0]
    assert list(points.error_y.array) == pytest.approx([0.05] * 5)


def test_a_ratio_between_those_that_were_simulated_has_a_line_alone(file):
    found = curves_of(file, StudentChoice(snr="5"))
    (chosen,) = [one for one in found.curves if one.chosen]
    assert chosen.snr == 5 and not len(chosen.ratios) and len(chosen.line_ratios) > 100
    assert len(found.curves) == 4
    figure = alignment_and_error(file, StudentChoice(snr="5"), DARK).figure
    (line,) = [t for t in figure.data if t.name == "SNR 5, chosen" and t.yaxis == "y"]
    assert line.line.color == DARK.ink


def test_the_opening_counts_the_pairs_and_names_the_two_that_part_most(file):
    made = alignment_and_error(file, StudentChoice(), LIGHT)
    assert made.verdict.short == (
        "More alike is more wrong in 29 % of comparisons: similarity is not accuracy"
    )
    assert "0.1 samples per input agree at 0.90 and err by 0.91" in made.sentence
    assert "those with 1.4 agree at 0.79 and err by 0.26" in made.sentence
    best = alignment_and_error(file, StudentChoice(ridge="1", snr="1"), LIGHT)
    assert "0 % of comparisons: here similarity follows accuracy" in best.verdict.short
    assert "In 19 of 66 pairs the more alike err more, by 0.11 in agreement" in made.context
    one = alignment_and_error(file, StudentChoice(snr="1"), LIGHT)
    assert one.verdict.short == "More alike is more wrong in 2 % of comparisons, a single pair"


def test_at_the_threshold_least_squares_has_no_mean_error(file):
    made = alignment_and_error(file, StudentChoice(metric="linear_cka"), LIGHT)
    at = made.table["ratio"] == 1
    assert made.table.loc[at, "error"].isna().all() and made.table.loc[~at, "error"].notna().all()
    assert "or one off, the error has no mean" in made.context
    assert "4 numbers of samples are compared" in made.context
    with_ridge = alignment_and_error(file, StudentChoice(metric="linear_cka", ridge="1"), LIGHT)
    assert with_ridge.table["error"].notna().all() and "no mean" not in with_ridge.context


def test_one_sample_per_input_is_one_and_a_metric_is_named_as_such(file):
    ridge = StudentChoice(metric="linear_cka", ridge="1")
    found = curves_of(file, ridge)
    found = replace(found, parting=Parting(0.5, 2, 3, 5, 10))
    said = words.sentence(found)
    assert "with 1 sample per input have, by CKA, linear (biased), 0.60 and err by" in said


def estimates(values, half):
    return tuple(Estimate(v, low=v - half, high=v + half, n_units=40) for v in values)


def test_of_noisy_points_only_what_intervals_tell_is_claimed():
    alike, wrong = np.array([0.9, 0.6, 0.3, 0.2]), np.array([0.9, 0.6, 0.3, 0.1])
    found = parting(alike, wrong)
    sure = separated(estimates(alike, 0.01), estimates(wrong, 0.01))
    assert (sure.wrong, sure.right) == (6, 0)
    assert measured_verdict(found, sure).short == (
        "More alike is more wrong in at least 100 %: similarity is not accuracy"
    )
    unsure = separated(estimates(alike, 0.01), estimates(wrong, 0.9))
    assert (unsure.wrong, unsure.right) == (0, 0)
    verdict = measured_verdict(found, unsure)
    assert verdict.badge is Badge.UNTOLD
    assert verdict.short == "More alike is more wrong in 100 % of comparisons, not told from noise"
    lower = separated(estimates(-alike, 0.01), estimates(wrong, 0.01), closer="lower")
    assert lower.wrong == 6
    none = separated(tuple(Estimate(v) for v in alike), estimates(wrong, 0.1))
    assert none is None and measured_verdict(found, none).badge is Badge.NO_INTERVAL


@pytest.mark.parametrize("ridge", RIDGES)
@pytest.mark.parametrize("snr", ["0.1", "2", "100"])
def test_what_the_sliders_say_is_the_formula(ridge, snr):
    choice = StudentChoice(ridge=ridge, snr=snr, ratio="3")
    alignment, error = formula(float(snr), 180, float(ridge))
    said = words.reading_at(choice)
    assert f"**{alignment:.2f}**" in said and f"**{error:.2f}**" in said


@pytest.mark.parametrize(("snr", "mean"), [("10", 0.058), ("100", 0.33)])
def test_at_the_threshold_the_sliders_say_what_pairs_of_students_do(snr, mean):
    """The means are those of 1,500 training sets, fitted by the pseudoinverse."""
    found = cosine_at_threshold(float(snr), 60)
    assert found.low < mean < found.high and found.n_units == 200
    said = words.reading_at(StudentChoice(snr=snr, ratio="1"))
    assert f"**{found.value:.2f} (" in said and "the closed form is 0" in said
    assert "have no mean" in alignment_and_error(None, StudentChoice(), LIGHT).context


def test_what_intervals_do_not_tell_is_no_moral(file):
    found = curves_of(file, NETWORK)
    assert words.MEANING in words.sentence(found)
    wide = [replace(one, error=estimates(_values(one.error), 9)) for one in found.curves]
    said = words.sentence(replace(found, curves=tuple(wide)))
    assert words.MEANING not in said and said.endswith("intervals do not tell from noise.")


def test_networks_and_metrics_are_points_that_lines_join(file):
    made = alignment_and_error(file, NETWORK, LIGHT)
    assert made.figure.layout.yaxis2.type == "log"
    classes = alignment_and_error(file, replace(NETWORK, task="classification"), LIGHT).figure
    assert classes.layout.yaxis2.range == (-0.02, 1.02)
    assert [s.y0 for s in classes.layout.shapes if s.yref == "y2"] == [0.75]
    assert all(t.mode == "lines+markers" for t in made.figure.data)
    assert "212 weights over 4 outputs, 53 samples" in made.context
    # Five of ten pairs of sizes are more alike and more wrong: .25 over .5, 1 and 1.25, and .5 over
    # 1 and 1.25; beyond the intervals of all ten at once lies .25 over 1.25 alone.
    assert made.verdict.short == "More alike is more wrong in at least 10 %, a single pair"
    assert "In 5 of 10 pairs the more alike err more; noise gives half." in made.context
    assert "they err more in 1 and less in" in made.context
    cka = alignment_and_error(file, StudentChoice(metric="linear_cka"), LIGHT)
    assert cka.figure.layout.yaxis.title.text == "CKA, linear (biased)"
    assert {t.mode for t in cka.figure.data} == {"lines+markers"}


def test_a_metric_without_values_says_nothing_and_is_no_zero(file):
    made = alignment_and_error(file, StudentChoice(metric="information_imbalance"), LIGHT)
    assert made.verdict is None
    upper = [t for t in made.figure.data if t.yaxis == "y"]
    assert upper and all(v is None for t in upper for v in t.y)


def test_without_a_file_lines_stand_alone_and_networks_say_how_they_are_made():
    made = alignment_and_error(None, StudentChoice(), LIGHT)
    assert [t.mode for t in made.figure.data] == ["lines", "lines"]
    nothing = alignment_and_error(None, NETWORK, LIGHT)
    assert nothing.figure is None and "experiment students" in nothing.sentence


def test_the_map_is_the_formula_and_of_networks_the_file(file):
    made = map_of_both(None, StudentChoice(), LIGHT)
    heat = next(t for t in made.figure.data if t.type == "heatmap")
    snr, ratio = 10 ** heat.y[40], 10 ** heat.x[70]
    at = StudentSetting(samples=round(60 * ratio), dimension=60, snr=snr)
    assert heat.z[40][70] == pytest.approx(expected_alignment(at))
    assert (heat.zmin, heat.zmax) == (0, 1)
    samples = np.round(60 * 10 ** np.asarray(heat.x)).astype(int)
    assert {58, 62} <= set(samples) and not {59, 60, 61} & set(samples)
    # Of a ratio of 10 the closed form is 1 / (1 + 6 / 1) two samples from the threshold.
    top = expected_alignment(StudentSetting(samples=600, dimension=60, snr=10))
    assert f"{top - 1 / 7:.2f}" in made.verdict.short and "From 6 to 600 samples" in made.context
    of_networks = map_of_both(file, NETWORK, LIGHT)
    assert of_networks.figure.data[0].z.shape == (3, 5)
    assert len(made.table) == np.size(heat.z)
    assert np.isfinite(made.table["alignment"]).all()
