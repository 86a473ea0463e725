"""The Transfer page in a real Chromium: its views, and an image of one's own."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    SETTLE_MS,
    browser,
    page,
    server,
    settle,
)

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def picture(real_run, tmp_path):
    """Write one of the run's own natural tiles to a file."""
    path = tmp_path / "mine.png"
    Image.fromarray(real_run.thumbnails("natural")[3]).save(path)
    return path


def follow(page, link, address):  # noqa: F811
    """Click a link until the address has changed: a click on an opening box may miss it."""
    for _ in range(5):
        page.get_by_text(link).first.click()
        try:
            return page.wait_for_url(re.compile(address), timeout=SETTLE_MS / 5)
        except PlaywrightTimeout:
            continue
    pytest.fail(f"{link} leads nowhere")


def read_details(page, text):  # noqa: F811
    """Open the details beside the verdict, once more where the page was drawn anew, and read."""
    for _ in range(5):
        page.get_by_role("button", name="Details").first.click()
        try:
            page.get_by_text(text).first.wait_for(timeout=SETTLE_MS / 5)
        except PlaywrightTimeout:
            page.keyboard.press("Escape")
            continue
        return page.keyboard.press("Escape")
    pytest.fail(f"the details never say: {text}")


def test_a_dropped_image_has_its_probabilities_and_a_link(page, server, picture, tmp_path):  # noqa: F811
    """Open the page, switch the view, drop an image, follow its address, drop what is none."""
    settle(page, f"{server.url}/transfer")
    read_details(page, "reaches most by a linear probe")
    page.get_by_text("Domain detector", exact=True).first.click()
    page.wait_for_url(re.compile(r"transfer\.view=Domain"))
    read_details(page, "a random split of the same images says")
    upload = page.locator('input[type="file"]')
    upload.set_input_files(str(picture))
    page.wait_for_url(re.compile("image=[0-9a-f]{32}"))
    said = re.compile("looks like|None of these|is nearest to")
    page.get_by_text(said).first.wait_for(state="attached")
    page.get_by_text("Probability of each domain").first.wait_for()
    page.get_by_text("The dropped image, then the training samples nearest").first.wait_for()
    address = page.url
    settle(page, address)
    page.get_by_text("Probability of each domain").first.wait_for()

    broken = tmp_path / "broken.png"
    content = BytesIO()
    Image.new("RGB", (40, 40)).save(content, "PNG")
    broken.write_bytes(content.getvalue()[:40])
    page.locator('input[type="file"]').set_input_files(str(broken))
    page.get_by_text("broken.png cannot be used").first.wait_for()
    assert page.locator('[data-testid="stException"]').count() == 0


def test_a_score_and_a_domain_are_in_the_address(page, server):  # noqa: F811
    """A copied address shows the same score on the same domain."""
    settle(page, f"{server.url}/transfer?score=hscore&against=nearest+neighbours")
    page.get_by_text("H-score against the nearest neighbours").first.wait_for()
    page.get_by_text("Why not the other 2 domains?").first.click()
    page.get_by_text("The packaged faces are of one class only").first.wait_for()
    follow(page, "Compose this study with faces and other patches", "own=")
    page.get_by_text("Copy command").click()
    page.locator("code", has_text="packaged").first.wait_for()
    assert page.get_by_role("button", name="Run", exact=True).is_enabled()
