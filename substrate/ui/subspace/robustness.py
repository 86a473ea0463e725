"""The Subspace page's views of robustness: every setting, every K and n, without each encoder."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses import panel_views as params
from substrate.analyses.panel_choice import Switches
from substrate.analyses.shared.halves import sampled
from substrate.analyses.sharedness.by_setting import SETTINGS
from substrate.analyses.subspace.dimension_sweep import SWEEP
from substrate.analyses.subspace.leave_out import LEAVE_OUT
from substrate.analyses.subspace.sample_size import N_CURVE
from substrate.exhibits.sharedness import exhibits as sharedness
from substrate.exhibits.subspace import exhibits
from substrate.figures.theme import Theme
from substrate.ui import controls
from substrate.ui.charts import show, write_sentence
from substrate.ui.pickers import new_selection
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.ui.subspace.controls import several_domains

CHART = "subspace-settings"


def load_clicked_setting(selection: Selection) -> None:
    """Set the switches to a setting that was newly clicked."""
    points = (new_selection(CHART) or {}).get("points", [])
    stored = st.session_state.get("subspace-settings-list")
    if points and stored and points[0].get("customdata"):
        index = int(points[0]["customdata"][0])
        if index < len(stored):
            whitening, k, split = stored[index]
            selection.put({"whitening": whitening, "k": k, "subspace.seed": split})


def show_settings(selection: Selection, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show the effect of training under every setting of the switches."""
    run, choice = selection.run, switches.choice
    by_setting = result(
        SETTINGS, run, params.settings(run, choice, switches.domain), what="every setting"
    )
    if by_setting is None:
        return
    settings = by_setting.settings
    st.session_state["subspace-settings-list"] = settings
    now = (choice.whitening, choice.components, choice.seed)
    chosen = settings.index(now) if now in settings else None
    exhibit = sharedness.settings(by_setting, choice, theme, chosen=chosen)
    write_sentence(opening, exhibit)
    show(exhibit, run, select=("points",))
    st.caption("Click a point to load its setting.")


def show_robustness(selection: Selection, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show how the values change with K, with n, and without each encoder."""
    if not several_domains(switches):
        return
    controls.toggle(selection, "subspace.published", controls.row_of(selection))
    _show_sweep(selection, switches, theme, opening)
    _show_leave_out(selection, switches, theme)
    _show_n_curve(selection, switches, theme)


def _show_sweep(selection: Selection, switches: Switches, theme: Theme, opening: Any) -> None:
    run, choice = selection.run, switches.choice
    sweep = result(SWEEP, run, params.sweep(choice, switches.domain), what="the sweep over K")
    if sweep is None:
        return
    exhibit = exhibits.sweep(
        sweep,
        choice,
        theme,
        debiased=switches.debiased,
        compare=selection["subspace.published"],
    )
    write_sentence(opening, exhibit)
    show(exhibit, run)


def _show_leave_out(selection: Selection, switches: Switches, theme: Theme) -> None:
    run, choice = selection.run, switches.choice
    if len(choice.encoders) < 3:
        st.info("Leaving an encoder out needs three encoders at least.")
        return
    of_domain = params.leave_out(choice, switches.domain)
    leave_out = result(LEAVE_OUT, run, of_domain, what="the panel without each encoder")
    if leave_out is None:
        return
    samples = sampled(run.domains[switches.domain].n, choice.seed)
    exhibit = exhibits.leave_out(
        leave_out, choice, theme, debiased=switches.debiased, samples=samples
    )
    write_sentence(st.container(), exhibit)
    show(exhibit, run)


def _show_n_curve(selection: Selection, switches: Switches, theme: Theme) -> None:
    run, choice = selection.run, switches.choice
    curve = result(N_CURVE, run, params.n_curve(choice), what="the curve over samples")
    if curve is None:
        return
    exhibit = exhibits.n_curve(curve, choice, theme, debiased=switches.debiased)
    write_sentence(st.container(), exhibit)
    show(exhibit, run)
