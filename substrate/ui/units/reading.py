"""Reading two layers side by side: a job of its own that the page offers, watches and cancels."""

from __future__ import annotations

import streamlit as st

from substrate import jobs
from substrate.analyses.spec import AnalysisError, stored
from substrate.analyses.units.copies import alike
from substrate.analyses.units.depth import DEPTH, DepthParams
from substrate.analyses.units.histograms import is_measured, require_measurable
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOneParams
from substrate.analyses.units.place import (
    PlaceParams,
    images_to_read,
    is_read,
    passes,
    require_readable,
)
from substrate.analyses.units.several import SeveralParams
from substrate.exhibits.units.depth_words import NOT_READ as NOT_READ_ALONG
from substrate.exhibits.units.several import ALONE
from substrate.exhibits.units.several import NOT_READ as NOT_READ_COPIES
from substrate.exhibits.units.words import NOT_MEASURED, NOT_READ
from substrate.gallery.archive import RESULTS_ONLY
from substrate.gallery.shown import is_shipped
from substrate.representation import RepresentationError
from substrate.runs import Run, RunError
from substrate.store import StoreError
from substrate.ui.literal import literal
from substrate.ui.selection import Selection
from substrate.ui.shared.job_panel import watch
from substrate.wording import many


def is_there(run: Run, place: PlaceParams) -> bool:
    """Say whether two layers have been read; of the shipped run, whether their match is there."""
    if is_shipped(run):
        return stored(ONE_TO_ONE, run, OneToOneParams(place)) is not None
    return is_read(run, place)


def ready(selection: Selection, place: PlaceParams) -> bool:
    """Say whether two layers have been read; offer to read them, or say why they cannot be."""
    run = selection.run
    try:
        require_readable(run, place)
        there = is_there(run, place)
        if is_shipped(run) and not there:
            st.info(f"{NOT_READ} {RESULTS_ONLY}", icon=":material/info:")
            return False
    except (AnalysisError, RunError, RepresentationError, StoreError) as error:
        st.info(literal(error), icon=":material/info:")
        return False
    if not there:
        _offer(selection, place)
    return there


def _offer(selection: Selection, place: PlaceParams) -> None:
    """Offer to read the layers, or show the job that does."""
    run = selection.run
    nulls = len(passes(run, place)) - 1
    text = (
        f"{NOT_READ} Both networks see {images_to_read(run, place):,} images: "
        f"{run.domains[place.domain].n} as they are, and as often again for each of {nulls} nulls "
        "(untrained twins, shuffled images)."
    )
    offer(selection, place, text, "Read them now")


def measured(selection: Selection, place: PlaceParams) -> bool:
    """Say whether the information of two layers has been measured; offer to measure it."""
    run = selection.run
    try:
        require_measurable(run, place)
        there = is_measured(run, place)
        if is_shipped(run) and not there:
            st.info(f"{NOT_MEASURED} {RESULTS_ONLY}", icon=":material/info:")
            return False
    except (AnalysisError, RunError, StoreError) as error:
        st.info(literal(error), icon=":material/info:")
        return False
    if not there:
        text = (
            f"{NOT_MEASURED} Both networks see the same {images_to_read(run, place):,} images "
            "once more, and activations are counted in bins: about as long as reading them took."
        )
        offer(selection, place, text, "Measure it now", "--information")
    return there


def read_along(selection: Selection, place: PlaceParams) -> bool:
    """Say whether two encoders have been read at all layers; offer to read them, with the cost."""
    run = selection.run
    params = DepthParams(place.first, place.second, place.domain, place.seed)
    try:
        places = params.places(run)
        for one in places:
            require_readable(run, one)
        if is_shipped(run):
            st.info(f"{NOT_READ_ALONG} {RESULTS_ONLY}", icon=":material/info:")
            return False
        there = all(is_read(run, one) for one in places) and stored(DEPTH, run, params) is not None
    except (AnalysisError, RunError, RepresentationError, StoreError) as error:
        st.info(literal(error), icon=":material/info:")
        return False
    if not there:
        text = (
            f"{NOT_READ_ALONG} Both networks see {images_to_read(run, place):,} images once for "
            f"all {len(places)} pairs of layers; predicting units from few takes about half a "
            "minute for every 100 units of a layer."
        )
        offer(selection, place, text, "Compare all layers", "--depth")
    return there


def read_copies(selection: Selection, place: PlaceParams) -> SeveralParams | None:
    """Return the encoders of A's architecture once all pairs are read; offer to read them."""
    run = selection.run
    params = SeveralParams(alike(run, place.first), place.first_layer, place.domain, place.seed)
    if len(params.encoders) < 2:
        st.info(ALONE, icon=":material/info:")
        return None
    try:
        for one in params.places():
            require_readable(run, one)
        if is_shipped(run):
            st.info(f"{NOT_READ_COPIES} {RESULTS_ONLY}", icon=":material/info:")
            return None
        missing = [one for one in params.places() if not is_read(run, one)]
    except (AnalysisError, RunError, RepresentationError, StoreError) as error:
        st.info(literal(error), icon=":material/info:")
        return None
    if missing:
        images = sum(images_to_read(run, one) for one in missing)
        text = (
            f"{NOT_READ_COPIES} {many(len(missing), 'pair')} of networks see {images:,} images, "
            "nulls among them, once for all layers."
        )
        offer(selection, place, text, "Read all pairs", "--copies")
        return None
    return params


def offer(selection: Selection, place: PlaceParams, text: str, button: str, *flags: str) -> None:
    """Offer a job on two layers and say what it costs, or show the job while it is under way."""
    run, job = selection.run, selection["units.job"]
    status = jobs.read_status(run.store, job) if job else None
    if status is not None and status.live:
        watch(run.store, job, page="units")
        return
    st.info(text, icon=":material/info:")
    if status is not None:
        watch(run.store, job, page="units")
    if st.button(button, type="primary", icon=":material/play_arrow:", key="units-read"):
        selection.put({"units.job": start(run, place, *flags)}, again=True)


def start(run: Run, place: PlaceParams, *flags: str) -> str:
    """Start the job that reads two layers, and what the flags add; return its name."""
    titles = [run.encoders[name].title for name in (place.first, place.second)]
    options = {
        "run": run.run_id,
        "first": place.first,
        "first-layer": place.first_layer,
        "second": place.second,
        "second-layer": place.second_layer,
        "domain": place.domain,
    }
    name = f"Units of {titles[0]} and {titles[1]}"
    lines = [*(f"--{key}={value}" for key, value in options.items()), *flags]
    return jobs.start_units(run.store, name, lines)
