"""What students say, in sentences."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from substrate.analyses.experiments.student_curves import (
    COSINE,
    DIMENSION,
    OUTPUTS,
    StudentChoice,
    StudentCurves,
    StudentMap,
    cosine_at_threshold,
    formula,
)
from substrate.analyses.experiments.students import LINEAR, PIXELS, REGRESSION
from substrate.exhibits.theory.parting_words import (
    exact_context,
    exact_verdict,
    measured_context,
    measured_verdict,
    separated,
)
from substrate.exhibits.verdict import Badge, Verdict, first_that_fits
from substrate.numerics.theory.parting import SeparatedPairs
from substrate.wording import number, with_interval

QUESTION = "How much alignment does noise alone explain?"
NOT_RUN = (
    "The students have not been simulated: lines follow the formula, points are missing. "
    "Simulate them with `python -m substrate experiment students`."
)
MEANING = (
    "A high similarity says that noise is small against what both keep of the signal, not that "
    "they have learned it."
)


def students_of(choice: StudentChoice) -> str:
    """Name the students: ``linear students``, ``networks that learn classes``."""
    if choice.student == LINEAR:
        return "linear students" if choice.ridge == "0" else "linear students with a ridge"
    what = "outputs" if choice.task == REGRESSION else "classes"
    where = "inputs" if choice.noise == PIXELS else "labels"
    return f"networks that learn {what} from noisy {where}"


def verdict(students: StudentCurves) -> Verdict | None:
    """Say in how many pairs of training sizes the more alike students are the worse ones."""
    if students.choice.by_formula:
        return exact_verdict(students.parting)
    return measured_verdict(students.parting, _told(students))


def _told(students: StudentCurves) -> SeparatedPairs | None:
    curve = next(one for one in students.curves if one.snr == students.parted_snr)
    return separated(curve.alignment, curve.error, closer=students.choice.closer)


def sentence(students: StudentCurves) -> str:
    """Say where alignment and error part most, and what that means."""
    choice, parted = students.choice, students.parting
    if not math.isfinite(parted.share):
        return NOT_RUN
    opening = f"At a signal-to-noise ratio of {students.parted_snr:g}, {students_of(choice)}"
    if parted.share == 0:
        return f"{opening} that agree more also err less, at every number of samples compared."
    counted = None if choice.by_formula else _told(students)
    chosen = counted if counted is not None and counted.wrong else parted
    one, other = chosen.alike, chosen.better
    ratio = f"{students.compared[one]:.3g}"
    if choice.student == LINEAR:
        unit = "sample per input" if ratio == "1" else "samples per input"
    else:
        unit = "times the threshold's samples"
    what = "agree at" if choice.metric == COSINE else f"have, by {choice.metric_title},"
    said = (
        f"{opening} with {ratio} {unit} {what} "
        f"{number(float(students.alignments[one]))} and err by {_error(students.errors[one])}; "
        "those "
        f"with {students.compared[other]:.3g} {what} {number(float(students.alignments[other]))} "
        f"and err by {_error(students.errors[other])}"
    )
    if choice.by_formula or (counted is not None and counted.wrong):
        return f"{said}. {MEANING}"
    return f"{said}: the pair of sizes that diverges most, which intervals do not tell from noise."


def _error(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def context(students: StudentCurves) -> str:
    """Say what is simulated, what follows from a formula, and where the threshold lies."""
    choice = students.choice
    said = [
        "Both students have the same inputs; only the noise of their training sets differs.",
        f"The interpolation threshold is {students.threshold}.",
        f"{np.isfinite(students.errors).sum()} numbers of samples are compared pair by pair.",
        exact_context(students.parting, students.alignments, students.errors)
        if choice.by_formula
        else measured_context(
            students.parting, _told(students) if students.parting.pairs else None
        ),
    ]
    if choice.by_formula and choice.ridge == "0":
        said.append(
            "With as many samples as inputs, or one off, norms and errors have no mean: the closed "
            "form is drawn at 0 there, its limit, and two students may agree more."
        )
    elif not np.isfinite(students.errors).all():
        said.append("With as many samples as inputs, or one off, the error has no mean.")
    if choice.by_formula and choice.ridge == "0":
        said.append(
            "Lines are the closed form, points simulations with 95 % CI over training sets."
        )
    elif choice.by_formula:
        said.append(
            "Lines are the closed form for many inputs, points simulations of "
            f"{DIMENSION} with 95 % CI over training sets."
        )
    else:
        said.append("All points are simulated, with 95 % CI over training sets; lines join them.")
    if choice.student != LINEAR:
        said.append(
            "Adam need not reach an exact fit, and the threshold of classes is that of "
            "their numbers."
        )
    return " ".join(part for part in said if part)


def reading(students: StudentCurves) -> str:
    """Say how the figure is read."""
    choice = students.choice
    error = (
        "the share of classes that are wrong, with guessing dotted"
        if choice.student != LINEAR and choice.task != REGRESSION
        else "the squared error over the variance of what is to be learned: 1 for a student that "
        "answers nothing"
    )
    moved = " The dotted line is the number of samples that the slider is at." * choice.by_formula
    return (
        f"Above, how alike the two students' outputs are on new inputs ({choice.metric_title}"
        f"{', lower is closer' if choice.closer == 'lower' else ''}); below, {error}. SNR is the "
        "variance of the signal over that of the noise. At the dashed line a student can just fit "
        f"every label, noise included: there noise weighs most.{moved} Where a curve above falls "
        "while its error falls too, the two diverge."
    )


def reading_at(choice: StudentChoice) -> str:
    """Say what the formula gives where the sliders are."""
    samples = round(float(choice.ratio) * DIMENSION)
    alignment, error = formula(float(choice.snr), samples, float(choice.ridge))
    lead = f"SNR {choice.snr}, n / d {choice.ratio}: students agree at"
    if math.isfinite(error):
        return f"{lead} **{number(alignment)}** and err by **{_error(error)}**."
    estimate = cosine_at_threshold(float(choice.snr), samples)
    drawn = with_interval(estimate.value, estimate.low, estimate.high)
    return (
        f"{lead} **{drawn}**, the mean of {estimate.n_units} simulated pairs of {DIMENSION} inputs "
        f"and {OUTPUTS} outputs; their norms and errors have no mean, and the closed form is 0."
    )


def table(students: StudentCurves) -> pd.DataFrame:
    """Return every simulated point and the formula beside it."""
    rows = []
    for curve in students.curves:
        for at, samples in enumerate(curve.samples):
            alike, wrong = curve.alignment[at], curve.error[at]
            row = {
                "snr": curve.snr,
                "samples": samples,
                "ratio": float(curve.ratios[at]),
                "alignment": alike.value,
                "low": alike.low,
                "high": alike.high,
                "error": wrong.value,
                "error_low": wrong.low,
                "error_high": wrong.high,
            }
            if students.choice.by_formula:
                closed = formula(curve.snr, samples, float(students.choice.ridge))
                row |= {"formula": closed[0], "formula_error": closed[1]}
            rows.append(row)
    if not rows:
        chosen = next(one for one in students.curves if one.chosen)
        return pd.DataFrame(
            {
                "snr": chosen.snr,
                "ratio": chosen.line_ratios,
                "formula": chosen.line_alignment,
                "formula_error": chosen.line_error,
            }
        )
    return pd.DataFrame(rows)


def map_sentence(student_map: StudentMap) -> str:
    """Say over what alignment ranges, and what moves it."""
    finite = student_map.alignment[np.isfinite(student_map.alignment)]
    if not finite.size:
        return NOT_RUN
    return (
        f"{students_of(student_map.choice)[0].upper()}{students_of(student_map.choice)[1:]} agree "
        "between "
        f"{number(float(finite.min()))} and {number(float(finite.max()))} by signal and number of "
        "samples alone: before two networks are said to converge, this much has to be set aside."
    )


def map_verdict(student_map: StudentMap) -> Verdict | None:
    """Say how far the number of samples alone moves alignment, at the chosen signal."""
    chosen = np.abs(np.log(student_map.snrs / float(student_map.choice.snr))).argmin()
    finite = student_map.alignment[chosen][np.isfinite(student_map.alignment[chosen])]
    if not finite.size:
        return None
    moved = number(float(np.ptp(finite)))
    what = "agreement" if student_map.choice.metric == COSINE else "similarity"
    return first_that_fits(
        Badge.DESCRIBED,
        f"At the chosen signal, the number of samples alone moves {what} by {moved}",
    )


def map_context(student_map: StudentMap) -> str:
    """Say over which numbers of samples it ranges, and which of them are left out."""
    if not student_map.exact:
        return ""
    few, many = (round(float(end) * DIMENSION) for end in student_map.ratios[[0, -1]])
    said = f"From {few} to {many} samples of {DIMENSION} inputs."
    if student_map.choice.ridge == "0":
        said += (
            " As many samples as inputs, or one off, are left out: norms and errors have no mean."
        )
    return said


MAP_READ = (
    "Colour: how alike two students are, by the number of samples (across) and the signal-to-noise "
    "ratio (up). White lines join points of equal error; where they cross the colours, alignment "
    "and error diverge. The dashed line is the interpolation threshold, the cross the point that "
    "the sliders are at."
)


def map_table(student_map: StudentMap) -> pd.DataFrame:
    """Return every cell."""
    rows, columns = np.indices(student_map.alignment.shape)
    return pd.DataFrame(
        {
            "snr": student_map.snrs[rows.ravel()],
            "ratio": student_map.ratios[columns.ravel()],
            "alignment": student_map.alignment.ravel(),
            "error": student_map.error.ravel(),
        }
    )
