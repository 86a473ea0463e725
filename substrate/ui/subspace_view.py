"""The Subspace page's switches, the results that they name, and the cards beside its charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from substrate.analyses.sharedness import SHAREDNESS, Sharedness
from substrate.analyses.sharedness_untrained import UNTRAINED_SHAREDNESS, UntrainedSharedness
from substrate.analyses.subspace import MATRIX
from substrate.analyses.subspace_beside import Beside
from substrate.analyses.subspace_controls import CONTROLS
from substrate.analyses.subspace_defaults import Choice, default_choice, main_domain
from substrate.analyses.subspace_image_controls import IMAGE_CONTROLS
from substrate.analyses.subspace_inputs import (
    MAX_COMPONENTS,
    WHITENINGS,
    shared_seeds,
    whitening_refusal,
)
from substrate.analyses.subspace_intervals import INTERVALS
from substrate.analyses.subspace_spans import MEASURES
from substrate.analyses.subspace_untrained import UNTRAINED
from substrate.runs import Run
from substrate.ui.choices import news
from substrate.ui.results import result

OVERVIEW, DOMAINS, SETTINGS, ROBUSTNESS = "Overview", "Every domain", "Settings", "Robustness"
OWNERS, RESPONSES, PAIRS = "Owners", "Responses", "Encoder pairs"
FLOW, DISAGREEMENT = "Flow", "Disagreement"
VIEWS = (
    OVERVIEW, DOMAINS, SETTINGS, ROBUSTNESS, OWNERS, RESPONSES, PAIRS, FLOW, DISAGREEMENT,
)  # fmt: skip
PROCRUSTES_CKA = "Procrustes-CKA"
ESTIMATES = ("biased", "debiased")


@dataclass(frozen=True)
class Switches:
    """What the page shows, and how."""

    view: str
    choice: Choice
    domain: str
    debiased: bool


def choose(run: Run) -> Switches:
    """Place the page's switches; every one of them is in the address."""
    default = default_choice(run)
    view = st.segmented_control(
        "View", VIEWS, default=OVERVIEW, required=True, key="view", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row.popover("Panel", icon=":material/tune:", width=130):
        encoders = _several("Encoders", tuple(run.encoders), default.encoders, "encoders")
        domains = _several("Domains", default.domains, default.domains, "domains")
        seed = st.number_input(
            "Seed of splits and draws", 0, 9999, min(default.seed, 9999), key="seed",
            bind="query-params",
        )  # fmt: skip
    chosen = row.selectbox(
        "Domain", domains or default.domains, key="domain", bind="query-params",
        index=_main(run, domains or default.domains), width=210,
    )  # fmt: skip
    components = row.slider(
        "Directions (K)", 2, MAX_COMPONENTS, default.components, key="k", bind="query-params",
        width=240,
    )  # fmt: skip
    white = row.selectbox("Whitening", WHITENINGS, key="whitening", bind="query-params", width=150)
    debiased = row.selectbox("Estimate", ESTIMATES, key="estimate", bind="query-params", width=150)
    choice = Choice(
        encoders, domains, white or WHITENINGS[0], int(components), int(seed),
        shared_seeds(run, encoders, domains),
    )  # fmt: skip
    return Switches(view or OVERVIEW, choice, chosen or default.domains[0], debiased == "debiased")


def _several(
    label: str, options: tuple[str, ...], default: tuple[str, ...], key: str
) -> tuple[str, ...]:
    picked = st.multiselect(label, options, default=default, key=key, bind="query-params")
    return tuple(option for option in options if option in picked)


def _main(run: Run, domains: Sequence[str]) -> int:
    return list(domains).index(main_domain(run, tuple(domains)))


def possible(run: Run, switches: Switches) -> bool:
    """Say why these switches cannot be had, or let the page go on."""
    choice = switches.choice
    if not choice.encoders or not choice.domains:
        st.info("Choose at least one encoder and one domain under Panel.")
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


def beside(run: Run, switches: Switches) -> Beside | None:
    """Return the matrix between domains with its intervals and controls."""
    choice = switches.choice
    if len(choice.domains) < 2:
        st.info("Directions are compared between domains: choose two at least under Panel.")
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


def measure() -> int | None:
    """Place the choice of the measure between domains; None is Procrustes-CKA."""
    picked = st.segmented_control(
        "Compare domains by", (PROCRUSTES_CKA, *MEASURES), default=PROCRUSTES_CKA, required=True,
        key="measure", bind="query-params",
        help="Procrustes-CKA compares what both bases make of the images. The others compare the "
        "bases alone: Grassmann similarity is the mean squared cosine of the principal angles, "
        "rotation disparity what is left after the best rotation, 2 (1 - mean cosine).",
    )  # fmt: skip
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


def pair_of(domains: Sequence[str]) -> tuple[int, int] | None:
    """Return the pair of domains that the address names, or None where it names none."""
    first, _, second = st.query_params.get("pair", "").partition("|")
    if first in domains and second in domains:
        return list(domains).index(first), list(domains).index(second)
    return None


def read_pair(domains: Sequence[str], chart: str, table: str, rows: pd.DataFrame) -> None:
    """Take a pair that was newly clicked, or chosen as a row of the table, into the address."""
    clicked = [p["customdata"] for p in (news(chart) or {}).get("points", [])]
    picked = (news(table) or {}).get("rows", [])
    pair = None
    if clicked and clicked[0]:
        pair = int(clicked[0][0]), int(clicked[0][1])
    elif picked and picked[0] < len(rows):
        first, second = rows.iloc[picked[0]][["first", "second"]]
        names = list(domains)
        pair = names.index(first), names.index(second)
    if pair is not None and max(pair) < len(domains):
        st.query_params["pair"] = f"{domains[pair[0]]}|{domains[pair[1]]}"


def pair_card(beside: Beside, pair: tuple[int, int]) -> None:
    """Show one pair of domains with everything that it stands beside."""
    i, j = pair
    sizes = beside.matrices.sizes
    st.markdown(f"**{sizes[i].title} – {sizes[j].title}**: {beside.values[i, j]:.2f}")
    lines = beside.pair_lines(i, j) if i != j else ["1 by definition: a domain beside itself"]
    st.markdown("\n".join(f"- {line}" for line in lines))
    st.caption(" · ".join(dict.fromkeys((sizes[i].caption, sizes[j].caption))))
