"""The dashboard in a real Chromium: run, cancel, reload, deep links, images, exports."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from substrate import jobs
from substrate.encoders.bundled import Bundled
from substrate.store import Store
from tests.conftest import ROOT
from tests.support.browser_setup import installed

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
PAGES = {
    "home": "/",
    **{p.stem: f"/{p.stem}" for p in sorted((ROOT / "pages").glob("*.py")) if p.stem != "home"},
}
SETTLE_MS = 120_000


@pytest.fixture(scope="module")
def browser():
    path = installed()
    if path is None:
        if os.environ.get("SUBSTRATE_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium or Chrome, and SUBSTRATE_REQUIRE_BROWSER=1")
        pytest.skip("no Chromium or Chrome on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


class Server:
    """A Streamlit server of its own on a free port and a store of its own."""

    def __init__(self, store: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.store = store
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)],
            cwd=ROOT,
            env={**os.environ, "SUBSTRATE_STORE": str(self.store)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1)
                return
            except OSError:
                time.sleep(0.2)
        pytest.fail("the server did not start within two minutes")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module")
def server(real_run):
    running = Server(real_run.store.root)
    yield running
    running.stop()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    opened = context.new_page()
    opened.set_default_timeout(SETTLE_MS)
    yield opened
    context.close()


def settle(page, url=None):
    """Open an address and wait until the page has drawn and nothing is running.

    A skeleton stands where a control's own script is still being fetched; on a cold and busy
    machine that takes longer than the page's texts.
    """
    if url:
        page.goto(url)
        page.wait_for_load_state("networkidle")
    page.wait_for_selector("h1")
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=\"stStatusWidget\"]')"
        " && !document.querySelector('[data-testid=\"stSpinner\"]')"
        " && !document.querySelector('[data-testid=\"stSkeleton\"]')"
    )
    page.wait_for_timeout(400)
    assert page.locator('[data-testid="stException"]').count() == 0


@pytest.fixture
def own_server(tmp_path):
    """A server on an empty store, for flows that start runs."""
    running = Server(tmp_path / "store")
    yield running
    running.stop()
    store = Store(running.store)
    for status in jobs.list_jobs(store):
        if status.live:
            jobs.cancel(store, status.job)
    shutil.rmtree(running.store, ignore_errors=True)


def test_run_reload_restart_and_cancel(page, own_server, real_run):
    """A run survives a reload and a restart of the server, and is cancelled."""
    settle(page, f"{own_server.url}/study?untrained=100&samples=512")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(re.compile(r"study\.job=\w"))
    page.get_by_role("button", name="Cancel").wait_for()
    page.reload()
    page.get_by_role("button", name="Cancel").wait_for()
    own_server.stop()
    own_server.start()
    page.goto(page.url)
    cancel = page.get_by_role("button", name="Cancel")
    cancel.wait_for()
    page.get_by_text(re.compile(r"so far, ")).first.wait_for()
    cancel.click()
    page.get_by_role("button", name="Resume").wait_for(timeout=30_000)
    assert jobs.list_jobs(Store(own_server.store))[0].state == "cancelled"


def test_a_copied_address_shows_the_same_in_a_new_browser(browser, server, page, real_run):
    settle(page, f"{server.url}/subspace?run={real_run.run_id}&k=4")
    number = 'input[aria-label="Directions (K)"]'
    # a field shows its lowest value until its script has taken up the one that it is given
    expect(page.locator(number)).to_have_value("4", timeout=SETTLE_MS)
    assert real_run.run_id in page.url
    other = browser.new_context().new_page()
    other.set_default_timeout(SETTLE_MS)
    settle(other, page.url)
    expect(other.locator(number)).to_have_value("4", timeout=SETTLE_MS)
    other.context.close()


#: Where a trace's point with this custom data lies on the page, by what the chart itself says.
POINT = """([key, wanted]) => {
  const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  chart.scrollIntoView({block: "center", behavior: "instant"});
  const layout = chart._fullLayout, at = chart.getBoundingClientRect();
  for (const trace of chart._fullData) {
    const i = Array.from(trace.customdata || []).findIndex(
      (d) => JSON.stringify(Array.from(d)) === JSON.stringify(wanted));
    if (i < 0) continue;
    const x = layout[trace.xaxis.replace("x", "xaxis")];
    const y = layout[trace.yaxis.replace("y", "yaxis")];
    return [at.left + x._offset + x.d2p(trace.x[i]), at.top + y._offset + y.d2p(trace.y[i])];
  }
}"""


ALONE = "key => document.querySelectorAll(`.st-key-${key} .js-plotly-plot`).length === 1"


#: Remembers whether the chart itself has heard a click: one that comes before Plotly has found the
#: point under the mouse is lost, and a second one on a chosen point would take the choice back.
LISTEN = """key => {
  const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  window.heard = false;
  chart.on("plotly_click", () => { window.heard = true; });
}"""


def click_point(page, key, wanted, leads_to=None):
    """Move to the point that carries these custom data and click it, until the chart hears it.

    Where a part of the address is given that the click leads to, until the page has heard it, too:
    a chart that is drawn anew between the two keeps the click to itself.
    """
    for _ in range(10):
        settle(page)  # a chart that is being replaced stands beside its successor for a moment
        page.wait_for_function(ALONE, arg=key, timeout=SETTLE_MS)
        page.evaluate(POINT, [key, wanted])
        page.wait_for_timeout(300)
        page.evaluate(LISTEN, key)
        x, y = page.evaluate(POINT, [key, wanted])
        page.mouse.move(x - 4, y)
        page.mouse.move(x, y)
        page.wait_for_timeout(200)
        page.mouse.click(x, y)
        try:
            page.wait_for_function("() => window.heard", timeout=SETTLE_MS / 20)
            if leads_to:
                wait_for_address(page, leads_to, timeout=SETTLE_MS / 4)
        except PlaywrightTimeout:
            continue
        return
    raise AssertionError(f"no click on {wanted} is heard by {key}: {page.url}")


def wait_for_address(page, part, timeout=SETTLE_MS):
    """Wait until the address holds this text."""
    page.wait_for_function("part => location.href.includes(part)", arg=part, timeout=timeout)


def step_slider(page, key, start, shown, part):
    """Press a key on the first slider, which shows one value, until the address tells of the next.

    A press is lost where the page is drawn anew at that moment and sets the slider back; it is
    repeated only while the slider shows where it started.
    """
    for _ in range(10):
        settle(page)
        slider = page.get_by_role("slider").first
        if slider.get_attribute("aria-valuetext") == start:
            slider.focus()
            page.keyboard.press(key)
        try:
            wait_for_address(page, part, timeout=SETTLE_MS / 10)
        except PlaywrightTimeout:
            continue
        assert page.get_by_role("slider").first.get_attribute("aria-valuetext") == shown
        return
    raise AssertionError(f"{key} does not move the slider to {shown}: {page.url}")


def test_a_chosen_cell_shows_the_images_of_its_directions(page, server):
    """A click on any cell puts it into the address and shows both directions' cards."""
    settle(page, f"{server.url}/directions?domain=digit&k=8&cell=3,5")
    page.get_by_text("Direction 3 of A and direction 5 of B").first.wait_for()
    page.get_by_alt_text("Highest scores").nth(1).wait_for()
    for row, column in ((6, 1), (0, 7)):
        part = f"cell={row + 1}%2C{column + 1}"
        click_point(page, "directions-heatmap", [row, column], leads_to=part)
        heading = f"Direction {row + 1} of A and direction {column + 1} of B"
        page.get_by_text(heading).first.wait_for()


