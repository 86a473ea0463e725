"""Theory in a browser: the slider moves point, words and address, and the data can be taken."""

from urllib.parse import parse_qs, urlsplit

import pytest

from substrate.analyses.experiments.student_curves import SNRS, formula
from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    SETTLE_MS,
    Server,
    browser,
    page,
    settle,
    step_slider,
    wait_for_address,
)
from tests.support.planted import planted_run

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("theory"), n=40, groups=20)
    running = Server(run.store.root)
    yield running
    running.stop()


def value(page, name):  # noqa: F811
    return parse_qs(urlsplit(page.evaluate("location.href")).query, keep_blank_values=True)[name][0]


def test_a_slider_moves_the_line_the_words_and_the_address_and_a_reload_keeps_them(page, server):  # noqa: F811
    settle(page, f"{server.url}/theory?theory.snr=2")
    following = SNRS[SNRS.index("2") + 1]
    step_slider(page, "ArrowRight", "2", following, f"theory.snr={following}")
    alignment, error = formula(float(following), 15)
    said = page.get_by_text(f"SNR {following}, n / d 0.25: students agree at")
    said.wait_for(timeout=SETTLE_MS)
    assert f"{alignment:.2f}" in said.inner_text() and f"{error:.2f}" in said.inner_text()
    named = (
        "document.querySelector('.st-key-theory-students .js-plotly-plot')?.data?.map(t => t.name)"
    )
    page.wait_for_function(f"() => {named}?.includes('SNR {following}, chosen')", timeout=SETTLE_MS)
    page.reload()
    settle(page)
    assert value(page, "theory.snr") == following
    with page.expect_download() as download:
        page.locator(".st-key-tools-theory-students").get_by_role("button", name="Share").click()
        page.get_by_role("button", name="CSV", exact=True).click()
    text = download.value.path().read_text(encoding="utf-8")
    assert "alignment" in text and "arXiv:2605.26973" in text


def test_a_view_is_pressed_and_gone_back_from(page, server):  # noqa: F811
    settle(page, f"{server.url}/theory")
    page.get_by_test_id("stMain").get_by_text("Map", exact=True).first.click()
    wait_for_address(page, "theory.view=Map")
    page.locator(".st-key-theory-map .js-plotly-plot").wait_for(timeout=SETTLE_MS)
    page.go_back()
    wait_for_address(page, "theory.view=Alignment")
    page.locator(".st-key-theory-students .js-plotly-plot").wait_for(timeout=SETTLE_MS)
