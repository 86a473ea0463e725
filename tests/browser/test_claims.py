"""The Claims page in a real Chromium: filter, select, follow a link, copy an address, export."""

import re

import pytest

from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    browser,
    page,
    server,
    settle,
)

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]


def test_a_claim_is_found_opened_and_exported(page, server, tmp_path):  # noqa: F811
    """Filter the ledger, open a claim from its address, export it, go to what it rests on."""
    settle(page, f"{server.url}/claims")
    page.get_by_text(re.compile("published claims")).first.wait_for()
    page.get_by_role("combobox", name=re.compile("About")).click()
    page.get_by_role("option", name="Shared across architectures").click()
    page.wait_for_url(re.compile("theme=Shared"))
    address = page.url.replace("claims.claim=", "claims.claim=shared_across_architectures")
    settle(page, address)
    page.get_by_text("Leave-encoder-out correlation: mean over encoders").first.wait_for()
    page.get_by_text("Would count:").first.wait_for()

    page.get_by_text("Share", exact=True).first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).first.click()
    path = tmp_path / "claims.csv"
    download.value.save_as(path)
    content = path.read_text()
    assert "shared_across_architectures" in content and "sha256" in content

    page.keyboard.press("Escape")
    page.get_by_text("Open the Subspace page").first.click()
    page.wait_for_url(re.compile("/subspace"))
    page.get_by_text(re.compile("share|alike", re.IGNORECASE)).first.wait_for()
    assert page.locator('[data-testid="stException"]').count() == 0


def test_what_does_not_add_up_and_how_it_is_decided(page, server):  # noqa: F811
    """The other two views, by a click and by their address."""
    settle(page, f"{server.url}/claims")
    page.get_by_text("Inconsistencies", exact=True).first.click()
    page.get_by_text("medical CT and microscopy, 0.784").first.wait_for()
    settle(page, f"{server.url}/claims?view=How+it+is+decided")
    page.get_by_text("Why these figures may differ").first.wait_for()
    page.get_by_text(re.compile("sha256")).first.wait_for()