def test_a_clicked_dot_opens_its_directions_images(page, server):
    settle(page, f"{server.url}/subspace?domain=digit")
    click_point(page, "subspace-spectrum", [2, "vgg"], leads_to="direction=3")
    wait_for_address(page, "by=")  # dots may overlap: whichever lies on top
    owner = re.search("by=([^&]+)", page.evaluate("location.search")).group(1)
    title = Bundled().card(owner)["title"]
    page.get_by_text(f"Highest scores of {title} among").first.wait_for()


def test_a_clicked_setting_is_loaded_into_the_switches(page, server):
    settle(page, f"{server.url}/subspace?domain=digit&view=Settings")
    before = page.evaluate("location.search")
    click_point(page, "subspace-settings", [0])
    page.wait_for_function("before => location.search !== before", arg=before)
    changed = set(page.evaluate("location.search").split("&")) - set(before.split("&"))
    assert changed and all(re.match("(k|whitening|subspace.seed)=", one) for one in changed)


def test_exports_are_whole_files(page, server, tmp_path):
    settle(page, f"{server.url}/layers")
    for kind, start in (
        ("HTML", b"<!doctype html>"),
        ("CSV", b"#"),
        ("SVG", b"<svg"),
        ("PNG", b"\x89PNG"),
    ):
        page.get_by_text("Share", exact=True).first.click()
        with page.expect_download() as download:
            page.get_by_role("button", name=kind, exact=True).first.click()
        path = tmp_path / kind
        download.value.save_as(path)
        content = path.read_bytes()
        assert content.startswith(start), content[:80]
        assert len(content) > 300
        page.keyboard.press("Escape")
        page.wait_for_timeout(300)
