"""The Experiments page: which experiment, its results, its card, and the run that remakes it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate import jobs
from substrate.analyses.experiments.catalogue import EXPERIMENTS, Experiment, read_results
from substrate.analyses.experiments.choice import SHIPPED, ExperimentsChoice
from substrate.analyses.experiments.file import SHIPPED as SHIPPED_FOLDER
from substrate.analyses.experiments.file import ExperimentFile, both_are_there, own_folder
from substrate.analyses.spec import AnalysisError
from substrate.exhibits.experiments import card_words
from substrate.store import Store
from substrate.ui import controls
from substrate.ui.literal import literal
from substrate.ui.selection import Selection
from substrate.ui.shared import job_panel


def choose(selection: Selection) -> Experiment:
    """Place the choice of the experiment."""
    controls.segmented(selection, "experiments.experiment", labelled=False)
    return EXPERIMENTS[selection["experiments.experiment"]]


def choose_within(selection: Selection, experiment: Experiment) -> ExperimentsChoice:
    """Place the choice of photographs or domain, where an experiment has one."""
    field = {
        "modality": "experiments.scope",
        "emergence": "experiments.domain",
        "polarisation": "experiments.images",
    }
    if experiment.name in field:
        controls.select(selection, field[experiment.name], width=175)
    return ExperimentsChoice(
        *(selection[f"experiments.{name}"] for name in ("scope", "domain", "images"))
    )


def results(selection: Selection, experiment: Experiment) -> ExperimentFile[Any] | None:
    """Return the results, one's own or shipped where there are both, or say why there are none."""
    folder = None
    if both_are_there(experiment.name):
        controls.segmented(selection, "experiments.results")
        folder = SHIPPED_FOLDER if selection["experiments.results"] == SHIPPED else None
    try:
        file: ExperimentFile[Any] | None = read_results(experiment.name, folder)
    except AnalysisError as error:
        st.warning(literal(error))
        return None
    if file is None:
        st.info(card_words.not_run(experiment))
    elif warning := card_words.partial(file):
        st.warning(warning)
    return file


def card(file: ExperimentFile[Any]) -> None:
    """Show the card: question, protocol, null, limits, and what the numbers rest on."""
    st.subheader("Card")
    for line in card_words.card(file):
        st.markdown(line)
    st.caption(card_words.made_of(file))
    with st.expander("Configuration, digests and versions"):
        kept = {"configuration", "data", "encoders", "versions", "checksum"}
        st.json(file.model_dump(mode="json", include=kept))


def remake(
    selection: Selection, store: Store, experiment: Experiment, file: ExperimentFile[Any] | None
) -> None:
    """Show the command that makes the results, start it, and watch it."""
    st.subheader("Reproduce" if file else "Run it")
    st.code(
        file.command if file else f"python -m substrate experiment {experiment.name}",
        language="bash",
        wrap_lines=True,
    )
    job = _job(selection, store, experiment)
    status = jobs.read_status(store, job) if job else None
    if status is not None and status.live:
        job_panel.watch(store, job, page="experiments")
        return
    st.caption(card_words.run_note(experiment))
    key, out = f"experiments-run-{experiment.name}", own_folder() / f"{experiment.name}.json"
    if st.button("Run", type="primary", icon=":material/play_arrow:", key=key):
        job = jobs.start_experiment(store, experiment.name, ["--out", str(out)])
        selection.put({"experiments.job": job}, again=True)
    if status is not None:
        job_panel.watch(store, job, page="experiments")


def _job(selection: Selection, store: Store, experiment: Experiment) -> str:
    """Return the experiment's job: that of the address, else the latest."""
    mine = [s.job for s in jobs.list_jobs(store) if s.name == f"Experiment {experiment.name}"]
    chosen = selection["experiments.job"]
    return chosen if chosen in mine else next(iter(mine), "")
