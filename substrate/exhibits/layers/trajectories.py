"""Every encoder's way through the space of representations, in one plane."""

from __future__ import annotations

import numpy as np
import pandas as pd

from substrate.analyses.layers.choice import BY_ENCODER, BY_FAMILY, BY_OBJECTIVE
from substrate.analyses.layers.trajectories import Trajectories
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.layers.dead_words import left_out
from substrate.exhibits.layers.picture_words import joined, together, too_few_groups
from substrate.exhibits.verdict import Badge, first_that_fits, name
from substrate.figures.layers.trajectories import trajectories_chart
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.wording import many, number, where


def trajectories(
    result: Trajectories,
    run: Run,
    theme: Theme,
    focus: tuple[str, str] = ("", ""),
    by: str = BY_ENCODER,
) -> Exhibit:
    """Return all ways, coloured by what ``by`` says, and whose end is furthest from its start."""
    names = titles(run)
    encoders, far = furthest(result)
    who = [names[one] for one in encoders]
    ends = "ends furthest from its" if len(who) == 1 else "end furthest from their"
    size, title = result.size, run.domains[result.domain].title
    place = where(title, size.photographs, within=size.within, group=size.nouns.group)
    of = {BY_FAMILY: run.family, BY_OBJECTIVE: run.paradigm}.get(by)
    named = () if of is None else tuple(of(one) for one in result.encoders)
    kept: dict[str, list[str]] = {one: [] for one in run.panel if one in result.encoders}
    for encoder, untrained, here in result.ways():
        if not untrained:
            kept[encoder] = [result.layers[i] for i in here]
    return Exhibit(
        key="layers-trajectories",
        title="Ways through the space of representations",
        sentence=f"{place}, {together(who)} {ends} first layer, at an angle of "
        f"{number(far)} of at most {number(np.pi / 2)}.",
        context=joined(
            f"A plane cannot show {many(len(result.layers), 'layer')} exactly: its stress is "
            f"{number(result.stress)} (0 is faithful, above about {number(0.2)} read neighbours "
            "with care). A picture has no interval; distances of layers stand in the other views.",
            too_few_groups(size),
            left_out(run, kept),
        ),
        verdict=None
        if size.within
        else first_that_fits(
            Badge.DESCRIBED,
            f"{together([name(one) for one in who])} {ends} start, at angle {number(far)}",
        ),
        figure=trajectories_chart(result, theme, names, focus, by, named),
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


def furthest(result: Trajectories) -> tuple[list[str], float]:
    """Return the trained encoders whose last layer is furthest from the first, and how far.

    Several where their angles are written alike.
    """
    ends = {}
    for encoder, untrained, here in result.ways():
        if not untrained and len(here):
            ends[encoder] = float(result.distances[here[0], here[-1]])
    far = max(ends.values())
    return [one for one, end in ends.items() if number(end) == number(far)], far


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
