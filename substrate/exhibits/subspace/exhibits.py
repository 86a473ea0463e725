"""What holds between domains, as exhibits: matrices, their controls, and how stable they are."""

from __future__ import annotations

from typing import Any

import pandas as pd

from substrate.analyses.panel_choice import PanelChoice
from substrate.analyses.shared.units import together
from substrate.analyses.subspace import published as published_values
from substrate.analyses.subspace.comparison import ControlledMatrix
from substrate.analyses.subspace.dimension_sweep import Sweep
from substrate.analyses.subspace.leave_out import LeaveOut
from substrate.analyses.subspace.sample_size import NCurve
from substrate.analyses.subspace.spans import MEASURES, Spans
from substrate.analyses.subspace.tables import (
    control_table,
    leave_out_table,
    n_curve_table,
    pair_table,
    span_control_table,
    span_table,
    sweep_table,
)
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.subspace import verdicts, words
from substrate.figures.subspace import controls as control_figure
from substrate.figures.subspace import matrix as matrix_figure
from substrate.figures.subspace import robustness as robustness_figures
from substrate.figures.subspace import spans as span_figures
from substrate.figures.theme import Theme
from substrate.wording import MINUS, with_interval

#: How to read each measure of the bases alone.
SPANS_READ = (
    "1: both domains' leading directions span the same space; K / D: as random spaces do.",
    "0: the same space; 2: perpendicular spaces. Published figures of this name are 1 - Grassmann "
    "similarity instead, which is not what a rotation leaves.",
)


def _trace(result: ControlledMatrix, choice: PanelChoice) -> dict[str, Any]:
    facts = {"estimate": result.estimate, "units": together(result.matrices.units)}
    if result.untrained is not None:
        facts["untrained units"] = together(result.untrained.units)
    if result.difference is not None:
        gain = result.difference
        facts[f"trained {MINUS} untrained"] = with_interval(gain.value, gain.low, gain.high)
    return choice.trace(**facts)


def matrix(
    result: ControlledMatrix,
    choice: PanelChoice,
    theme: Theme,
    *,
    chosen: tuple[int, int] | None = None,
) -> Exhibit:
    """Show Procrustes-CKA between domains."""
    return Exhibit(
        key="subspace-matrix",
        title="Between domains",
        sentence=words.matrix_sentence(result),
        verdict=verdicts.of_matrix(result),
        figure=matrix_figure.matrix(result, theme, chosen=chosen),
        read="Procrustes-CKA compares the panel's leading directions between two domains; it does "
        "not say that encoders share them.",
        table=pair_table(result),
        trace=_trace(result, choice),
    )


def controls(result: ControlledMatrix, choice: PanelChoice, theme: Theme) -> Exhibit:
    """Show the trained panel above the controls of the same measure."""
    return Exhibit(
        key="subspace-controls",
        title="Controls of the matrix between domains",
        sentence=words.controls_sentence(result),
        figure=control_figure.controls(result, theme),
        read="A bar is a median; dots are pairs of domains, or the medians of single encoders, "
        "seeds and draws. A control that comes as high as the trained panel shows that such "
        "values arise without what it lacks. The diamond is K / (K + PR), what random bases "
        "should give.",
        table=control_table(result),
        trace=_trace(result, choice),
    )


def published(theme: Theme) -> Exhibit:
    """Show the published matrix, on its own."""
    return Exhibit(
        key="subspace-published",
        title="Published, for comparison",
        sentence=words.published_sentence(),
        figure=matrix_figure.published(theme),
        read="Published, never mixed with measured. " + " ".join(published_values.NOTES),
        table=pd.DataFrame(published_values.matrix(), columns=published_values.DOMAINS),
        trace={"source": published_values.SOURCE},
    )


def spans(result: Spans, measure: int, choice: PanelChoice, theme: Theme) -> Exhibit:
    """Show a measure of the bases alone between domains."""
    return Exhibit(
        key="subspace-spans",
        title=f"Between domains, {MEASURES[measure]}",
        sentence=words.spans_sentence(result, measure),
        verdict=verdicts.of_spans(result, measure),
        figure=span_figures.matrix(result, measure, theme),
        read=f"{SPANS_READ[measure]} It sees loadings only, not the images' variance along them.",
        table=span_table(result, measure),
        trace=choice.trace(measure=MEASURES[measure]),
    )


def span_controls(result: Spans, measure: int, choice: PanelChoice, theme: Theme) -> Exhibit:
    """Show the trained panel above the controls of a measure of the bases alone."""
    diamond = "" if measure else " The diamond is K / D, what random bases give."
    return Exhibit(
        key="subspace-spans-controls",
        title=f"Controls of {MEASURES[measure]}",
        sentence=words.span_controls_sentence(result, measure),
        figure=span_figures.controls(result, measure, theme),
        read="A bar is a median; dots are pairs of domains, single domains, seeds or draws. A "
        "control that comes as high as the trained panel shows that such values arise without "
        f"what it lacks.{diamond}",
        table=span_control_table(result, measure),
        trace=choice.trace(measure=MEASURES[measure]),
    )


def sweep(
    result: Sweep, choice: PanelChoice, theme: Theme, *, debiased: bool, compare: bool = False
) -> Exhibit:
    """Show how the values change with K, beside published medians if asked to compare."""
    shown = published_values.SWEEP if compare else {}
    return Exhibit(
        key="subspace-sweep",
        title=robustness_figures.BY_DIMENSION,
        sentence=words.sweep_sentence(result, debiased=debiased),
        verdict=verdicts.of_sweep(result, debiased=debiased),
        figure=robustness_figures.sweep(result, theme, debiased=debiased, published=shown),
        read="A K at which trained and untrained panels meet tells nothing about training.",
        table=sweep_table(result, debiased=debiased),
        trace=choice.trace(published=published_values.SOURCE if compare else "not shown"),
    )


def leave_out(
    result: LeaveOut, choice: PanelChoice, theme: Theme, *, debiased: bool, samples: str = ""
) -> Exhibit:
    """Show the values without each encoder and without each family.

    ``samples`` says which samples of the domain what is shared was measured on, if not on all.
    """
    facts = {"domain": result.domain}
    if samples:
        facts["samples of what is shared"] = samples
    return Exhibit(
        key="subspace-leave-out",
        title="Without each encoder",
        sentence=words.leave_out_sentence(result, debiased=debiased),
        context=words.leave_out_context(result),
        verdict=verdicts.of_leave_out(result, debiased=debiased),
        figure=robustness_figures.leave_out(result, theme, debiased=debiased),
        read="Dotted lines: the whole panel. A row far to the left is an encoder or a family that "
        "the agreement hangs on.",
        table=leave_out_table(result),
        trace=choice.trace(**facts),
    )


def n_curve(result: NCurve, choice: PanelChoice, theme: Theme, *, debiased: bool) -> Exhibit:
    """Show how the values change with the number of samples."""
    return Exhibit(
        key="subspace-n",
        title=robustness_figures.BY_SAMPLES,
        sentence=words.n_curve_sentence(result, debiased=debiased),
        verdict=verdicts.of_n_curve(result, debiased=debiased),
        figure=robustness_figures.n_curve(result, theme),
        read="Where solid and dashed lines part, the biased estimate still feeds on small n.",
        table=n_curve_table(result),
        trace=choice.trace(),
    )
