"""The Claims page's choices, its ledger, and the table in which a claim is selected."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.claims.questions import EARLY, Question, lacking
from substrate.analyses.shared.replicates import Replicates
from substrate.claims.ledger import Answer, Ledger, LedgerRow, asked, filled
from substrate.claims.preregistered import Register, register
from substrate.claims.table import link, shown_table
from substrate.claims.themes import THEMES
from substrate.exhibits.claims import words
from substrate.gallery.archive import Archive
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.literal import literal
from substrate.ui.results import already, result_or_reason
from substrate.ui.selection import Selection
from substrate.wording import listed

LEDGER, INCONSISTENT, RULES = "Ledger", "Inconsistencies", "How it is decided"
VIEWS = (LEDGER, INCONSISTENT, RULES)
ALL_THEMES, ALL_VERDICTS = "all themes", "all verdicts"
#: What the session was asked to compute, by run.
REQUESTED = "claims-asked"
COLUMNS = {
    "Figure": st.column_config.TextColumn(width=215),
    "Verdict": st.column_config.TextColumn(width=150),
    "Published": st.column_config.TextColumn(width=90),
    "Claim": st.column_config.TextColumn(width=330),
    "Measured": st.column_config.TextColumn(width=165),
    "Why not": st.column_config.TextColumn(width=260),
    "n": st.column_config.TextColumn(width=240),
    "Each control": st.column_config.TextColumn(
        width=330,
        help="What the figure says against each control by itself. The hardest one gives the "
        "verdict; a row that rests on its untrained twins is decided by no other alone.",
    ),
    "Holds in": st.column_config.TextColumn(
        width=150,
        help="Settings of the switches, and domains, in which the controls together say the same.",
    ),
    "Grade": st.column_config.TextColumn(
        width=200, help="Whether the study has what the paper had, and what it lacks."
    ),
    "Restates": st.column_config.TextColumn(
        width=130, help="The row of which this one is another form; it counts once."
    ),
    "Shown": st.column_config.LinkColumn(
        display_text="open", help="The page that shows what this row rests on."
    ),
}


@dataclass(frozen=True)
class LedgerChoice:
    """What of the ledger is shown."""

    view: str
    theme: str
    verdict: str


def choose(selection: Selection) -> LedgerChoice:
    """Place the page's switches."""
    controls.segmented(selection, "claims.view", labelled=False)
    view, theme, verdict = (selection[f"claims.{name}"] for name in ("view", "theme", "verdict"))
    if view != LEDGER:
        return LedgerChoice(view, ALL_THEMES, ALL_VERDICTS)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    controls.select(selection, "claims.theme", row, width=280)
    controls.select(selection, "claims.verdict", row, width=240)
    return LedgerChoice(view, theme, verdict)


def build(run: Run) -> tuple[Ledger, Register]:
    """Fill the ledger: early themes are computed where they are missing, others on request."""
    requested = st.session_state.get(REQUESTED, ())
    damages: set[str] = set()
    prepared: list[str] = []

    def ask(question: Question) -> Replicates | str | None:
        analysis, params = question
        answer = already(analysis, run, params)
        if answer is None and _early(question) and not prepared:
            prepared.append(run.run_id)
            _compute_early(run)
        if answer is None and (_early(question) or (run.run_id, analysis.key) in requested):
            answer = result_or_reason(analysis, run, params, what=f"the {analysis.title}")
        if isinstance(answer, str) and "damaged" in answer and not damages:
            damages.add(answer)
            st.warning(literal(answer))
        return answer

    def more(question: Question) -> Replicates | str | None:
        analysis, params = question
        if (run.run_id, "settings") in requested:
            return result_or_reason(analysis, run, params, what="further settings of the switches")
        return already(analysis, run, params)

    claims = register()
    answers = asked(run, ask, more)
    return _filled(digest(answers), run.run_id, claims.digest, run, claims, answers), claims


