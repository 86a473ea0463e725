"""What long experiments found, in sentences, and what their cards say."""

from __future__ import annotations

from substrate.analyses.experiments.distill import (
    BASELINE,
    SHUFFLED,
    Difference,
    DistillSummary,
    share,
)
from substrate.analyses.experiments.emergence import EmergenceSummary, has_share
from substrate.analyses.experiments.modality import ALL, PIXELS, UNTRAINED, ModalitySummary
from substrate.analyses.experiments.panel import PanelSummary
from substrate.numerics.estimates import Estimate
from substrate.wording import between, number, percent, points, probability, where, with_interval

PUBLISHED_DISTILLING = (
    "Published: a ResNet-18 on CIFAR-100 aligned so to the substrate of seven ImageNet encoders "
    "gained 1.53 points with 1 % of the labels, 7.56 with 10 %, 1.05 with 50 % and 0.64 with all "
    "of them (Radwan 2026, arXiv:2606.07882)."
)
PUBLISHED_MODALITY = (
    "Published: a joint basis of image and audio features stays at chance (Radwan 2026, "
    "arXiv:2606.07882, without a figure)."
)
#: What stands beside the substrate in the sentence, and how it is called there.
NAMED = (
    (SHUFFLED, "scores of other images"),
    ("untrained", "the substrate of untrained twins"),
    ("within", "a supervised teacher"),
    ("across", "a contrastive teacher"),
)


def distill_sentence(summary: DistillSummary) -> str:
    """Say what aligning to the substrate did to the accuracy, at every share of the labels."""
    free, leaking = (_changes(summary, arm) for arm in ("label_free", "substrate"))
    said = []
    if free:
        said.append(
            "Aligning a small student to the substrate of encoders that saw no labels changed its "
            f"accuracy on CIFAR-10 {free}."
        )
    if leaking:
        what = "Aligned to the whole panel's" if free else "Aligned to the panel's"
        said.append(
            f"{what} substrate, whose teachers saw the labels (label leak), a student's accuracy "
            f"changed {leaking}."
        )
    return " ".join(said)


def _changes(summary: DistillSummary, arm: str) -> str:
    """Say by how much an arm changes the accuracy at every share of the labels."""
    return "; ".join(
        f"by {_points(d.difference)}{_with_seeds(d)} with {share(d.fraction)} of the labels"
        for d in summary.differences
        if d.arm == arm and d.difference is not None
    )


def distill_context(summary: DistillSummary) -> str:
    """Set the change beside what shuffled scores, untrained twins and a teacher give."""
    sentences = []
    for fraction in summary.fractions:
        rows = {d.arm: d for d in summary.differences if d.fraction == fraction}
        given = [
            f"{what} {_points(rows[arm].difference)}"
            for arm, what in NAMED
            if arm in rows and rows[arm].difference is not None
        ]
        base = rows.get(BASELINE)
        start = "" if base is None else f" (from {percent(base.accuracy, 1)})"
        sentences.append(f"With {share(fraction)} of the labels{start}: {', '.join(given)}.")
    return " ".join([*sentences, summary.reason]).strip()


def _with_seeds(d: Difference) -> str:
    if d.difference is None or d.difference.low is None:
        return " (no interval: one seed)"
    return f" ({between(d.difference.low, d.difference.high, points)})"


def _points(difference: Estimate | None) -> str:
    return "unknown" if difference is None else f"{points(difference.value)} points"


def modality_sentence(summary: ModalitySummary) -> str:
    """Say whether the panel's substrate agrees with the texts more than chance."""
    row = summary.rows[0]
    start = f"The panel's substrate and the texts of {row.photographs} photographs agree "
    value = f"by a linear CKA of {with_interval(row.value, row.low, row.high)}"
    chance = f"texts of other photographs give {number(row.null_mean)} on average"
    if row.p is None:
        return f"{start}{value}; {chance}. {row.reason}"
    beyond = "more than chance" if row.value > row.tau else "no more than chance"
    return f"{start}{beyond}: {value}, where {chance} and {number(row.tau)} in 95 % of cases."


def modality_context(summary: ModalitySummary) -> str:
    """Set the panel beside its controls, and say what so few photographs can show."""
    rows = {row.kind: row for row in summary.rows}
    controls = [
        f"{name} {number(rows[kind].value)} (chance {number(rows[kind].null_mean)})"
        for kind, name in ((UNTRAINED, "untrained twins give"), (PIXELS, "raw pixels"))
        if kind in rows
    ]
    parts = [f"In comparison, {', '.join(controls)}." if controls else ""]
    row = summary.rows[0]
    if summary.scope == ALL and len(summary.scopes) > 1:
        parts.append(
            "These photographs are of several kinds, a retina, a wall, a page, which differ in "
            "looks and in words alike: agreement across kinds is not yet agreement about content. "
            "The other choices ask within kinds."
        )
    parts.append(
        f"Shuffling tiles instead of photographs would have given {probability(row.naive_p)}: "
        "tiles of one photograph share their text, so that null says nothing."
    )
    return " ".join(part for part in parts if part)


