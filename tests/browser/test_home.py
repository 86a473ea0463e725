"""From the Home page of an empty store to a run of one's own, watched from another page."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    SETTLE_MS,
    browser,
    own_server,
    page,
    settle,
)

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

SMALL = (
    "study.encoders=resnet&study.encoders=vgg&study.domains=face&study.domains=digit"
    "&study.samples=32&study.untrained=1&study.permutations=20&study.components=4"
)


def test_home_run_watch_from_another_page_and_find_the_cards(page, own_server):  # noqa: F811
    settle(page, own_server.url)
    page.get_by_text("The shipped run: results only").wait_for()
    cards = page.locator(".verdict h2")
    assert cards.count() == 5
    page.get_by_role("link", name="Run it yourself").click()
    page.wait_for_url("**/study?**")
    settle(page, f"{own_server.url}/study?{SMALL}")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Cancel").wait_for()
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_role("link", name="Metrics", exact=True).click()
    page.wait_for_url("**/metrics?**")
    pill = page.locator(".st-key-status-pill")
    pill.wait_for()
    pill.get_by_role("link", name="Watch").click()
    page.wait_for_url("**/study?**")
    page.get_by_text("What was found").wait_for(timeout=240_000)
    page.locator(".verdict h2").first.wait_for()
    pill.wait_for(state="detached")  # at its next look, or when the page is drawn to its end
    settle(page, own_server.url)
    assert page.get_by_text("The shipped run: results only").count() == 0
    assert page.locator(".verdict h2").count() >= 2


def test_an_earlier_address_of_the_study_page_leads_there(page, own_server):  # noqa: F811
    """The Study page used to stand where the Home page stands now."""
    page.goto(f"{own_server.url}/?untrained=3&samples=48")
    page.wait_for_url("**/study?**")
    settle(page)
    page.get_by_text("Sizes, nulls and seed").click()
    twins = page.get_by_role("spinbutton", name="Untrained twins per encoder")
    twins.wait_for()
    expect(twins).to_have_value("3", timeout=SETTLE_MS)


def test_home_by_its_name_is_the_home_page(page, own_server):  # noqa: F811
    settle(page, f"{own_server.url}/home")
    page.get_by_role("heading", name="What do vision encoders share?").wait_for()
    page.wait_for_url(lambda url: "/home" not in url)  # the address follows the heading


def test_the_form_fits_a_narrow_window(page, own_server):  # noqa: F811
    page.set_viewport_size({"width": 1024, "height": 800})
    settle(page, f"{own_server.url}/study")
    for label in ("Add your own encoder", "Add a folder of images"):
        button = page.get_by_role("button", name=label).locator("p")
        assert button.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    chips = page.get_by_test_id("stMultiSelect").first
    chosen = chips.locator("span[title]").last.bounding_box()
    whole = chips.bounding_box()
    assert chosen["x"] + chosen["width"] < whole["x"] + whole["width"] - 60  # left of its buttons
