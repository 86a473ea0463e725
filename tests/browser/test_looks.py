"""Every page in both themes: axe-core finds nothing serious, no chart has text cut or covered."""

from pathlib import Path

import axe_playwright_python
import pytest

from substrate.exhibits.layers.section import layers
from substrate.exhibits.panel_page import subspace
from substrate.figures.theme import LIGHT
from substrate.report.page import page as report_page
from tests.browser.test_browser import PAGES, Server, browser, settle  # noqa: F401  a fixture
from tests.support.boxes import DRAW_ALL, FAULTS
from tests.support.planted import LARGE_DOMAINS, LARGE_PANEL, planted_run

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js"))
#: What Streamlit itself draws and neither style sheets nor attributes can mend: rule and place.
STREAMLITS_OWN: tuple[tuple[str, str], ...] = ()
SERIOUS = f"""async () => {{
  const found = await axe.run(document, {{resultTypes: ["violations"]}});
  const known = {[list(one) for one in STREAMLITS_OWN]};
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
    .flatMap((v) => v.nodes.map((node) => [v.id, node]))
    .filter(([rule, node]) => !known.some(
      ([r, place]) => r === rule && document.querySelector(String(node.target))?.closest(place)))
    .map(([rule, node]) => `${{rule}}: ${{node.html.slice(0, 160)}} | ${{node.failureSummary}}`);
}}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    root = tmp_path_factory.mktemp("looks") / "store"
    planted_run(root, n=60, groups=15, untrained=1, permutations=20)
    running = Server(root)
    yield running
    running.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", list(PAGES))
def test_axe_finds_nothing_serious(browser, served, name, scheme):  # noqa: F811
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(120_000)
    settle(page, served.url + PAGES[name])
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(SERIOUS) == []
    assert page.locator("h1").count() == 1
    context.close()


@pytest.mark.parametrize("width", [1024, 1440, 1920, 2560])
@pytest.mark.parametrize("name", list(PAGES))
def test_no_text_of_a_chart_is_cut_or_covered(browser, served, name, width):  # noqa: F811
    context = browser.new_context(viewport={"width": width, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(120_000)
    settle(page, served.url + PAGES[name])
    assert page.evaluate(FAULTS, None) == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    context.close()


def test_seventeen_encoders_and_ten_domains_have_room(browser, tmp_path):  # noqa: F811
    """Matrices and curves of a large panel, as wide as pages of 1024 to 2560 pixels place them."""
    run = planted_run(
        tmp_path / "store",
        n=48,
        groups=12,
        untrained=1,
        permutations=20,
        encoders=LARGE_PANEL,
        domains=LARGE_DOMAINS,
    )
    theme = LIGHT.of(run.encoders)
    path = tmp_path / "large.html"
    path.write_text(report_page(run, [subspace(run, theme), layers(run, theme)], theme))
    page = browser.new_page()
    page.set_default_timeout(120_000)
    page.goto(path.as_uri())
    assert page.locator(".figure").count() > 4
    for width in (720, 1136, 2256):
        page.evaluate(DRAW_ALL, width)
        assert page.evaluate(FAULTS, None) == []
    page.close()


def test_a_switch_of_the_theme_redraws_the_charts(browser, served):  # noqa: F811
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(120_000)
    settle(page, served.url + PAGES["layers"])
    paper = "document.querySelector('.js-plotly-plot').layout.paper_bgcolor"
    assert page.evaluate(paper) == "#FFFFFF"
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => {paper} === '#0F141A'", timeout=60_000)
    context.close()
