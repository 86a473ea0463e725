"""Present mode by keys: pin two views, P, right, left, Escape; all words are large."""

import re

import pytest

from substrate.notebook import pins
from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    Server,
    browser,
    settle,
    wait_for_address,
)
from tests.support.planted import planted_run

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

WORDS = """() => [...document.querySelector('[data-testid="stMain"]')
  .querySelectorAll("h1, h2, h3, h4, p, .badge")]
  .filter((one) => one.textContent.trim() && one.getBoundingClientRect().width > 0)
  .map((one) => parseFloat(getComputedStyle(one).fontSize))"""
LETTERS = """() => [...document.querySelectorAll(".js-plotly-plot svg text")]
  .filter((text) => text.textContent.trim() && text.getBBox().width > 0)
  .map((text) => parseFloat(getComputedStyle(text).fontSize))"""


def test_pinned_views_are_stepped_through_by_keys(browser, tmp_path):  # noqa: F811
    run = planted_run(tmp_path / "store", n=48, groups=12, untrained=0)
    server = Server(run.store.root)
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(120_000)
    try:
        views = ("/layers", "They diverge late"), ("/metrics", "All agree")
        for place, (path, note) in enumerate(views, start=1):
            settle(page, server.url + path)
            page.get_by_role("button", name="Pin", exact=True).first.click()
            page.get_by_role("textbox", name="Note").first.fill(note)
            page.get_by_role("textbox", name="Note").first.press("Enter")
            settle(page)
            page.get_by_role("button", name="Pin this view").first.click()
            page.get_by_role("button", name=re.compile(rf"Pinned \({place}\)")).wait_for()
        assert [pin.note for pin in pins.pins(run.store)] == ["They diverge late", "All agree"]
        page.keyboard.press("Escape")
        settle(page)
        page.keyboard.press("p")
        slide(page, "present=1", "They diverge late")
        assert "/layers?" in page.url
        page.keyboard.press("ArrowRight")
        slide(page, "present=2", "All agree")
        assert "/metrics?" in page.url
        page.keyboard.press("ArrowLeft")
        slide(page, "present=1", "They diverge late")
        page.keyboard.press("Escape")
        page.wait_for_function("() => !location.href.includes('present=')")
        page.get_by_test_id("stSidebar").wait_for(state="visible")
        settle(page, server.url + "/metrics?present=9")  # no such pin: the page as it is
        page.locator(".verdict").first.wait_for()
        sizes = page.evaluate(WORDS)
        assert len(sizes) > 3 and min(sizes) >= 22
    finally:
        page.close()
        server.stop()


def slide(page, part, note):
    """Assert that the page is a slide: one large figure and its note, and nothing to click."""
    wait_for_address(page, part)
    page.get_by_text(note, exact=True).wait_for()
    settle(page)
    page.wait_for_function("() => document.querySelectorAll('.js-plotly-plot').length === 1")
    assert min(page.evaluate(LETTERS)) >= 22
    assert not page.get_by_test_id("stSidebar").is_visible()
    assert page.locator('[data-testid="stMain"] button:visible').count() == 0