def digest(value: object) -> str:
    """Return what differs wherever two answers do: arrays by their bytes, all else as printed."""
    if isinstance(value, np.ndarray):
        return hashlib.sha256(repr(value.shape).encode() + value.tobytes()).hexdigest()
    if isinstance(value, dict):
        return "".join(f"{key}:{digest(one)};" for key, one in value.items())
    if isinstance(value, tuple):
        return "".join(f"{digest(one)}," for one in value)
    if is_dataclass(value):
        return "".join(
            f"{part.name}={digest(getattr(value, part.name))}|" for part in fields(value)
        )
    return repr(value)


@st.cache_resource(max_entries=8, show_spinner=False)
def _filled(
    said: str,
    run_id: str,
    registered: str,
    _run: Run,
    _register: Register,
    _answers: Mapping[str, Answer],
) -> Ledger:
    """Decide the rows once for what the themes have said: the page runs at every choice."""
    del said, run_id, registered
    return filled(_run, _register, _answers)


def _compute_early(run: Run) -> None:
    """Compute what the early themes lack piece by piece, and say how far it is."""
    if isinstance(run.store, Archive):
        return
    try:
        steps = list(lacking(run, lambda one: already(one[0], run, one[1]) is not None))
    except ValueError:  # a damaged store: every row says so
        return
    if not steps:
        return
    bar = st.progress(0.0)
    for place, (analysis, params) in enumerate(steps):
        share = place / len(steps)
        bar.progress(share, f"Ledger, step {place + 1} of {len(steps)}: {analysis.title}")
        result_or_reason(analysis, run, params, what=f"the {analysis.title}")
    bar.empty()


def _early(question: Question) -> bool:
    return question[0].key.partition(".")[2] in EARLY


def offer(run: Run, result: Ledger) -> None:
    """Offer what is not computed yet: themes that take longer, and further settings."""
    row = st.container(horizontal=True)
    if result.waiting:
        names = listed([THEMES[key].title.lower() for key in result.waiting])
        if row.button(f"Compute the rest: {names}", icon=":material/play_arrow:", type="primary"):
            _request(run, *(f"claims.{key}" for key in result.waiting))
    if result.more_settings:
        pressed = row.button(
            "Try further settings of the switches",
            icon=":material/tune:",
            help="Whitening none and truncated, other trainings.",
        )
        if pressed:
            _request(run, "settings")


def _request(run: Run, *what: str) -> None:
    requested = set(st.session_state.get(REQUESTED, ()))
    st.session_state[REQUESTED] = tuple(requested | {(run.run_id, one) for one in what})
    st.rerun()


def filtered(result: Ledger, choice: LedgerChoice) -> Ledger:
    """Keep the rows of the chosen theme and verdict."""
    rows = tuple(
        row
        for row in result.rows
        if choice.theme in (ALL_THEMES, THEMES[row.claim.theme].title)
        and choice.verdict in (ALL_VERDICTS, row.verdict)
    )
    return replace(result, rows=rows)


def pick_row(selection: Selection, result: Ledger, claims: Register) -> LedgerRow | None:
    """Place the table; return the row that is selected in it, else the one of the address."""
    if not result.rows:
        st.info(words.NO_ROW)
        return None
    keys = [row.claim.key for row in result.rows]
    event = st.dataframe(
        _linked(result, claims),
        key="claims-table",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=min(38 + 35 * len(keys), 460),
        column_config=COLUMNS,
    )
    st.caption(words.SELECT)
    selected = event.selection.rows if event else []
    newly = selected if selected != st.session_state.get("claims-table-seen") else []
    st.session_state["claims-table-seen"] = selected
    if newly and newly[0] < len(keys):
        selection.put({"claims.claim": keys[newly[0]]})
    key = selection.settle("claims.claim", ["", *keys])
    return result.rows[keys.index(key)] if key else None


def _linked(result: Ledger, claims: Register) -> pd.DataFrame:
    table = shown_table(result)
    table["Source"] = [claims.sources[row.claim.source].short for row in result.rows]
    table["Shown"] = [link(row, result.run_id) for row in result.rows]
    return table
