"""The Claims page's choices, its ledger, the table and the card of one claim."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.analyses.claims.questions import (
    EARLY,
    Question,
)
from substrate.analyses.shared.replicates import Replicates
from substrate.claims import published, text
from substrate.claims.ledger import NOT_YET, Ledger, Row, ledger
from substrate.claims.preregistered import PATH, Register, register
from substrate.claims.table import (
    address,
    control_table,
    inconsistency_table,
    ledger_table,
    link,
    shown_table,
)
from substrate.claims.themes import THEMES
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.layout import say
from substrate.ui.literal import literal
from substrate.ui.results import already, result_or_reason
from substrate.ui.selection import Selection
from substrate.wording import listed

LEDGER, INCONSISTENT, RULES = "Ledger", "Inconsistencies", "How it is decided"
VIEWS = (LEDGER, INCONSISTENT, RULES)
ALL_THEMES, ALL_VERDICTS = "all themes", "all verdicts"
HOURGLASS = ":material/hourglass_empty:"


@dataclass(frozen=True)
class Choice:
    """What of the ledger is shown."""

    view: str
    theme: str
    verdict: str


def choose(selection: Selection) -> Choice:
    """Place the page's switches."""
    controls.segmented(selection, "claims.view", labelled=False)
    view, theme, verdict = (selection[f"claims.{name}"] for name in ("view", "theme", "verdict"))
    if view != LEDGER:
        return Choice(view, ALL_THEMES, ALL_VERDICTS)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    controls.select(selection, "claims.theme", row, width=280)
    controls.select(selection, "claims.verdict", row, width=240)
    return Choice(view, theme, verdict)


def build(run: Run) -> tuple[Ledger, Register]:
    """Fill the ledger: early themes are computed where they are missing, others are asked for."""
    asked = st.session_state.get("claims-asked", ())

    told: set[str] = set()

    def ask(question: Question) -> Replicates | str | None:
        analysis, params = question
        if _early(question) or (run.run_id, analysis.key) in asked:
            what = f"the claims: {analysis.key.removeprefix('claims_').replace('_', ' ')}"
            found = result_or_reason(analysis, run, params, what=what)
        else:
            found = already(analysis, run, params)
        if isinstance(found, str) and "damaged" in found and not told:
            told.add(found)
            st.warning(literal(found))
        return found

    def more(question: Question) -> Replicates | str | None:
        analysis, params = question
        if (run.run_id, "settings") in asked:
            return result_or_reason(analysis, run, params, what="further settings of the switches")
        return already(analysis, run, params)

    claims = register()
    return ledger(run, claims, ask, more=more), claims


def _early(question: Question) -> bool:
    return question[0].key.removeprefix("claims_") in EARLY


def offer(run: Run, found: Ledger) -> None:
    """Offer what is not computed yet: themes that take longer, and further settings."""
    row = st.container(horizontal=True)
    if found.waiting:
        names = listed([THEMES[key].title.lower() for key in found.waiting])
        if row.button(f"Compute the rest: {names}", icon=":material/play_arrow:", type="primary"):
            _ask(run, *(f"claims_{key}" for key in found.waiting))
    if found.more_settings:
        pressed = row.button(
            "Try further settings of the switches", icon=":material/tune:",
            help="Whitening none and truncated, other trainings.",
        )  # fmt: skip
        if pressed:
            _ask(run, "settings")


def _ask(run: Run, *what: str) -> None:
    asked = set(st.session_state.get("claims-asked", ()))
    st.session_state["claims-asked"] = tuple(asked | {(run.run_id, one) for one in what})
    st.rerun()


def open_page(place: Any, found: Ledger) -> None:
    """Open the page with the outcome, and the file that fixed it beforehand."""
    say(place, text.opening(found), text.context(found))
    place.caption(
        f"Fixed in `data/claims.yaml`, SHA-256 `{found.digest[:16]}…{found.digest[-8:]}`. "
        "A verdict holds for the study that is open."
    )


def filtered(found: Ledger, choice: Choice) -> Ledger:
    """Keep the rows of the chosen theme and verdict."""
    rows = tuple(
        row
        for row in found.rows
        if choice.theme in (ALL_THEMES, THEMES[row.claim.theme].title)
        and choice.verdict in (ALL_VERDICTS, row.verdict)
    )
    return replace(found, rows=rows)


