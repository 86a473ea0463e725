"""The Subspace page's views of directions and encoders: owners, responses, pairs, flow, gallery."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.encoders.disagreement import (
    DISAGREEMENT,
    Disagreement,
    DisagreementParams,
)
from substrate.analyses.encoders.flow import (
    FLOW,
    Flow,
    FlowParams,
)
from substrate.analyses.encoders.pairs import (
    ENCODER_PAIRS,
    EncoderPairs,
    EncoderPairsParams,
)
from substrate.analyses.encoders.removal import (
    CAUSAL,
    Causal,
    CausalParams,
)
from substrate.analyses.sharedness.by_paradigm import (
    PARADIGMS,
    Paradigms,
)
from substrate.analyses.sharedness.responses import (
    RESPONSES,
    Responses,
    ResponsesParams,
)
from substrate.analyses.subspace.spans import (
    SPANS,
    Spans,
)
from substrate.exhibits.sharedness.words import (
    context,
    headline,
)
from substrate.figures.encoders import (
    disagreement,
)
from substrate.figures.encoders import (
    flow as direction_flow,
)
from substrate.figures.encoders import (
    pairs as encoder_pairs,
)
from substrate.figures.sharedness import responses as subspace_responses
from substrate.figures.subspace import spans as subspace_spans
from substrate.figures.theme import Theme
from substrate.runs import Run, RunError
from substrate.store import StoreError
from substrate.ui import controls
from substrate.ui.charts import show
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.literal import literal
from substrate.ui.pickers import news
from substrate.ui.results import result
from substrate.ui.samples import thumbnails_of
from substrate.ui.subspace import cards
from substrate.ui.subspace.controls import (
    Switches,
    say,
    shared,
    titles,
    trace,
)
from substrate.wording import (
    number,
)

ACROSS = "across encoders"
SPANS_READ = (
    "1: both domains' leading directions span the same space; K / D: as random spaces do.",
    "0: the same space; 2: perpendicular spaces. Published figures of this name are 1 - Grassmann "
    "similarity instead, which is not what a rotation leaves.",
)


def show_owners(run: Run, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show the spectrum by paradigm, and who owns each direction."""
    found, untrained = shared(run, switches, switches.domain)
    if found is None:
        return
    say(opening, headline(found, untrained), context(found, untrained))
    paradigms = [run.encoders[e].paradigm for e in found.encoders]
    facts = trace(switches, domain=switches.domain)
    params = switches.choice.sharedness(switches.domain)
    kinds: Paradigms | None = result(PARADIGMS, run, params, what="paradigms")
    if kinds is not None:
        show(
            subspace_responses.by_paradigm(found, kinds, theme), key="subspace-paradigms",
            table=_paradigm_table(kinds), run=run, trace=facts,
            read="Mean over the encoders of each paradigm; in brackets how many they are. The "
            "intervals are for these encoders; others of the same paradigm may differ more.",
        )  # fmt: skip
    table = pd.DataFrame(found.loading_shares, index=list(found.encoders)).reset_index()
    show(
        subspace_responses.owners(found, paradigms, titles(run), theme), key="subspace-owners",
        table=table, run=run, trace=facts,
        read="Wide encoders own more by their number of features alone; a direction with a single "
        "owner is not shared.",
    )  # fmt: skip


def _paradigm_table(kinds: Paradigms) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"paradigm": name, "encoders": count, "direction": k + 1,
             "correlation": kinds.values[p, k], "low": kinds.low[p, k], "high": kinds.high[p, k]}
            for p, (name, count) in enumerate(zip(kinds.names, kinds.counts, strict=True))
            for k in range(kinds.values.shape[1])
        ]
    )  # fmt: skip


