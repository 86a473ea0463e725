"""Panels by one click: what differs in one respect, and is otherwise as alike as the run has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import streamlit as st

from substrate.runs import EncoderRecord, Run
from substrate.ui.selection import Selection

#: A panel has two encoders at least.
LEAST = 2
HELP = {
    "Default": "One encoder of each recipe, none that learnt random labels.",
    "Architectures": "One objective, one encoder of each family.",
    "Objectives": "One family, one encoder of each objective.",
    "Seeds": "All copies of one recipe: they differ by seed, width or weights alone.",
    "All": "Every encoder of the run, copies too.",
}


def presets(run: Run) -> dict[str, tuple[str, ...]]:
    """Return the panels that the run's encoders allow, by what differs in them.

    *Architectures* have one objective, the commonest over families, and one encoder of each
    family; *Objectives* one family, that with most, and one encoder of each objective; *Seeds* one
    recipe, that with most copies, all of them. The default and all encoders come first and last.
    """
    encoders = [encoder for encoder in run.encoders.values() if encoder.name not in run.left_out]
    every = run.encoders.values()
    panels = {
        "Default": run.panel,
        "Architectures": _varied(encoders, fixed=_paradigm, differs=_family),
        "Objectives": _varied(encoders, fixed=_family, differs=_paradigm),
        "Seeds": _copies(every),
        "All": tuple(run.encoders),
    }
    return {name: panel for name, panel in panels.items() if len(panel) >= LEAST}


def place_presets(selection: Selection) -> None:
    """Place a button for each panel that differs from the chosen one."""
    with st.container(horizontal=True, gap="small"):
        for name, panel in presets(selection.run).items():
            chosen = set(panel) == set(selection["panel"])
            label = f"{name} ({len(panel)})"
            key, said = f"panel-{name.lower()}", HELP[name]
            if st.button(label, key=key, disabled=chosen, help=said):
                selection.put({"panel": panel}, again=True)


def _family(encoder: EncoderRecord) -> str:
    return encoder.family


def _paradigm(encoder: EncoderRecord) -> str:
    return encoder.paradigm


def _varied(
    encoders: list[EncoderRecord],
    *,
    fixed: Callable[[EncoderRecord], str],
    differs: Callable[[EncoderRecord], str],
) -> tuple[str, ...]:
    """Return the first encoder of each kind among those alike in the other respect."""
    kinds = Counter(value for value, _ in {(fixed(e), differs(e)): None for e in encoders})
    if not kinds:
        return ()
    alike = max(kinds, key=lambda value: kinds[value])
    first: dict[str, str] = {}
    for encoder in encoders:
        if fixed(encoder) == alike:
            first.setdefault(differs(encoder), encoder.name)
    return tuple(first.values())


def _copies(encoders: Iterable[EncoderRecord]) -> tuple[str, ...]:
    """Return all encoders of the recipe that has most, those that differ by seed or width."""
    of_recipe: dict[str, list[str]] = {}
    for encoder in encoders:
        if encoder.recipe:
            of_recipe.setdefault(encoder.recipe, []).append(encoder.name)
    most: list[str] = max(of_recipe.values(), key=len, default=[])
    return tuple(most)
