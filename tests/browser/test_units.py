"""Units and maps in a browser: a pair's units by click, a penalty that moves, and addresses."""

import shutil
from urllib.parse import parse_qs, urlsplit

import pytest

from substrate.analyses.units.choice import default_place
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOneParams
from substrate.paired import reloaded
from substrate.paired.stored import read_side_by_side
from substrate.runs import open_run
from substrate.store import Store
from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    SETTLE_MS,
    Server,
    browser,
    click_point,
    page,
    settle,
    wait_for_address,
)

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

#: Pictures that a chart holds.
PICTURES = "document.querySelectorAll('.st-key-{} .js-plotly-plot image').length"


def value(page, name):  # noqa: F811
    return parse_qs(urlsplit(page.evaluate("location.href")).query, keep_blank_values=True)[name][0]


@pytest.fixture(scope="module")
def run(real_run, tmp_path_factory):
    root = tmp_path_factory.mktemp("browser-units") / "store"
    shutil.copytree(real_run.store.root, root)
    opened = open_run(Store(root), real_run.run_id)
    place = default_place(opened)
    read_side_by_side(
        opened,
        place,
        lambda ref: reloaded.encoder_and_domain(str(root), opened.run_id, str(ref), place.domain)[
            0
        ],
        reloaded.encoder_and_domain(str(root), opened.run_id, place.first, place.domain)[1],
    )
    return opened


@pytest.fixture(scope="module")
def server(run):
    running = Server(run.store.root)
    yield running
    running.stop()


def test_a_click_on_a_pair_opens_the_unit_whose_address_shows_the_same(page, server, run):  # noqa: F811
    settle(page, f"{server.url}/units")
    page.wait_for_function(f"() => {PICTURES.format('units-best')} >= 16", timeout=3 * SETTLE_MS)
    pairs = ONE_TO_ONE.compute(run, OneToOneParams(default_place(run))).pairs
    unit = f"B{pairs.second[2] + 1}"
    click_point(page, "units-best", [1, int(pairs.second[2])], leads_to=f"units.unit={unit}")
    page.get_by_text("Most active").wait_for()
    settle(page)
    address = page.evaluate("location.href")
    settle(page, address)  # the address alone, in a new visit
    page.get_by_role("heading", name=f"Unit {pairs.second[2] + 1} of").first.wait_for()
    assert value(page, "units.unit") == unit and value(page, "units.view") == "One unit"
    partner = f"matched to unit {pairs.first[2] + 1} of"
    page.get_by_text(partner).first.wait_for()


def test_a_penalty_moves_by_key_and_the_sums_follow(page, server):  # noqa: F811
    settle(page, f"{server.url}/units?units.view=Few+to+one")
    page.get_by_text("at the penalty chosen for each unit").wait_for(timeout=3 * SETTLE_MS)
    settle(page)
    handle = page.get_by_role("slider")
    handle.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    wait_for_address(page, "units.penalty=0.158")
    page.get_by_text("at penalty 0.158:").wait_for()
    settle(page)
    page.go_back(wait_until="commit")
    page.get_by_text("at penalty 0.158:").wait_for(state="detached")


def test_the_maps_page_opens_and_switches_its_view(page, server):  # noqa: F811
    settle(page, f"{server.url}/maps")
    page.locator(".st-key-maps-freedom .js-plotly-plot").wait_for()
    page.get_by_role("radio", name="All encoders").or_(
        page.get_by_role("button", name="All encoders")
    ).first.click()
    wait_for_address(page, "maps.view=All+encoders")
    page.locator(".st-key-maps-matrix .js-plotly-plot").wait_for(timeout=3 * SETTLE_MS)
    page.locator(".st-key-maps-freedom").wait_for(state="detached")
    page.get_by_role("radio", name="Ensemble").or_(
        page.get_by_role("button", name="Ensemble")
    ).first.click()
    wait_for_address(page, "maps.view=Ensemble")
    page.get_by_role("button", name="Compute it now").wait_for(timeout=3 * SETTLE_MS)
    page.locator(".st-key-maps-matrix").wait_for(state="detached")
