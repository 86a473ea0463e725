"""The themes of the ledger: what they are called, and where their quantities come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from substrate.analyses.claims.questions import EARLY
from substrate.analyses.shared.replicates import Replicates
from substrate.claims import experiments, stitching, students, weights


@dataclass(frozen=True)
class ClaimTheme:
    """A group of claims: computed for a run, early or on demand, or read from an experiment.

    Where a theme has both, the experiment stands in for a study that cannot ask.
    """

    key: str
    title: str
    stored: Callable[[], Replicates | str] | None = None

    @property
    def early(self) -> bool:
        """Say whether every run computes it."""
        return self.key in EARLY


THEMES = {
    theme.key: theme
    for theme in (
        ClaimTheme("sharing", "Shared across architectures"),
        ClaimTheme("domains", "Alike between domains"),
        ClaimTheme("leave_out", "Without each encoder"),
        ClaimTheme("responses", "What directions respond to"),
        ClaimTheme("pairs", "Pairs of encoders by objective"),
        ClaimTheme("emergence", "Emergence during training", experiments.emergence),
        ClaimTheme("transfer", "Transfer scores"),
        ClaimTheme("detector", "Domain detector"),
        ClaimTheme("low_shot", "Few labels"),
        ClaimTheme("units", "Units of two seeds"),
        ClaimTheme("distill", "Distillation", experiments.distill),
        ClaimTheme("stitching", "Stitched networks", stitching.stitching),
        ClaimTheme("weights", "Weights of two networks", weights.weights),
        ClaimTheme("students", "Students of noise", students.students),
        ClaimTheme("steps", "Steps along the depth"),
        ClaimTheme("modality", "Another modality", experiments.modality),
    )
}
