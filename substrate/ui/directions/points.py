"""The samples as points, coloured by any column, and the images of a selection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.directions.cosine_panel import counted
from substrate.analyses.directions.defaults import settings
from substrate.analyses.directions.embedding import (
    EMBEDDING,
    METHODS,
    Embedding,
    EmbeddingParams,
)
from substrate.analyses.directions.images import (
    IMAGES,
    ImagesParams,
)
from substrate.figures.directions.scatter import (
    Points,
    sample_scatter,
)
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui import (
    controls,
)
from substrate.ui import (
    pickers as choices,
)
from substrate.ui.charts import show
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.directions import address
from substrate.ui.directions.controls import (
    DOMAINS_VIEW,
    Choice,
    Shown,
)
from substrate.ui.results import result
from substrate.ui.samples import sample_table, thumbnails_of
from substrate.ui.selection import Selection

SCORES = "scores"
PLOTS = (SCORES, *METHODS)
#: Columns of a sample table that name samples and do not describe them.
_NOT_COLOURS = {"sample_id", "content_sha256", "box"}
#: Most images of a selection that are shown.
SHOWN = 48
_KEY = "directions-points"


def points_section(
    selection: Selection, choice: Choice, found: Shown, cell: tuple[int, int], theme: Theme
) -> None:
    """Show the scatter, its controls, and the images of what is selected on it."""
    run = selection.run
    samples = _samples(run, choice)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    controls.segmented(selection, "directions.plot", row)
    plot, side = selection["directions.plot"], "A"
    if plot in METHODS:
        controls.segmented(selection, "directions.side", row)
        side = selection["directions.side"]
        if choice.view == DOMAINS_VIEW:
            samples = sample_table(run, choice.domain if side == "A" else choice.second_domain)
    by = _colour(selection, row, samples)
    points = _points(run, choice, found, cell, plot, side, samples)
    if points is None:
        return
    news = choices.news(_KEY)
    if news and (rows := address.selected_rows(news)):
        selection.put({address.ROWS: address.rows_text(rows)})
    selected = address.read_rows(selection[address.ROWS], len(samples))
    show(
        sample_scatter(points, by, theme, selected=selected), key=_KEY,
        table=samples.drop(columns="content_sha256").assign(
            x=points.places[:, 0], y=points.places[:, 1], **{str(by.name): by.to_numpy()}
        ),
        run=run, trace={"plot": plot, "colour": by.name, "selected": len(selected)},
        select=("points", "box", "lasso"),
        read="Each point is a sample. Draw a lasso or a box around some to see their images.",
    )  # fmt: skip
    _images(selection, samples, selected, by, theme)


def _samples(run: Run, choice: Choice) -> pd.DataFrame:
    if choice.view != DOMAINS_VIEW:
        return sample_table(run, choice.domain)
    domains = (choice.domain, choice.second_domain)
    return pd.concat([sample_table(run, domain) for domain in domains], ignore_index=True)


def _colour(selection: Selection, place: Any, samples: pd.DataFrame) -> pd.Series:
    """Let the reader choose a column or a statistic of the images."""
    columns = [c for c in samples.columns if c not in _NOT_COLOURS]
    measured = _statistics(selection.run, samples)
    first = [c for c in ("label",) if c in columns]
    options = [*first, *(c for c in columns if c not in first), *measured.columns]
    picked = selection.settle("directions.colour", options)
    controls.choose_from(selection, "directions.colour", options, place)
    return samples[picked] if picked in columns else measured[picked]


def _statistics(run: Run, samples: pd.DataFrame) -> pd.DataFrame:
    """Return the image statistics that all of the samples' domains have."""
    parts = []
    for domain in samples["domain"].unique():
        found = result(IMAGES, run, ImagesParams(domain), what="image statistics")
        if found is None:
            return pd.DataFrame(index=samples.index)
        parts.append(pd.DataFrame(found.values, columns=list(found.names)))
    return pd.concat(parts, join="inner", ignore_index=True)


