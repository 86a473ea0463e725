"""Weights in a browser: a cell opens both layers' filters, a filter its card, the pair changes."""

from urllib.parse import parse_qs, urlsplit

import pytest

from substrate.analyses.spec import obtain
from substrate.analyses.weights.alignable import aligned_params
from substrate.analyses.weights.crossed import crossed_key, store_crossed
from substrate.analyses.weights.eigenvectors import opened
from substrate.analyses.weights.spatial import SPATIAL, spatial_params
from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    SETTLE_MS,
    Server,
    browser,
    click_point,
    page,
    settle,
    wait_for_address,
)
from tests.support.crossed import layers, patches
from tests.support.planted import planted_run

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

#: Pictures that a chart holds.
PICTURES = "document.querySelectorAll('.st-key-{} .js-plotly-plot image').length"


def value(page, name):  # noqa: F811
    return parse_qs(urlsplit(page.evaluate("location.href")).query, keep_blank_values=True)[name][0]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("weights"), n=40, groups=20, untrained=6)


@pytest.fixture(scope="module")
def server(run):
    running = Server(run.store.root)
    yield running
    running.stop()


def test_a_cell_opens_both_filters_the_pair_changes_and_is_exported(page, server, run):  # noqa: F811
    result = obtain(SPATIAL, run, spatial_params(run, run.panel, run.main_domain))
    names = [f"{one.encoder}/{one.layer}" for one in result.layers]
    settle(page, f"{server.url}/weights?weights.view=All+layers")
    page.wait_for_function(f"() => {PICTURES.format('weights-pair')} == 10", timeout=3 * SETTLE_MS)
    a, b = names.index("alpha/conv2"), names.index("beta/conv3")
    part = "weights.pair=alpha%2Fconv2+beta%2Fconv3"
    click_point(page, "weights-layers", [a, b], leads_to=part)
    said = f"Alpha conv2 and Beta conv3 have a mean |cosine| of {result.similarity[a, b]:.2f}"
    page.get_by_text(said).wait_for()
    settle(page)
    assert page.evaluate(PICTURES.format("weights-pair")) == 10
    with page.expect_download() as download:
        page.locator(".st-key-tools-weights-pair").get_by_role("button", name="Share").click()
        page.get_by_role("button", name="CSV", exact=True).click()
    text = download.value.path().read_text(encoding="utf-8")
    assert f"{result.by_rank[a, b, 0]:.4f}"[:5] in text
    page.keyboard.press("Escape")
    settle(page, f"{server.url}/weights?second=gamma")  # the filters of A and of another B
    page.wait_for_function(
        f"() => {PICTURES.format('weights-filters-gamma')} == 36", timeout=3 * SETTLE_MS
    )
    layer = names.index("gamma/conv2")
    click_point(page, "weights-filters-gamma", [layer, 1])
    wait_for_address(page, "weights.filter=gamma%2Fconv2%2F")
    page.wait_for_function(f"() => {PICTURES.format('weights-filter')} == 3", timeout=3 * SETTLE_MS)
    assert value(page, "weights.filter") == f"gamma/conv2/{result.layers[layer].ranks[1] + 1}"


def test_a_cell_of_a_panel_shows_both_eigenvectors_images(page, server, run):  # noqa: F811
    params = aligned_params(run, "alpha", "beta")
    store_crossed(run.store, crossed_key(run, params), layers(), (40, 20), patches())
    settle(page, f"{server.url}/weights?weights.view=Alignment&first=alpha&second=beta")
    shown = PICTURES.format("weights-eigenvectors")
    page.wait_for_function(f"() => {shown} == 16", timeout=3 * SETTLE_MS)
    click_point(page, "weights-panels", [1, 3])
    wait_for_address(page, "weights.eigenvectors=same%2F2%2F4")
    cell = opened(run, params, "same", (1, 3))
    said = "Eigenvector 2 of Alpha same and eigenvector 4 of Beta same have a |cosine| of "
    page.get_by_text(f"{said}{cell.cosine:.2f}").wait_for()
    settle(page)
    assert page.evaluate(shown) == 16
    with page.expect_download() as download:
        page.locator(".st-key-tools-weights-eigenvectors").get_by_role(
            "button", name="Share"
        ).click()
        page.get_by_role("button", name="CSV", exact=True).click()
    assert f"{cell.first.share:.4f}"[:5] in download.value.path().read_text(encoding="utf-8")
    page.keyboard.press("Escape")


#: Pixels of a cell of the matrix.
CELL = """(() => {
    const axis = document.querySelector('.st-key-weights-layers .js-plotly-plot')._fullLayout.xaxis;
    return axis._length / Math.abs(axis.range[1] - axis.range[0]);
})()"""


def test_cells_keep_their_size_in_a_narrow_window(page, server):  # noqa: F811
    page.set_viewport_size({"width": 620, "height": 900})
    settle(page, f"{server.url}/weights?weights.view=All+layers")
    page.wait_for_function(f"() => {PICTURES.format('weights-pair')} == 10", timeout=3 * SETTLE_MS)
    assert page.evaluate(CELL) >= 28
    wide = page.evaluate("document.querySelector('.st-key-weights-matrix').scrollWidth")
    shown = page.evaluate("document.querySelector('.st-key-weights-matrix').clientWidth")
    assert wide > shown  # it scrolls inside, and the page does not
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    page.set_viewport_size({"width": 1440, "height": 900})