def show_spans(run: Run, switches: Switches, theme: Theme, measure: int) -> None:
    """Show a measure of the bases alone between domains, with its controls."""
    if len(switches.choice.domains) < 2:
        st.info("Directions are compared between domains: choose two at least under Domains.")
        return
    found: Spans | None = result(SPANS, run, switches.choice.spans(), what="the domains' spans")
    if found is None:
        return
    st.markdown(found.sentence(measure))
    controls = pd.DataFrame(
        [{"control": name, "value": value} for name, values in found.controls(measure)
         for value in values]
    )  # fmt: skip
    row = st.container(horizontal=True, gap="medium")
    with row.container(width=464):
        show(
            subspace_spans.matrix(found, measure, theme), key="subspace-spans",
            table=found.table(measure), run=run, trace=trace(switches),
            read=SPANS_READ[measure] + " It sees loadings only, not the images' variance along "
            "them.",
        )  # fmt: skip
    with row.container(width=464):
        show(
            subspace_spans.controls(found, measure, theme), key="subspace-spans-controls",
            table=controls, run=run, trace=trace(switches),
            read="A bar is a median; dots are pairs of domains, single domains, seeds or draws. A "
            "control that comes as high as the trained panel shows that such values arise without "
            "what it lacks."
            + ("" if measure else " The diamond is K / D, what random bases give."),
        )  # fmt: skip


