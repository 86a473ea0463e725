"""The Directions page's sentences and tables in readable names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.directions.cosine_panel import (
    Panel,
    counted,
)
from substrate.analyses.directions.principal_angles import Angles
from substrate.analyses.directions.spectrum import Spectrum
from substrate.exhibits.directions import words as text
from substrate.runs import Run
from substrate.ui.directions.controls import (
    DOMAINS_VIEW,
    Choice,
)
from substrate.wording import number, unbroken

#: Rows of the table of cells: the rest is in the CSV.
ROWS = 256


def sentences(run: Run, choice: Choice, panel: Panel) -> tuple[str, str]:
    """Return the page's opening sentence and what stands beside it."""
    first, second = (run.encoders[name].title for name in (choice.first, choice.second))
    domain = run.domains[choice.domain].title
    if choice.view == DOMAINS_VIEW:
        other = run.domains[choice.second_domain].title
        sentence = text.domains_opening(panel, first, domain, other)
    else:
        sentence = text.opening(panel, first, second, domain)
    return unbroken(sentence), unbroken(text.context(panel))


def cells(table: pd.DataFrame, panel: Panel, cell: tuple[int, int]) -> None:
    """Show the strongest cells as rows to choose from: the plain way to a card."""
    st.markdown(f"**Cells of {panel.name_a} (A) and {panel.name_b} (B), strongest first**")
    shown = table.head(ROWS)
    plain = {
        name: st.column_config.NumberColumn(format="%.2f", width=70)
        for name in ("value", "low", "high", "rel. A", "rel. B")
    }
    if panel.judged.low is None:
        shown = shown.drop(columns=["low", "high"])
    if panel.judged.p is None:
        shown = shown.drop(columns="p")
    names = {
        "beyond chance": "> chance",
        "reliability A": "rel. A",
        "reliability B": "rel. B",
    }
    st.dataframe(
        shown.rename(columns=names), hide_index=True, key="directions-cells", height=560,
        on_select="rerun", selection_mode="single-row",
        column_config={
            **plain,
            "A": st.column_config.NumberColumn(width=40),
            "B": st.column_config.NumberColumn(width=40),
            "p": st.column_config.NumberColumn(
                format="%.3f", width=60, help="Against the largest cell of each null panel"
            ),
            "> chance": st.column_config.CheckboxColumn(
                width=98, help="Beyond what chance reaches in the largest cell"
            ),
        },
    )  # fmt: skip
    st.caption(
        f"Select a row to see its two directions; shown is direction {cell[0] + 1} of A and "
        f"{cell[1] + 1} of B. Interval: {panel.judged.interval_reason or panel.interval_kind}"
    )


def clicked(panel: Panel, selection: Any) -> tuple[int, int] | None:
    """Return the cell of a row that was selected in the table."""
    rows = selection.get("rows", [])
    table = text.panel_table(panel)
    if not rows or rows[0] >= len(table):
        return None
    return int(table["A"].iloc[rows[0]]) - 1, int(table["B"].iloc[rows[0]]) - 1


def heading(panel: Panel, cell: tuple[int, int]) -> str:
    """Name the chosen cell."""
    i, j = cell
    return f"Direction {i + 1} of A and direction {j + 1} of B"


def cell_caption(panel: Panel, cell: tuple[int, int]) -> str:
    """Say what the chosen cell's value is, against chance, and what its sign means."""
    i, j = cell
    parts = [f"{panel.kind.capitalize()} {text.with_interval(panel.judged, i, j)}"]
    if panel.judged.level is not None:
        beyond = "beyond" if panel.judged.above[i, j] else "within"
        parts.append(f"{beyond} chance ({number(panel.judged.level)} in the largest cell)")
    if panel.judged.p is not None:
        parts.append(f"p = {panel.judged.p[i, j]:.3f} allowing for all cells")
    if panel.norms_a is not None and panel.norms_b is not None:
        parts.append(
            f"the map keeps {panel.norms_a[i]:.2f} of A's and {panel.norms_b[j]:.2f} of B's length"
        )
    if panel.values[i, j] < 0:
        parts.append("negative: what is high on A is low on B, signs being a convention")
    return unbroken(" · ".join(parts) + ".")


def spectra(found: Sequence[Spectrum]) -> pd.DataFrame:
    """Return the spectra below each other, a row per direction."""
    parts = []
    for spectrum in found:
        part = pd.DataFrame(
            {
                "encoder": spectrum.encoder,
                "layer": spectrum.layer,
                "domain": spectrum.domain,
                "direction": np.arange(1, len(spectrum.shares) + 1),
                "share": spectrum.shares,
                "nearest gap": spectrum.isolation,
                "nearly coincident": spectrum.near,
            }
        )
        if spectrum.chance is not None:
            part["chance 95 %"] = pd.Series(spectrum.chance)
        for seed, row in enumerate(spectrum.untrained):
            part[f"untrained {seed}"] = pd.Series(row)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def spectra_trace(found: Sequence[Spectrum]) -> dict[str, Any]:
    """Return what the spectra rest on."""
    return {
        f"{spectrum.encoder}/{spectrum.layer} on {spectrum.domain}": (
            f"{counted(spectrum.n, spectrum.photographs)}, whitening {spectrum.scaling}, seed "
            f"{spectrum.seed}, effective rank {spectrum.effective_rank.value:.2f}, participation "
            f"ratio {spectrum.participation_ratio.value:.2f}"
        )
        for spectrum in found
    }


def angles_trace(angles: Angles) -> dict[str, Any]:
    """Return what the principal angles rest on."""
    return {
        "A": angles.name_a, "B": angles.name_b, "domain": angles.facts.domain,
        "n": angles.facts.samples, "K": len(angles.cosines), "whitening": angles.facts.scaling,
        "seed": angles.facts.seed, "null": f"{angles.facts.permutations} x {angles.null_kind}",
        "interval": angles.interval_reason or "95 % delete-group jackknife",
    }  # fmt: skip
