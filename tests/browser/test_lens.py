"""Images as links: from a direction's page into the lens and back, by mouse and by keyboard."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    SETTLE_MS,
    browser,
    page,
    server,
    settle,
)

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

LINKS = ".linked-sheet a"
NEIGHBOURS = "Nearest neighbours in each encoder"


def value(page, name):  # noqa: F811
    return parse_qs(urlsplit(page.evaluate("location.href")).query, keep_blank_values=True)[name][0]


def test_an_image_opens_in_the_lens_by_key_and_its_neighbours_by_click(page, server):  # noqa: F811
    settle(page, f"{server.url}/direction?domain=face")
    page.wait_for_function("() => /direction.number=/.test(location.search)")
    before = page.evaluate("location.href")
    link = page.locator(LINKS).first
    name = link.get_attribute("aria-label").partition(":")[0]
    assert link.get_attribute("href").startswith("lens?run=")
    box = link.bounding_box()
    assert box["width"] >= 90 and box["height"] >= 90  # the picture, and not its caption
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_text(NEIGHBOURS).wait_for()
    settle(page)
    assert value(page, "lens.image") == name
    page.get_by_text(f"Id: {name}").wait_for()
    near = page.locator(LINKS).nth(1)
    other = near.get_attribute("aria-label").partition(":")[0]
    near.click()
    page.get_by_text(f"Id: {other}").wait_for()
    settle(page)
    assert value(page, "lens.image") == other != name
    page.go_back(wait_until="commit")
    page.get_by_text(f"Id: {name}").wait_for()
    page.go_back(wait_until="commit")
    page.wait_for_function("() => location.pathname === '/direction'", timeout=SETTLE_MS)
    settle(page)
    assert page.evaluate("location.href") == before


def test_a_link_of_an_image_is_an_address_of_its_own(page, server):  # noqa: F811
    settle(page, f"{server.url}/lens?domain=face")
    link = page.locator(LINKS).first
    name = link.get_attribute("aria-label").partition(":")[0]
    settle(page, f"{server.url}/{link.get_attribute('href')}")
    page.get_by_text(f"Id: {name}").wait_for()
    assert value(page, "lens.image") == name
