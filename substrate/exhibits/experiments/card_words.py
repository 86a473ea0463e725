"""What is said of an experiment itself: its card, its cost, and why there are no results."""

from __future__ import annotations

from typing import Any

from substrate.analyses.experiments.catalogue import Experiment
from substrate.analyses.experiments.file import ExperimentFile


def not_run(experiment: Experiment) -> str:
    """Say that an experiment has no results here, and how long it takes."""
    return (
        f"{experiment.question} This experiment has not been run here yet. It takes "
        f"{experiment.takes}; start it below."
    )


def partial(file: ExperimentFile[Any]) -> str:
    """Say that results are partial, where they are."""
    if file.status != "partial":
        return ""
    return (
        f"These results are partial: {len(file.repeats)} repeats had ended when they were "
        "written. Resume the run below for the rest."
    )


def card(file: ExperimentFile[Any]) -> tuple[str, ...]:
    """Return the card: question, protocol, null, limits."""
    limits = "\n".join(f"- {limit}" for limit in file.card.limits)
    return (
        f"**{file.card.question}**",
        f"**How.** {file.card.protocol}",
        f"**Against what.** {file.card.null}",
        f"**Limitations.**\n{limits}",
    )


def made_of(file: ExperimentFile[Any]) -> str:
    """Return repeats, time, device, seeds and encoders in one line."""
    seeds = ", ".join(map(str, file.seeds))
    return (
        f"{len(file.repeats)} repeats, {file.wall_s / 60:.1f} min, {file.device} · seed {seeds} · "
        f"encoders {', '.join(file.encoders)} · inputs {file.inputs[:12]}"
    )


def run_note(experiment: Experiment) -> str:
    """Say how long a run takes and where its results go."""
    return (
        f"It takes {experiment.takes}, can be cancelled, and goes on where it stopped. The button "
        "writes results of your own and keeps the shipped ones."
    )
