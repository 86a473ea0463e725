"""Layers in a browser: ways by depth and by training step, a click on one, neighbours chosen."""

import numpy as np
import pytest

from substrate.analyses.layers.two_encoders import DEPTH_METRIC, LAYERS, layers_params
from substrate.analyses.spec import obtain
from substrate.runs import list_runs
from substrate.store import Store
from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    SETTLE_MS,
    Server,
    browser,
    page,
    settle,
    step_slider,
    wait_for_address,
)
from tests.browser.test_tours import choose
from tests.support.planted import planted_run
from tests.support.training_store import training_run

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]
CHART = ".st-key-layers-trajectories .js-plotly-plot"
#: The ways that are drawn; the mark of the legend alone has no place.
WAYS = (
    f"(document.querySelector('{CHART}')?._fullData ?? [])"
    ".filter(t => t.x?.length && t.x[0] !== null)"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("layers"), n=40, groups=20)
    running = Server(run.store.root)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    running = Server(training_run(tmp_path_factory.mktemp("trained"), n=40, groups=20).store.root)
    yield running
    running.stop()


def lengths(page):  # noqa: F811
    """Return how many layers of each way are drawn."""
    return page.evaluate(f"() => {WAYS}.map(t => t.x.length)")


def wait_for_lengths(page, condition):  # noqa: F811
    every = f"{WAYS}.length > 0 && {WAYS}.every(t => {condition})"
    page.wait_for_function(f"() => {every}", timeout=SETTLE_MS)


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


def test_the_number_of_neighbours_is_a_switch_that_the_address_keeps(page, server):  # noqa: F811
    run = list_runs(Store(server.store))[0]
    matrix = "document.querySelector('.st-key-layers-heatmap .js-plotly-plot')"
    settle(page, f"{server.url}/layers?first=alpha&second=beta&domain=rich")

    def wait_for_cells_of(k):
        params = layers_params(run, "alpha", "beta", "rich", DEPTH_METRIC, k)
        values = obtain(LAYERS, run, params).scores.values
        near = f"Math.abs({matrix}?._fullData[0].z[2][3] - {values[2, 3]}) < 1e-4"
        page.wait_for_function(f"() => {near}", timeout=SETTLE_MS)
        return values

    first = wait_for_cells_of(1)
    choose(page, "Neighbours (k)", "10")
    wait_for_address(page, "layers.neighbours=10")
    assert np.abs(wait_for_cells_of(10) - first).max() > 0.01
    page.go_back()
    wait_for_cells_of(1)


TRAINED = ".st-key-layers-training-ways .js-plotly-plot"


def test_a_training_is_followed_by_keys_by_the_slider_and_by_play(page, trained):  # noqa: F811
    shown = "layers.view=Trajectories&domain=rich&layers.drawn=over%20training"
    settle(page, f"{trained.url}/layers?{shown}")
    page.locator(TRAINED).wait_for(timeout=SETTLE_MS)
    way = f"document.querySelector('{TRAINED}')?._fullData?.[0]?.x"
    start = page.evaluate(f"() => Array.from({way})")
    step_slider(page, "ArrowRight", "0", "10", "layers.step=10")
    moved = f"() => Math.abs({way}?.[4] - ({start[4]})) > 0.01"
    page.wait_for_function(moved, timeout=SETTLE_MS)
    rail = page.locator(f"{TRAINED} .slider-rail-touch-rect")
    rail.scroll_into_view_if_needed()
    box = rail.bounding_box()
    page.mouse.click(box["x"] + 4, box["y"] + box["height"] / 2)
    page.wait_for_function(f"() => Math.abs({way}?.[4] - ({start[4]})) < 1e-6", timeout=SETTLE_MS)
    page.locator(f"{TRAINED} .updatemenu-button").first.click()
    last = f"document.querySelector('{TRAINED}')?._fullLayout?.sliders?.[0].active"
    page.wait_for_function(f"() => {last} === 6", timeout=SETTLE_MS)
