"""Every encoder's way through the space of representations, in one plane."""

from __future__ import annotations

import numpy as np
import pandas as pd

from substrate.analyses.layers.trajectories import Trajectories
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.verdict import Badge, first_that_fits, name
from substrate.figures.layers.trajectories import trajectories_chart
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.wording import many, number


def trajectories(
    result: Trajectories, run: Run, theme: Theme, focus: tuple[str, str] = ("", "")
) -> Exhibit:
    """Return all ways, and say whose end has moved furthest from its own start."""
    names = titles(run)
    encoder, far = furthest(result)
    place = run.domains[result.domain].title
    return Exhibit(
        key="layers-trajectories",
        title="Ways through the space of representations",
        sentence=f"On {place}, {names[encoder]} ends furthest from its first layer, at an angle of "
        f"{number(far)} of at most {number(np.pi / 2)}.",
        context=f"A plane cannot show {many(len(result.layers), 'layer')} exactly: its stress is "
        f"{number(result.stress)} (0 is faithful, above about {number(0.2)} read neighbours with "
        "care). A picture has no interval; distances of layers stand in the other views.",
        verdict=first_that_fits(
            Badge.DESCRIBED,
            f"{name(names[encoder])} ends furthest from its start, at angle {number(far)}",
        ),
        figure=trajectories_chart(result, theme, names, focus),
        read="Each line goes from an encoder's first layer to its last, the large mark. The "
        "distance of two layers is the angle between their centred Gram matrices: near layers find "
        "the same images alike, whatever their units. Axes have no meaning of their own; dotted "
        "lines are untrained twins. The slider draws ways as far as a relative depth.",
        table=table(result, run),
        trace={
            "domain": result.domain,
            "n": result.size.caption,
            "distance": "arccos of linear CKA",
            "stress": result.stress,
        },
    )


def furthest(result: Trajectories) -> tuple[str, float]:
    """Return the trained encoder whose last layer is furthest from its first, and how far."""
    ends = {}
    for encoder, untrained, here in result.ways():
        if not untrained and len(here):
            ends[encoder] = float(result.distances[here[0], here[-1]])
    encoder = max(ends, key=lambda one: ends[one])
    return encoder, ends[encoder]


def table(result: Trajectories, run: Run) -> pd.DataFrame:
    """Return every layer's place."""
    names = titles(run)
    return pd.DataFrame(
        {
            "encoder": [names[result.encoders[path]] for path in result.path],
            "untrained": [result.untrained[path] for path in result.path],
            "layer": result.layers,
            "depth": result.depth,
            "first axis": result.places[:, 0],
            "second axis": result.places[:, 1],
        }
    )
