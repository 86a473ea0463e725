"""The Directions page's choices, its results, and what of them is in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from substrate.analyses.directions.basis import (
    BASIS,
    SCALINGS,
    Basis,
    BasisParams,
)
from substrate.analyses.directions.cosine_panel import Panel
from substrate.analyses.directions.defaults import settings
from substrate.analyses.directions.kinds import (
    NO_COMMON_COORDINATES,
    RAW,
    SCORE,
    PairParams,
    shared_coordinates,
)
from substrate.analyses.directions.principal_angles import (
    ANGLES,
    Angles,
    AnglesParams,
)
from substrate.analyses.directions.spectrum import (
    SPECTRUM,
    Spectrum,
    SpectrumParams,
)
from substrate.analyses.directions.two_domains import (
    DOMAINS,
    Domains,
    DomainsParams,
)
from substrate.analyses.directions.two_encoders import PAIR
from substrate.figures.directions.heatmap import SIGNED
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.results import result
from substrate.ui.selection import Selection

ENCODERS, DOMAINS_VIEW = VIEWS = ("Two encoders", "One encoder on two domains")
Z_SCORE = "z-score"


@dataclass(frozen=True)
class Choice:
    """What the page shows; in the view of two domains both encoders are the same."""

    view: str
    first: str
    first_layer: str
    second: str
    second_layer: str
    domain: str
    second_domain: str
    kind: str
    components: int
    scaling: str
    scale: str


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read."""
    two = values["directions.view"] == DOMAINS_VIEW
    return ("second", "second_layer", "whitening") if two else ()


def choose(selection: Selection) -> Choice | None:
    """Place the page's own controls; say so where the run lacks what the view compares."""
    run = selection.run
    controls.segmented(selection, "directions.view", labelled=False)
    two_domains = selection["directions.view"] == DOMAINS_VIEW
    if two_domains and len(run.domains) < 2:
        st.info("Two domains are compared here; this run has one.", icon=":material/info:")
        return None
    if not two_domains and not selection["second"]:
        st.info("Two encoders are compared here; this run has one.", icon=":material/info:")
        return None
    row = st.container(horizontal=True, vertical_alignment="bottom")
    if two_domains:
        controls.select(selection, "directions.second_domain", row, width=210)
        controls.select(selection, "directions.scale", row, width=210)
        return _two_domains(selection)
    controls.select(selection, "directions.cosine", row, width=210)
    if selection["directions.cosine"] != SCORE:
        controls.select(selection, "directions.scale", row, width=210)
    return _two_encoders(selection)


def _two_encoders(selection: Selection) -> Choice:
    kind, domain, scaling = (selection[n] for n in ("directions.cosine", "domain", "whitening"))
    if scaling not in SCALINGS:
        st.caption(
            f":material/info: {scaling.capitalize()} whitening brings the encoders of a panel to "
            "one scale; the directions of one layer are shown z-scored."
        )
    return Choice(
        ENCODERS,
        selection["first"],
        selection["first_layer"],
        selection["second"],
        selection["second_layer"],
        domain,
        domain,
        kind,
        selection["k"],
        scaling if scaling in SCALINGS else Z_SCORE,
        SIGNED if kind == SCORE else selection["directions.scale"],
    )


def _two_domains(selection: Selection) -> Choice:
    encoder, layer = selection["first"], selection["first_layer"]
    return Choice(
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


def pair_params(run: Run, choice: Choice) -> PairParams:
    """Return the parameters of the panel of two encoders."""
    chosen = settings(run) | {"components": choice.components}
    return PairParams(
        choice.first, choice.first_layer, choice.second, choice.second_layer, choice.domain,
        kind=choice.kind, scaling=choice.scaling, **chosen,
    )  # fmt: skip


def domains_params(run: Run, choice: Choice) -> DomainsParams:
    """Return the parameters of the panel of two domains."""
    chosen = settings(run) | {"components": choice.components}
    return DomainsParams(
        choice.first, choice.first_layer, choice.domain, choice.second_domain, **chosen
    )


@dataclass(frozen=True, eq=False)
class Shown:
    """The panel and each side's directions; ``domains`` where there are two of them."""

    panel: Panel
    a: Basis
    b: Basis
    domains: Domains | None


def shown(run: Run, choice: Choice) -> Shown | None:
    """Return what the page is about, or say why it cannot be had."""
    if choice.view == DOMAINS_VIEW:
        return _shown_domains(run, choice)
    params = pair_params(run, choice)
    if choice.kind == RAW and not shared_coordinates(params):
        st.info(NO_COMMON_COORDINATES, icon=":material/info:")
        return None
    panel = result(PAIR, run, params, what="the panel of directions")
    if panel is None:
        return None
    sides = _sides(run, params.side(True), params.side(False))
    return None if sides is None else Shown(panel, *sides, None)


def _shown_domains(run: Run, choice: Choice) -> Shown | None:
    params = domains_params(run, choice)
    found = result(DOMAINS, run, params, what="the panel of directions")
    if found is None:
        return None
    sides = _sides(run, params.side(True), params.side(False))
    return None if sides is None else Shown(found.panel, *sides, found)


def _sides(run: Run, first: BasisParams, second: BasisParams) -> tuple[Basis, Basis] | None:
    a = result(BASIS, run, first, what="the directions of A")
    b = result(BASIS, run, second, what="the directions of B")
    return None if a is None or b is None else (a, b)


def angles(run: Run, choice: Choice) -> Angles | None:
    """Return the principal angles of the two leading subspaces."""
    if choice.view == DOMAINS_VIEW:
        found = result(DOMAINS, run, domains_params(run, choice), what="the principal angles")
        return None if found is None else found.angles
    chosen = settings(run) | {"components": choice.components}
    params = AnglesParams(
        choice.first, choice.first_layer, choice.second, choice.second_layer, choice.domain,
        scaling=choice.scaling, **chosen,
    )  # fmt: skip
    return result(ANGLES, run, params, what="the principal angles")


def spectra(run: Run, choice: Choice) -> list[Spectrum]:
    """Return the spectra of both sides, once where they are the same."""
    seed = settings(run)["seed"]
    sides = (
        (choice.first, choice.first_layer, choice.domain),
        (choice.second, choice.second_layer, choice.second_domain),
    )
    found = [
        result(SPECTRUM, run, SpectrumParams(*side, choice.scaling, seed), what="a spectrum")
        for side in dict.fromkeys(sides)
    ]
    return [spectrum for spectrum in found if spectrum is not None]


def trace(run: Run, choice: Choice, panel: Panel) -> dict[str, Any]:
    """Return what a chart's numbers rest on."""
    return {
        "A": panel.name_a, "B": panel.name_b, "domain": panel.facts.domain,
        "n": panel.facts.samples, "K": choice.components, "cosine": panel.kind,
        "whitening": panel.facts.scaling, "seed": panel.facts.seed,
        "null": f"{panel.facts.permutations} x {panel.null_kind}",
        "interval": panel.judged.interval_reason or panel.interval_kind,
        "samples": ", ".join(
            run.domains[name].samples_digest[:12]
            for name in dict.fromkeys((choice.domain, choice.second_domain))
        ),
    }  # fmt: skip
