"""What the panels of directions say, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from substrate.analyses.directions.basis import SCALINGS
from substrate.analyses.directions.cell_estimates import CellEstimates
from substrate.analyses.directions.choice import DOMAINS_VIEW, DirectionsChoice
from substrate.analyses.directions.cosine_panel import CosinePanel
from substrate.analyses.directions.kinds import (
    RAW,
    SCORE,
)
from substrate.analyses.directions.principal_angles import Angles
from substrate.analyses.directions.spectrum import Spectrum
from substrate.analyses.shared.halves import RELIABLE
from substrate.domains.splits import WITHIN
from substrate.wording import listed, many, number, spread, with_interval


def cell_value(estimates: CellEstimates, i: int, j: int) -> str:
    """Write a cell with its 95 % interval, where it has one."""
    return with_interval(estimates.values[i, j], *_ends(estimates.low, estimates.high, i, j))


def largest_value(estimates: CellEstimates, i: int, j: int) -> str:
    """Write the largest cell, with the interval that allows for having looked at all of them."""
    if estimates.low_any is None or estimates.high_any is None:
        return cell_value(estimates, i, j)
    return with_interval(
        estimates.values[i, j], *_ends(estimates.low_any, estimates.high_any, i, j)
    )


def _ends(
    low: np.ndarray | None, high: np.ndarray | None, i: int, j: int
) -> tuple[float | None, float | None]:
    return (None, None) if low is None or high is None else (low[i, j], high[i, j])


def panel_sentence(
    panel: CosinePanel,
    choice: DirectionsChoice,
    names: Mapping[str, str],
    domains: Mapping[str, str],
) -> str:
    """Say in one sentence what the panel of a choice shows; both maps give readable names."""
    first, domain = names[choice.first], domains[choice.domain]
    if choice.view == DOMAINS_VIEW:
        return domains_opening(panel, first, domain, domains[choice.second_domain])
    return opening(panel, first, names[choice.second], domain)


def opening(panel: CosinePanel, first: str, second: str, domain: str) -> str:
    """Say in one sentence what the panel shows."""
    if panel.kind == SCORE:
        return _score_opening(panel, first, second, domain)
    i, j = lead_cell(panel)
    where = f"direction {i + 1} of {first} and direction {j + 1} of {second}"
    if panel.kind == RAW and first == second:
        where = f"its direction {i + 1} there and {j + 1} here"
    return (
        f"On {domain}, the largest {panel.kind} is {largest_value(panel.estimates, i, j)}, between "
        f"{where}{_chance_clause(panel)}."
    )


def domains_opening(panel: CosinePanel, encoder: str, first: str, second: str) -> str:
    """Say in one sentence how one encoder's directions compare on two domains."""
    i, j = lead_cell(panel)
    return (
        f"In {encoder}, direction {i + 1} on {first} and direction {j + 1} on {second} have the "
        f"raw cosine of largest size, {largest_value(panel.estimates, i, j)}"
        f"{_chance_clause(panel)}."
    )


def _score_opening(panel: CosinePanel, first: str, second: str, domain: str) -> str:
    rows = panel.values.shape[0]
    lead = int(panel.partner[0])
    reached = cell_value(panel.estimates, 0, lead)
    first_partner = (
        f"its first is {second}'s direction {lead + 1}, with a held-out correlation of {reached}"
    )
    if panel.estimates.level is None:
        within = (
            f" (within these {panel.facts.nouns.groups})" if panel.estimates.null_reason else ""
        )
        return f"On {domain}, of {first}'s {rows} leading directions {first_partner}{within}."
    count = int(found_again(panel).sum())
    shared = "none" if not count else "all" if count == rows else str(count)
    if not found_again(panel)[0]:
        first_partner = (
            f"the one picked for its first, {second}'s direction {lead + 1}, correlates {reached} "
            f"on held-out {panel.facts.nouns.groups}"
        )
    return (
        f"On {domain}, {shared} of {first}'s {rows} leading directions "
        f"{'has' if count == 1 else 'have'} a match in {second} beyond chance; {first_partner}."
    )


def found_again(panel: CosinePanel) -> np.ndarray:
    """Tell which rows exceed chance with the partner that the fit rows picked."""
    rows = np.arange(len(panel.partner))
    return panel.estimates.above[rows, panel.partner] & (panel.partner >= 0)


def dots(panel: CosinePanel) -> str:
    """Say what a dot on the heatmap marks, or why there is none."""
    if panel.estimates.level is None:
        return "No dots: nothing is compared with chance"
    if len(panel.untrained):
        return (
            "Dots exceed what chance reaches in the largest cell, diamonds also what untrained "
            "twins reach there"
        )
    return "Dots exceed what chance reaches in the largest cell"


