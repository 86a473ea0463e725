"""The Subspace page's switches, the results that they name, and the cards beside its charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from substrate.analyses.panel_choice import PanelChoice, Switches
from substrate.analyses.shared.samples import shared_seeds, whitening_refusal
from substrate.analyses.sharedness.by_recipe import WITHOUT_RECIPES
from substrate.analyses.sharedness.copies import COPIES, copies_sentence
from substrate.analyses.sharedness.count import SHARED_COUNTS
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.sharedness.untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.subspace.comparison import ControlledMatrix
from substrate.analyses.subspace.controls import CONTROLS
from substrate.analyses.subspace.image_controls import IMAGE_CONTROLS
from substrate.analyses.subspace.intervals import INTERVALS
from substrate.analyses.subspace.procrustes_cka import MATRIX
from substrate.analyses.subspace.spans import MEASURES
from substrate.analyses.subspace.untrained import UNTRAINED
from substrate.exhibits.exhibit import titles
from substrate.exhibits.sharedness.exhibits import Shared
from substrate.exhibits.subspace import words
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.pickers import new_selection
from substrate.ui.results import result
from substrate.ui.selection import Selection

OVERVIEW, DOMAINS, SETTINGS, ROBUSTNESS = "Overview", "Every domain", "Settings", "Robustness"
OWNERS, RESPONSES, PAIRS = "Loadings by encoder", "Image statistics", "Encoder pairs"
FLOW, DISAGREEMENT = "Flow", "Disagreement"
VIEWS = (
    OVERVIEW,
    DOMAINS,
    SETTINGS,
    ROBUSTNESS,
    OWNERS,
    RESPONSES,
    PAIRS,
    FLOW,
    DISAGREEMENT,
)
#: What views were called in earlier addresses.
RENAMED = {"Owners": OWNERS, "Responses": RESPONSES}
PROCRUSTES_CKA = "Procrustes-CKA"
ESTIMATES = ("biased", "debiased")
MEASURE_HELP = (
    "Procrustes-CKA compares what both bases make of the images. The others compare the "
    "bases alone: Grassmann similarity is the mean squared cosine of the principal angles, "
    "rotation disparity what is left after the best rotation, 2 (1 - mean cosine)."
)


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read."""
    return () if values["subspace.view"] == DISAGREEMENT else ("first", "second")


def choose(selection: Selection) -> Switches:
    """Place the page's own switches and return what it shows."""
    run = selection.run
    controls.views(selection, "subspace.view")
    row = controls.row_of(selection)
    several = selection["subspace.domains"]
    label = f"Domains: {len(several)} of {len(run.domains)}"
    with row.popover(label, icon=":material/tune:", width="content"):
        controls.several(selection, "subspace.domains")
        controls.whole(selection, "subspace.seed")
    controls.select(selection, "subspace.estimate", row, width=150)
    encoders, domains = selection["panel"], selection["subspace.domains"]
    choice = PanelChoice(
        encoders,
        domains,
        selection["whitening"],
        selection["k"],
        selection["subspace.seed"],
        shared_seeds(run, encoders, tuple(dict.fromkeys((*domains, selection["domain"])))),
    )
    debiased = selection["subspace.estimate"] == ESTIMATES[1]
    return Switches(selection["subspace.view"], choice, selection["domain"], debiased)


def possible(run: Run, switches: Switches) -> bool:
    """Say why these switches cannot be had, or let the page go on."""
    choice = switches.choice
    if not choice.encoders or not choice.domains:
        st.info(
            "Choose encoders under Panel, two at least for what they share, and a domain under "
            "Domains."
        )
        return False
    refusal = whitening_refusal(run, choice.encoders, choice.domains, choice.whitening)
    if refusal:
        st.warning(refusal, icon=":material/block:")
    return not refusal


