"""The Experiments page: which experiment, its results, its card, and the run that remakes it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import streamlit as st

from substrate import jobs
from substrate.analyses.experiments import distill, emergence, modality, panel, tables
from substrate.analyses.experiments.catalogue import (
    EXPERIMENTS,
    Experiment,
    read_results,
    results_file,
)
from substrate.analyses.experiments.file import ExperimentFile
from substrate.analyses.spec import AnalysisError
from substrate.exhibits.training import words as training_text
from substrate.figures.experiments import panel as panel_figures
from substrate.figures.experiments import results as figures
from substrate.figures.theme import Theme
from substrate.store import Store
from substrate.ui import controls
from substrate.ui.charts import show
from substrate.ui.literal import literal
from substrate.ui.selection import Selection
from substrate.ui.study import job_panel


def choose(selection: Selection) -> Experiment:
    """Place the choice of the experiment."""
    controls.segmented(selection, "experiments.experiment", labelled=False)
    return EXPERIMENTS[selection["experiments.experiment"]]


def scopes() -> tuple[str, ...]:
    """Return which photographs the agreement of images and texts was measured on."""
    return tuple(dict.fromkeys(repeat.scope for repeat in _repeats("modality")))


def domains() -> tuple[str, ...]:
    """Return the domains of the emergence experiment."""
    return tuple(dict.fromkeys(repeat.domain for repeat in _repeats("emergence")))


def rich_domain() -> str:
    """Return the first of them that has photographs enough for intervals, or ""."""
    return next((repeat.domain for repeat in _repeats("emergence") if not repeat.within), "")


def _repeats(name: str) -> Sequence[Any]:
    path = results_file(name)
    return _read(name, path.stat().st_mtime_ns) if path.is_file() else ()


@lru_cache(maxsize=8)
def _read(name: str, _changed: int) -> Sequence[Any]:
    try:
        found = read_results(name)
    except AnalysisError:
        return ()
    return () if found is None else tuple(found.repeats)


def results(experiment: Experiment) -> ExperimentFile[Any] | None:
    """Return the results, or say why there are none."""
    try:
        found = read_results(experiment.name)
    except AnalysisError as error:
        st.warning(literal(error))
        return None
    if found is None:
        st.info(
            f"{experiment.question} This experiment has not been run here yet. It takes "
            f"{experiment.takes}; start it below."
        )
    elif found.status == "partial":
        st.warning(
            f"These results are partial: {len(found.repeats)} repeats had ended when they were "
            "written. Resume the run below for the rest."
        )
    return found


def trace(found: ExperimentFile[Any], **more: Any) -> dict[str, Any]:
    """Return what a chart's numbers rest on."""
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    return {"experiment": found.experiment, "command": found.command, "inputs": found.inputs,
            "device": found.device, "versions": versions, **more}  # fmt: skip


def opening(sentence: str, context: str, published: str = "") -> None:
    """Open a result with the sentence that it supports, and what stands beside it."""
    st.markdown(sentence)
    st.caption(context)
    if published:
        st.caption(published)


def show_distill(_selection: Selection, found: ExperimentFile[Any], theme: Theme) -> None:
    """Show the differences between arms, and every student."""
    summary = distill.summarise(found)
    opening(distill.distill_sentence(summary), distill.distill_context(summary), distill.PUBLISHED)
    show(
        figures.distill_differences(summary, theme), key="experiments-distill-differences",
        table=tables.distill_table(summary), trace=trace(found, facts=summary.facts),
        read="A large mark is the mean over seeds, small dots are single seeds, whiskers 95 % "
        "intervals. The grey band behind each arm is the interval of the null, the scores of other "
        "images: an arm says something of the substrate only beyond it.",
    )  # fmt: skip
    show(
        figures.distill_alignment(found.repeats, summary, theme),
        key="experiments-distill-alignment",
        table=tables.repeats_table(found.repeats), trace=trace(found, facts=summary.facts),
        read="One mark per student. To the right: its features align with the substrate on images "
        "that it never saw. Clouds at different heights are different shares of the labels.",
    )  # fmt: skip


def show_modality(selection: Selection, found: ExperimentFile[Any], theme: Theme) -> None:
    """Show the agreement of images and texts, for one choice of photographs."""
    controls.select(selection, "experiments.scope", width=175)
    summary = modality.summarise(found, selection["experiments.scope"])
    opening(
        modality.modality_sentence(summary), modality.modality_context(summary), modality.PUBLISHED
    )
    show(
        figures.modality_rows(summary, theme), key="experiments-modality-rows",
        table=tables.modality_table(summary), trace=trace(found, facts=summary.facts),
        read="The grey bar is what texts of other photographs give, the tick its 95 % level. A "
        "mark right of the tick agrees with the texts more than chance; without a p-value nothing "
        "is tested.",
    )  # fmt: skip


