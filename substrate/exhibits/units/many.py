"""Many to many: the angles inside clusters, the ordered matrices, and clusters with pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from substrate.analyses.units.many_to_many import ManyToMany
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.units import many_words as words
from substrate.exhibits.units.verdicts import of_clusters
from substrate.exhibits.units.words import names_of, trace_of
from substrate.figures.theme import Theme
from substrate.figures.units import many as figures
from substrate.runs import Run

#: Clusters that are shown with pictures.
SHOWN = 6
ANGLES, MATRICES, CARDS = "Angles inside clusters", "Units by cluster", "Clusters"


def angles(result: ManyToMany, run: Run, theme: Theme) -> Exhibit:
    """Return the principal angles inside each cluster, beside those of random clusters."""
    return Exhibit(
        key="units-angles",
        title=ANGLES,
        sentence=words.sentence(result, names_of(result.place, run)),
        context=words.context(result),
        verdict=of_clusters(result),
        figure=figures.angles(result, theme),
        read=words.reading(result),
        table=angles_table(result),
        trace=trace(result),
    )


def matrices(result: ManyToMany, run: Run, theme: Theme) -> Exhibit:
    """Return the correlations of the units of both layers, as they come and by cluster."""
    names = names_of(result.place, run)
    return Exhibit(
        key="units-clusters",
        title=MATRICES,
        sentence=words.matrices_sentence(names),
        figure=figures.matrices(result, theme, names),
        read="Rows and columns are the units of A, then those of B; at the right in the order of "
        "the clusters, the largest first, with lines between them. Bright squares on the diagonal "
        "are clusters whose units say much the same.",
        table=units_table(result),
        trace=trace(result),
    )


def shown_clusters(result: ManyToMany) -> list[int]:
    """Return the largest clusters with units of both sides."""
    return [k for k, one in enumerate(result.clusters) if len(one.cosines)][:SHOWN]


def wanted_pictures(result: ManyToMany) -> list[tuple[int, int]]:
    """Return side and number of the units whose pictures are shown."""
    return [
        (side, int(unit))
        for index in shown_clusters(result)
        for side, units in enumerate((result.clusters[index].first, result.clusters[index].second))
        for unit in units[: figures.UNITS]
    ]


def cards(
    result: ManyToMany, pictures: Mapping[tuple[int, int], Any], run: Run, theme: Theme
) -> Exhibit:
    """Return the largest clusters, units of either side by the image that each likes best."""
    names, rows = names_of(result.place, run), shown_clusters(result)
    return Exhibit(
        key="units-cluster-cards",
        title=CARDS,
        sentence=words.cards_sentence(len(rows), len(result.clusters)),
        figure=figures.cards(result, rows, pictures, theme, names),
        read="Each row is a cluster: up to four of its units of A, then up to four of B, by the "
        "part of an image at which each is most active. Click a unit to open it.",
        table=units_table(result),
        trace=trace(result),
    )


def angles_table(result: ManyToMany) -> pd.DataFrame:
    """Return a row per principal angle of each cluster."""
    rows = [
        {
            "cluster": index + 1,
            "units of A": len(one.first),
            "units of B": len(one.second),
            "cosine": cosine,
            "random, mean": mean,
            "random, 95 % level": level,
        }
        for index, one in enumerate(result.clusters)
        for cosine, mean, level in zip(one.cosines, one.null_mean, one.null_level, strict=True)
    ]
    columns = ["cluster", "units of A", "units of B", "cosine", "random, mean"]
    return pd.DataFrame(rows, columns=[*columns, "random, 95 % level"])


def units_table(result: ManyToMany) -> pd.DataFrame:
    """Return a row per unit with its cluster; both from 1."""
    return pd.DataFrame(
        [
            {"side": "AB"[side], "unit": int(unit) + 1, "cluster": index + 1}
            for index, one in enumerate(result.clusters)
            for side, units in enumerate((one.first, one.second))
            for unit in units
        ]
    )


def trace(result: ManyToMany) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        **trace_of(result.place, result.size.caption),
        "positions": result.positions,
        "clusters": len(result.clusters),
        "clustering": f"{result.method}, number {'by eigengap' if result.chosen else 'chosen'}",
        "clustered and judged": "on halves of the photographs",
        "random clusters": len(result.random),
        "pairs of untrained twins": len(result.twins),
        "units left out": f"{result.dead[0]} and {result.dead[1]}",
        "whitening": "none",
        "seed": result.place.seed,
        "interval": result.mean.reason or f"95 %, {result.mean.unit} left out in blocks",
    }
