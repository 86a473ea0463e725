"""One HTML file with a run's default figures or all views, their words, and what they rest on."""

from __future__ import annotations

from pathlib import Path

from substrate.exhibits.defaults import sections
from substrate.exhibits.exhibit import ReportError
from substrate.figures.theme import THEMES
from substrate.report.page import page
from substrate.runs import Run
from substrate.store import write_text


def write_report(run: Run, path: Path, *, theme: str = "light", every: bool = False) -> None:
    """Write a run's report as one self-contained file, replacing an earlier one atomically.

    With ``every`` it holds all views of every page, not the default ones alone.

    Raises
    ------
    ReportError
        If the theme is unknown or the file cannot be written.
    """
    if theme not in THEMES:
        raise ReportError(f"There is no theme {theme!r}; choose one of {', '.join(THEMES)}.")
    chosen = THEMES[theme].of(run.encoders)
    text = page(run, sections(run, chosen, every=every), chosen)
    try:
        write_text(Path(path), text)
    except OSError as error:
        raise ReportError(f"The report {path} cannot be written: {error.strerror}.") from error


__all__ = ["ReportError", "write_report"]
