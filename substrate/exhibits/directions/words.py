"""What the panels of directions say, in sentences and tables: for the page and the report."""

from __future__ import annotations

import numpy as np
import pandas as pd

from substrate.analyses.directions.basis import (
    ALL,
    RELIABLE,
    Basis,
)
from substrate.analyses.directions.cosine_panel import (
    Judged,
    Panel,
)
from substrate.analyses.directions.kinds import (
    RAW,
    SCORE,
)
from substrate.analyses.directions.principal_angles import Angles
from substrate.domains.splits import WITHIN
from substrate.wording import number


def with_interval(judged: Judged, i: int, j: int) -> str:
    """Write a cell with its 95 % interval, where it has one."""
    text = number(judged.values[i, j])
    if judged.low is None or judged.high is None:
        return text
    low, high = judged.low[i, j], judged.high[i, j]
    return f"{text} (95 % interval {number(low)} to {number(high)})"


def picked(judged: Judged, i: int, j: int) -> str:
    """Write the largest cell, with the interval that allows for having looked at all of them."""
    if judged.low_any is None or judged.high_any is None:
        return with_interval(judged, i, j)
    low, high = judged.low_any[i, j], judged.high_any[i, j]
    return f"{number(judged.values[i, j])} (95 % interval {number(low)} to {number(high)})"


def opening(panel: Panel, first: str, second: str, domain: str) -> str:
    """Say in one sentence what the panel shows."""
    if panel.kind == SCORE:
        return _score_opening(panel, first, second, domain)
    i, j = largest(panel)
    where = f"direction {i + 1} of {first} and direction {j + 1} of {second}"
    if panel.kind == RAW and first == second:
        where = f"its direction {i + 1} there and {j + 1} here"
    return (
        f"On {domain}, the largest {panel.kind} is {picked(panel.judged, i, j)}, between "
        f"{where}{_chance_clause(panel)}."
    )


def domains_opening(panel: Panel, encoder: str, first: str, second: str) -> str:
    """Say in one sentence how one encoder's directions compare on two domains."""
    i, j = largest(panel)
    return (
        f"In {encoder}, direction {i + 1} on {first} and direction {j + 1} on {second} have the "
        f"largest raw cosine, {picked(panel.judged, i, j)}{_chance_clause(panel)}."
    )


def _score_opening(panel: Panel, first: str, second: str, domain: str) -> str:
    rows = panel.values.shape[0]
    lead = int(panel.partner[0])
    found = (
        f"its first is {second}'s direction {lead + 1}, with a held-out correlation of "
        f"{with_interval(panel.judged, 0, lead)}"
    )
    if panel.judged.level is None:
        return f"On {domain}, of {first}'s {rows} leading directions {found}."
    count = int(found_again(panel).sum())
    many = "none" if not count else "all" if count == rows else str(count)
    return (
        f"On {domain}, {many} of {first}'s {rows} leading directions "
        f"{'is' if count == 1 else 'are'} found again in {second} beyond chance; {found}."
    )


def found_again(panel: Panel) -> np.ndarray:
    """Tell which rows exceed chance with the partner that the fit rows picked."""
    rows = np.arange(len(panel.partner))
    return panel.judged.above[rows, panel.partner] & (panel.partner >= 0)


def dots(panel: Panel) -> str:
    """Say what a dot on the heatmap marks, or why there is none."""
    if panel.judged.level is None:
        return "No dots: nothing is compared with chance"
    return "Dots exceed what chance reaches in the largest cell"


def _chance_clause(panel: Panel) -> str:
    if panel.judged.level is None:
        return ""
    return f", where chance alone reaches {number(panel.judged.level)} in the largest cell"


def context(panel: Panel) -> str:
    """Say what chance and untrained twins give, and what is missing."""
    parts = []
    if panel.judged.level is not None:
        cells = panel.values.size
        parts.append(
            f"Chance ({panel.null_kind}, {panel.facts.permutations} times) reaches "
            f"{number(panel.judged.level)} in the largest of {cells} cells in 95 % of cases."
        )
    elif len(panel.judged.extremes):
        parts.append(
            f"With {_permuted(panel)} the largest cell reaches "
            f"{number(float(np.median(panel.judged.extremes)))} in the median."
        )
    if len(panel.untrained):
        low, high = float(panel.untrained.min()), float(panel.untrained.max())
        spread = number(low) if low == high else f"{number(low)} to {number(high)}"
        parts.append(
            f"Untrained twins reach {spread} ({len(panel.untrained)} "
            f"seed{'s' if len(panel.untrained) > 1 else ''})."
        )
    if panel.facts.unit == WITHIN:
        parts.append(
            "These values hold within photographs: there are too few to speak of the domain."
        )
    parts += missing(panel.judged.interval_reason, panel.judged.null_reason)
    unreliable = _unreliable(panel)
    return " ".join([*parts, unreliable] if unreliable else parts)