def show_responses(run: Run, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show what each direction responds to, with the images at its ends."""
    found, _ = shared(run, switches, switches.domain)
    if found is None:
        return
    choice = switches.choice
    params = ResponsesParams(
        choice.encoders, switches.domain, choice.whitening, choice.components, choice.seed
    )
    replies: Responses | None = result(RESPONSES, run, params, what="image statistics")
    if replies is None:
        return
    first = replies.strongest(0)
    follows = f"{first[0]} (r = {number(first[1])})" if first else "no statistic"
    opening.markdown(f"##### {_responses_sentence(found.size.title, follows, replies)}")
    cards.read_dot(switches.selection, found, "subspace-responses", "subspace-responses-rows")
    card = st.container(horizontal=True, gap="medium")
    direction = cards.direction_card(card, switches.selection, found, theme)
    table = pd.DataFrame(replies.correlations, columns=list(replies.names))
    table.insert(0, "direction", np.arange(1, replies.k + 1))
    show(
        subspace_responses.responses(replies, theme, chosen=direction), key="subspace-responses",
        table=table, run=run, select=("points",), trace=trace(switches, domain=switches.domain),
        read="Rows are directions, columns 56 image statistics by family. Grey: constant on these "
        "images. Click a cell for the images of its direction.",
    )  # fmt: skip
    with st.expander("Choose a direction from a table"):
        cards.direction_choice(table, "subspace-responses-rows")


def _responses_sentence(title: str, follows: str, replies: Responses) -> str:
    first = f"the first shared direction follows {follows} most closely"
    if replies.no_chance:
        return f"On {title}, within these photographs, {first}. {replies.no_chance}"
    beyond = int((np.nan_to_num(np.abs(replies.correlations)).max(axis=1) > replies.tau).sum())
    return (
        f"On {title}, {first}; {beyond} of {replies.k} directions follow some low-level statistic "
        "beyond chance."
    )


def show_pairs(run: Run, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show all pairs of encoders, differences between paradigms, and a map."""
    choice = switches.choice
    params = EncoderPairsParams(
        choice.encoders, switches.domain, choice.seeds[0] if choice.seeds else -1,
        int(run.study["permutations"]), choice.seed,
    )  # fmt: skip
    found: EncoderPairs | None = result(ENCODER_PAIRS, run, params, what="all pairs of encoders")
    if found is None:
        return
    opening.markdown(f"##### {_pairs_sentence(found)}")
    keys = [key for key in encoder_pairs.LABELS if key in found.similarities]
    labels = [encoder_pairs.LABELS[key] for key in keys]
    picked = switches.selection.settle("subspace.similarity", labels)
    controls.choose_from(switches.selection, "subspace.similarity", labels, width=300)
    key = keys[labels.index(picked)]
    facts = trace(switches, domain=switches.domain, seed=choice.seed)
    table = pd.DataFrame(found.similarities[key], columns=list(found.names))
    table.insert(0, "encoder", found.names)
    with st.container(width=760):
        show(
            encoder_pairs.pairs_matrix(found, key, theme), key="subspace-encoder-pairs",
            table=table, run=run, trace=facts,
            read="(score − chance) / (1 − chance), unclipped; ordered so that neighbours are "
            "alike.",
        )  # fmt: skip
    differences = pd.DataFrame(
        [
            {"similarity": c.key, "comparison": c.label, "first": c.first, "second": c.second,
             "difference": c.difference.value, "low": c.difference.low, "high": c.difference.high,
             "ratio (the paper's form)": c.ratio, "reason": c.difference.reason}
            for c in found.comparisons
        ]
    )  # fmt: skip
    row = st.container(horizontal=True, gap="medium")
    with row.container(width=470):
        show(
            encoder_pairs.comparisons(found, theme), key="subspace-comparisons",
            table=differences, run=run, trace=facts,
            read="Differences, not ratios: a ratio explodes where its denominator is near zero. "
            "The published ratio's form is in the hover and in the table.",
        )  # fmt: skip
    with row.container(width=470):
        places = pd.DataFrame(found.positions, columns=["x", "y"]).assign(
            encoder=found.names, paradigm=found.paradigms
        )
        show(
            encoder_pairs.encoder_map(found, theme), key="subspace-map", table=places, run=run,
            trace=facts, read="Near means alike; axes have no meaning of their own.",
        )  # fmt: skip
    for reason in found.missing:
        st.caption(literal(reason))


def _pairs_sentence(found: EncoderPairs) -> str:
    chosen = [c for c in found.comparisons if c.key == "cka"]
    if not chosen:
        return f"On {found.size.title}, there are too few kinds of encoders to compare."
    one = chosen[-1]
    bounds = one.difference.reason.removesuffix(".").lower()
    if one.difference.low is not None and one.difference.high is not None:
        low, high = number(one.difference.low), number(one.difference.high)
        bounds = f"95 % interval {low} to {high} over encoders"
    first, second = one.label.split(" less ")
    return (
        f"On {found.size.title}, {first} are more alike than {second} by "
        f"{number(one.difference.value)} in calibrated CKA ({bounds})."
    )


def show_flow(run: Run, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show how directions continue from encoder to encoder or from layer to layer."""
    choice = switches.choice
    controls.select(switches.selection, "subspace.follow", width=300)
    picked = switches.selection["subspace.follow"]
    along = picked if picked in choice.encoders else ""
    params = FlowParams(
        choice.encoders if not along else (), switches.domain, along, seed=choice.seed
    )
    found: Flow | None = result(FLOW, run, params, what="where directions go")
    if found is None:
        return
    what = "layer to the next" if along else "encoder to the next"
    opening.markdown(f"##### {_flow_sentence(found, what)}")
    rows = [
        {"from": found.steps[s], "direction": i + 1, "to": found.steps[s + 1], "match": j + 1,
         "correlation": found.correlations[s, i, j], "chance": found.taus[s]}
        for s, i, j in np.argwhere(np.isfinite(found.correlations))
    ]  # fmt: skip
    show(
        direction_flow.flow(found, titles(run), theme), key="subspace-flow",
        table=pd.DataFrame(rows), run=run, trace=trace(switches, domain=switches.domain),
        read="Numbers are directions, most variance on top; a band that splits is a plane that two "
        "networks cut differently.",
    )  # fmt: skip


def _flow_sentence(found: Flow, what: str) -> str:
    """Count directions that continue beyond chance, if there are photographs enough."""
    steps = range(len(found.correlations))
    if found.reason:
        largest = np.nanmedian([np.abs(found.correlations[s])[found.joined(s)] for s in steps])
        return (
            f"On {found.size.title}, within these photographs, the largest correlation of a "
            f"direction with those of the next {what.split()[0]} is {number(float(largest))} in "
            f"the middle. {found.reason}"
        )
    over = [found.joined(s).any(axis=1).sum() for s in steps]
    return (
        f"On {found.size.title}, {int(np.mean(over))} of {found.shares.shape[1]} directions "
        f"continue from one {what} beyond chance, on average (no interval: a count)."
    )


def show_disagreement(run: Run, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show one matched direction of two encoders, where they disagree, and what removal costs."""
    if len(run.encoders) < 2:
        st.info("Disagreement needs two encoders; this run has one.")
        return
    selection = switches.selection
    first, second = selection["first"], selection["second"]
    controls.select(selection, "subspace.direction", width=120)
    picked = selection["subspace.direction"]
    asked = (first, second, switches.domain, switches.choice.components, switches.choice.seed)
    found: Disagreement | None = result(
        DISAGREEMENT, run, DisagreementParams(*asked), what="matched directions"
    )
    if found is None:
        return
    direction = min(int(picked), len(found.match)) - 1
    r, low, high = (float(v[direction]) for v in (found.correlations, found.low, found.high))
    bounds = f"95 % interval {number(low)} to {number(high)}" if np.isfinite(low) else found.reason
    opening.markdown(
        f"##### On {found.size.title}, direction {direction + 1} of {first} and its match in "
        f"{second} correlate {number(r)} ({bounds.removesuffix('.')}) on held-out photographs."
    )
    selected = [int(p["customdata"][0]) for p in _points("subspace-disagreement")]
    table = pd.DataFrame(
        {"row": found.rows, "first": found.first_scores[:, direction],
         "second": found.second_scores[:, direction], "residual": found.residuals(direction)}
    )  # fmt: skip
    facts = trace(switches, domain=switches.domain)
    show(
        disagreement.scores(found, direction, theme), key="subspace-disagreement", table=table,
        run=run, select=("points", "lasso", "box"), trace=facts,
        read="Off the dashed line the two disagree. Draw a lasso to see those images; without one, "
        "the largest residuals of either sign are shown.",
    )  # fmt: skip
    _gallery(run, found, direction, selected, theme)
    checked: Causal | None = result(CAUSAL, run, CausalParams(*asked), what="the causal check")
    if checked is not None:
        losses = pd.DataFrame(
            {"direction": np.arange(1, len(checked.match) + 1), "match": checked.match + 1,
             "first": checked.change[0], "second": checked.change[1]}
        )  # fmt: skip
        show(
            disagreement.removal(checked, theme), key="subspace-causal", table=losses, run=run,
            trace=facts,
            read="A shared direction that matters costs both probes more than a random one does.",
        )  # fmt: skip


def _points(key: str) -> list[Any]:
    news(key)
    state = st.session_state.get(key)
    points = state.selection.get("points", []) if state else []
    return [p for p in points if p.get("customdata")]


def _gallery(
    run: Run, found: Disagreement, direction: int, selected: list[int], theme: Theme
) -> None:
    residuals = found.residuals(direction)
    try:
        thumbnails = thumbnails_of(run, found.size.domain)
    except (RunError, StoreError) as error:
        st.info(literal(error))
        return
    inside = [i for i in selected if i < len(residuals)]
    order = np.argsort(residuals)
    chosen = sorted(inside, key=lambda i: residuals[i]) if inside else None
    ends = (
        [("Selected, by residual", np.array(chosen[:30]))]
        if chosen
        else [("Higher in the second than the first says", order[::-1][:10]), ("Lower", order[:10])]
    )
    row = st.container(horizontal=True, gap="medium")
    for words, rows in ends:
        with row.container(width=720 if chosen else 350):
            st.caption(words)
            show_sheet(
                thumbnails[found.rows[rows]], [f"{residuals[i]:+.1f}" for i in rows], theme,
                alt=words, columns=10 if chosen else 5, side=56,
            )  # fmt: skip
