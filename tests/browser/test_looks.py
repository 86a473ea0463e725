"""Every page in both themes, with pictures: axe-core finds nothing serious, no text is covered."""

from pathlib import Path
from urllib.parse import quote

import axe_playwright_python
import pytest

from substrate.figures.theme import DARK
from tests.browser.test_browser import PAGES, browser, server, settle  # noqa: F401  fixtures
from tests.conftest import ROOT
from tests.support.boxes import FAULTS

SCREENSHOTS = ROOT / "build" / "screenshots"
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js"))
#: Serious and critical faults, and the outline of headings, which axe counts as moderate.
SERIOUS = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  const wrong = (v) => ["serious", "critical"].includes(v.impact) || v.id === "heading-order";
  return found.violations.filter(wrong).flatMap((v) => v.nodes.map((node) =>
    `${v.id}: ${node.html.slice(0, 200)} | ${node.failureSummary} | ${node.target}`));
}"""
IDLE = """() => document.querySelector('[data-testid="stApp"]').dataset.testScriptState
  === "notRunning" && !document.querySelector('[data-stale="true"]')"""
WIDTHS = (1024, 1440, 1920, 2560)
PAPER = """(wanted) => { const charts = [...document.querySelectorAll('.js-plotly-plot')];
  return charts.every((chart) => chart.layout.paper_bgcolor === wanted); }"""
#: Where the page's first figure, image or table begins, in pixels from the window's top.
FIRST = """() => { const drawn = [...document.querySelectorAll('[data-testid="stMain"] :is(' +
  '.js-plotly-plot, img, canvas)')].map((one) => one.getBoundingClientRect())
  .filter((box) => box.width && box.height); return drawn.length ? drawn[0].top : 0; }"""
#: 40 per cent of a window of 1440 x 900.
HIGHEST_PX = 360
TALL = {
    "subspace": ("Robustness", "Encoder pairs", "Flow", "Disagreement"),
    "transfer": ("Encoders", "Domain detector", "Few labels"),
    "directions": ("Two encoders", "One encoder on two domains"),
    "theory": ("Alignment and error", "Map", "Real features"),
    "layers": ("All encoders", "Trajectories"),
    "weights": ("Channels", "Bundled networks"),
}


@pytest.fixture
def page(browser):  # noqa: F811
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, color_scheme="light")
    opened = context.new_page()
    opened.set_default_timeout(120_000)
    yield opened
    context.close()


def picture(page, name, scheme):
    """Keep a picture of the page as it stands."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    width = page.viewport_size["width"]
    page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-{width}.png")


def rest(page):
    """Wait until the page has drawn and its script has ended."""
    settle(page)
    page.wait_for_function(IDLE)
    page.wait_for_timeout(300)


def widen(page, width):
    """Give the window a width and wait until the charts have followed it."""
    page.set_viewport_size({"width": width, "height": 1000})
    page.wait_for_timeout(700)


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_is_readable_in_both_themes_and_at_every_width(page, server, name):  # noqa: F811
    settle(page, server.url + PAGES[name])
    rest(page)
    picture(page, name, "light")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    faults = {"light": page.evaluate(SERIOUS)}
    for width in WIDTHS:
        widen(page, width)
        faults[str(width)] = page.evaluate(FAULTS, None)
        if width == 1440 and page.evaluate(FIRST) > HIGHEST_PX:
            faults["1440"] += [f"the first figure begins at {page.evaluate(FIRST):.0f} px"]
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        faults[str(width)] += [f"the page is {over} px too wide"] if over > 0 else []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(PAPER, arg=DARK.paper)  # a switch of the theme draws anew
    rest(page)
    faults["dark"] = page.evaluate(SERIOUS)
    widen(page, WIDTHS[0])
    picture(page, name, "dark")
    assert {where: found for where, found in faults.items() if found} == {}
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("name", list(TALL))
def test_the_first_figure_begins_in_the_upper_two_fifths_of_the_window(page, server, name):  # noqa: F811
    page.set_viewport_size({"width": 1440, "height": 900})
    begins = {}
    for view in TALL[name]:
        settle(page, f"{server.url}/{name}?{name}.view={quote(view)}")
        rest(page)
        begins[view] = page.evaluate(FIRST)
    assert {view: top for view, top in begins.items() if top > HIGHEST_PX} == {}
    assert max(begins.values()) > 100