def _chance_clause(panel: CosinePanel) -> str:
    if panel.estimates.level is None:
        return ""
    return f", where chance alone reaches {number(panel.estimates.level)} in the largest cell"


def context(panel: CosinePanel) -> str:
    """Say what chance and untrained twins give, and what is missing."""
    parts = []
    if panel.estimates.level is not None:
        cells = panel.values.size
        parts.append(
            f"Chance ({panel.null_kind}, {panel.facts.permutations} times) reaches "
            f"{number(panel.estimates.level)} in the largest of {cells} cells in 95 % of cases."
        )
    elif len(panel.estimates.extremes):
        parts.append(
            f"With {_permuted(panel)} the largest cell reaches "
            f"{number(float(np.median(panel.estimates.extremes)))} in the median."
        )
    if len(panel.untrained):
        seeds = many(len(panel.untrained), "seed")
        parts.append(f"Untrained twins reach {spread(panel.untrained)} ({seeds}).")
    if panel.facts.unit == WITHIN:
        parts.append(
            f"These values hold within {panel.facts.nouns.groups}: there are too few to speak of "
            "the domain."
        )
    parts += missing(panel.estimates.interval_reason, panel.estimates.null_reason)
    unreliable = _unreliable(panel)
    return " ".join([*parts, unreliable] if unreliable else parts)


def _permuted(panel: CosinePanel) -> str:
    """Name the null of few photographs: whatever moves stays inside of each."""
    nouns = panel.facts.nouns
    inside = f"{nouns.sample}s permuted inside each {nouns.group}"
    return panel.null_kind.replace(f"{nouns.groups} permuted", inside)


def missing(interval_reason: str, null_reason: str) -> list[str]:
    """Say once what cannot be given, and why."""
    interval, chance = "No interval: ", "No comparison with chance: "
    if interval_reason.replace(interval, chance) == null_reason and null_reason:
        return [interval_reason.replace(interval, "No interval and no comparison with chance: ")]
    return [reason for reason in (interval_reason, null_reason) if reason]


def _unreliable(panel: CosinePanel) -> str:
    sides = [~(side >= RELIABLE) for side in (panel.reliability_a, panel.reliability_b)]
    count, total = sum(int(side.sum()) for side in sides), sum(len(side) for side in sides)
    if not count:
        return ""
    if panel.estimates.level is None:
        return (
            f"Hatched cells belong to directions whose reliability between halves of these "
            f"{panel.facts.nouns.groups} is below {RELIABLE:g}."
        )
    return (
        f"{count} of the {total} directions do not replicate across split halves of the samples "
        f"(reliability below {RELIABLE:g}): their cells are hatched."
    )


def angles_sentence(angles: Angles) -> str:
    """Say how many dimensions the two subspaces share beyond chance."""
    if angles.null_high is None or angles.null_middle is None:
        return angles.null_reason
    largest_cosine = f"the largest cosine is {number(angles.cosines[0])}"
    if angles.above is None:
        return (
            f"Within these {angles.facts.nouns.groups} {largest_cosine}, and "
            f"{number(angles.null_middle[0])} with {angles.null_kind}. {angles.null_reason}"
        )
    return (
        f"{angles.above} of {len(angles.cosines)} principal angles are closer than chance, each "
        f"tested without those before it; {largest_cosine}, where chance reaches "
        f"{number(angles.null_high[0])}."
    )


def lead_cell(panel: CosinePanel) -> tuple[int, int]:
    """Return the cell to show first: the one of largest absolute value, which the verdict names."""
    filled = np.where(np.isfinite(panel.values), np.abs(panel.values), -1.0)
    i, j = np.unravel_index(int(filled.argmax()), filled.shape)
    return int(i), int(j)


def spectra_sentence(
    spectra: Sequence[Spectrum], names: Mapping[str, str], domains: Mapping[str, str]
) -> str:
    """Say over how many directions the variance is spread; both maps give readable names."""
    ranks = [
        f"{_effective_rank(spectrum)} for {names[spectrum.encoder]} on {domains[spectrum.domain]}"
        for spectrum in spectra
    ]
    return f"The effective rank is {listed(ranks)}."


def _effective_rank(spectrum: Spectrum) -> str:
    rank = spectrum.effective_rank
    return with_interval(rank.value, rank.low, rank.high, lambda value: number(value, 1))


def spectra_context(spectra: Sequence[Spectrum]) -> str:
    """Say what is missing."""
    reasons = [r for s in spectra for r in (s.effective_rank.reason, s.chance_reason)]
    return " ".join(dict.fromkeys(filter(None, reasons)))


def whitening_note(scaling: str) -> str:
    """Say why a whitening of panels is not what is shown, or nothing where it is."""
    if scaling in SCALINGS:
        return ""
    return (
        f"{scaling.capitalize()} whitening brings the encoders of a panel to one scale; the "
        "directions of one layer are shown z-scored."
    )
