"""How evenly networks go from layer to layer, and whether that is architecture alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from substrate.analyses.layers.smoothness import (
    CONVOLUTIONAL,
    TRANSFORMERS,
    Path,
    Smoothness,
)
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.layers.dead_words import left_out
from substrate.exhibits.layers.picture_words import together
from substrate.exhibits.layers.smoothness_tables import step_table, table
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    above_zero,
    against_zero,
    first_that_fits,
    name,
)
from substrate.figures.layers.smoothness import smoothness_chart, steps_chart
from substrate.figures.theme import Theme
from substrate.numerics.depth.steps import SUMMARIES
from substrate.numerics.estimates import Estimate, too_few
from substrate.numerics.intervals import MIN_ENCODERS, MIN_GROUPS
from substrate.runs import Run
from substrate.wording import family_title, listed, number, signed, where, with_interval

#: How each summary is chosen on the page.
LABELS = {
    "variation": "variation",
    "largest": "largest step",
    "mean": "mean step",
    "detour": "detour",
}
_OF = {
    "variation": "the variation of the steps",
    "largest": "the largest step",
    "mean": "the mean step",
    "detour": "the path over the distance of its ends",
}


def smoothness(result: Smoothness, run: Run, theme: Theme, summary: str = "variation") -> Exhibit:
    """Return one summary of all encoders and twins; the test of two kinds opens it."""
    return Exhibit(
        key="layers-smoothness",
        title="Smoothness along the depth",
        sentence=sentence(result, run, summary),
        context=context(result, run),
        verdict=verdict(result, run, summary),
        figure=smoothness_chart(result, theme, titles(run), summary),
        read="Steps are the distances between consecutive stages, as many for every encoder; "
        "layers that change next to nothing are passed over. Less is smoother. Crosses are "
        "untrained twins of the same architecture: what they show as well, training did not make."
        f"{_short(summary)}{_of_means(result)}",
        table=table(result, run),
        trace=trace(result),
    )


def steps(result: Smoothness, run: Run, theme: Theme, focus: tuple[str, str] = ("", "")) -> Exhibit:
    """Return every step of every encoder, and name the largest."""
    path, at = largest(result)
    kind = "where width or pooling changes" if path.transition[at] else "at equal width"
    names, count = titles(run), sum(len(one.steps.value) for one in result.paths)
    return Exhibit(
        key="layers-steps",
        title="Steps along the depth",
        sentence=f"{_place(result, run)}, the largest step is that of {names[path.encoder]} from "
        f"{path.layers[at]} to {path.layers[at + 1]}, {kind}: "
        f"{_written(path.steps.picked_from(count), at)}.",
        context=_steps_context(result, path, count),
        figure=steps_chart(result, theme, names, focus),
        read="Each mark is the distance of a layer from the one before it, by information "
        "imbalance both ways: 0 where every sample keeps its nearest neighbour, about 1 for "
        "unrelated spaces. Open marks change width or pooling, which is no residual step; a "
        "downsampling at equal width is not marked.",
        table=step_table(result, run),
        trace=trace(result),
    )


def _steps_context(result: Smoothness, path: Path, count: int) -> str:
    """Say what the largest step was picked from, and whether its interval allows for that."""
    picked = f"It was picked as the largest of all {count} steps"
    if path.steps.low is None:
        return f"{picked}, and is too large by that on average. {_no_interval(result, path.steps)}"
    return f"{picked}; its interval allows for that."


def _no_interval(result: Smoothness, estimate: Estimate) -> str:
    size = result.size
    if size.within:
        return too_few(size.photographs, size.nouns.groups, MIN_GROUPS, "interval")
    return estimate.reason


def _place(result: Smoothness, run: Run) -> str:
    size, title = result.size, run.domains[result.domain].title
    return where(title, size.photographs, within=size.within, group=size.nouns.group)


def largest(result: Smoothness) -> tuple[Path, int]:
    """Return the encoder and the place of the largest step of all."""
    path = max(result.paths, key=lambda one: float(np.nanmax(one.steps.value)))
    return path, int(np.nanargmax(path.steps.value))


def sentence(result: Smoothness, run: Run, summary: str) -> str:
    """Say by how much transformers and CNNs differ, and their twins, or who is smoothest."""
    at = SUMMARIES.index(summary)
    value = float(result.trained.value[at])
    place = _place(result, run)
    if not np.isfinite(value):
        paths = _smoothest(result, at)
        least, said = together([titles(run)[path.encoder] for path in paths]), _least(paths, at)
        return f"{place}, {_OF[summary]} is least in {least} ({said}). {result.trained.reason}"
    parts = [
        f"{place}, {_OF[summary]} is {_written(result.trained, at, signed)} in {TRANSFORMERS} "
        f"against {CONVOLUTIONAL}"
    ]
    if np.isfinite(result.untrained.value[at]):
        parts.append(f"between their untrained twins {_written(result.untrained, at, signed)}")
        parts.append(f"trained − untrained {_written(result.beyond, at, signed)}")
    return "; ".join(parts) + "."


def _written(estimate: Estimate, at: int, write: Callable[[float], str] = number) -> str:
    low, high = (None if end is None else float(end[at]) for end in (estimate.low, estimate.high))
    return with_interval(float(estimate.value[at]), low, high, write)


def context(result: Smoothness, run: Run) -> str:
    """Say why there is no interval, what was left out, and how stages were made."""
    names = titles(run)
    parts = [result.trained.reason if np.isfinite(result.trained.value[0]) else ""]
    parts.append(next((p.summaries.reason for p in result.paths if p.summaries.reason), ""))
    if result.skipped:
        skipped = listed([names[one] for one in result.skipped])
        parts.append(f"Too few layers that change anything: {skipped}.")
    parts.append(left_out(run, {path.encoder: path.layers for path in result.paths}))
    parts.append(_without_interval(result))
    parts.append(f"Every encoder is compared in {result.stages} stages.")
    return " ".join(part for part in parts if part)


def _without_interval(result: Smoothness) -> str:
    """Name the kinds and families whose mean has no interval over recipes, with the reason."""
    few = [family_title(one.name) for one in result.means if one.trained.low is None]
    if not few:
        return ""
    verb = "means have" if len(few) > 1 else "mean has"
    return f"Without {MIN_ENCODERS} recipes the {verb} no interval: {listed(few)}."


def verdict(result: Smoothness, run: Run, summary: str) -> Verdict | None:
    """Weigh the difference of the two kinds against none, and against that of their twins."""
    at = SUMMARIES.index(summary)
    value = float(result.trained.value[at])
    if result.size.within:
        return None
    if not np.isfinite(value):
        paths = _smoothest(result, at)
        who = together([name(titles(run)[path.encoder]) for path in paths])
        verb, said = "has" if len(paths) == 1 else "have", _least(paths, at)
        return first_that_fits(
            Badge.DESCRIBED,
            f"{who} {verb} the least {LABELS[summary]}: {said}",
            f"The least {LABELS[summary]} is {said}",
        )
    turn = 1.0 if value >= 0 else -1.0
    zero, twins = (_weighed(estimate, at, turn) for estimate in (result.trained, result.beyond))
    more, by = "more" if value >= 0 else "less", number(abs(value))
    if zero is Outcome.UNTESTED:
        larger = "larger" if value >= 0 else "smaller"
        if by == number(0.0):
            return first_that_fits(
                above_zero(zero, twins),
                f"{LABELS[summary]} is alike in these {TRANSFORMERS} and these {CONVOLUTIONAL}, "
                f"within {by}; no interval",
            )
        return first_that_fits(
            above_zero(zero, twins),
            f"{LABELS[summary]} is {by} {larger} in these {TRANSFORMERS} than these "
            f"{CONVOLUTIONAL}; no interval",
        )
    if zero is Outcome.OPEN:
        return first_that_fits(
            above_zero(zero, twins),
            f"{LABELS[summary]} in {TRANSFORMERS} and {CONVOLUTIONAL} not told apart: {by}",
        )
    return first_that_fits(
        above_zero(zero, twins),
        f"{LABELS[summary]} is {more} in {TRANSFORMERS} than {CONVOLUTIONAL} by {by}",
    )


def _weighed(estimate: Estimate, at: int, turn: float) -> Outcome:
    if estimate.low is None or estimate.high is None or not np.isfinite(estimate.low[at]):
        return Outcome.UNTESTED
    low, high = sorted((turn * float(estimate.low[at]), turn * float(estimate.high[at])))
    return against_zero(low, high)


def _smoothest(result: Smoothness, at: int) -> list[Path]:
    """Return the paths of the least value, several where theirs are written alike."""
    summarised = [path for path in result.paths if np.isfinite(path.summaries.value[at])]
    smoothest = min(summarised or result.paths, key=lambda path: float(path.summaries.value[at]))
    return [path for path in summarised if _least([path], at) == _least([smoothest], at)] or [
        smoothest
    ]


def _least(paths: list[Path], at: int) -> str:
    return number(float(paths[0].summaries.value[at]))


def _of_means(result: Smoothness) -> str:
    if all(one.trained.low is None for one in result.means):
        return ""
    return " Diamonds are means of kinds and families, with intervals over recipes."


def _short(summary: str) -> str:
    """Say how a detour can be below 1."""
    if summary != "detour":
        return ""
    return (
        " Below 1 a path is shorter than its ends are apart: information imbalance obeys no "
        "triangle inequality."
    )


def trace(result: Smoothness) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        "domain": result.domain,
        "n": result.size.caption,
        "metric": "information imbalance both ways, k = 1",
        "stages": result.stages,
        "encoders": [path.encoder for path in result.paths],
        "unit": result.size.nouns.groups,
    }
