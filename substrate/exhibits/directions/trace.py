"""What the figures of directions rest on: parameters, seed, samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from substrate.analyses.directions.basis import Basis
from substrate.analyses.directions.choice import DirectionsChoice
from substrate.analyses.directions.cosine_panel import CosinePanel
from substrate.analyses.directions.principal_angles import Angles
from substrate.analyses.directions.spectrum import Spectrum
from substrate.runs import Run
from substrate.wording import samples_of


def panel_trace(panel: CosinePanel, choice: DirectionsChoice, run: Run) -> dict[str, Any]:
    """Return what the cells rest on, the digests of the ordered samples included."""
    return {
        "A": panel.name_a,
        "B": panel.name_b,
        "domain": panel.facts.domain,
        "n": panel.facts.samples,
        "K": choice.components,
        "cosine": panel.kind,
        "whitening": panel.facts.scaling,
        "seed": panel.facts.seed,
        "null": f"{panel.facts.permutations} x {panel.null_kind}",
        "interval": panel.estimates.interval_reason or panel.interval_kind,
        "samples": ", ".join(run.domains[name].samples_digest[:12] for name in choice.domains),
    }


def angles_trace(angles: Angles) -> dict[str, Any]:
    """Return what the principal angles rest on."""
    return {
        "A": angles.name_a,
        "B": angles.name_b,
        "domain": angles.facts.domain,
        "n": angles.facts.samples,
        "K": len(angles.cosines),
        "whitening": angles.facts.scaling,
        "seed": angles.facts.seed,
        "null": f"{angles.facts.permutations} x {angles.null_kind}",
        "interval": angles.interval_reason or "95 % delete-group jackknife",
    }


def spectra_trace(spectra: Sequence[Spectrum]) -> dict[str, Any]:
    """Return what the spectra rest on."""
    return {
        f"{spectrum.encoder}/{spectrum.layer} on {spectrum.domain}": (
            f"{samples_of(spectrum.n, spectrum.photographs, spectrum.nouns)}, "
            f"whitening {spectrum.scaling}, seed {spectrum.seed}, "
            f"effective rank {spectrum.effective_rank.value:.2f}, participation "
            f"ratio {spectrum.participation_ratio.value:.2f}"
        )
        for spectrum in spectra
    }


def basis_trace(basis: Basis, direction: int) -> dict[str, Any]:
    """Return what a card's numbers rest on."""
    return {
        "encoder": basis.encoder,
        "layer": basis.layer,
        "domain": basis.domain,
        "direction": direction + 1,
        "found in": basis.part,
        "whitening": basis.scaling,
        "seed": basis.seed,
        "n": len(basis.scores),
        basis.nouns.groups: basis.photographs,
    }
