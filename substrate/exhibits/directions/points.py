"""The samples as points: by their scores on two directions, or on a plane of a whole layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from substrate.analyses.directions.choice import DirectionsComparison
from substrate.analyses.directions.embedding import NEIGHBOURS, Embedding
from substrate.analyses.directions.tables import points_table
from substrate.exhibits.directions.card_words import ALIGNED, plane_sentence
from substrate.exhibits.directions.cell_words import points_sentence
from substrate.exhibits.exhibit import Exhibit
from substrate.figures.directions.scatter import Points, sample_scatter
from substrate.figures.theme import Theme
from substrate.wording import number, percent, samples_of

KEY = "directions-points"
SCORES = "scores"
_READ = "Each point is a sample. Draw a lasso or a box around some to see their images."


def samples_by_scores(
    comparison: DirectionsComparison,
    cell: tuple[int, int],
    samples: pd.DataFrame,
    by: pd.Series,
    theme: Theme,
    *,
    selected: Sequence[int] = (),
) -> Exhibit:
    """Return every sample by its scores on both directions of a cell.

    ``samples`` is the table of all samples in the order of the scores (two domains: A's first),
    ``by`` the column that colours them, ``selected`` the rows that are ringed.
    """
    points = _by_scores(comparison, cell, samples["sample_id"].tolist(), theme)
    sentence = points_sentence(comparison.panel, cell)
    return _scatter(points, sentence, SCORES, samples, by, theme, selected)


def samples_on_plane(
    plane: Embedding,
    photographs: int,
    samples: pd.DataFrame,
    by: pd.Series,
    theme: Theme,
    *,
    selected: Sequence[int] = (),
) -> Exhibit:
    """Return every sample on a plane of its layer; see `samples_by_scores`."""
    points = _on_plane(plane, samples["sample_id"].tolist(), photographs, theme)
    return _scatter(points, plane_sentence(plane), plane.method, samples, by, theme, selected)


def _scatter(
    points: Points,
    sentence: str,
    plot: str,
    samples: pd.DataFrame,
    by: pd.Series,
    theme: Theme,
    selected: Sequence[int],
) -> Exhibit:
    return Exhibit(
        key=KEY,
        title=points.title,
        sentence=sentence,
        figure=sample_scatter(points, by, theme, selected=selected),
        read=_READ,
        table=points_table(samples, points.places, by),
        trace={"plot": plot, "colour": by.name, "selected": len(selected)},
    )


def _by_scores(
    comparison: DirectionsComparison, cell: tuple[int, int], names: Sequence[str], theme: Theme
) -> Points:
    i, j = cell
    panel, both = comparison.panel, comparison.domains
    first, second = theme.written(panel.name_a), theme.written(panel.name_b)
    x = (comparison.a.scores if both is None else both.scores_a)[:, i]
    y = (comparison.b.scores if both is None else both.scores_b)[:, j]
    facts, turned = panel.facts, ""
    if panel.values[i, j] < 0:  # what is drawn was turned before it came here
        turned = f", {ALIGNED}"
    return Points(
        np.column_stack([x / x.std(), y / y.std()]),
        names,
        f"{first}, direction {i + 1} (deviations)",
        f"{second}, direction {j + 1}{turned} (deviations)",
        "Samples by their scores on both directions",
        f"{theme.domain(facts.domain)}: {facts.samples} · "
        f"{panel.kind} {number(panel.values[i, j])} · whitening {facts.scaled}",
    )


def _on_plane(plane: Embedding, names: Sequence[str], photographs: int, theme: Theme) -> Points:
    axes = [f"{plane.method} {axis}" for axis in (1, 2)]
    if plane.shares:
        axes = [
            f"{axis} ({percent(share)} of variance)"
            for axis, share in zip(axes, plane.shares, strict=True)
        ]
    kept = plane.kept_reason
    if plane.kept is not None and plane.kept_by_chance is not None:
        kept = (
            f"keeps {percent(plane.kept)} of {NEIGHBOURS} nearest neighbours among other "
            f"{plane.nouns.group}s (a random plane {percent(plane.kept_by_chance)})"
        )
    return Points(
        plane.places,
        names,
        axes[0],
        axes[1],
        f"{plane.method} of " + theme.layer(plane.encoder, plane.layer),
        f"{theme.domain(plane.domain)}: {samples_of(len(names), photographs, plane.nouns)} · "
        f"whitening {plane.scaling} · seed {plane.seed} · {kept}",
        square=True,
    )
