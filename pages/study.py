"""What is compared? Choose encoders and image domains, run, watch, cancel, reopen."""

import contextlib
import shlex

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate import jobs
from substrate.analyses.theory.choice import NEEDED
from substrate.study import to_yaml
from substrate.ui import session
from substrate.ui.layout import wrapping_columns
from substrate.ui.literal import literal
from substrate.ui.opening import adopt, all_runs, open_page
from substrate.ui.shared import job_panel
from substrate.ui.study import estimate, history, needed
from substrate.ui.study import form as study_form
from substrate.ui.study.again import same_run
from substrate.ui.study.run_cards import show_runs

st.title("What is compared?")
st.markdown(
    "Choose encoders and image domains and press **Run**. Every encoder sees every image; then "
    "their features are compared, and held against what untrained networks, shuffled images "
    "and raw pixels would give."
)
selection = open_page("study")
store = session.store()
runs = all_runs(store)
left, right = wrapping_columns("study-columns", [3, 2], least_rem=26)

with left:
    study = study_form.compose(selection)
    if study is not None:
        if (same := same_run(study, runs)) is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                said = f"Already there: **{literal(str(same.study['name']))}** is of this study."
                st.markdown(f":material/check_circle: {said}", width="content")
                with contextlib.suppress(StreamlitAPIException):  # a page outside the app
                    address = selection.link("home", {"run": same.run_id})
                    st.page_link("pages/home.py", label="Open", query_params=address)
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
        run.caption(f"About {estimate.written(study, store)} on this machine.")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(f":material/straighten: {needed.line(runs)}", width="stretch")
            with contextlib.suppress(StreamlitAPIException):  # a page outside the app
                address = selection.link("theory", {"theory.view": NEEDED})
                st.page_link("pages/theory.py", label="How many images?", query_params=address)
        with st.expander("Copy command"):
            st.caption("The same run without a browser, from the downloaded file:")
            line = ["python", "-m", "substrate", "run", "study.yaml", "--store", str(store.root)]
            st.code(shlex.join(line), language="bash")
            st.code(to_yaml(study), language="yaml")

with right:
    job = selection["study.job"]
    if job:
        job_panel.watch(store, job, page="study")
    show_runs(selection, store, runs)
    picked = history.pick(store)
    if picked:
        job_panel.follow(picked)
        selection.put({"study.job": picked}, again=True)
    status = jobs.read_status(store, job) if job else None
    if status and job_panel.followed(status):
        adopt(status.run_id, store)
        st.rerun()

if job:
    history.findings_of(selection, store, job, page="study")
