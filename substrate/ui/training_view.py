"""The Training page's choices, results, tables and the request for missing checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any

import streamlit as st

from substrate import worker
from substrate.analyses.layers_choice import DEFAULT_METRIC, scalar_metrics
from substrate.analyses.training import TRAINING, TrainingResult, training_params, trajectories
from substrate.analyses.training_directions import (
    TRAINING_DIRECTIONS,
    TrainingDirectionsResult,
    directions_params,
)
from substrate.analyses.training_target import target_names
from substrate.analyses.training_text import (
    DIRECTIONS_CONTEXT,
    PUBLISHED,
    directions_sentence,
    target_phrase,
    training_context,
    training_sentence,
)
from substrate.runs import Run
from substrate.ui.choices import pick
from substrate.ui.layers_cards import clicked, new_choice
from substrate.ui.layers_view import say, titles
from substrate.ui.literal import literal
from substrate.ui.results import PATIENCE_S, result
from substrate.ui.session import resident

ALIGNMENT, DIRECTIONS = "Alignment", "Directions"
SCALES = ("0 to 1", "paper's scale")


@dataclass(frozen=True)
class Choice:
    """What the page shows."""

    view: str
    encoder: str
    domain: str
    layer: str
    target: str
    metric: str


def choose(run: Run) -> Choice | None:
    """Place the page's controls, or say why there is nothing to choose."""
    trained = list(trajectories(run))
    if not trained:
        st.info(
            "No encoder of this run was kept step by step while it was trained. Choose a bundled "
            "encoder with a trajectory on the Study page."
        )
        return None
    _apply_clicked_layer()
    view = st.segmented_control(
        "View", [ALIGNMENT, DIRECTIONS], default=ALIGNMENT, required=True, key="view",
        bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    aligned = view != DIRECTIONS
    row = st.container(horizontal=True, vertical_alignment="bottom")
    encoder = pick(row, "Training", trained, "training", width=175)
    domain = pick(row, "Domain", list(run.domains), "domain", width=175)
    layers = [layer.name for layer in run.encoders[encoder].layers]
    start = layers.index("penultimate") if "penultimate" in layers else len(layers) - 1
    layer = pick(row, "Layer", layers, "layer", start, width=175)
    target, metric = target_names(run, encoder)[0], DEFAULT_METRIC
    if aligned:
        target = pick(row, "Target", list(target_names(run, encoder)), "target", width=190)
        metrics = list(scalar_metrics())
        start = metrics.index(DEFAULT_METRIC)
        metric = pick(row, "Metric", metrics, "metric", start, 190)
    return Choice(view or ALIGNMENT, encoder, domain, layer, target, metric)


def _apply_clicked_layer() -> None:
    """Move a layer clicked in the last run into the picker before it is drawn."""
    clicked_layer = st.session_state.pop("layer-clicked", None)
    if clicked_layer is not None:
        st.session_state["layer"] = clicked_layer


def choose_layer(event: Any, layers: Sequence[str], current: str) -> None:
    """Choose the layer whose row was clicked on the heatmap."""
    cell = new_choice("training-heatmap", event, clicked)
    if cell and cell[0] < len(layers) and layers[cell[0]] != current:
        st.session_state["layer-clicked"] = layers[cell[0]]
        st.rerun()


def extracted(run: Run, choice: Choice) -> bool:
    """Say whether the checkpoints are there; offer to extract them where they are not."""
    if len(run.checkpoints(choice.encoder, choice.domain)) >= 3:
        return True
    steps = len(run.encoders[choice.encoder].trajectory)
    n = run.domains[choice.domain].n
    st.info(
        f"The {steps} checkpoints of {choice.encoder} have not been extracted on {choice.domain} "
        f"yet ({steps} passes over {n} images)."
    )
    if st.button("Extract them now", type="primary", icon=":material/play_arrow:"):
        _extract(run, choice)
    return False


def _extract(run: Run, choice: Choice) -> None:
    question = f"trajectory {run.run_id} {choice.encoder} {choice.domain}"
    try:
        with st.spinner("Extracting the checkpoints…"):
            resident().ask(
                question, worker.extract_trajectory,
                str(run.store.root), run.run_id, choice.encoder, choice.domain,
            ).result(timeout=PATIENCE_S)  # fmt: skip
    except ValueError as error:
        st.warning(literal(error))
    except FutureTimeoutError:
        st.info("Still extracting; reload the page to look again.")
    except BrokenExecutor:
        resident().recycle()
        st.warning("The worker stopped while extracting. Press the button to try again.")
    else:
        st.rerun()


def training_result(run: Run, choice: Choice) -> TrainingResult | None:
    """Return the chosen training's alignment by step."""
    params = training_params(
        run, choice.encoder, choice.domain, choice.target, choice.layer, choice.metric
    )
    return result(TRAINING, run, params, what=f"the training of {choice.encoder}")


def directions_result(run: Run, choice: Choice) -> TrainingDirectionsResult | None:
    """Return the chosen training's directions by step."""
    params = directions_params(run, choice.encoder, choice.domain, choice.layer)
    return result(TRAINING_DIRECTIONS, run, params, what=f"the directions of {choice.encoder}")


def names(run: Run, found: TrainingResult) -> tuple[str, str]:
    """Return the readable names of the training and of its target."""
    return titles(run)[found.encoder], target_phrase(found, titles(run))


def open_alignment(place: Any, run: Run, found: TrainingResult) -> None:
    """Open the page: the sentence, its context, and what was published."""
    domain = run.domains[found.domain].title
    say(place, training_sentence(found, titles(run), domain), training_context(found))
    place.caption(PUBLISHED.replace(" %", "\u00a0%"))


def open_directions(place: Any, run: Run, found: TrainingDirectionsResult) -> None:
    """Open the page: how much of the final span there is at the start, half way and at the end."""
    domain = run.domains[found.domain].title
    sentence = directions_sentence(found, titles(run)[found.encoder], domain)
    say(place, sentence, DIRECTIONS_CONTEXT)


def pick_step(found: TrainingDirectionsResult) -> int:
    """Place the choice of the step that the animation starts at; return its index."""
    options = [str(step) for step in found.steps]
    picked = st.select_slider(
        "Training step shown first", options, value=options[-1], key="step", bind="query-params"
    )
    return options.index(picked) if picked in options else len(options) - 1


def pick_scale() -> str:
    """Place the choice of the colour scale."""
    picked = st.segmented_control(
        "Colour scale", SCALES, default=SCALES[0], required=True, key="scale", bind="query-params",
        help="The paper's scale runs from 1/√d (white) to 5/√d (black), d being the width.",
    )  # fmt: skip
    return picked if picked in SCALES else SCALES[0]


def trace(found: TrainingResult | TrainingDirectionsResult) -> dict[str, Any]:
    """Return what a chart's numbers rest on."""
    facts = {"encoder": found.encoder, "domain": found.domain, "layer": found.layer}
    if isinstance(found, TrainingResult):
        facts |= {"target": found.target, "members": ", ".join(found.members),
                  "metric": found.scores.metric}  # fmt: skip
    return {**facts, "facts": found.facts}
