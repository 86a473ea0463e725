"""The Transfer page's choices, and its view of encoders on a labelled domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from substrate.analyses.transfer.all_domains import TRANSFER_DOMAINS, domains_params
from substrate.analyses.transfer.scores import TRANSFER, TransferResult, transfer_params
from substrate.exhibits.exhibit import Exhibit, domain_titles, titles
from substrate.exhibits.transfer import all_domains, exhibits, words
from substrate.figures.theme import Theme
from substrate.ui import controls
from substrate.ui.charts import show_beside, show_with_sentence, write_sentence
from substrate.ui.layout import side_by_side
from substrate.ui.literal import literal
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.ui.shared.labelled import explain_unlabelled, labelled_domain, learnable

ENCODERS, DETECTOR, LOW_SHOT = "Encoders", "Domain detector", "Few labels"
VIEWS = (ENCODERS, DETECTOR, LOW_SHOT)


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read."""
    return {DETECTOR: ("domain",), ENCODERS: ("k",)}.get(values["transfer.view"], ())


def show_encoders(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show what encoders reach on a labelled domain and how every score orders them."""
    run = selection.run
    domain = labelled_domain(selection)
    if domain:
        controls.select(selection, "transfer.against", controls.row_of(selection), width=190)
        params = transfer_params(run, domain, selection["panel"])
        transfer = result(TRANSFER, run, params, what=f"transfer scores on {domain}")
        if transfer is not None:
            _encoders(selection, transfer, theme, opening)
            _one_score(selection, transfer, theme)
            _every_score(selection, transfer)
            _every_domain(selection, theme)
    explain_unlabelled(selection)


def _encoders(selection: Selection, transfer: TransferResult, theme: Theme, opening: Any) -> None:
    run, against = selection.run, selection["transfer.against"]
    domain = run.domains[transfer.domain].title
    names = titles(run)
    accuracy = exhibits.accuracy(transfer, against, theme, names, domain)
    write_sentence(opening, accuracy)
    show_beside(run, accuracy, exhibits.agreement(transfer, against, theme, names, domain))


def _one_score(selection: Selection, transfer: TransferResult, theme: Theme) -> None:
    run, against = selection.run, selection["transfer.against"]
    domain, names = run.domains[transfer.domain].title, titles(run)
    left, right = side_by_side("transfer-one-score", 420, 420)
    with left:
        controls.select(selection, "transfer.score", width=190)
        score = selection["transfer.score"]
        exhibit = exhibits.one_score(transfer, score, against, theme, names, domain)
        show_with_sentence(exhibit, run)
    with right:
        show_with_sentence(exhibits.seconds(transfer, theme, domain), run)


def _every_score(selection: Selection, transfer: TransferResult) -> None:
    run = selection.run
    names = titles(run)
    scores = exhibits.scores(transfer, names, run.domains[transfer.domain].title)
    with st.expander("Every score, as a table"):
        _table(scores)
        missing = words.missing_lines(transfer, names)
        st.markdown("\n".join(f"- {literal(line)}" for line in missing))


def _table(scores: Exhibit) -> None:
    assert isinstance(scores.shown, pd.DataFrame)
    number = st.column_config.NumberColumn(format="%.2f")
    st.caption(literal(scores.sentence))
    st.dataframe(
        scores.shown,
        hide_index=True,
        column_config=dict.fromkeys(scores.shown.columns[1:], number),
    )


def _every_domain(selection: Selection, theme: Theme) -> None:
    """Show every score on every labelled domain, and the mean over domains."""
    run, against = selection.run, selection["transfer.against"]
    domains, _ = learnable(run)
    if len(domains) < 2:
        return
    st.subheader(all_domains.HEADING)
    params = domains_params(run, domains, selection["panel"])
    together = result(TRANSFER_DOMAINS, run, params, what="every labelled domain")
    if together is None:
        return
    heatmap = all_domains.heatmap(together, against, theme, domain_titles(run))
    means = all_domains.means(together, against, theme)
    show_beside(run, heatmap, means, place=show_with_sentence)
