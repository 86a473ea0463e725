"""The Theory page's own controls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from substrate.analyses.experiments.catalogue import read_results
from substrate.analyses.experiments.file import ExperimentFile
from substrate.analyses.experiments.student_curves import RATIOS, SIMULATED, SNRS, StudentChoice
from substrate.analyses.experiments.students import LINEAR
from substrate.analyses.spec import AnalysisError
from substrate.analyses.theory.choice import FEATURES
from substrate.exhibits.theory import words
from substrate.ui import controls
from substrate.ui.literal import literal
from substrate.ui.selection import Selection


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read."""
    return () if values["theory.view"] == FEATURES else ("domain", "first")


def choose(selection: Selection) -> str:
    """Place the choice of a view."""
    controls.views(selection, "theory.view")
    return str(selection["theory.view"])


def students(selection: Selection) -> StudentChoice:
    """Place the choice of students, the metric, and the sliders."""
    row = controls.row_of(selection)
    controls.select(selection, "theory.student", row, width=210)
    linear = selection["theory.student"] == LINEAR
    if linear:
        controls.select(selection, "theory.ridge", row, width=150)
    else:
        controls.select(selection, "theory.task", row, width=150)
        controls.select(selection, "theory.noise", row, width=150)
    controls.select(selection, "theory.metric", row, width=240)
    names = ("student", "task", "noise", "ridge", "metric", "snr", "ratio")
    choice = StudentChoice(**{name: str(selection[f"theory.{name}"]) for name in names})
    if not choice.by_formula:
        asked = float(choice.snr)
        near = sorted(SIMULATED, key=lambda snr: abs(math.log(float(snr) / asked)))
        settled = selection.settle("theory.snr", near)
        controls.slider(selection, "theory.snr", SIMULATED, row)
        return replace(choice, snr=settled)
    controls.slider(selection, "theory.snr", SNRS, row)
    controls.slider(selection, "theory.ratio", RATIOS, row)
    return choice


def simulated() -> ExperimentFile[Any] | None:
    """Return what was simulated, or say why there is nothing."""
    try:
        file: ExperimentFile[Any] | None = read_results("students")
    except AnalysisError as error:
        st.warning(literal(error))
        return None
    if file is None:
        st.info(words.NOT_RUN, icon=":material/info:")
    return file
