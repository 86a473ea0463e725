"""The Subspace page's switches, the results that they name, and the cards beside its charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from substrate.analyses.panel_choice import Choice
from substrate.analyses.shared.samples import (
    shared_seeds,
    sizes,
    whitening_refusal,
)
from substrate.analyses.sharedness.by_recipe import (
    WITHOUT_RECIPES,
    WithoutRecipes,
)
from substrate.analyses.sharedness.count import (
    SHARED_COUNTS,
    SharedCounts,
)
from substrate.analyses.sharedness.leave_encoder_out import (
    SHAREDNESS,
    Sharedness,
)
from substrate.analyses.sharedness.untrained import (
    UNTRAINED_SHAREDNESS,
    UntrainedSharedness,
)
from substrate.analyses.subspace.comparison import Beside
from substrate.analyses.subspace.controls import CONTROLS
from substrate.analyses.subspace.image_controls import IMAGE_CONTROLS
from substrate.analyses.subspace.intervals import INTERVALS
from substrate.analyses.subspace.procrustes_cka import MATRIX
from substrate.analyses.subspace.spans import MEASURES
from substrate.analyses.subspace.untrained import UNTRAINED
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.pickers import news
from substrate.ui.results import result
from substrate.ui.selection import Selection

OVERVIEW, DOMAINS, SETTINGS, ROBUSTNESS = "Overview", "Every domain", "Settings", "Robustness"
OWNERS, RESPONSES, PAIRS = "Owners", "Responses", "Encoder pairs"
FLOW, DISAGREEMENT = "Flow", "Disagreement"
VIEWS = (
    OVERVIEW, DOMAINS, SETTINGS, ROBUSTNESS, OWNERS, RESPONSES, PAIRS, FLOW, DISAGREEMENT,
)  # fmt: skip
PROCRUSTES_CKA = "Procrustes-CKA"
ESTIMATES = ("biased", "debiased")
MEASURE_HELP = (
    "Procrustes-CKA compares what both bases make of the images. The others compare the "
    "bases alone: Grassmann similarity is the mean squared cosine of the principal angles, "
    "rotation disparity what is left after the best rotation, 2 (1 - mean cosine)."
)


@dataclass(frozen=True, eq=False)
class Switches:
    """What the page shows, and how; the selection that it is read from."""

    selection: Selection
    view: str
    choice: Choice
    domain: str
    debiased: bool


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read."""
    return () if values["subspace.view"] == DISAGREEMENT else ("first", "second")


def choose(selection: Selection) -> Switches:
    """Place the page's own switches and return what it shows."""
    run = selection.run
    controls.segmented(selection, "subspace.view", labelled=False)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    several = selection["subspace.domains"]
    label = f"Domains: {len(several)} of {len(run.domains)}"
    with row.popover(label, icon=":material/tune:", width="content"):
        controls.several(selection, "subspace.domains")
        controls.whole(selection, "subspace.seed")
    controls.select(selection, "subspace.estimate", row, width=150)
    encoders, domains = selection["panel"], selection["subspace.domains"]
    choice = Choice(
        encoders,
        domains,
        selection["whitening"],
        selection["k"],
        selection["subspace.seed"],
        shared_seeds(run, encoders, tuple(dict.fromkeys((*domains, selection["domain"])))),
    )
    debiased = selection["subspace.estimate"] == ESTIMATES[1]
    return Switches(selection, selection["subspace.view"], choice, selection["domain"], debiased)


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


def titles(run: Run) -> dict[str, str]:
    """Return every encoder's readable name."""
    return {name: record.title for name, record in run.encoders.items()}


def shared(
    run: Run, switches: Switches, domain: str
) -> tuple[Sharedness | None, UntrainedSharedness | None]:
    """Return a domain's sharedness and that of its untrained twins, as far as they are there."""
    choice = switches.choice
    if len(choice.encoders) < 2:
        st.info("What encoders share needs two encoders at least; choose another under Panel.")
        return None, None
    found = result(SHAREDNESS, run, choice.sharedness(domain), what=f"what is shared on {domain}")
    if found is None or not choice.seeds:
        return found, None
    params = choice.untrained_sharedness(domain)
    return found, result(UNTRAINED_SHAREDNESS, run, params, what=f"untrained twins on {domain}")


def beyond(
    run: Run, switches: Switches, domain: str
) -> tuple[SharedCounts | None, WithoutRecipes | None]:
    """Return how many directions are shared, and the difference without each recipe."""
    choice = switches.choice
    if len(choice.encoders) < 2 or sizes(run, domain).within:
        return None, None
    params = choice.untrained_sharedness(domain)
    counts = result(SHARED_COUNTS, run, params, what=f"how many directions {domain} shares")
    if not choice.seeds or len({run.recipe(e) for e in choice.encoders}) < 3:
        return counts, None
    return counts, result(WITHOUT_RECIPES, run, params, what="the panel without each recipe")


def beside(run: Run, switches: Switches) -> Beside | None:
    """Return the matrix between domains with its intervals and controls."""
    choice = switches.choice
    if len(choice.domains) < 2:
        st.info("Directions are compared between domains: choose two at least under Domains.")
        return None
    matrices = result(MATRIX, run, choice.matrix(), what="the matrix between domains")
    if matrices is None:
        return None
    what = "its controls"
    return Beside(
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


def say(place: Any, sentence: str, context: str) -> None:
    """Open the page with a sentence to read aloud, and what stands beside it."""
    place.markdown("##### " + sentence.replace(" %", "\u00a0%"))
    place.caption(context.replace(" %", "\u00a0%"))


def trace(switches: Switches, **more: Any) -> dict[str, Any]:
    """Return what a chart's numbers rest on."""
    choice = switches.choice
    return {
        "encoders": ", ".join(choice.encoders), "layer": "penultimate", "K": choice.components,
        "whitening": choice.whitening, "seed": choice.seed,
        "untrained seeds": ", ".join(map(str, choice.seeds)) or "none", **more,
    }  # fmt: skip


def pair_of(selection: Selection) -> tuple[int, int] | None:
    """Return the places of the pair of domains that is chosen, or None where there is none."""
    domains = list(selection["subspace.domains"])
    pair = selection["subspace.pair"]
    return (domains.index(pair[0]), domains.index(pair[1])) if pair else None


def read_pair(selection: Selection, chart: str, table: str, rows: pd.DataFrame) -> None:
    """Take a pair that was newly clicked, or chosen as a row of the table, into the selection."""
    domains = selection["subspace.domains"]
    clicked = [p["customdata"] for p in (news(chart) or {}).get("points", [])]
    picked = (news(table) or {}).get("rows", [])
    pair = ()
    if clicked and clicked[0] and max(int(i) for i in clicked[0][:2]) < len(domains):
        pair = tuple(domains[int(i)] for i in clicked[0][:2])
    elif picked and picked[0] < len(rows):
        pair = tuple(rows.iloc[picked[0]][["first", "second"]])
    if pair:
        selection.put({"subspace.pair": pair})


def pair_card(beside: Beside, pair: tuple[int, int]) -> None:
    """Show one pair of domains with everything that it stands beside."""
    i, j = pair
    sizes = beside.matrices.sizes
    st.markdown(f"**{sizes[i].title} – {sizes[j].title}**: {beside.values[i, j]:.2f}")
    lines = beside.pair_lines(i, j) if i != j else ["1 by definition: a domain beside itself"]
    st.markdown("\n".join(f"- {line}" for line in lines))
    st.caption(" · ".join(dict.fromkeys((sizes[i].caption, sizes[j].caption))))
