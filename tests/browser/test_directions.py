"""Directions in one screen: a click on a cell, with the images of both directions in sight."""

import pytest
from playwright.sync_api import TimeoutError

from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    SETTLE_MS,
    browser,
    click_point,
    server,
    settle,
)

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

WIDTH, HEIGHT = 1440, 900
SIDES = ".st-key-directions-sides img"


@pytest.fixture
def page(browser):  # noqa: F811
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    opened = context.new_page()
    opened.set_default_timeout(SETTLE_MS)
    yield opened
    context.close()


def boxes(page):
    page.locator(SIDES).nth(3).wait_for()
    page.wait_for_function(
        "s => Array.from(document.querySelectorAll(s)).every((i) => i.naturalWidth > 0)", arg=SIDES
    )
    return [image.bounding_box() for image in page.locator(SIDES).all()]


def test_a_clicked_cell_leaves_its_images_in_the_same_window(page, server):  # noqa: F811
    settle(page, f"{server.url}/directions?domain=natural&k=8")
    for row, column in ((1, 2), (7, 7)):
        part = f"cell={row + 1}%2C{column + 1}"
        click_point(page, "directions-heatmap", [row, column], leads_to=part)
        page.get_by_text(f"Direction {row + 1} of A and direction {column + 1} of B").wait_for()
        settle(page)
        found = boxes(page)
        assert len(found) == 4  # the highest and the lowest of either side
        for box in found:
            assert box["width"] >= 5 * 96  # five images of 96 pixels
            assert box["x"] >= 0 and box["x"] + box["width"] <= WIDTH
            assert box["y"] >= 0 and box["y"] + box["height"] <= HEIGHT


def pressed_until(page, key, part):
    """Press a key until the address has a part: one that comes before the page listens is lost."""
    for _ in range(10):
        page.keyboard.press(key)
        try:
            page.wait_for_function(
                "part => location.href.includes(part)", arg=part, timeout=SETTLE_MS / 10
            )
        except TimeoutError:
            continue
        return
    raise AssertionError(f"{key} does not lead to {part}: {page.url}")


def test_arrow_keys_walk_through_the_matches(page, server):  # noqa: F811
    settle(page, f"{server.url}/directions?domain=natural&k=8")
    page.get_by_text("Direction 1 of A and direction").first.wait_for()
    settle(page)
    pressed_until(page, "ArrowRight", "cell=2%2C")
    page.get_by_text("Direction 2 of A and direction").first.wait_for()
    settle(page)
    pressed_until(page, "ArrowLeft", "cell=1%2C")
