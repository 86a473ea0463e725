"""A report on A4: every figure is drawn, within the paper, with its marks and its font."""

import re

import pytest

from substrate.report import write_report
from tests.browser.test_browser import browser, server, settle  # noqa: F401  fixtures
from tests.support.boxes import FAULTS
from tests.support.training_store import training_run

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]
#: Width of A4 less margins of 12 mm, in CSS pixels.
PAPER_PX = 703
#: Width of the sheet that a page of the dashboard is printed on, less its margins.
SHEET_PX = 1542

MARKS = """() => [...document.querySelectorAll(".figure")].map((place) => {
  const frame = place.getBoundingClientRect();
  const points = [...place.querySelectorAll("svg .point, svg .hm image, svg .errorbar")];
  return {
    key: place.dataset.figure,
    drawn: place.querySelectorAll(".main-svg").length > 0,
    marks: points.length,
    wide: Math.max(0, ...[...place.querySelectorAll(".main-svg")]
      .map((picture) => +picture.getAttribute("width"))),
  };
})"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    root = tmp_path_factory.mktemp("printed")
    run = training_run(root / "store", n=48, groups=12, untrained=1)
    write_report(run, root / "report.html")
    return root / "report.html"


def test_a_printed_report_has_every_figure_whole(browser, report):  # noqa: F811
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(120_000)
    page.goto(report.as_uri())
    page.wait_for_function(
        "() => +document.documentElement.dataset.drawn"
        " === document.querySelectorAll('.figure').length"
    )
    on_screen = {one["key"]: one["marks"] for one in page.evaluate(MARKS)}
    assert len(on_screen) > 8
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER_PX, "height": 1000})
    page.wait_for_timeout(500)
    printed = page.evaluate(MARKS)
    assert all(one["drawn"] and one["wide"] <= PAPER_PX for one in printed), printed
    assert {one["key"]: one["marks"] for one in printed} == on_screen
    assert sum(one["marks"] for one in printed) > 200
    assert page.evaluate(FAULTS, None) == []
    page.close()


def test_the_pdf_has_its_pages_its_findings_and_its_font(browser, report, tmp_path):  # noqa: F811
    page = browser.new_page()
    page.set_default_timeout(120_000)
    page.goto(report.as_uri())
    page.wait_for_function("() => +document.documentElement.dataset.drawn > 8")
    assert page.locator(".findings li").count() == 3
    assert "\n@misc{radwan2026" in "\n" + page.locator("#methods pre").inner_text()
    pdf = page.pdf(format="A4", print_background=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    figures = page.locator(".figure").count()
    assert figures / 3 <= pages <= figures + 30
    assert b"SourceSans" in pdf
    box = {tuple(map(float, m.split())) for m in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)}
    assert all(abs(w - 595) < 2 and abs(h - 842) < 2 for _, _, w, h in box), box
    page.close()


def test_a_printed_page_is_without_the_menu_and_its_charts_are_whole(browser, server):  # noqa: F811
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(120_000)
    settle(page, f"{server.url}/transfer")
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    page.wait_for_timeout(1500)
    tools = page.locator('[class*="st-key-tools-"]').first
    assert tools.is_visible() and page.get_by_test_id("stSidebar").is_visible()
    page.emulate_media(media="print")
    assert not tools.is_visible() and not page.get_by_test_id("stSidebar").is_visible()
    right = page.evaluate(
        "() => [...document.querySelectorAll('.js-plotly-plot .main-svg')]"
        ".map((picture) => picture.getBoundingClientRect().right)"
    )
    assert right and max(right) <= SHEET_PX
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    box = {tuple(map(float, m.split())) for m in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)}
    assert all(abs(w - 1247) < 2 and abs(h - 1763) < 2 for _, _, w, h in box), box
    page.close()
