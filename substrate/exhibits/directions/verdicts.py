"""Verdicts on directions: the largest cell, principal angles, spectra."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from substrate.analyses.directions.choice import DirectionsChoice
from substrate.analyses.directions.cosine_panel import CosinePanel
from substrate.analyses.directions.principal_angles import Angles
from substrate.analyses.directions.spectrum import Spectrum
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_draws,
    against_level,
    compared,
    counted,
    first_that_fits,
    name,
)
from substrate.wording import number


def of_panel(
    panel: CosinePanel, choice: DirectionsChoice, domains: dict[str, str]
) -> Verdict | None:
    """Return the verdict on the largest cell beside permuted samples and untrained twins.

    Each null is asked about its own largest cell. Twins are exceeded where the interval that
    allows for having looked at all cells lies above where a further draw of twins would.
    """
    sizes = np.where(np.isfinite(panel.values), np.abs(panel.values), -1.0)
    i, j = np.unravel_index(int(sizes.argmax()), sizes.shape)
    value = float(panel.values[i, j])
    if not np.isfinite(value):
        return None
    judged = panel.estimates
    few = judged.level is None and bool(judged.null_reason)
    shuffling = Outcome.FEW if few else against_level(abs(value), judged.level)
    twins = Outcome.UNTESTED
    if judged.low_any is not None and judged.high_any is not None:
        low, high = _magnitudes(float(judged.low_any[i, j]), float(judged.high_any[i, j]))
        twins = against_draws(low, high, panel.untrained)
    elif few:
        twins = Outcome.FEW
    return compared(
        f"The largest {panel.kind}", abs(value), shuffling, twins, place=domains[choice.domain]
    )


def _magnitudes(low: float, high: float) -> tuple[float, float]:
    """Return the ends of the absolute value; across zero it starts there."""
    return (0.0 if low < 0 < high else min(abs(low), abs(high))), max(abs(low), abs(high))


def of_angles(angles: Angles) -> Verdict | None:
    """Return how many principal angles are closer than shuffled samples give."""
    if angles.above is None:
        if not len(angles.cosines) or not np.isfinite(angles.cosines[0]):
            return None
        badge = Badge.FEW if angles.null_reason else Badge.NO_INTERVAL
        return first_that_fits(
            badge, f"largest cosine of principal angles: {number(float(angles.cosines[0]))}"
        )
    badge = Badge.SHUFFLING if angles.above else Badge.UNTOLD
    return counted(badge, "", angles.above, "shared dimension", "beyond shuffling")


def of_spectra(spectra: Sequence[Spectrum], names: dict[str, str]) -> Verdict | None:
    """Return the largest effective rank."""
    if not spectra:
        return None
    most = max(spectra, key=lambda spectrum: spectrum.effective_rank.value)
    rank = number(most.effective_rank.value, 1)
    return first_that_fits(
        Badge.DESCRIBED, f"{name(names[most.encoder])} spreads most: effective rank {rank}"
    )