def show_emergence(selection: Selection, found: ExperimentFile[Any], theme: Theme) -> None:
    """Show every training's share of the way, and the curves on one domain."""
    controls.select(selection, "experiments.domain", width=175)
    summary = emergence.summarise(found, selection["experiments.domain"])
    opening(
        emergence.emergence_sentence(summary), emergence.emergence_context(summary),
        training_text.PUBLISHED,
    )  # fmt: skip
    show(
        figures.emergence_shares(summary, theme), key="experiments-emergence-shares",
        table=tables.shares_table(summary), trace=trace(found, facts=summary.facts),
        read="Right of the dotted line alignment ran ahead of accuracy. 100 % means that it had "
        "arrived when accuracy was half way, more that it had gone beyond and came back.",
    )  # fmt: skip
    show(
        figures.emergence_curves(summary, theme), key="experiments-emergence-curves",
        table=tables.curves_table(summary), trace=trace(found, facts=summary.facts),
        read="Solid: how close the last features are to the other encoders' substrate, with 95 % "
        "intervals where there are ten photographs. Dotted: what shuffling reaches in 95 % of "
        "cases. Dashed: accuracy on CIFAR-10 (right axis).",
    )  # fmt: skip


def show_panel(_selection: Selection, found: ExperimentFile[Any], theme: Theme) -> None:
    """Show the trained panel beside untrained ones on every domain, and the ceiling."""
    summary = panel.summarise(found)
    opening(panel.panel_sentence(summary), panel.panel_context(summary))
    show(
        panel_figures.panel_domains(summary, theme), key="experiments-panel-domains",
        table=panel.panel_table(summary), trace=trace(found, facts=summary.facts),
        read="A small dot is an untrained panel, the large mark the trained one. Where the mark "
        "lies within the dots, training added nothing to what encoders share there.",
    )  # fmt: skip
    if any(row.pairs for row in summary.rows):
        show(
            panel_figures.panel_pairs(summary, theme), key="experiments-panel-pairs",
            table=panel.pairs_table(summary), trace=trace(found, facts=summary.facts),
            read="Filled: one recipe, two seeds, as alike as encoders can be expected to be. Open: "
            "different architectures.",
        )  # fmt: skip


SHOW = {
    "distill": show_distill,
    "modality": show_modality,
    "emergence": show_emergence,
    "panel": show_panel,
}


def card(found: ExperimentFile[Any]) -> None:
    """Show the card: question, protocol, null, limits, and what the numbers rest on."""
    st.subheader("Card")
    st.markdown(f"**{found.card.question}**")
    st.markdown(f"**How.** {found.card.protocol}")
    st.markdown(f"**Against what.** {found.card.null}")
    st.markdown("**What it cannot say.**\n" + "\n".join(f"- {text}" for text in found.card.limits))
    seeds = ", ".join(map(str, found.seeds))
    st.caption(
        f"{len(found.repeats)} repeats, {found.wall_s / 60:.1f} min, {found.device} · seed "
        f"{seeds} · encoders {', '.join(found.encoders)} · inputs {found.inputs[:12]}"
    )
    with st.expander("Configuration, digests and versions"):
        st.json(found.model_dump(mode="json", include={"configuration", "data", "encoders",
                                                       "versions", "checksum"}))  # fmt: skip


def remake(
    selection: Selection, store: Store, experiment: Experiment, found: ExperimentFile[Any] | None
) -> None:
    """Show the command that makes the results, start it, and watch it."""
    st.subheader("Make it again" if found else "Run it")
    st.code(
        found.command if found else f"python -m substrate experiment {experiment.name}",
        language="bash",
    )
    job = _job(selection, store, experiment)
    status = jobs.read_status(store, job) if job else None
    if status is not None and status.live:
        job_panel.watch(store, job, page="experiments")
        return
    st.caption(
        f"It takes {experiment.takes}, can be cancelled, and goes on where it stopped. The file "
        f"{experiment.name}.json is replaced when it has ended."
    )
    key = f"experiments-run-{experiment.name}"
    if st.button("Run", type="primary", icon=":material/play_arrow:", key=key):
        job = jobs.start_experiment(store, experiment.name)
        selection.put({"experiments.job": job}, again=True)
    if status is not None:
        job_panel.watch(store, job, page="experiments")


def _job(selection: Selection, store: Store, experiment: Experiment) -> str:
    """Return the experiment's job: that of the address, else the latest."""
    mine = [s.job for s in jobs.list_jobs(store) if s.name == f"Experiment {experiment.name}"]
    asked = selection["experiments.job"]
    return asked if asked in mine else next(iter(mine), "")
