"""What the page of one image shows: its place along each direction, and shared neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.lens.neighbours import Neighbours
from substrate.analyses.lens.position import Position
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.lens import words
from substrate.figures.lens import neighbours as neighbour_figures
from substrate.figures.lens import scores as score_figures
from substrate.figures.theme import Theme
from substrate.wording import OWN_PAGE


def scores(result: Position, image: str, titles: Mapping[str, str], theme: Theme) -> Exhibit:
    """Return an image's place along every direction; ``image`` is its id, or what stands for it."""
    return Exhibit(
        key="lens-scores",
        title="Its place along each direction",
        sentence=words.place_sentence(result),
        verdict=words.place_verdict(result),
        context=words.place_context(result),
        figure=score_figures.scores(result, titles, theme),
        read="Each column is a direction of the shared subspace, each row whose scores: the "
        "panel's, then each encoder's own part of them. The colour is the image's rank among the "
        "held-out images, the number the percentage of these that score lower. " + OWN_PAGE,
        table=place_table(result, titles),
        trace=_trace(image, result.encoders, result.size.domain)
        | {
            "n": result.size.caption,
            "held out": result.n_test,
            "K": result.k,
            "whitening": result.whitening,
            "seed": result.seed,
        },
    )


def place_table(result: Position, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return a row per line of the figure and direction: rank, out of how many, deviations."""
    names = [score_figures.PANEL, *(titles[name] for name in result.encoders)]
    lines, directions = np.indices(result.placed.ranks.shape)
    return pd.DataFrame(
        {
            "scores of": [names[i] for i in lines.ravel()],
            "direction": directions.ravel() + 1,
            "rank from the highest": result.placed.ranks.ravel(),
            "out of": result.placed.out_of,
            "standard deviations": result.placed.deviations.ravel(),
        }
    )


def neighbours(
    result: Neighbours,
    place: int,
    image: str,
    samples: Sequence[str],
    titles: Mapping[str, str],
    theme: Theme,
) -> Exhibit:
    """Return how many neighbours encoders share; ``samples`` are the ids of the domain's rows."""
    return Exhibit(
        key="lens-neighbours",
        title="Neighbours that encoders share",
        sentence=words.neighbours_sentence(result, place),
        verdict=words.neighbours_verdict(result, place),
        context=words.ALONE,
        figure=neighbour_figures.shared(result, place, titles, theme),
        read="Each cell counts the images that are among the nearest of this one in both "
        f"encoders. Images of the same {result.size.nouns.group} are left out.",
        table=neighbours_table(result, place, samples, titles),
        trace=_trace(image, result.encoders, result.size.domain)
        | {"n": result.size.caption, "neighbours": result.count(place), "metric": "cosine"},
    )


def neighbours_table(
    result: Neighbours, place: int, samples: Sequence[str], titles: Mapping[str, str]
) -> pd.DataFrame:
    """Return a row per encoder and neighbour, the nearest first."""
    rows = [
        {
            "encoder": titles[name],
            "place": rank + 1,
            "neighbour": samples[near],
            "cosine": float(result.cosines[e, place, rank]),
        }
        for e, name in enumerate(result.encoders)
        for rank, near in enumerate(result.near[e, place])
        if near >= 0
    ]
    return pd.DataFrame(rows)


def _trace(image: str, encoders: Sequence[str], domain: str) -> dict[str, Any]:
    return {"image": image, "encoders": ", ".join(encoders), "domain": domain}
