"""Units of two layers matched one to one: curves, matrices, pairs, and one unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.units.one_to_one import OneToOne
from substrate.analyses.units.pictures import SHOWN
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.units import words
from substrate.exhibits.units.verdicts import of_matching
from substrate.figures.theme import Theme
from substrate.figures.units import matrices
from substrate.figures.units.cards import Pair, pair_cards
from substrate.figures.units.curves import sorted_curves
from substrate.figures.units.unit import partner_bars, partners
from substrate.runs import Run


def curves(result: OneToOne, run: Run, theme: Theme) -> Exhibit:
    """Return the sorted correlations of units with their partners, beside the nulls."""
    names = words.layer_names(result, run)
    return Exhibit(
        key="units-curves",
        title="Units matched one to one",
        sentence=words.matching_sentence(result, names),
        context=words.matching_context(result),
        verdict=of_matching(result),
        figure=sorted_curves(result, theme, names),
        read="Both curves are of all images: the dashed one gives every unit of A its best partner "
        "in B, the solid one a partner of its own (the largest sum of correlations). The level "
        "lines are means of held-out correlations: axes turned at random in the same two spaces, "
        "pairs of untrained twins, and shuffled images, each matched in the same way.",
        table=pair_table(result),
        trace=trace(result),
    )


def four(result: OneToOne, run: Run, theme: Theme) -> Exhibit:
    """Return the correlations within and between the layers, in natural and in matched order."""
    names = words.layer_names(result, run)
    return Exhibit(
        key="units-matrices",
        title="Correlations within and between",
        sentence=f"Correlations of units within {names[0]}, within {names[1]}, and between them.",
        figure=matrices.four_matrices(result, theme, names),
        read="Below left the two layers as they come, below right ordered along the cycles of the "
        "matching: matched units lie on the diagonal"
        f"{', and a cell is the mean of a block' if matrices.block_size(result) > 1 else ''}.",
        table=pair_table(result),
        trace=trace(result),
    )


def zoomed(result: OneToOne, run: Run, theme: Theme, start: int) -> Exhibit:
    """Return true cells of the matched order, from one place on."""
    names = words.layer_names(result, run)
    return Exhibit(
        key="units-zoom",
        title="Single units",
        sentence=f"Correlations of single units of {names[0]} and {names[1]}, in matched order.",
        figure=matrices.zoom(result, theme, names, start),
        read="Each cell is one pair of units; matched units lie on the diagonal.",
        table=pair_table(result),
        trace=trace(result) | {"from": start + 1},
    )


def shown_pairs(result: OneToOne, *, best: bool) -> list[int]:
    """Return the rows of the best or of the worst pairs, the most extreme one first."""
    count = len(result.pairs.r)
    rows = range(min(SHOWN, count)) if best else range(count - 1, max(count - 1 - SHOWN, -1), -1)
    return list(rows)


def cards(
    result: OneToOne, pictures: Sequence[Pair], run: Run, theme: Theme, *, best: bool
) -> Exhibit:
    """Return the best or the worst pairs, the pictures of both units beside each other."""
    names, rows = words.layer_names(result, run), shown_pairs(result, best=best)
    which = "Best" if best else "Worst"
    table = pair_table(result)
    return Exhibit(
        key=f"units-{which.lower()}",
        title=f"{which} pairs",
        sentence=f"The {len(rows)} pairs of units with the "
        f"{'highest' if best else 'lowest'} held-out correlation.",
        figure=pair_cards(result, rows, pictures, theme, names, title=f"{which} pairs"),
        read="Each unit is shown by the parts of images at which it is most active, cut to the "
        "pixels that a position of the layer sees; r is of photographs that did not choose the "
        "pair. Click a unit to open it.",
        table=table.iloc[rows],
        trace=trace(result),
    )


def one_unit(result: OneToOne, side: int, unit: int, run: Run, theme: Theme) -> Exhibit:
    """Return a unit beside the closest units of the other layer."""
    names = words.layer_names(result, run)
    units, r = partners(result, side, unit)
    return Exhibit(
        key="units-unit",
        title=f"Unit {unit + 1}",
        sentence=words.unit_sentence(result, side, unit, names),
        figure=partner_bars(result, side, unit, theme, names),
        read="The units of the other layer that correlate most with this one, over all images; the "
        "filled one is its partner in the one-to-one matching.",
        table=pd.DataFrame({"unit": units + 1, "r": r}),
        trace=trace(result) | {"side": "AB"[side], "unit": unit + 1},
    )


def pair_table(result: OneToOne) -> pd.DataFrame:
    """Return a row per matched pair: units from 1, r with its interval, and the margin."""
    pairs = result.pairs
    return pd.DataFrame(
        {
            "unit of A": pairs.first + 1,
            "unit of B": pairs.second + 1,
            "r": pairs.r,
            "low": pairs.low,
            "high": pairs.high,
            "r where chosen": pairs.chosen_r,
            "margin": pairs.margin,
        }
    )


def trace(result: OneToOne) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        **words.trace_of(result.place, result.size.caption),
        "positions": result.positions,
        "correlations": "absolute" if result.absolute else "signed",
        "chosen and judged": "on halves of the photographs",
        "rotations": len(result.rotations),
        "pairs of untrained twins": len(result.twins),
        "shuffled": len(result.shuffled),
        "units left out": f"{result.dead[0]} and {result.dead[1]}",
        "whitening": "none",
        "seed": result.place.seed,
        "interval": result.mean.reason or f"95 %, {result.mean.unit} left out in blocks",
        "rows": int(np.size(result.pairs.r)),
    }
