"""Few to one: the curve, the units that take part, the weights, and a table of layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.units.few_to_one import FewToOne
from substrate.analyses.units.published import COLUMNS, LASSO, SOURCE
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.units import few_words as words
from substrate.exhibits.units.verdicts import of_few
from substrate.exhibits.units.words import names_of, trace_of
from substrate.figures.theme import Theme
from substrate.figures.units import few as figures
from substrate.figures.units.matrices import weights as weights_figure
from substrate.runs import Run

#: Units of B that are shown with those that predict them.
SHOWN = 8
#: Titles by key, as the page and the report list them.
PATH, SUMS, WEIGHTS, TABLE = (
    "Few units predict one",
    "What few units predict",
    "Weights",
    "Loss by penalty and layer",
)


def path(result: FewToOne, run: Run, theme: Theme, level: int | None = None) -> Exhibit:
    """Return held-out R² against the number of units; ``level`` is the penalty that is marked."""
    names = names_of(result.place, run)
    return Exhibit(
        key="units-few",
        title=PATH,
        sentence=words.sentence(result, names),
        context=words.context(result),
        verdict=of_few(result),
        figure=figures.path(result, level, theme, names),
        read=words.reading(result),
        table=path_table(result),
        trace=trace(result),
    )


def shown_rows(result: FewToOne, level: int | None = None) -> list[int]:
    """Return the rows of the units that are best predicted by few units, several before one."""
    at = result.chosen if level is None else np.full(len(result.second), level)
    padded = np.concatenate([result.count, np.zeros_like(result.count[:1])])
    count = padded[at, np.arange(len(at))]
    r2 = result.chosen_r2 if level is None else result.r2[level]
    order = np.lexsort((-r2, count < 1))
    return [int(row) for row in order[:SHOWN] if count[row] > 0]


def wanted_pictures(result: FewToOne, level: int | None = None) -> list[tuple[int, int]]:
    """Return side and number of the units whose pictures are shown."""
    out: dict[tuple[int, int], None] = {}
    for row in shown_rows(result, level):
        out[1, int(result.second[row])] = None
        for unit in figures.terms(result, row, level)[0][: figures.TERMS]:
            out[0, int(unit)] = None
    return list(out)


def sums(
    result: FewToOne,
    pictures: Mapping[tuple[int, int], Any],
    run: Run,
    theme: Theme,
    level: int | None = None,
) -> Exhibit:
    """Return units of B beside the units of A that predict them."""
    names, rows = names_of(result.place, run), shown_rows(result, level)
    return Exhibit(
        key="units-sums",
        title=SUMS,
        sentence=words.sums_sentence(result, len(rows), level, names),
        figure=figures.sums(result, rows, level, pictures, theme, names),
        read="Each row: a unit of B, and the units of A with the largest weights in its "
        "prediction, all units z-scored. Pictures are the parts of images at which a unit is most "
        "active. Click a unit to open it.",
        table=sums_table(result, level),
        trace=trace(result) | {"predictions": words.at(result, level)},
    )


def weights(result: FewToOne, run: Run, theme: Theme) -> Exhibit:
    """Return the matrix of chosen weights, rows ordered by their largest."""
    names = names_of(result.place, run)
    return Exhibit(
        key="units-weights",
        title=WEIGHTS,
        sentence=words.weights_sentence(result, names),
        figure=weights_figure(result, theme, names),
        read="Rows are units of B, columns units of A; rows are sorted by the column of their "
        "largest weight. One dark cell in a row is a unit that one unit of A predicts, a row of "
        "many pale cells a distributed code. Colours end at −1 and 1.",
        table=sums_table(result, None),
        trace=trace(result),
    )


def layers_table(results: Mapping[str, FewToOne], *, published: bool) -> Exhibit:
    """Return the losses of several pairs of layers side by side, as the publication's table."""
    first = next(iter(results.values()))
    table = pd.DataFrame(
        {"penalty": first.penalties} | {name: one.half_unexplained for name, one in results.items()}
    )
    if published:
        lasso = pd.DataFrame(LASSO, columns=list(COLUMNS))
        lasso.insert(0, "published", SOURCE)
        table = pd.concat([table, lasso], ignore_index=True)
    return Exhibit(
        key="units-losses",
        title=TABLE,
        sentence=words.table_sentence(len(results)),
        context=words.published_note() if published else "",
        read="0.5: nothing is explained; 0: everything. The penalised weights are judged, not "
        "those fitted again.",
        shown=table,
        table=table,
        trace={**trace(first), "pairs of layers": ", ".join(results)},
    )


def path_table(result: FewToOne) -> pd.DataFrame:
    """Return a row per penalty."""
    return pd.DataFrame(
        {
            "penalty": result.penalties,
            "units": result.path.count,
            "R²": result.path.r2,
            "turned axes": result.rotated_path.count,
            "R2 of turned axes": result.rotated_path.r2,
            "half unexplained, penalised": result.half_unexplained,
        }
    )


def sums_table(result: FewToOne, level: int | None) -> pd.DataFrame:
    """Return a row per unit of B and unit of A in its prediction; units from 1."""
    rows = [
        {"unit of B": unit + 1, "unit of A": of + 1, "weight": weight}
        for row, unit in enumerate(result.second)
        for of, weight in zip(*figures.terms(result, row, level), strict=True)
    ]
    return pd.DataFrame(rows, columns=["unit of B", "unit of A", "weight"])


def trace(result: FewToOne) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        **trace_of(result.place, result.size.caption),
        "positions": result.positions,
        "fitted, chosen and judged": "on a half and two quarters of the photographs",
        "rotations": len(result.rotations),
        "pairs of untrained twins": len(result.twins),
        "shuffled": len(result.shuffled),
        "units left out": f"{result.dead[0]} and {result.dead[1]}",
        "whitening": "z-score",
        "seed": result.place.seed,
        "interval": result.few.reason or f"95 %, {result.few.unit} left out in blocks",
    }
