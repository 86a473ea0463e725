"""The Transfer page's choices, and its view of encoders on a labelled domain."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.analyses.transfer import labels as transfer_labels
from substrate.analyses.transfer.all_domains import (
    TRANSFER_DOMAINS,
    domains_params,
    domains_table,
)
from substrate.analyses.transfer.scores import (
    TRANSFER,
    TransferResult,
    transfer_params,
)
from substrate.exhibits.exhibit import titles
from substrate.exhibits.transfer.words import (
    HYBRID_MEANS,
    NAMES,
    PUBLISHED,
    PUBLISHED_MEAN,
    agreement_table,
    domains_sentence,
    missing_lines,
    score_table,
    seconds_table,
    transfer_context,
    transfer_sentence,
)
from substrate.figures.theme import Theme
from substrate.figures.transfer import scores as figures
from substrate.numerics.transfer import TRANSFER_SCORES
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.charts import show
from substrate.ui.layout import say, side_by_side
from substrate.ui.literal import literal
from substrate.ui.results import result
from substrate.ui.selection import Selection

ENCODERS, DETECTOR, LOW_SHOT = "Encoders", "Domain detector", "Few labels"
VIEWS = (ENCODERS, DETECTOR, LOW_SHOT)


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read."""
    return {DETECTOR: ("domain",), ENCODERS: ("k",)}.get(values["transfer.view"], ())


@st.cache_resource(max_entries=64, show_spinner=False)
def _choices(key: str, _run: Run) -> tuple[tuple[str, ...], dict[str, str]]:
    return transfer_labels.choices(_run)


def learnable(run: Run) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the domains with labels to learn, and why each other one has none."""
    return _choices("/".join(record.entry for record in run.domains.values()), run)


def labelled_domain(selection: Selection) -> str:
    """Return the chosen domain, or the first with labels where it has none; "" without any."""
    names, reasons = learnable(selection.run)
    if not names:
        st.info("No domain of this run has labels to learn.", icon=":material/info:")
        return ""
    chosen = selection["domain"]
    if chosen in names:
        return chosen
    st.info(literal(f"{reasons[chosen]} Shown is {names[0]} instead."), icon=":material/info:")
    return names[0]


def unlabelled(selection: Selection) -> None:
    """Say which domains have no labels, and how faces get some."""
    run = selection.run
    _, reasons = learnable(run)
    if not reasons:
        return
    others = "other domain" if len(reasons) == 1 else f"other {len(reasons)} domains"
    with st.expander(f"Why not the {others}?"):
        st.markdown("\n".join(f"- {literal(reason)}" for reason in reasons.values()))
        if transfer_labels.faces_alone(run):
            st.markdown(
                "The packaged faces are of one class only. With `{name: face, rest: true}` in "
                "the study, 100 patches without a face stand beside them, and there are two "
                "classes to tell apart."
            )
            with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
                st.page_link(
                    "pages/study.py", label="Compose this study with faces and other patches",
                    icon=":material/science:",
                    query_params=selection.link("study", with_rest(run), fresh=True),
                )  # fmt: skip


def with_rest(run: Run) -> dict[str, Any]:
    """Return the Study page's address for the same study with patches beside the faces."""
    faces = {"source": "packaged", "name": transfer_labels.FACES, "rest": True}
    domains = [d for d in run.study["domains"] if d["name"] != transfer_labels.FACES]
    own = {
        "encoders": [e for e in run.study["encoders"] if e["source"] != "bundled"],
        "domains": [*(d for d in domains if d["source"] != "packaged" or d.get("rest")), faces],
    }
    return {
        "name": f"{run.study['name']}, faces and other patches",
        "encoders": [e["name"] for e in run.study["encoders"] if e["source"] == "bundled"],
        "domains": [d["name"] for d in domains if d["source"] == "packaged" and not d.get("rest")],
        "samples": str(run.study["samples"]),
        "own": json.dumps(own, separators=(",", ":")),
    }


