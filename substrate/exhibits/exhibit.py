"""The exhibit: a figure with its words, its data and what it rests on; and sections of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from substrate.exhibits.verdict import Verdict
from substrate.runs import Run

if TYPE_CHECKING:
    import plotly.graph_objects as go


class ReportError(ValueError):
    """A report that cannot be written; the message says why and what to do."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Exhibit:
    """A figure with what it says: pages place it, reports list it.

    Parameters
    ----------
    key
        Names it in addresses, widgets and files: ``subspace-spectrum``.
    title
        A few words to list it under.
    sentence
        What it shows, to be read aloud in five seconds; without a figure, why there is none.
    context
        n, null and interval, or the reason where there is none.
    figure
        The figure, where it can be had.
    read
        How to read it, in one or two sentences.
    table
        The data behind it, for the CSV.
    trace
        What its numbers rest on: parameters, seed, samples.
    shown
        A table that is read on the page, with a figure or instead of one.
    verdict
        The badge and the short sentence to open with, where something is found.
    """

    key: str
    title: str
    sentence: str
    context: str = ""
    figure: go.Figure | None = None
    read: str = ""
    table: pd.DataFrame | None = None
    trace: Mapping[str, Any] = field(default_factory=dict)
    shown: pd.DataFrame | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, eq=False)
class Section:
    """One page's question, with its exhibits."""

    key: str
    question: str
    items: tuple[Exhibit, ...]


def attempted(key: str, title: str, make: Callable[[], Exhibit]) -> Exhibit:
    """Return an exhibit under this key and title, or one that says why it cannot be had."""
    try:
        return replace(make(), key=key, title=title)
    except ValueError as error:  # what this program raises when something cannot be had
        return Exhibit(key=key, title=title, sentence=str(error))


def titles(run: Run) -> dict[str, str]:
    """Return every encoder's readable name."""
    return {name: record.title for name, record in run.encoders.items()}


def domain_titles(run: Run) -> dict[str, str]:
    """Return every domain's readable name."""
    return {name: record.title for name, record in run.domains.items()}
