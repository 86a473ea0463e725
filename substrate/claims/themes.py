"""The themes of the ledger: what they are called, and where their quantities come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from substrate.analyses.claims.questions import EARLY
from substrate.analyses.shared.replicates import Replicates
from substrate.claims import experiments


@dataclass(frozen=True)
class Theme:
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
        Theme("sharing", "Shared across architectures"),
        Theme("domains", "Alike between domains"),
        Theme("leave_out", "Without each encoder"),
        Theme("responses", "What directions respond to"),
        Theme("pairs", "Pairs of encoders by objective"),
        Theme("emergence", "Emergence during training", experiments.emergence),
        Theme("transfer", "Transfer scores"),
        Theme("detector", "Domain detector"),
        Theme("low_shot", "Few labels"),
        Theme("distill", "Distillation", experiments.distill),
        Theme("modality", "Another modality", experiments.modality),
    )
}
