"""The Transfer page's view of few labels: substrate scores against full features."""

from __future__ import annotations

from typing import Any

from substrate.analyses.transfer.low_shot import LOW_SHOT, LowShotResult, low_shot_params
from substrate.exhibits.exhibit import titles
from substrate.exhibits.transfer import low_shot as exhibits
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui.charts import show_beside, write_sentence
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.ui.shared.labelled import explain_unlabelled, labelled_domain


def show_low_shot(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show what a few labels per class give, by substrate scores and by each encoder."""
    run = selection.run
    domain = labelled_domain(selection)
    if domain:
        params = low_shot_params(run, domain, selection["k"], selection["panel"])
        low_shot = result(LOW_SHOT, run, params, what="accuracies with few labels")
        if low_shot is not None:
            _few_labels(run, low_shot, theme, opening)
    explain_unlabelled(selection)


def _few_labels(run: Run, low_shot: LowShotResult, theme: Theme, opening: Any) -> None:
    names, domain = titles(run), run.domains[low_shot.domain].title
    curves = exhibits.curves(low_shot, theme, names, domain)
    write_sentence(opening, curves)
    show_beside(run, curves, exhibits.differences(low_shot, theme, names, domain))