def pick_row(selection: Selection, found: Ledger, claims: Register) -> Row | None:
    """Place the table; return the row that is selected in it, else the one of the address."""
    if not found.rows:
        st.info("No row has this verdict here. Choose another theme or verdict.")
        return None
    keys = [row.claim.key for row in found.rows]
    event = st.dataframe(
        _linked(found, claims), key="claims-table", hide_index=True, on_select="rerun",
        selection_mode="single-row", height=min(38 + 35 * len(keys), 460),
        column_config={
            "Figure": st.column_config.TextColumn(width=215),
            "Verdict": st.column_config.TextColumn(width=150),
            "Published": st.column_config.TextColumn(width=90),
            "Claim": st.column_config.TextColumn(width=330),
            "Measured": st.column_config.TextColumn(width=165),
            "Why not": st.column_config.TextColumn(width=260),
            "n": st.column_config.TextColumn(width=240),
            "Each control": st.column_config.TextColumn(
                width=330,
                help="What the figure says against each control by itself. The hardest one gives "
                "the verdict; a row that rests on its untrained twins is decided by no other alone."
            ),
            "Holds in": st.column_config.TextColumn(
                width=150,
                help="Settings of the switches, and domains, in which the controls together say "
                "the same."
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
        },
    )  # fmt: skip
    st.caption("Select a row for what it was set against and what would have counted.")
    chosen = event.selection.rows if event else []
    newly = chosen if chosen != st.session_state.get("claims-table-seen") else []
    st.session_state["claims-table-seen"] = chosen
    if newly and newly[0] < len(keys):
        selection.put({"claims.claim": keys[newly[0]]})
    asked = selection.settle("claims.claim", ["", *keys])
    return found.rows[keys.index(asked)] if asked else None


def _linked(found: Ledger, claims: Register) -> pd.DataFrame:
    table = shown_table(found)
    table["Source"] = [claims.sources[row.claim.source].short for row in found.rows]
    table["Shown"] = [link(row, found.run_id) for row in found.rows]
    return table


def card(selection: Selection, row: Row, claims: Register) -> None:
    """Show everything about one claim."""
    claim, source = row.claim, claims.sources[row.claim.source]
    with st.container(border=True):
        st.markdown(f"**{claim.says}**: {row.verdict}")
        left, right = st.columns(2, gap="large")
        with left:
            st.markdown(
                f"Published: {claim.stated} ([{source.short}]({source.link}), {claim.where})"
            )
            st.markdown(f"Measured here: {claim.estimand}.")
            st.markdown(f"Would count: {claim.counts}.")
        with right:
            st.markdown(_numbers(row))
            if row.reason:
                st.markdown(literal(row.reason))
            facts = (row.counted, row.setting, f"unit: {claim.unit}", text.grade(row),
                     text.margin(claim), text.kin(claim))  # fmt: skip
            st.caption(" · ".join(fact for fact in facts if fact))
            if claim.page != "claims":
                with contextlib.suppress(StreamlitAPIException, KeyError):
                    st.page_link(
                        f"pages/{claim.page}.py", label=f"Open the {claim.page.capitalize()} page",
                        icon=":material/open_in_new:",
                        query_params=selection.link(
                            claim.page, address(row, selection.run.run_id), fresh=True
                        ),
                    )  # fmt: skip
        if row.against:
            st.table(control_table(row).set_index("Control"))


def _numbers(row: Row) -> str:
    if row.verdict == NOT_YET:
        return "Not computed yet: press the button above."
    if row.value is None:
        return "No value here."
    lines = [f"T = {text.measured(row)}"]
    if beside := text.beside(row):
        lines.append(f"Beside it, not tested: {beside}")
    if holds := text.holds(row):
        lines.append(f"The controls together say the same in {holds}")
    return "  \n".join(lines)


def inconsistencies() -> pd.DataFrame:
    """Show what the publication's own figures contradict, and what it leaves open."""
    st.markdown(f"What {published.SOURCE} says, and what follows from its own figures.")
    table = inconsistency_table()
    st.table(table.rename(columns=str.capitalize).set_index("Topic"))
    st.markdown("**What it leaves open, and where to switch it**")
    st.table(
        pd.DataFrame(
            [{"Point": a.key, "Open": a.question, "Here": a.answer, "Page": a.page.capitalize()}
             for a in published.AMBIGUITIES]
        ).set_index("Point")
    )  # fmt: skip
    return table


def rules(claims: Register) -> None:
    """Show the rule, why small encoders may differ, what is not measured, and the file."""
    st.markdown("\n".join(f"- {line}" for line in text.RULE))
    st.markdown("**Why these figures may differ from the published ones**")
    st.markdown(text.WHY_DIFFERENT)
    st.markdown("**Published, and not measured by this program**")
    st.table(
        pd.DataFrame([{"Published": u.says, "Why": u.why} for u in claims.unmeasured]).set_index(
            "Published"
        )
    )
    st.markdown("**The file in which every row was fixed**")
    st.code(f"sha256  {claims.digest}  data/{PATH.name}", language=None)
    st.download_button(
        "Download the file", PATH.read_bytes, PATH.name, "application/yaml", on_click="ignore"
    )


def full_table(found: Ledger, claims: Register) -> pd.DataFrame:
    """Return everything about the rows, for CSV."""
    return ledger_table(found, claims)
