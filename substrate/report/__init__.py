"""One HTML file with a run's default figures or all views, their words, and what they rest on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from substrate import catalogue
from substrate.exhibits.defaults import sections
from substrate.exhibits.exhibit import ReportError
from substrate.figures import export
from substrate.figures.theme import THEMES, Theme
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
    chosen = themed(run, theme)
    text = page(run, sections(run, chosen, every=every), chosen)
    try:
        write_text(Path(path), text)
    except OSError as error:
        raise ReportError(f"The report {path} cannot be written: {error.strerror}.") from error


def themed(run: Run, theme: str = "light") -> Theme:
    """Return a theme with the looks of a run's encoders, and of bundled ones of experiments."""
    bundled = {encoder.name: encoder for encoder in catalogue.encoders()}
    others = {name: encoder for name, encoder in bundled.items() if name not in run.encoders}
    return THEMES[theme].of({**run.encoders, **others}, run.domains)


def write_figures(run: Run, folder: Path, *, every: bool = False) -> list[Path]:
    """Write a run's figures for papers: PDF and SVG, one and two columns wide, the font in them.

    Returns the files: ``subspace-spectrum-89mm.pdf`` and its like, in the light theme.

    Raises
    ------
    ReportError
        If no browser is there to draw them, or a file cannot be written.
    """
    if not export.browser_available():
        raise ReportError(
            "Figures as PDF and SVG need Chrome or Chromium: install one, or name it in "
            "BROWSER_PATH."
        )
    written: list[Path] = []
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for section in sections(run, themed(run), every=every):
            for place, item in enumerate(section.items):
                if item.figure is not None:
                    name = f"{section.key}-{place + 1}-{_plain(item.title)}"
                    written += _papers(item.figure, Path(folder), name)
    except OSError as error:
        raise ReportError(f"Figures in {folder} cannot be written: {error.strerror}.") from error
    return written


def _papers(figure: Any, folder: Path, name: str) -> list[Path]:
    paths = []
    for width in export.COLUMNS_MM:
        for kind in ("pdf", "svg"):
            path = folder / f"{name}-{width}mm.{kind}"
            path.write_bytes(export.paper(figure, kind, width_mm=width))
            paths.append(path)
    return paths


def _plain(title: str) -> str:
    """Return a title as part of a file's name: letters of any script, digits and hyphens."""
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-")[:60]


__all__ = ["ReportError", "write_figures", "write_report"]
