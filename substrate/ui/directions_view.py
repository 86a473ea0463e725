"""The Directions page's choices, its results, and what of them is in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from substrate.analyses.directions import default_layer, settings
from substrate.analyses.directions_angles import ANGLES, Angles, AnglesParams
from substrate.analyses.directions_basis import BASIS, SCALINGS, Basis, BasisParams
from substrate.analyses.directions_domains import DOMAINS, Domains, DomainsParams
from substrate.analyses.directions_kinds import (
    KINDS,
    NO_COMMON_COORDINATES,
    RAW,
    SCORE,
    PairParams,
    shared_coordinates,
)
from substrate.analyses.directions_pair import PAIR
from substrate.analyses.directions_panel import Panel
from substrate.analyses.directions_spectrum import SPECTRUM, Spectrum, SpectrumParams
from substrate.figures.directions_heatmap import SCALES, SIGNED
from substrate.runs import Run
from substrate.ui.choices import pick
from substrate.ui.results import result

ENCODERS, DOMAINS_VIEW = VIEWS = ("Two encoders", "One encoder on two domains")
COUNTS = (2, 4, 8, 12, 16, 24, 32, 48, 64)


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


def choose(run: Run) -> Choice:
    """Place the page's controls; every one of them is in the address."""
    view = st.segmented_control(
        "View", VIEWS, default=ENCODERS, required=True, key="view", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    return _two_domains(run) if view == DOMAINS_VIEW else _two_encoders(run)


def _two_encoders(run: Run) -> Choice:
    encoders = list(run.encoders)
    columns = st.columns(5)
    first = pick(columns[0], "Encoder A", encoders, "first", encoders.index(run.first_two[0]))
    first_layer = _layer(columns[1], "Layer of A", run, first, "first_layer")
    second = pick(columns[2], "Encoder B", encoders, "second", encoders.index(run.first_two[1]))
    second_layer = _layer(columns[3], "Layer of B", run, second, "second_layer")
    domain = pick(columns[4], "Domain", list(run.domains), "domain")
    lower = st.columns([2, 1, 1, 2])
    kind = pick(lower[0], "Cosine", KINDS, "cosine")
    components = _count(lower[1], run)
    scaling = pick(lower[2], "Whitening", SCALINGS, "whitening")
    scale = SIGNED if kind == SCORE else pick(lower[3], "Colour", SCALES, "scale")
    return Choice(
        ENCODERS, first, first_layer, second, second_layer, domain, domain, kind, components,
        scaling, scale,
    )  # fmt: skip


def _two_domains(run: Run) -> Choice:
    domains = list(run.domains)
    columns = st.columns([2, 2, 2, 2, 1, 2])
    encoders = list(run.encoders)
    encoder = pick(columns[0], "Encoder", encoders, "first", encoders.index(run.first_two[0]))
    layer = _layer(columns[1], "Layer", run, encoder, "first_layer")
    domain = pick(columns[2], "Domain A", domains, "domain")
    others = [name for name in domains if name != domain] or domains
    second = pick(columns[3], "Domain B", others, "second_domain")
    components = _count(columns[4], run)
    scale = pick(columns[5], "Colour", SCALES, "scale")
    return Choice(
        DOMAINS_VIEW, encoder, layer, encoder, layer, domain, second, RAW, components, SCALINGS[0],
        scale,
    )  # fmt: skip


def _layer(column: Any, label: str, run: Run, encoder: str, key: str) -> str:
    names = [layer.name for layer in run.encoders[encoder].layers]
    return pick(column, label, names, key, names.index(default_layer(run, encoder)))


def _count(column: Any, run: Run) -> int:
    default = int(run.study["components"])
    options = [str(count) for count in sorted({*COUNTS, default})]
    return int(pick(column, "K", options, "k", options.index(str(default))))


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
