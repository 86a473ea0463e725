"""The experiments' results: the same whatever the run, as long as they were not made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from substrate.analyses.experiments import distill, emergence, modality, panel, tables
from substrate.analyses.experiments.catalogue import (
    EXPERIMENTS,
    read_results,
)
from substrate.analyses.experiments.file import ExperimentFile
from substrate.exhibits.exhibit import (
    Item,
    Section,
    attempt,
)
from substrate.figures.experiments import panel as panel_figures
from substrate.figures.experiments import results as figures
from substrate.figures.theme import Theme
from substrate.runs import Run


def experiments(run: Run, theme: Theme) -> Section:
    """Return what the experiments found; those that were not run are left out."""
    del run
    items = []
    for name, experiment in EXPERIMENTS.items():
        item = attempt(experiment.question, lambda n=name: _item(n, theme))  # type: ignore[misc]
        if item.sentence:
            items.append(item)
    return Section("experiments", "What do the experiments find?", tuple(items))


def _item(name: str, theme: Theme) -> Item:
    found = read_results(name)
    if found is None:
        return Item(EXPERIMENTS[name].question, "")
    return _MAKE[name](found, EXPERIMENTS[name].question, theme)


def _facts(found: ExperimentFile[Any], facts: str) -> dict[str, str]:
    return {"rests on": facts, "made by": found.command, "status": found.status,
            "encoders": ", ".join(found.encoders), "device": found.device,
            "protocol": found.card.protocol, "null": found.card.null,
            "limits": " ".join(found.card.limits)}  # fmt: skip


def _distill(found: ExperimentFile[Any], title: str, theme: Theme) -> Item:
    summary = distill.summarise(found)
    return Item(
        title, distill.distill_sentence(summary),
        f"{distill.distill_context(summary)} {distill.PUBLISHED}",
        figures.distill_differences(summary, theme),
        "Large marks are means over seeds, small dots single seeds, the grey band is the interval "
        "of the null, the scores of other images.",
        tables.distill_table(summary), _facts(found, summary.facts),
    )  # fmt: skip


def _modality(found: ExperimentFile[Any], title: str, theme: Theme) -> Item:
    summary = modality.summarise(found)
    return Item(
        title, modality.modality_sentence(summary),
        f"{modality.modality_context(summary)} {modality.PUBLISHED}",
        figures.modality_rows(summary, theme),
        "The grey bar is what texts of other photographs give, the tick its 95 % level.",
        tables.modality_table(summary), _facts(found, summary.facts),
    )  # fmt: skip


def _emergence(found: ExperimentFile[Any], title: str, theme: Theme) -> Item:
    many = [r.domain for r in found.repeats if not r.within]
    summary = emergence.summarise(found, many[0] if many else "")
    return Item(
        title, emergence.emergence_sentence(summary), emergence.emergence_context(summary),
        figures.emergence_shares(summary, theme),
        "Right of the dotted line alignment ran ahead of accuracy.",
        tables.shares_table(summary), _facts(found, summary.facts),
    )  # fmt: skip


def _panel(found: ExperimentFile[Any], title: str, theme: Theme) -> Item:
    summary = panel.summarise(found)
    return Item(
        title, panel.panel_sentence(summary), panel.panel_context(summary),
        panel_figures.panel_domains(summary, theme),
        "A small dot is an untrained panel, the large mark the trained one.",
        panel.panel_table(summary), _facts(found, summary.facts),
    )  # fmt: skip


_MAKE: dict[str, Callable[[ExperimentFile[Any], str, Theme], Item]] = {
    "distill": _distill,
    "modality": _modality,
    "emergence": _emergence,
    "panel": _panel,
}
