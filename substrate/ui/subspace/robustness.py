"""The Subspace page's views of robustness: every setting, every K and n, without each encoder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.sharedness.by_setting import (
    SETTINGS,
    Settings,
    SettingsParams,
)
from substrate.analyses.subspace.dimension_sweep import SWEEP as SWEEP_ANALYSIS
from substrate.analyses.subspace.dimension_sweep import (
    Sweep,
    SweepParams,
)
from substrate.analyses.subspace.leave_out import (
    LEAVE_OUT,
    LeaveOut,
    LeaveOutParams,
)
from substrate.analyses.subspace.published import (
    SOURCE,
    SWEEP,
)
from substrate.analyses.subspace.sample_size import (
    N_CURVE,
    NCurve,
    NCurveParams,
)
from substrate.figures.subspace import robustness as figures
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.charts import show
from substrate.ui.pickers import news
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.ui.subspace.controls import (
    Switches,
    trace,
)
from substrate.wording import (
    number,
)

CHART = "subspace-settings"


def load_clicked_setting(selection: Selection) -> None:
    """Set the switches to a setting that was newly clicked."""
    points = (news(CHART) or {}).get("points", [])
    stored = st.session_state.get("subspace-settings-list")
    if points and stored and points[0].get("customdata"):
        index = int(points[0]["customdata"][0])
        if index < len(stored):
            whitening, k, split = stored[index]
            selection.put({"whitening": whitening, "k": k, "subspace.seed": split})


def show_settings(run: Run, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show the effect of training under every setting of the switches."""
    choice = switches.choice
    params = SettingsParams(choice.encoders, switches.domain, choice.seeds, int(run.study["seed"]))
    found: Settings | None = result(SETTINGS, run, params, what="every setting")
    if found is None:
        return
    clear = f"; in {found.clear} its interval lies above zero" if not found.reason else ""
    opening.markdown(
        f"##### On {found.size.title}, the effect of training on what encoders share has the same "
        f"sign in {found.agreeing} of {found.count} settings (median "
        f"{number(float(np.median(found.effect)))}){clear}."
    )
    settings = [
        (found.whitening[i], int(found.k[i]), int(found.split[i])) for i in range(found.count)
    ]
    st.session_state["subspace-settings-list"] = settings
    now = (choice.whitening, choice.components, choice.seed)
    show(
        figures.settings_curve(
            found, theme, chosen=settings.index(now) if now in settings else None
        ),
        key=CHART, table=_settings_table(found), run=run, select=("points",),
        trace=trace(switches, domain=switches.domain),
        read="Each point is one setting, the squares below it say which. The statement is worth "
        "something if it does not hang on a column of squares. Click a point to load its setting.",
    )  # fmt: skip


def _settings_table(found: Settings) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "whitening": found.whitening, "K": found.k, "split": found.split,
            "trained": found.trained, "effect": found.effect, "low": found.low, "high": found.high,
        }
    )  # fmt: skip


def show_robustness(run: Run, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show how the values change with K, with n, and without each encoder."""
    choice = switches.choice
    if len(choice.domains) < 2:
        st.info("Directions are compared between domains: choose two at least under Domains.")
        return
    controls.toggle(switches.selection, "subspace.published")
    published = switches.selection["subspace.published"]
    swept: Sweep | None = result(
        SWEEP_ANALYSIS, run,
        SweepParams(choice.encoders, choice.domains, switches.domain, choice.seeds,
                    choice.whitening, choice.seed),
        what="the sweep over K",
    )  # fmt: skip
    if swept is not None:
        side = int(switches.debiased)
        best = int(np.nanargmax(swept.median[side]))
        opening.markdown(
            f"##### Between domains the median runs from {number(swept.median[side, 0])} at "
            f"K = {swept.ks[0]} to {number(swept.median[side, best])} at K = {swept.ks[best]} "
            f"({swept.reason.removesuffix('.').lower() or 'intervals over photographs'})."
        )
        show(
            figures.sweep(
                swept, theme, debiased=switches.debiased, published=SWEEP if published else {}
            ),
            key="subspace-sweep", table=_sweep_table(swept, side), run=run,
            trace=trace(switches, published=SOURCE if published else "not shown"),
            read="A K at which trained and untrained panels meet tells nothing about training.",
        )  # fmt: skip
    _show_leave_out(run, switches, theme)
    _show_n_curve(run, switches, theme)


def _sweep_table(found: Sweep, side: int) -> pd.DataFrame:
    columns = {
        "K": found.ks, "median": found.median[side], "low": found.low[side],
        "high": found.high[side], "random bases": found.expected,
    }  # fmt: skip
    for seed, values in zip(found.seeds, found.untrained[:, side], strict=True):
        columns[f"untrained {seed}"] = values
    return pd.DataFrame(columns)


def _show_leave_out(run: Run, switches: Switches, theme: Theme) -> None:
    choice = switches.choice
    if len(choice.encoders) < 3:
        st.info("Leaving an encoder out needs three encoders at least.")
        return
    params = LeaveOutParams(
        choice.encoders, choice.domains, switches.domain, choice.whitening, choice.components,
        choice.seed,
    )  # fmt: skip
    found: LeaveOut | None = result(LEAVE_OUT, run, params, what="the panel without each encoder")
    if found is None:
        return
    rows = [
        {"left out": row.label, "biased": row.biased.value, "debiased": row.debiased.value,
         "shared": row.shared.value, "low": row.shared.low, "high": row.shared.high}
        for row in found.rows
    ]  # fmt: skip
    show(
        figures.leave_out(found, theme, debiased=switches.debiased), key="subspace-leave-out",
        table=pd.DataFrame(rows), run=run, trace=trace(switches, domain=switches.domain),
        read="Dotted lines: the whole panel. A row far to the left is an encoder or a family that "
        "the agreement hangs on.",
    )  # fmt: skip


def _show_n_curve(run: Run, switches: Switches, theme: Theme) -> None:
    choice = switches.choice
    params = NCurveParams(
        choice.encoders, choice.domains, choice.whitening, choice.components, choice.seed
    )
    found: NCurve | None = result(N_CURVE, run, params, what="the curve over samples")
    if found is None:
        return
    columns: dict[str, Any] = {"n": found.sizes}
    for name, values in (("trained", found.trained), ("shuffled", found.shuffled)):
        for side, estimate in enumerate(("biased", "debiased")):
            columns[f"{name} {estimate}"] = values[side].mean(axis=1)
    show(
        figures.n_curve(found, theme), key="subspace-n", table=pd.DataFrame(columns), run=run,
        trace=trace(switches),
        read="Where solid and dashed lines part, the biased estimate still feeds on small n.",
    )  # fmt: skip
