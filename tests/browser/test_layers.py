"""Layers in a browser: a slider draws ways layer by layer, a click on one makes its encoder A."""

import pytest

from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    SETTLE_MS,
    Server,
    browser,
    page,
    settle,
    wait_for_address,
)
from tests.support.planted import planted_run

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]
CHART = ".st-key-layers-trajectories .js-plotly-plot"
#: The ways that are drawn; the mark of the legend alone has no place.
WAYS = f"document.querySelector('{CHART}')._fullData.filter(t => t.x?.length && t.x[0] !== null)"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("layers"), n=40, groups=20)
    running = Server(run.store.root)
    yield running
    running.stop()


def lengths(page):  # noqa: F811
    """Return how many layers of each way are drawn."""
    return page.evaluate(f"() => {WAYS}.map(t => t.x.length)")


def wait_for_lengths(page, condition):  # noqa: F811
    page.wait_for_function(f"() => {WAYS}.every(t => {condition})", timeout=SETTLE_MS)


def test_the_slider_draws_ways_layer_by_layer_and_play_goes_to_the_end(page, server):  # noqa: F811
    settle(page, f"{server.url}/layers?layers.view=Trajectories&first=alpha&second=beta")
    page.locator(CHART).wait_for(timeout=SETTLE_MS)
    assert set(lengths(page)) == {5}
    rail = page.locator(f"{CHART} .slider-rail-touch-rect")
    rail.scroll_into_view_if_needed()
    box = rail.bounding_box()
    page.mouse.click(box["x"] + 4, box["y"] + box["height"] / 2)
    wait_for_lengths(page, "t.x.length === 1")
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    wait_for_lengths(page, "t.x.length === 3")
    page.locator(f"{CHART} .updatemenu-button").first.click()
    wait_for_lengths(page, "t.x.length === 5")


def test_a_click_on_a_line_makes_its_encoder_a(page, server):  # noqa: F811
    settle(page, f"{server.url}/layers?layers.view=Trajectories&first=alpha&second=beta")
    page.locator(CHART).wait_for(timeout=SETTLE_MS)
    place = page.evaluate(
        f"""() => {{
            const plot = document.querySelector('{CHART}');
            const way = plot._fullData.find(t => t.name === 'Gamma');
            const last = way.x.length - 1, box = plot.getBoundingClientRect();
            const {{xaxis, yaxis}} = plot._fullLayout;
            return [box.left + xaxis._offset + xaxis.d2p(way.x[last]),
                    box.top + yaxis._offset + yaxis.d2p(way.y[last])];
        }}"""
    )
    page.mouse.move(*place)
    page.mouse.click(*place)
    wait_for_address(page, "first=gamma")
