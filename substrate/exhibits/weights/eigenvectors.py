"""Channel eigenvectors that are open: their eigenvalues, patches, and matches elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from substrate.analyses.weights.crossed import PICTURED
from substrate.analyses.weights.eigenvectors import Cell, Eigenvector
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.figures.theme import Theme
from substrate.figures.weights.eigenvector import eigenvectors
from substrate.runs import Run
from substrate.wording import listed, many, number, percent

#: How a card of eigenvectors is read.
READ = (
    "A channel eigenvector is a direction of what goes into a layer. Patches are what the "
    "network sees at the positions where the response along it is highest and lowest, each "
    "from another image: the receptive field, or an eighth of the image where it is smaller. "
    "The sign of an eigenvector is a convention; the second one's is turned to the first's. "
    "Gaps are counted in standard errors of the eigenvalue for Gaussian neurons: where "
    "neighbours lie within two or three, eigenvectors may turn into each other. A match in "
    "another encoder is the nearest of its first eigenvectors through the alignment of both "
    "networks, and chance the largest |cosine| with any of them through alignments to "
    "shuffled photographs. A cell of a panel is picked from all of them, so that two eigenvectors "
    "are held against the largest of all cells."
)
#: Said of an eigenvector that its neighbour may turn into.
TIED = (
    "It is not told apart from a neighbour, whose distance is below its standard error: they may "
    "turn into each other, and this eigenvector alone means little."
)
#: Said where a card has no pictures.
NO_PATCHES = (
    f"Patches and matches are kept of the first {PICTURED} eigenvectors of layers that were "
    "aligned with another encoder's: see Alignment."
)


def one(vector: Eigenvector, domain: str, run: Run, theme: Theme) -> Exhibit:
    """Return an eigenvector of a spectrum with what its network sees where it responds."""
    title = titles(run)[vector.encoder]
    pictured = len(vector.highest) > 0
    return Exhibit(
        key="weights-eigenvector",
        title=f"Eigenvector {vector.rank + 1} of {title} {vector.layer}",
        sentence=f"{vector.layer}. {_eigenvalue(vector, run)}",
        context=_found(vector, run) if vector.nearest else NO_PATCHES,
        figure=eigenvectors([vector], [title], theme, run.domains[domain].caption)
        if pictured
        else None,
        read=READ,
        table=_table((vector,)),
        trace=_trace(run.domains[domain].caption),
    )


def two(cell: Cell, domain: str, run: Run, theme: Theme) -> Exhibit:
    """Return two eigenvectors with what their networks see where they respond."""
    named = titles(run)
    both = cell.first, cell.second
    names = [f"eigenvector {one.rank + 1} of {named[one.encoder]} {one.layer}" for one in both]
    beside = [
        f"at most {number(cell.level)} in any of {many(cell.cells, 'cell')} through alignments to "
        "shuffled photographs"
    ]
    if np.isfinite(cell.plain):
        beside.append(f"{number(cell.plain)} without alignment")
    caption = run.domains[domain].caption
    return Exhibit(
        key="weights-eigenvectors",
        title="Two channel eigenvectors",
        sentence=f"{names[0][0].upper()}{names[0][1:]} and {names[1]} have a |cosine| of "
        f"{number(cell.cosine)} ({'; '.join(beside)}).",
        context=" ".join(f"{_eigenvalue(one, run)} {_found(one, run)}".strip() for one in both),
        figure=eigenvectors(both, [named[one.encoder] for one in both], theme, caption)
        if len(both[0].highest) or len(both[1].highest)
        else None,
        read=READ,
        table=_table(both),
        trace=_trace(caption),
    )


def _trace(images: str) -> dict[str, str]:
    """Return what the numbers of a card rest on."""
    return {
        "images": images,
        "eigenvectors": f"the first {PICTURED} of a layer, uncentred",
        "chance": "the largest through alignments to shuffled photographs; of a cell, of all cells",
    }


def _eigenvalue(one: Eigenvector, run: Run) -> str:
    """Say how large an eigenvalue is, and how far from its neighbours."""
    said = (
        f"Eigenvector {one.rank + 1} of {titles(run)[one.encoder]}: {percent(one.share, 1)} of the "
        f"variance (standard error {percent(one.error, 1)})"
    )
    gaps = [
        f"the {which} one lies {number(value, 1)} standard errors {where}"
        for which, value, where in (("previous", one.before, "above"), ("next", one.after, "below"))
        if np.isfinite(value)
    ]
    said = f"{said}; {', '.join(gaps)}." if gaps else f"{said}."
    return f"{said} {TIED}" if one.tied else said


def _found(one: Eigenvector, run: Run) -> str:
    """Say where else an eigenvector is found, and with which encoders it was not compared."""
    named = titles(run)
    parts = [
        f"{named[match.encoder]} {match.layer}, eigenvector {match.rank + 1}, "
        f"{number(match.cosine)} (chance {number(match.level)})"
        for match in one.nearest
    ]
    said = f"Its nearest: {'; '.join(parts)}." if parts else ""
    if one.apart:
        said += f" Not aligned with {listed([named[name] for name in one.apart])}."
    return said.strip()


def _table(both: Sequence[Eigenvector]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "encoder": one.encoder,
                "layer": one.layer,
                "eigenvector": one.rank + 1,
                "share": one.share,
                "standard error": one.error,
                "previous": one.before,
                "next": one.after,
                "match in": match.encoder,
                "layer of match": match.layer,
                "eigenvector of match": match.rank + 1,
                "|cosine|": match.cosine,
                "chance": match.level,
            }
            for one in both
            for match in one.nearest
        ]
    )
