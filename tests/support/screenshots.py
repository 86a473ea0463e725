"""Make the pictures of the README: ``make pictures STORE=...``, one screen of the dashboard each.

The store holds a finished run of the default study (``python -m substrate run --store ...``). A
picture has as many colours as fit into 300 kB.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from tests.support.browser_setup import installed

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "images"
#: Width and height of the window in pixels, and the most that a picture may weigh in bytes.
WINDOW, MOST = (1440, 900), 300_000
#: Each picture's name and the address that it shows.
PICTURES = {
    "home": "/",
    "subspace": "/subspace?domain=face",
    "wall": "/wall?domain=face",
    "directions": "/directions?domain=face",
}
#: Said once the script of a page has ended and nothing on it is about to change.
IDLE = """() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState
  === "notRunning" && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')"""
WAIT_MS, SETTLE_MS = 240_000, 2500


@contextmanager
def served(store: Path) -> Iterator[str]:
    """Serve the dashboard on a store, and give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    environment = {**os.environ, "SUBSTRATE_STORE": str(store)}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _await(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _await(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def taken(page: Any, address: str) -> bytes:
    """Return a PNG of an address once it is drawn; twice, as what is computed lands late."""
    for _ in range(2):
        page.goto(address)
        page.get_by_test_id("stMainBlockContainer").wait_for()
        page.wait_for_timeout(SETTLE_MS)
        page.wait_for_function(IDLE, timeout=WAIT_MS)
    page.wait_for_timeout(SETTLE_MS)
    return bytes(page.screenshot())


def reduced(png: bytes, most: int = MOST) -> bytes:
    """Return a PNG in as many colours as its size allows: 256, 128, 64, …

    Raises
    ------
    ValueError
        If sixteen colours are still too large.
    """
    picture = Image.open(BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32, 16):
        buffer = BytesIO()
        few = picture.quantize(colours, dither=Image.Dither.NONE)
        few.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= most:
            return buffer.getvalue()
    raise ValueError(f"A picture of {len(png)} bytes stays above {most}: choose a smaller window.")


def main() -> None:
    """Take every picture and write it into docs/images."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path, help="a store with a finished run of the default study")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    wanted = parser.parse_args()
    with sync_playwright() as playwright, served(wanted.store) as url:
        browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
        page = browser.new_context(
            viewport={"width": WINDOW[0], "height": WINDOW[1]}, color_scheme="light"
        ).new_page()
        for name, address in PICTURES.items():
            path = wanted.folder / f"{name}.png"
            path.write_bytes(reduced(taken(page, url + address)))
            sys.stderr.write(f"{path} {path.stat().st_size}\n")
        browser.close()


if __name__ == "__main__":
    main()
