"""The Layers page's choices and results, and what its charts rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from substrate.analyses.layers.all_encoders import (
    LAYERS_PAIRS,
    LAYERS_PAIRS_UNTRAINED,
    PairsResult,
    UntrainedPairsResult,
    common_seeds,
    pairs_params,
)
from substrate.analyses.layers.tables import (
    encoder_table,
    layer_table,
)
from substrate.analyses.layers.two_encoders import (
    LAYERS,
    LAYERS_UNTRAINED,
    LayersResult,
    UntrainedResult,
    layers_params,
    shared_seeds,
)
from substrate.analyses.shared.grid_scores import Scores
from substrate.exhibits.exhibit import titles
from substrate.exhibits.layers.words import (
    layers_context,
    layers_sentence,
    pairs_context,
    pairs_sentence,
)
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.results import result
from substrate.ui.selection import Selection

TWO, ALL = "Two encoders", "All encoders"
SCALES = ("measured", "calibrated")


@dataclass(frozen=True)
class Choice:
    """What the page shows."""

    view: str
    first: str
    second: str
    domain: str
    metric: str
    scale: str


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read."""
    return ("first", "second") if values["layers.view"] == ALL else ()


def choose(selection: Selection) -> Choice | None:
    """Place the page's own controls; say so where the run lacks what the view compares."""
    controls.segmented(selection, "layers.view", labelled=False)
    if not selection["second"]:
        st.info("Two encoders are compared here; this run has one.", icon=":material/info:")
        return None
    row = st.container(horizontal=True, vertical_alignment="bottom")
    controls.select(selection, "layers.metric", row, width=215)
    controls.select(selection, "layers.scale", row, width=145)
    view, first, second, domain, metric, scale = (
        selection[name]
        for name in ("layers.view", "first", "second", "domain", "layers.metric", "layers.scale")
    )
    return Choice(view, first, second, domain, metric, scale)


def layers_result(run: Run, choice: Choice) -> tuple[LayersResult, UntrainedResult | None] | None:
    """Return the grid of two encoders and that of their untrained twins, where there are any."""
    params = layers_params(run, choice.first, choice.second, choice.domain, choice.metric)
    found = result(LAYERS, run, params, what=f"{choice.first} against {choice.second}")
    if found is None:
        return None
    if not shared_seeds(run, params):
        return found, None
    return found, result(LAYERS_UNTRAINED, run, params, what="their untrained twins")


def pairs_result(
    run: Run, choice: Choice
) -> tuple[PairsResult, UntrainedPairsResult | None] | None:
    """Return the matrix of all encoders and that of their untrained twins, where there are any."""
    params = pairs_params(run, choice.domain, choice.metric)
    found = result(LAYERS_PAIRS, run, params, what="all pairs of encoders")
    if found is None:
        return None
    if not common_seeds(run, choice.domain):
        return found, None
    return found, result(LAYERS_PAIRS_UNTRAINED, run, params, what="their untrained twins")


def title(run: Run, encoder: str) -> str:
    """Return an encoder's readable name."""
    return run.encoders[encoder].title


def two_sentences(
    run: Run, found: LayersResult, untrained: UntrainedResult | None
) -> tuple[str, str]:
    """Return the page's opening sentence for two encoders, and what stands beside it."""
    names = title(run, found.first.encoder), title(run, found.second.encoder)
    opening = layers_sentence(found, *names, run.domains[found.domain].title)
    return opening, layers_context(found, untrained)


def two_table(found: LayersResult) -> pd.DataFrame:
    """Return all layer pairs as a table."""
    return layer_table(found.scores, found.first, found.second)


def all_table(found: PairsResult) -> pd.DataFrame:
    """Return every two encoders as a table."""
    return encoder_table(found.scores, found.encoders)


def all_sentences(
    run: Run, found: PairsResult, untrained: UntrainedPairsResult | None
) -> tuple[str, str]:
    """Return the page's opening sentence for all encoders, and what stands beside it."""
    opening = pairs_sentence(found, run.domains[found.domain].title, titles(run))
    return opening, pairs_context(found, untrained)


def trace(scores: Scores, **more: Any) -> dict[str, Any]:
    """Return what a chart's numbers rest on."""
    return {
        **more, "metric": scores.metric, "n": scores.counted, "whitening": "none",
        "permutations": scores.permutations, "seed": scores.seed, "unit": scores.unit,
        "interval": scores.interval_reason or f"95 %, {scores.blocks} blocks left out in turn",
    }  # fmt: skip