def modality_read(summary: ModalitySummary) -> str:
    """Say how to read the rows; where nothing is tested there is no level to be beyond."""
    bar = "The grey bar is what texts of other photographs give"
    if all(row.p is None for row in summary.rows):
        return f"{bar}. Nothing is tested here: {summary.rows[0].reason}"
    return (
        f"{bar}, the tick its 95 % level. A mark right of the tick agrees with the texts more than "
        "chance; without a p-value nothing is tested."
    )


def emergence_sentence(summary: EmergenceSummary) -> str:
    """Say how far each training's alignment had come when accuracy was half way."""
    shown = [r for r in summary.here if has_share(r)]
    silent = [r for r in summary.here if not has_share(r)]
    first = summary.here[0]
    opening = where(summary.domain_title, first.photographs, within=first.within)
    parts = []
    if shown:
        listed = "; ".join(f"{percent(r.share.value or 0.0)} in {r.title}" for r in shown)
        parts.append(
            f"{opening}, when accuracy had made half of its gain, alignment to the other encoders "
            f"had made this much of its own way: {listed}."
        )
    if silent:
        names = "; ".join(r.title for r in silent)
        parts.append(
            f"{names if shown else f'{opening}, {names}'} cannot be said to have come closer to "
            "the other encoders at all."
        )
    return " ".join(parts)


def emergence_context(summary: EmergenceSummary) -> str:
    """Count where alignment ran ahead of accuracy, over all trainings and domains."""
    counted = [r for r in summary.every if has_share(r) and r.share.low is not None]
    ahead = [r for r in counted if (r.share.low or 0.0) > 0.5]
    behind = [r for r in counted if r.share.high is not None and r.share.high < 0.5]
    return (
        f"Of {len(summary.every)} trainings and domains, {len(counted)} give a share with an "
        f"interval: alignment ran ahead of accuracy in {len(ahead)} (the whole interval above "
        f"50 %), lagged behind in {len(behind)}, and in {len(counted) - len(ahead) - len(behind)} "
        "it cannot be told. Trainings and domains share encoders and photographs: these are no "
        "independent cases, and no p-value is given for the count."
    )


def panel_sentence(summary: PanelSummary) -> str:
    """Say where training adds to what is shared, where it takes away, and where it is open."""
    tested = [r for r in summary.rows if r.difference.low is not None]
    more = [r for r in tested if (r.difference.low or 0) > 0]
    less = [r for r in tested if (r.difference.high or 0) < 0]
    parts = []
    for rows, words in ((more, "share more than"), (less, "share less than")):
        if rows:
            named = ", ".join(
                f"{r.title} ({number(r.trained.value)} against {number(r.untrained_mean)})"
                for r in rows
            )
            parts.append(f"Trained encoders {words} their untrained twins on {named}.")
    open_ = [r for r in tested if r not in more and r not in less]
    if open_:
        parts.append(f"No difference can be told on {', '.join(r.title for r in open_)}.")
    if not tested:
        parts.append("No domain has photographs enough for an interval of the difference.")
    return " ".join(parts)


def panel_context(summary: PanelSummary) -> str:
    """Say what is not tested, and how high encoders of one recipe come."""
    silent = [r.title for r in summary.rows if r.difference.low is None]
    parts = []
    if silent:
        parts.append(f"Values only, within few photographs: {', '.join(silent)}.")
    same = [p.estimate.value for r in summary.rows for p in r.pairs if p.same_recipe]
    other = [p.estimate.value for r in summary.rows for p in r.pairs if not p.same_recipe]
    if same and other:
        parts.append(
            f"Two encoders of one recipe that differ by their seed reach {number(min(same))} to "
            f"{number(max(same))}, two of different architecture {number(min(other))} to "
            f"{number(max(other))}: the first is the ceiling for the second."
        )
    parts.append("Domains share the encoders: these are no independent cases.")
    return " ".join(parts)


def emergence_curves_read(summary: EmergenceSummary) -> str:
    """Say what the lines along training are; below ten photographs nothing is beside them."""
    solid = "Solid: how close the last features are to the other encoders' substrate"
    dashed = "Dashed: accuracy on CIFAR-10 (right axis)."
    if all(row.within for row in summary.here):
        return f"{solid}, within these photographs. {dashed}"
    return (
        f"{solid}, with 95 % CIs where there are ten photographs. Dotted: what shuffling "
        f"reaches in 95 % of cases. {dashed}"
    )
