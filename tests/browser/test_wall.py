"""From a cell of the wall to its direction's own page, and back to the same wall."""

import pytest

from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    SETTLE_MS,
    browser,
    click_point,
    page,
    server,
    settle,
)
from tests.browser.test_tours import becomes, shown

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

CELLS = """() => document.querySelector('.st-key-wall-wall .js-plotly-plot').data
  .find((trace) => trace.name === "cells").customdata"""


def there(page, path):  # noqa: F811
    page.wait_for_function("p => location.pathname === p", arg=path, timeout=SETTLE_MS)


def test_a_cell_of_the_wall_leads_to_its_direction_and_back_is_the_same_wall(page, server):  # noqa: F811
    settle(page, f"{server.url}/wall?domain=face&k=6")
    page.locator(".st-key-wall-wall .js-plotly-plot").wait_for()
    before = shown(page)
    number, encoder = page.evaluate(CELLS)[1]  # in the first row, which is in the window
    click_point(page, "wall-wall", [number, encoder])
    there(page, "/direction")
    settle(page)
    address = page.evaluate("location.search")
    assert f"direction.number={number + 1}" in address and f"direction.by={encoder}" in address
    assert "domain=face" in address and "k=6" in address
    page.get_by_text(f"Highest scores of {encoder}").first.wait_for()
    assert page.locator(".linked-sheet img").count() == 4
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_timeout(700)
    sheets = [image.bounding_box() for image in page.locator(".linked-sheet img").all()]
    chart = page.locator(".st-key-direction-scores").bounding_box()
    assert all(box["width"] >= 6 * (96 + 8) - 1 for box in sheets)
    for box in (*sheets[:3], chart):  # highest, middle, random, and the histogram beside them
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900
    assert chart["x"] >= sheets[0]["x"] + sheets[0]["width"]
    page.go_back(wait_until="commit")
    there(page, "/wall")
    becomes(page, before)
    page.go_forward(wait_until="commit")
    there(page, "/direction")
    settle(page)
    main = page.get_by_test_id("stMain")
    main.get_by_role("link", name="Wall", exact=True).click()  # the link does as Back does
    there(page, "/wall")
    assert shown(page)["said"] == before["said"]