def _points(
    run: Run,
    choice: Choice,
    found: Shown,
    cell: tuple[int, int],
    plot: str,
    side: str,
    samples: pd.DataFrame,
) -> Points | None:
    names = samples["sample_id"].tolist()
    if plot == SCORES:
        return _scores(found, cell, names)
    basis = found.a if side == "A" else found.b
    params = EmbeddingParams(
        basis.encoder, basis.layer, basis.domain, plot, choice.scaling, settings(run)["seed"]
    )
    laid = result(EMBEDDING, run, params, what=f"{plot} of {basis.encoder}/{basis.layer}")
    return None if laid is None else _laid_out(laid, names, basis.photographs)


def _scores(found: Shown, cell: tuple[int, int], names: Sequence[str]) -> Points:
    i, j = cell
    both = found.domains
    x = (found.a.scores if both is None else both.scores_a)[:, i]
    y = (found.b.scores if both is None else both.scores_b)[:, j]
    known = found.panel.facts
    return Points(
        np.column_stack([x / x.std(), y / y.std()]),
        names,
        f"{found.panel.name_a}, direction {i + 1} (deviations)",
        f"{found.panel.name_b}, direction {j + 1} (deviations)",
        "Samples by their scores on both directions",
        f"{known.domain}: {known.samples} · {found.panel.kind} "
        f"{found.panel.values[i, j]:.2f} · whitening {known.scaled}",
    )


def _laid_out(laid: Embedding, names: Sequence[str], photographs: int) -> Points:
    axes = [f"{laid.method} {axis}" for axis in (1, 2)]
    if laid.shares:
        axes = [f"{a} ({s:.0%} of variance)" for a, s in zip(axes, laid.shares, strict=True)]
    kept = laid.kept_reason
    if laid.kept is not None and laid.kept_by_chance is not None:
        kept = (
            f"keeps {laid.kept:.0%} of 15 nearest neighbours among other photographs "
            f"(chance {laid.kept_by_chance:.0%})"
        )
    return Points(
        laid.places,
        names,
        axes[0],
        axes[1],
        f"{laid.method} of {laid.encoder}/{laid.layer}",
        f"{laid.domain}: {counted(len(names), photographs)} · whitening {laid.scaling} · "
        f"seed {laid.seed} · {kept}",
        square=True,
    )


def _images(
    selection: Selection,
    samples: pd.DataFrame,
    selected: Sequence[int],
    by: pd.Series,
    theme: Theme,
) -> None:
    if not selected:
        return
    groups = samples["group"].iloc[list(selected)].nunique()
    shown = list(selected[:SHOWN])
    text, button = st.columns([5, 1], vertical_alignment="center")
    more = f" The first {SHOWN} are shown." if len(selected) > SHOWN else ""
    text.markdown(f"**Selected: {counted(len(selected), groups)}.**{more}")
    if button.button("Clear", key="directions-clear", width="stretch"):
        selection.put({address.ROWS: ""}, again=True)
    chosen = samples.iloc[shown]
    pictures = np.concatenate(
        [_pictures(selection.run, chosen, domain) for domain in chosen["domain"].unique()]
    )
    chosen = pd.concat([chosen[chosen["domain"] == d] for d in chosen["domain"].unique()])
    lines = [
        f"{_value(by.loc[index])}\n{row['group'].rsplit('/', 1)[-1]}"
        for index, row in chosen.iterrows()
    ]
    show_sheet(
        pictures, lines, theme, columns=10, side=64,
        alt="Selected images: " + ", ".join(chosen["sample_id"]),
    )  # fmt: skip


def _pictures(run: Run, chosen: pd.DataFrame, domain: str) -> np.ndarray:
    ids = {name: row for row, name in enumerate(sample_table(run, domain)["sample_id"])}
    rows = [ids[name] for name in chosen.loc[chosen["domain"] == domain, "sample_id"]]
    return thumbnails_of(run, domain)[rows]


def _value(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
