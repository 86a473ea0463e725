"""What is compared? Choose encoders and image domains, run, watch, cancel, reopen."""

import shlex

import streamlit as st

from substrate import jobs
from substrate.study import to_yaml
from substrate.ui import session
from substrate.ui.opening import adopt, explore, open_page
from substrate.ui.study import (
    form as study_form,
)
from substrate.ui.study import (
    job_panel,
)

st.title("What is compared?")
st.markdown(
    "Choose encoders and image domains and press **Run**. Every encoder sees every image; then "
    "their features are compared, each figure vs. what untrained networks, shuffled images "
    "and raw pixels would give."
)
selection = open_page("study")
store = session.store()
left, right = st.columns([3, 2], gap="large")

with left:
    study = study_form.compose(selection)
    if study is not None:
        run, config = st.columns([1, 1])
        if run.button("Run", type="primary", icon=":material/play_arrow:", width="stretch"):
            job = jobs.start(store, study)
            job_panel.follow(job)
            selection.put({"study.job": job}, again=True)
        config.download_button(
            "Download config",
            to_yaml(study),
            "study.yaml",
            "application/yaml",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )
        with st.expander("Copy command"):
            st.caption("The same run without a browser, from the downloaded file:")
            line = ["python", "-m", "substrate", "run", "study.yaml", "--store", str(store.root)]
            st.code(shlex.join(line), language="bash")
            st.code(to_yaml(study), language="yaml")

with right:
    picked = job_panel.history(store)
    if picked:
        job_panel.follow(picked)
        selection.put({"study.job": picked})
    job = selection["study.job"]
    if job:
        job_panel.watch(store, job, page="study")
        status = jobs.read_status(store, job)
        if status and job_panel.followed(status):
            adopt(status.run_id, store)
            st.rerun()
        if status and status.run_id:
            explore(selection, status.run_id)

if job:
    job_panel.first_figure(store, job)
