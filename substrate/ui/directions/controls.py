"""The Directions page's choices, and the results that it shows of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from substrate.analyses.directions.basis import (
    BASIS,
    SCALINGS,
    Basis,
    BasisParams,
)
from substrate.analyses.directions.choice import (
    DOMAINS_VIEW,
    ENCODERS,
    SCALING,
    SIGNED,
    DirectionsChoice,
    DirectionsComparison,
    angles_params,
    domains_params,
    pair_params,
    spectrum_params,
)
from substrate.analyses.directions.kinds import (
    NO_COMMON_COORDINATES,
    RAW,
    SCORE,
    shared_coordinates,
)
from substrate.analyses.directions.principal_angles import ANGLES, Angles
from substrate.analyses.directions.spectrum import SPECTRUM, Spectrum
from substrate.analyses.directions.two_domains import DOMAINS
from substrate.analyses.directions.two_encoders import PAIR
from substrate.exhibits.directions.words import whitening_note
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.wording import ONE_DOMAIN, ONE_ENCODER


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read."""
    two = values["directions.view"] == DOMAINS_VIEW
    return ("second", "second_layer", "whitening") if two else ()


def choose(selection: Selection) -> DirectionsChoice | None:
    """Place the page's own controls; say so where the run lacks what the view compares."""
    run = selection.run
    row = controls.row_of(selection)
    controls.views(selection, "directions.view")
    two_domains = selection["directions.view"] == DOMAINS_VIEW
    if two_domains and len(run.domains) < 2:
        st.info(ONE_DOMAIN, icon=":material/info:")
        return None
    if not two_domains and not selection["second"]:
        st.info(ONE_ENCODER, icon=":material/info:")
        return None
    if two_domains:
        controls.select(selection, "directions.second_domain", row, width=210)
        controls.select(selection, "directions.scale", row, width=210)
        return _two_domains(selection)
    controls.select(selection, "directions.cosine", row, width=210)
    if selection["directions.cosine"] != SCORE:
        controls.select(selection, "directions.scale", row, width=210)
    return _two_encoders(selection)


def _two_encoders(selection: Selection) -> DirectionsChoice:
    kind, domain, scaling = (selection[n] for n in ("directions.cosine", "domain", "whitening"))
    if note := whitening_note(scaling):
        st.caption(f":material/info: {note}")
    return DirectionsChoice(
        ENCODERS,
        selection["first"],
        selection["first_layer"],
        selection["second"],
        selection["second_layer"],
        domain,
        domain,
        kind,
        selection["k"],
        scaling if scaling in SCALINGS else SCALING,
        SIGNED if kind == SCORE else selection["directions.scale"],
    )


def _two_domains(selection: Selection) -> DirectionsChoice:
    encoder, layer = selection["first"], selection["first_layer"]
    return DirectionsChoice(
        DOMAINS_VIEW,
        encoder,
        layer,
        encoder,
        layer,
        selection["domain"],
        selection["directions.second_domain"],
        RAW,
        selection["k"],
        SCALINGS[0],
        selection["directions.scale"],
    )


def comparison(run: Run, choice: DirectionsChoice) -> DirectionsComparison | None:
    """Return what the page is about, or say why it cannot be had."""
    if choice.view == DOMAINS_VIEW:
        return _two_domains_compared(run, choice)
    params = pair_params(run, choice)
    if choice.kind == RAW and not shared_coordinates(params):
        st.info(NO_COMMON_COORDINATES, icon=":material/info:")
        return None
    panel = result(PAIR, run, params, what="the panel of directions")
    if panel is None:
        return None
    sides = _sides(run, *params.sides)
    return None if sides is None else DirectionsComparison(panel, *sides)


def _two_domains_compared(run: Run, choice: DirectionsChoice) -> DirectionsComparison | None:
    params = domains_params(run, choice)
    both = result(DOMAINS, run, params, what="the panel of directions")
    if both is None:
        return None
    sides = _sides(run, *params.sides)
    return None if sides is None else DirectionsComparison(both.panel, *sides, both)


def _sides(run: Run, first: BasisParams, second: BasisParams) -> tuple[Basis, Basis] | None:
    a = result(BASIS, run, first, what="the directions of A")
    b = result(BASIS, run, second, what="the directions of B")
    return None if a is None or b is None else (a, b)


def angles(run: Run, choice: DirectionsChoice) -> Angles | None:
    """Return the principal angles of the two leading subspaces."""
    what = "the principal angles"
    if choice.view == DOMAINS_VIEW:
        both = result(DOMAINS, run, domains_params(run, choice), what=what)
        return None if both is None else both.angles
    return result(ANGLES, run, angles_params(run, choice), what=what)


def spectra(run: Run, choice: DirectionsChoice) -> list[Spectrum]:
    """Return the spectra of both sides, once where they are the same."""
    results = [
        result(SPECTRUM, run, params, what="a spectrum") for params in spectrum_params(run, choice)
    ]
    return [spectrum for spectrum in results if spectrum is not None]
