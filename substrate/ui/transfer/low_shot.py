"""The Transfer page's view of few labels: substrate scores against full features."""

from __future__ import annotations

from typing import Any

from substrate.analyses.transfer.low_shot import (
    LOW_SHOT,
    LowShotResult,
    low_shot_params,
)
from substrate.exhibits.detector.words import (
    PUBLISHED_LOW_SHOT,
    low_shot_context,
    low_shot_sentence,
    low_shot_table,
)
from substrate.exhibits.exhibit import titles
from substrate.figures.theme import Theme
from substrate.figures.transfer import low_shot as figures
from substrate.runs import Run
from substrate.ui.charts import show
from substrate.ui.layout import say, side_by_side
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.ui.transfer.encoders import (
    labelled_domain,
    unlabelled,
)


def show_low_shot(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show what a few labels per class give, by substrate scores and by each encoder."""
    run = selection.run
    domain = labelled_domain(selection)
    unlabelled(selection)
    if domain:
        params = low_shot_params(run, domain, selection["k"], selection["panel"])
        found = result(LOW_SHOT, run, params, what="accuracies with few labels")
        if found is not None:
            _few_labels(run, found, theme, opening)


def _few_labels(run: Run, found: LowShotResult, theme: Theme, opening: Any) -> None:
    names, facts = titles(run), trace(found)
    say(opening, low_shot_sentence(found, names, run.domains[found.domain].title),
        low_shot_context(found))  # fmt: skip
    opening.caption(PUBLISHED_LOW_SHOT)
    table = low_shot_table(found)
    left, right = side_by_side(460, 470)
    with left:
        show(
            figures.curves(found, theme, names), key="transfer-low-shot-curves",
            table=table, run=run,
            trace=facts,
            read="Tested on photographs that gave no labels; markers stand a little beside each "
            "other so that intervals can be told apart.",
        )  # fmt: skip
    with right:
        show(
            figures.differences(found, theme, names), key="transfer-low-shot-differences",
            table=table,
            run=run, trace=facts,
            read="Above zero, the substrate's scores are ahead, on the same labels and the same "
            "tested images. An interval across zero leaves it open.",
        )  # fmt: skip


def trace(found: LowShotResult) -> dict[str, Any]:
    """Return what a chart's numbers rest on."""
    return {"domain": found.domain, "n": found.counted, "K": found.components,
            "whitening": "z-score", "draws of labels": found.repeats, "seed": found.seed,
            "held out": found.unit, "facts": found.facts}  # fmt: skip
