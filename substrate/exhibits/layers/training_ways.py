"""One encoder's way through representations at every kept step of its training."""

from __future__ import annotations

import numpy as np
import pandas as pd

from substrate.analyses.layers.training_ways import TrainingWays
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.layers.dead_words import left_out
from substrate.exhibits.layers.picture_words import joined, too_few_groups
from substrate.exhibits.verdict import Badge, first_that_fits, name
from substrate.figures.layers.training_ways import TITLE, training_ways_chart
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.wording import number, spread, where, with_interval


def training_ways(result: TrainingWays, run: Run, theme: Theme, step: int = 0) -> Exhibit:
    """Return the way at every step, and say how far its end has come from where it started."""
    names = titles(run)
    kept = {
        encoder: [result.layers[i] for i in np.flatnonzero(result.owner == owner)]
        for owner, encoder in enumerate(result.encoders)
    }
    encoder, far = names[result.encoders[0]], float(result.travelled.value[0])
    return Exhibit(
        key="layers-training-ways",
        title=TITLE,
        sentence=sentence(result, run),
        context=joined(context(result), left_out(run, kept)),
        verdict=None
        if result.size.within
        else first_that_fits(
            Badge.DESCRIBED, f"{name(encoder)} ends at an angle of {number(far)} from its start"
        ),
        figure=training_ways_chart(result, theme, names, step),
        read="The thick line goes from the encoder's first layer to its last, the large mark, as "
        "it is at the chosen step; the others are as trained and stay where they are. The distance "
        "of two layers is the angle between their centred Gram matrices. Axes are the same at "
        "every step and have no meaning of their own.",
        table=table(result, run),
        trace={
            "domain": result.domain,
            "n": result.size.caption,
            "encoder": result.encoders[0],
            "steps": result.steps.tolist(),
            "distance": "arccos of linear CKA",
            "stress": result.stress.tolist(),
        },
    )


def sentence(result: TrainingWays, run: Run) -> str:
    """Say how far the last features are from their end, at first and half of the steps later."""
    place = where(
        run.domains[result.domain].title,
        result.size.photographs,
        within=result.size.within,
        group=result.size.nouns.group,
    )
    middle = len(result.steps) // 2
    encoder = result.encoders[0]
    last = [one for one, owner in zip(result.layers, result.owner, strict=True) if owner == 0][-1]
    what = "last features" if last == run.encoders[encoder].default_layer else f"features at {last}"
    return (
        f"{place}, the {what} of {titles(run)[encoder]} end at an angle of "
        f"{_angle(result, 0)} from {start(result)}, of at most {number(np.pi / 2)}; "
        f"{_angle(result, middle)} were still to go at step {int(result.steps[middle]):,} of "
        f"{int(result.steps[-1]):,}."
    )


def start(result: TrainingWays) -> str:
    """Name the first step that was kept."""
    return "their untrained start" if result.steps[0] == 0 else f"step {int(result.steps[0]):,}"


def _angle(result: TrainingWays, t: int) -> str:
    travelled = result.travelled
    low, high = (None if end is None else float(end[t]) for end in (travelled.low, travelled.high))
    return with_interval(float(travelled.value[t]), low, high)


def context(result: TrainingWays) -> str:
    """Say how far untrained draws are apart, why there is no interval, and how true planes are."""
    parts = [result.travelled.reason or too_few_groups(result.size)]
    if result.apart is not None and not result.size.within:
        parts.append(
            f"Last features of two untrained twins are {number(result.apart)} apart on average: "
            "an angle up to there is no more than another draw of the start."
        )
    parts.append(
        f"Stress of the planes: {spread(result.stress.tolist())} (0 is faithful, above about "
        f"{number(0.2)} read neighbours with care). Places have no interval."
    )
    return " ".join(part for part in parts if part)


def table(result: TrainingWays, run: Run) -> pd.DataFrame:
    """Return every layer's place at every step."""
    names = titles(run)
    count = len(result.steps)
    owners = [names[result.encoders[owner]] for owner in result.owner]
    return pd.DataFrame(
        {
            "step": np.repeat(result.steps, len(owners)),
            "encoder": owners * count,
            "layer": [*result.layers] * count,
            "depth": np.tile(result.depth, count),
            "first axis": result.places[..., 0].ravel(),
            "second axis": result.places[..., 1].ravel(),
            "stress": np.repeat(result.stress, len(owners)),
        }
    )
