"""All layers of all encoders as a map, and by which distance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from substrate.analyses.layers.choice import BY_ENCODER
from substrate.analyses.layers.layer_map import LayerMap
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.layers.dead_words import left_out
from substrate.exhibits.layers.picture_words import joined, too_few_groups
from substrate.exhibits.verdict import Badge, first_that_fits, name
from substrate.figures.layers.layer_map import layer_map_chart
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.wording import many, number, where


def layer_map(result: LayerMap, run: Run, theme: Theme, by: str = BY_ENCODER) -> Exhibit:
    """Return the map, and say which two layers of different encoders are nearest."""
    names, pair = titles(run), nearest(result)
    place = where(
        run.domains[result.domain].title,
        result.size.photographs,
        within=result.size.within,
        group=result.size.nouns.group,
    )
    sentence, verdict = f"{place}, the panel is one encoder: none of its layers has another.", None
    if pair is not None:
        first, second = (names[result.encoders[result.owner[at]]] for at in pair)
        far = number(float(result.distances[pair]))
        sentence = (
            f"{place}, {first} {result.layers[pair[0]]} and {second} {result.layers[pair[1]]} "
            f"are the nearest layers of two encoders, {far} apart by {result.distance}."
        )
        verdict = first_that_fits(
            Badge.DESCRIBED, f"{name(first)} and {name(second)} hold the nearest layers: {far}"
        )
    kept = {
        encoder: [result.layers[i] for i in np.flatnonzero(result.owner == owner)]
        for owner, encoder in enumerate(result.encoders)
    }
    because = f"{result.reason}; {result.distance} is drawn instead. " if result.reason else ""
    return Exhibit(
        key="layers-map",
        title="All layers at once",
        sentence=sentence,
        context=joined(
            f"{because}A plane cannot show {many(len(result.layers), 'layer')} exactly: its stress "
            f"is {number(result.stress)} (0 is faithful, above about {number(0.2)} read neighbours "
            "with care). A map has no interval: distances of layers stand in the other views.",
            too_few_groups(result.size),
            left_out(run, kept),
        ),
        verdict=None if result.size.within else verdict,
        figure=layer_map_chart(result, theme, names, by),
        read="Each mark is a layer, the large one an encoder's last; thin lines go from the first "
        "to the last. Near marks are near by the distance that the axes name; their directions "
        "have no meaning of their own.",
        table=table(result, names),
        trace={
            "domain": result.domain,
            "n": result.size.caption,
            "metric": result.metric,
            "distance": result.distance,
            "stress": result.stress,
        },
    )


def nearest(result: LayerMap) -> tuple[int, int] | None:
    """Return the two layers of different encoders that are nearest."""
    between = result.owner[:, None] != result.owner
    if not between.any():
        return None
    at = int(np.where(between, result.distances, np.inf).argmin())
    i, j = np.unravel_index(at, between.shape)
    return int(i), int(j)


def table(result: LayerMap, names: dict[str, str]) -> pd.DataFrame:
    """Return every layer's place."""
    owners = result.owner.tolist()
    return pd.DataFrame(
        {
            "encoder": [names[result.encoders[owner]] for owner in owners],
            "family": [result.families[owner] for owner in owners],
            "objective": [result.objectives[owner] for owner in owners],
            "layer": result.layers,
            "depth": result.depth,
            "first axis": result.places[:, 0],
            "second axis": result.places[:, 1],
        }
    )
