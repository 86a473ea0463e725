"""Several tabs of a server that has just started, each asked for a page by its address."""

import pytest

from tests.browser.test_browser import PAGES, Server, browser  # noqa: F401
from tests.support.planted import planted_run

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

TABS = ("layers", "subspace", "metrics", "claims", "study")


def test_every_tab_of_a_fresh_server_has_the_menu(browser, tmp_path):  # noqa: F811
    """They start before any of them has been through the router, and none may be left out."""
    run = planted_run(tmp_path, n=24, groups=12, few=12, untrained=0)
    server = Server(run.store.root)
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    try:
        tabs = {name: context.new_page() for name in TABS}
        for name, tab in tabs.items():
            tab.goto(f"{server.url}{PAGES[name]}", wait_until="commit")
        for name, tab in tabs.items():
            tab.wait_for_selector("h1", timeout=120_000)
            links = tab.locator('[data-testid="stSidebar"] a[data-testid="stPageLink-NavLink"]')
            links.nth(len(PAGES) - 1).wait_for(timeout=120_000)
            assert links.count() == len(PAGES), name
            assert tab.locator('[data-testid="stSidebarNav"]').count() == 0, name
    finally:
        context.close()
        server.stop()