def shared(run: Run, switches: Switches, domain: str) -> Shared | None:
    """Return what a domain's panel and its untrained twins share, as far as it is there."""
    choice = switches.choice
    if len(choice.encoders) < 2:
        st.info("What encoders share needs two encoders at least; choose another under Panel.")
        return None
    panel = result(SHAREDNESS, run, choice.sharedness(domain), what=f"what is shared on {domain}")
    if panel is None:
        return None
    copies = result(COPIES, run, choice.copies(), what="whether encoders are copies")
    named = titles(run)
    hint = "" if copies is None else copies_sentence(copies, named)
    if not choice.seeds:
        return Shared(panel, named, copies=hint)
    params = choice.untrained_sharedness(domain)
    what = f"untrained twins on {domain}"
    untrained = result(UNTRAINED_SHAREDNESS, run, params, what=what)
    return Shared(panel, named, untrained, copies=hint)


def with_counts(run: Run, switches: Switches, sharedness: Shared) -> Shared:
    """Add how many directions are shared, and the difference without each recipe."""
    choice, domain = switches.choice, sharedness.panel.size.domain
    if sharedness.panel.size.within:
        return sharedness
    params = choice.untrained_sharedness(domain)
    counts = result(SHARED_COUNTS, run, params, what=f"how many directions {domain} shares")
    if not choice.seeds or len({run.recipe(e) for e in choice.encoders}) < 3:
        return replace(sharedness, counts=counts)
    without = result(WITHOUT_RECIPES, run, params, what="the panel without each recipe")
    return replace(sharedness, counts=counts, without=without)


def several_domains(switches: Switches) -> bool:
    """Say where there is nothing to compare, or let the view go on."""
    if len(switches.choice.domains) < 2:
        st.info("Directions are compared between domains: choose two at least under Domains.")
        return False
    return True


def controlled(run: Run, switches: Switches) -> ControlledMatrix | None:
    """Return the matrix between domains with its intervals and controls."""
    choice = switches.choice
    matrices = result(MATRIX, run, choice.matrix(), what="the matrix between domains")
    if matrices is None:
        return None
    what = "its controls"
    return ControlledMatrix(
        matrices,
        choice.components,
        switches.debiased,
        intervals=result(INTERVALS, run, choice.intervals(), what="its intervals"),
        controls=result(CONTROLS, run, choice.controls(), what=what),
        images=result(IMAGE_CONTROLS, run, choice.image_controls(), what=what),
        untrained=result(UNTRAINED, run, choice.untrained(), what=what) if choice.seeds else None,
    )


def measure(selection: Selection) -> int | None:
    """Place the choice of the measure between domains; None is Procrustes-CKA."""
    controls.segmented(selection, "subspace.measure")
    picked = selection["subspace.measure"]
    return MEASURES.index(picked) if picked in MEASURES else None


def pair_of(selection: Selection) -> tuple[int, int] | None:
    """Return the places of the pair of domains that is chosen, or None where there is none."""
    domains = list(selection["subspace.domains"])
    pair = selection["subspace.pair"]
    return (domains.index(pair[0]), domains.index(pair[1])) if pair else None


def read_pair(selection: Selection, chart: str, table: str, rows: pd.DataFrame) -> None:
    """Take a pair that was newly clicked, or chosen as a row of the table, into the selection."""
    domains = selection["subspace.domains"]
    clicked = [p["customdata"] for p in (new_selection(chart) or {}).get("points", [])]
    picked = (new_selection(table) or {}).get("rows", [])
    pair: tuple[str, ...] = ()
    if clicked and clicked[0] and max(int(i) for i in clicked[0][:2]) < len(domains):
        pair = tuple(domains[int(i)] for i in clicked[0][:2])
    elif picked and picked[0] < len(rows):
        pair = tuple(rows.iloc[picked[0]][["first", "second"]])
    if pair:
        selection.put({"subspace.pair": pair})


def pair_card(matrix: ControlledMatrix, pair: tuple[int, int]) -> None:
    """Show one pair of domains with everything that it stands beside."""
    heading, lines, sizes = words.pair_words(matrix, *pair)
    st.markdown(heading)
    st.markdown("\n".join(f"- {line}" for line in lines))
    st.caption(sizes)