def show_encoders(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show what encoders reach on a labelled domain and how every score orders them."""
    run, against = selection.run, selection["transfer.against"]
    domain = labelled_domain(selection)
    if domain:
        controls.select(selection, "transfer.against", width=190)
    unlabelled(selection)
    if domain:
        found = result(
            TRANSFER,
            run,
            transfer_params(run, domain, selection["panel"]),
            what=f"transfer scores on {domain}",
        )
        if found is not None:
            _encoders(selection, found, theme, opening)
            _every_domain(selection, against, theme)


def _encoders(selection: Selection, found: TransferResult, theme: Theme, opening: Any) -> None:
    run, against = selection.run, selection["transfer.against"]
    names, facts = titles(run), trace(found)
    domain = run.domains[found.domain].title
    say(opening, transfer_sentence(found, against, names, domain),
        transfer_context(found, against, names))  # fmt: skip
    opening.caption(PUBLISHED)
    table = score_table(found, names)
    left, right = side_by_side(460, 470)
    with left:
        show(
            figures.accuracy_chart(found, theme, names, against), key="transfer-accuracy",
            table=table, run=run, trace=facts,
            read="The most accurate encoder on top. An untrained twin as far right as its "
            "encoder means that training did not help here.",
        )  # fmt: skip
    with right:
        show(
            figures.agreement_chart(found, against, theme), key="transfer-agreement",
            table=agreement_table(found), run=run, trace=facts,
            read="1 where a score orders the encoders as the accuracy does. Only what lies "
            "right of its grey bar orders better than chance. Intervals leave out one encoder "
            "at a time; being symmetric, they may pass 1.",
        )  # fmt: skip
    _one_score(selection, found, theme)
    with st.expander("Every score, as a table"):
        st.dataframe(table, hide_index=True, column_config=_formats(table))
        if found_missing := missing_lines(found, names):
            st.markdown("\n".join(f"- {literal(line)}" for line in found_missing))


def _every_domain(selection: Selection, against: str, theme: Theme) -> None:
    """Show every score on every labelled domain, and the mean over domains."""
    run = selection.run
    domains, _ = learnable(run)
    if len(domains) < 2:
        return
    st.subheader("Every labelled domain")
    params = domains_params(run, domains, selection["panel"])
    found = result(TRANSFER_DOMAINS, run, params, what="every labelled domain")
    if found is None:
        return
    st.markdown(domains_sentence(found, against))
    st.caption(PUBLISHED_MEAN)
    table = domains_table(found, against)
    facts = {"encoders": found.encoders, "domains": ", ".join(domains), "seed": found.seed,
             "against": against}  # fmt: skip
    left, right = side_by_side(500, 430)
    with left:
        names = {name: record.title for name, record in run.domains.items()}
        show(
            figures.domains_heatmap(found, against, theme, names), key="transfer-domains",
            table=table, run=run, trace=facts,
            read="Blue where a score orders the encoders as the accuracy does, red where it "
            "turns the order round.",
        )  # fmt: skip
    with right:
        show(
            figures.domains_means(found, against, theme), key="transfer-means", table=table,
            run=run, trace=facts,
            read="Domains share encoders, so the interval leaves out one encoder on all domains "
            "at once; it needs eight.",
        )  # fmt: skip


def _one_score(selection: Selection, found: TransferResult, theme: Theme) -> None:
    run, against, score = (
        selection.run,
        selection["transfer.against"],
        selection["transfer.score"],
    )
    left, right = side_by_side(460, 470)
    with left:
        controls.select(selection, "transfer.score", width=190)
        show(
            figures.score_scatter(found, score, against, theme, titles(run)),
            key="transfer-scatter", table=score_table(found, titles(run)), run=run,
            trace=trace(found) | {"score": score},
            read=explain(score),
        )  # fmt: skip
    with right:
        show(
            figures.seconds_chart(found, theme), key="transfer-seconds",
            table=seconds_table(found), run=run, trace=trace(found),
            read="What a score costs for one encoder once features are there; the probes are "
            f"what a score would save. Hybrid: {HYBRID_MEANS}.",
        )  # fmt: skip


def explain(score: str) -> str:
    """Say what a score is and when it misleads."""
    known = TRANSFER_SCORES[score]
    return (
        f"{NAMES[score]}: {known.definition} ({known.value_range}; {known.reference}). "
        f"{known.misleads}"
    )


def _formats(table: Any) -> dict[str, Any]:
    return {name: st.column_config.NumberColumn(format="%.3f") for name in table.columns[1:]}


def trace(found: TransferResult) -> dict[str, Any]:
    """Return what a chart's numbers rest on."""
    return {
        "domain": found.domain, "n": found.counted, "classes": ", ".join(found.classes),
        "held out": found.unit, "seed": found.seed, "untrained seed": found.twin,
        "left out": found.left_out or "nothing", "facts": found.facts,
    }  # fmt: skip
