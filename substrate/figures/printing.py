"""Pictures from Chrome or Chromium: SVG by kaleido, with the font in it; from it PDF and PNG.

A picture inside another page sees none of that page's fonts, so each SVG holds its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from html import escape
from pathlib import Path

import kaleido
import plotly.graph_objects as go

from substrate.figures import fonts

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--no-first-run",
)
#: Seconds after which a browser that prints one page is given up.
PATIENCE = 60
_PAGE = (
    "<!doctype html><meta charset='utf-8'>"
    "<style>body { margin: 0; } svg { display: block; }</style>"
)
_lock = threading.Lock()
_started = False


def browser_path() -> str | None:
    """Return the Chrome or Chromium that draws, if there is one."""
    chosen = os.environ.get("BROWSER_PATH")
    return chosen or next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def svg(figure: go.Figure, width: int, height: int, *, size: str = "", title: str = "") -> str:
    """Return a figure as SVG with its font in it; the browser is started once and kept.

    Parameters
    ----------
    width, height
        In pixels.
    size
        Width with its unit that the picture declares, such as ``89mm``; its own pixels without.
    title
        What a screen reader reads, and a catalogue shows.
    """
    global _started
    with _lock:
        if not _started:
            _start()
            _started = True
        drawn = kaleido.calc_fig_sync(
            figure, opts={"format": "svg", "width": width, "height": height, "scale": 1}
        )
    held = f"<title>{escape(title)}</title><style>{fonts.face()}</style>"
    if size:
        number, unit = re.fullmatch(r"([\d.]+)(\w+)", size).groups()  # type: ignore[union-attr]
        tall = f"{float(number) * height / width:.3f}{unit}"
        held_size = f'width="{size}" height="{tall}" viewBox="0 0 {width} {height}"'
    else:
        held_size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    tag, rest = drawn.decode().split(">", 1)
    return f"{_opened(tag, held_size)}{held}{rest}"


def _opened(tag: str, size: str) -> str:
    """Return the first tag with this size in place of its own."""
    return re.sub(r'\s(?:width|height|viewBox)="[^"]*"', "", tag) + f" {size}>"


def _start() -> None:
    """Start the browser with the font on its page, and let it be loaded by a first drawing."""
    folder = Path(tempfile.mkdtemp(prefix="substrate-font-"))
    script = folder / "font.js"
    script.write_text(fonts.script(), encoding="utf-8")
    page = kaleido.PageGenerator(mathjax=False, others=[script])
    kaleido.start_sync_server(
        n=1, timeout=PATIENCE, path=browser_path(), page_generator=page, silence_warnings=True
    )
    first = go.Figure(layout={"title": "Agreement", "font": {"family": fonts.FAMILY}})
    kaleido.calc_fig_sync(first, opts={"format": "svg", "width": 300, "height": 200})


def printed(picture: str, *, width: str, height: str) -> bytes:
    """Return an SVG as a PDF of one page of its own size, its text as text.

    ``width`` and ``height`` carry their units.
    """
    page = f"<style>@page {{ size: {width} {height}; margin: 0; }}</style>{picture}"
    return _taken(page, "out.pdf", "--print-to-pdf={}", "--no-pdf-header-footer")


def photographed(picture: str, width: int, height: int, *, scale: float = 2.0) -> bytes:
    """Return an SVG as PNG, ``scale`` pixels of it for one of the figure."""
    return _taken(
        picture,
        "out.png",
        "--screenshot={}",
        f"--window-size={width},{height}",
        f"--force-device-scale-factor={scale:g}",
    )


def _taken(page: str, name: str, *flags: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="substrate-print-") as folder:
        source, result = Path(folder) / "page.html", Path(folder) / name
        source.write_text(f"{_PAGE}{page}", encoding="utf-8")
        chosen = [flag.format(result) for flag in flags]
        profile = f"--user-data-dir={folder}/profile"
        command = [str(browser_path()), *_FLAGS, profile, *chosen, source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
        return result.read_bytes()
