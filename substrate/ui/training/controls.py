"""The Training page's choices, results, tables and the request for missing checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any

import streamlit as st

from substrate import worker
from substrate.analyses.training.alignment import (
    TRAINING,
    TrainingResult,
    training_params,
)
from substrate.analyses.training.directions import (
    TRAINING_DIRECTIONS,
    TrainingDirectionsResult,
    directions_params,
)
from substrate.exhibits.exhibit import titles
from substrate.exhibits.training.words import (
    DIRECTIONS_CONTEXT,
    PUBLISHED,
    directions_sentence,
    target_phrase,
    training_context,
    training_sentence,
)
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.clicks import clicked, new_choice
from substrate.ui.layout import say
from substrate.ui.literal import literal
from substrate.ui.results import PATIENCE_S, result
from substrate.ui.selection import Selection
from substrate.ui.session import resident

ALIGNMENT, DIRECTIONS = VIEWS = ("Alignment", "Directions")
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
    panel: tuple[str, ...]


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read: directions are held against their end."""
    return ("panel",) if values["training.view"] == DIRECTIONS else ()


def choose(selection: Selection) -> Choice | None:
    """Place the page's own controls, or say why there is nothing to choose."""
    if not selection["training.encoder"]:
        st.info(
            "No encoder of this run was kept step by step while it was trained. Choose a bundled "
            "encoder with a trajectory on the Study page."
        )
        return None
    controls.segmented(selection, "training.view", labelled=False)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    controls.select(selection, "training.encoder", row, width=175)
    controls.select(selection, "training.layer", row, width=175)
    if selection["training.view"] == ALIGNMENT:
        controls.select(selection, "training.target", row, width=190)
        controls.select(selection, "training.metric", row, width=190)
    names = ("view", "encoder", "layer", "target", "metric")
    own = {name: selection[f"training.{name}"] for name in names}
    return Choice(domain=selection["domain"], panel=tuple(selection["panel"]), **own)


def choose_layer(selection: Selection, event: Any, layers: Sequence[str]) -> None:
    """Choose the layer whose row was clicked on the heatmap."""
    cell = new_choice("training-heatmap", event, clicked)
    if cell and cell[0] < len(layers) and layers[cell[0]] != selection["training.layer"]:
        selection.put({"training.layer": layers[cell[0]]}, again=True)


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
        run.with_panel(choice.panel), choice.encoder, choice.domain, choice.target, choice.layer,
        choice.metric,
    )  # fmt: skip
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


def pick_step(selection: Selection, found: TrainingDirectionsResult) -> int:
    """Place the choice of the step that the animation starts at; return its index."""
    options = [str(step) for step in found.steps]
    last = [*reversed(options)]
    picked = selection.settle("training.step", last)
    controls.slider(selection, "training.step", options)
    return options.index(picked)


def trace(found: TrainingResult | TrainingDirectionsResult) -> dict[str, Any]:
    """Return what a chart's numbers rest on."""
    facts = {"encoder": found.encoder, "domain": found.domain, "layer": found.layer}
    if isinstance(found, TrainingResult):
        facts |= {"target": found.target, "members": ", ".join(found.members),
                  "metric": found.scores.metric}  # fmt: skip
    return {**facts, "facts": found.facts}