def _permuted(panel: Panel) -> str:
    """Name the null of few photographs: whatever moves stays inside of each."""
    return panel.null_kind.replace("photographs permuted", "tiles permuted inside each photograph")


def missing(interval_reason: str, null_reason: str) -> list[str]:
    """Say once what cannot be given, and why."""
    interval, chance = "No interval: ", "No comparison with chance: "
    if interval_reason.replace(interval, chance) == null_reason and null_reason:
        return [interval_reason.replace(interval, "No interval and no comparison with chance: ")]
    return [reason for reason in (interval_reason, null_reason) if reason]


def _unreliable(panel: Panel) -> str:
    sides = [~(side >= RELIABLE) for side in (panel.reliability_a, panel.reliability_b)]
    count, total = sum(int(side.sum()) for side in sides), sum(len(side) for side in sides)
    if not count:
        return ""
    return (
        f"{count} of the {total} directions do not come back in other halves of the samples "
        f"(reliability below {RELIABLE:g}): their cells are hatched."
    )


def angles_sentence(angles: Angles) -> str:
    """Say how many dimensions the two subspaces share beyond chance."""
    if angles.null_high is None or angles.null_middle is None:
        return angles.null_reason
    largest_cosine = f"the largest cosine is {number(angles.cosines[0])}"
    if angles.above is None:
        return (
            f"Within these photographs {largest_cosine}, and {number(angles.null_middle[0])} with "
            f"{angles.null_kind}. {angles.null_reason}"
        )
    return (
        f"{angles.above} of {len(angles.cosines)} principal angles are closer than chance, each "
        f"tested without those before it; {largest_cosine}, where chance reaches "
        f"{number(angles.null_high[0])}."
    )


def largest(panel: Panel) -> tuple[int, int]:
    """Return the cell of largest absolute value."""
    filled = np.where(np.isfinite(panel.values), np.abs(panel.values), -1.0)
    i, j = np.unravel_index(int(filled.argmax()), filled.shape)
    return int(i), int(j)


def lead_cell(panel: Panel) -> tuple[int, int]:
    """Return the cell to show first: the first direction and its partner, else the largest."""
    if len(panel.partner) and panel.partner[0] >= 0:
        return 0, int(panel.partner[0])
    return largest(panel)


def panel_table(panel: Panel) -> pd.DataFrame:
    """Return every cell as a row, the largest absolute values first; directions count from 1."""
    judged = panel.judged
    i, j = (side.ravel() for side in np.indices(panel.values.shape))
    table = pd.DataFrame(
        {
            "A": i + 1,
            "B": j + 1,
            "value": panel.values.ravel(),
            "low": np.nan if judged.low is None else judged.low.ravel(),
            "high": np.nan if judged.high is None else judged.high.ravel(),
            "beyond chance": judged.above.ravel(),
            "p": np.nan if judged.p is None else judged.p.ravel(),
            "reliability A": panel.reliability_a[i],
            "reliability B": panel.reliability_b[j],
        }
    )
    order = np.argsort(-np.abs(table["value"].to_numpy()), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def angles_table(angles: Angles) -> pd.DataFrame:
    """Return the cosines of the principal angles with everything that stands beside them."""
    table = pd.DataFrame({"angle": np.arange(1, len(angles.cosines) + 1), "cosine": angles.cosines})
    for name in ("low", "high", "null_low", "null_middle", "null_high"):
        values = getattr(angles, name)
        table[name] = np.nan if values is None else values
    for seed, row in enumerate(angles.untrained):
        table[f"untrained {seed}"] = pd.Series(row)
    return table


def describe(basis: Basis, direction: int) -> list[str]:
    """Say of one direction how much variance it explains and whether it can be trusted."""
    held_out = basis.held_out_shares
    found_in = "all samples" if basis.part == ALL else f"the {basis.part} part"
    share = f"{basis.shares[direction]:.1%} of the variance of {found_in}"
    if held_out is not None and np.isfinite(held_out[direction]):
        share += f", {held_out[direction]:.1%} of the other part's"
    gap = basis.gap[direction]
    lines = [
        share,
        f"eigengap: the next eigenvalue is {gap:.0%} smaller, the nearest one "
        f"{basis.isolation[direction]:.0%} away",
        _reliability(basis, direction),
    ]
    return [line.replace(" %", "\u00a0%") for line in lines]


def _reliability(basis: Basis, direction: int) -> str:
    value = basis.reliability[direction]
    if not np.isfinite(value):
        return "split-half reliability: a half of the samples does not have this direction"
    low, high = basis.reliability_low[direction], basis.reliability_high[direction]
    verdict = "" if value >= RELIABLE else ": **unreliable**, other samples may not give it"
    return (
        f"split-half reliability {number(value)} (quartiles {number(low)} to {number(high)})"
        f"{verdict}"
    )
