"""Tours of the pages in a real Chromium: nothing that was not touched changes, Back is back."""

import random
import time
from itertools import pairwise

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.test_browser import (  # noqa: F401  (fixtures)
    SETTLE_MS,
    browser,
    page,
    server,
    settle,
)

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

TITLES = (
    "Study",
    "Subspace",
    "Wall",
    "Direction",
    "Lens",
    "Directions",
    "Layers",
    "Training",
    "Transfer",
    "Units",
    "Maps",
    "Claims",
    "Experiments",
    "Metrics",
)
#: What a page says and what its controls show: all that a conclusion rests on. Maps and pictures
#: that a worker makes come later, and are left out.
SHOWN = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  const state = document.querySelector('[data-testid="stApp"]').dataset.testScriptState;
  const all = (what) => Array.from(main.querySelectorAll(what));
  const text = (element) => element.innerText.trim();
  const label = 'label, button, [data-testid="stWidgetLabel"]';
  const typed = 'input[role="combobox"], input[type="number"], input[type="text"]';
  return {
    address: location.pathname + location.search,
    running: state !== "notRunning" || all('[data-testid="stSkeleton"]').length > 0,
    title: all("h1").map(text),
    said: all('[data-testid="stMarkdownContainer"] :is(h5, p)')
      .filter((e) => !e.closest(label) && !e.closest('[data-testid="stCaptionContainer"]'))
      .map(text),
    chosen: all(typed).map((e) => `${e.getAttribute("aria-label")}: ${e.value}`),
    pressed: all('[aria-checked="true"]').map(text),
    picked: all('[data-baseweb="tag"]').map(text),
  };
}"""


def shown(page):  # noqa: F811
    """Return what the page shows once two looks, half a second apart, see the same."""
    settle(page)
    deadline, last = time.monotonic() + SETTLE_MS / 1000, None
    while time.monotonic() < deadline:
        now = page.evaluate(SHOWN)
        if now == last and now["title"] and not now["running"]:
            return now
        last = now
        page.wait_for_timeout(500)
    pytest.fail(f"{page.url} does not come to rest")


def becomes(page, wanted):  # noqa: F811
    """Wait until the page shows what is wanted; else fail with the difference."""
    deadline = time.monotonic() + SETTLE_MS / 2000
    while time.monotonic() < deadline:
        if page.evaluate(SHOWN) == wanted:
            return
        page.wait_for_timeout(200)
    assert shown(page) == wanted


def insist(act, until):
    """Act again where a click met a page that was still being drawn."""
    for _ in range(5):
        act()
        try:
            return until(SETTLE_MS / 6)
        except PlaywrightTimeout:
            continue
    pytest.fail("clicked five times for nothing")


def visit(page, title):  # noqa: F811
    """Go to a page as a viewer does: by its link in the sidebar."""
    link = page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=True)
    path = "/" if title == "Home" else f"/{title.lower()}"
    there = "path => location.pathname === path"
    insist(link.click, lambda ms: page.wait_for_function(there, arg=path, timeout=ms))
    return shown(page)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_tour_of_the_pages_changes_no_conclusion(page, server, seed):  # noqa: F811
    """Whatever the order, a page shows on every return what it showed at first, in one step."""
    draw = random.Random(seed)
    order = [*TITLES, *draw.choices(TITLES, k=4)]
    draw.shuffle(order)
    settle(page, f"{server.url}/{order[0].lower().replace('study', '')}")
    first = {order[0]: shown(page)}
    for before, title in pairwise(order):
        length = page.evaluate("history.length")
        now = visit(page, title)
        assert now == first.setdefault(title, now), f"{title} in {order}"
        steps = page.evaluate("history.length") - length
        assert steps == (before != title), f"{before} to {title}: {steps} steps of the history"


def choose(page, label, option):  # noqa: F811
    """Choose an option in the select box of that label."""
    box = page.get_by_role("combobox", name=label, exact=True)
    item = page.get_by_role("option", name=option, exact=True)
    insist(box.click, lambda ms: item.wait_for(timeout=ms))
    item.click()


def press(page, label):  # noqa: F811
    """Press a button of a segmented control."""
    page.get_by_test_id("stMain").get_by_text(label, exact=True).first.click()


#: One action of a viewer each, with what the address has to hold afterwards.
ACTIONS = (
    (lambda p: choose(p, "Domain", "Natural photographs"), "domain=natural"),
    (lambda p: visit(p, "Directions"), "/directions"),
    (lambda p: choose(p, "Cosine", "mapped cosine"), "directions.cosine=mapped"),
    (lambda p: visit(p, "Layers"), "/layers"),
    (lambda p: press(p, "All encoders"), "layers.view=All"),
    (lambda p: visit(p, "Metrics"), "/metrics"),
    (lambda p: choose(p, "Layer of A", "logits"), "first_layer=logits"),
    (lambda p: visit(p, "Transfer"), "/transfer"),
    (lambda p: choose(p, "Accuracy of", "nearest neighbours"), "transfer.against=nearest"),
    (lambda p: visit(p, "Training"), "/training"),
    (lambda p: press(p, "Directions"), "training.view=Directions"),
    (lambda p: visit(p, "Claims"), "/claims"),
    (lambda p: press(p, "Inconsistencies"), "claims.view=Inconsistencies"),
    (lambda p: visit(p, "Experiments"), "/experiments"),
    (lambda p: press(p, "Trained or not"), "experiment=panel"),
    (lambda p: visit(p, "Study"), "study.name="),
)


def test_back_and_forward_show_what_a_fresh_browser_shows(browser, server, page):  # noqa: F811
    """Every action is one step of history; Back and Forward undo and redo it, to the letter."""
    settle(page, f"{server.url}/subspace")
    settle(page, page.url)  # its whole address from here on
    steps, length = [shown(page)], page.evaluate("history.length")
    for act, part in ACTIONS:
        act(page)
        page.wait_for_function("part => location.href.includes(part)", arg=part, timeout=SETTLE_MS)
        steps.append(shown(page))
        length += 1
        assert page.evaluate("history.length") == length, part
    for wanted in reversed(steps[:-1]):
        page.go_back(wait_until="commit")
        becomes(page, wanted)
    for wanted in steps[1:]:
        page.go_forward(wait_until="commit")
        becomes(page, wanted)
    assert page.evaluate("history.length") == length
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    other = context.new_page()
    other.set_default_timeout(SETTLE_MS)
    for wanted in {step["title"][0]: step for step in steps}.values():  # the last of each page
        settle(other, server.url + wanted["address"])
        becomes(other, wanted)
    context.close()


def test_two_tabs_of_one_run_do_not_disturb_each_other(page, server):  # noqa: F811
    """A second tab chooses another domain; the first shows what it showed, after a reload too."""
    settle(page, f"{server.url}/metrics")
    before = shown(page)
    second = page.context.new_page()
    second.set_default_timeout(SETTLE_MS)
    settle(second, server.url + before["address"])
    choose(second, "Domain", "Natural photographs")
    second.wait_for_function("() => location.href.includes('domain=natural')", timeout=SETTLE_MS)
    assert shown(page) == before
    page.reload()
    becomes(page, before)
