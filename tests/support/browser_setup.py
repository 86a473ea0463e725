"""Find a Chromium or Chrome for the browser tests, or install one; one loud line if neither works.

Tried in order: an installed browser, ``playwright install chromium``, ``apt-get install chromium``.
With ``SUBSTRATE_REQUIRE_BROWSER=1`` a missing browser is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed() -> str | None:
    """Return the path of a browser on this machine, Playwright's own included."""
    chosen = os.environ.get("SUBSTRATE_BROWSER")
    if chosen:
        return chosen
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or _playwrights_own()


def _playwrights_own() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


def _attempt(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    try:
        done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _install() -> None:
    if _attempt(sys.executable, "-m", "playwright", "install", "chromium") and installed():
        return
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        _attempt("apt-get", "update")
        _attempt("apt-get", "install", "-y", "--no-install-recommends", "chromium")


def main() -> int:
    """Make sure that there is a browser; say so loudly where there is none."""
    if installed() is None:
        _install()
    if installed() is not None:
        return 0
    required = os.environ.get("SUBSTRATE_REQUIRE_BROWSER") == "1"
    sys.stderr.write(
        "!!! NO CHROMIUM OR CHROME: the browser tests "
        + (
            "cannot run and are required (SUBSTRATE_REQUIRE_BROWSER=1)"
            if required
            else "are SKIPPED"
        )
        + ". Install one, or name it in SUBSTRATE_BROWSER. !!!\n"
    )
    return 1 if required else 0


if __name__ == "__main__":
    sys.exit(main())
