"""No page makes the viewer's browser ask anything of another machine."""

from urllib.parse import urlsplit

import pytest

from tests.browser.test_browser import (  # noqa: F401
    PAGES,
    SETTLE_MS,
    browser,
    server,
    settle,
)

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]
HERE = {"127.0.0.1", ""}


@pytest.fixture
def listening(browser):  # noqa: F811
    """A page whose requests to anywhere else are stopped and kept."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    asked = []

    def judge(route):
        url = route.request.url
        if url.startswith(("data:", "blob:")) or urlsplit(url).hostname in HERE:
            route.continue_()
        else:
            asked.append(url)
            route.abort()

    context.route("**/*", judge)
    page = context.new_page()
    page.set_default_timeout(SETTLE_MS)
    page.on(
        "websocket",
        lambda socket: asked.extend(
            [socket.url] if urlsplit(socket.url).hostname not in HERE else []
        ),
    )
    yield page, asked
    context.close()


def favicon(page):
    return page.evaluate("document.querySelector('link[rel~=icon]').href")


def test_the_listener_hears(listening, server):  # noqa: F811
    """A picture from outside is stopped and counted: the test below can fail."""
    page, asked = listening
    settle(page, server.url)
    page.evaluate(
        "new Promise(done => {const i = new Image(); i.onerror = done;"
        "i.src = 'http://elsewhere.example/x.png'})"
    )
    assert asked == ["http://elsewhere.example/x.png"]


@pytest.mark.parametrize("name", list(PAGES))
def test_no_page_asks_another_machine(listening, server, name):  # noqa: F811
    page, asked = listening
    settle(page, server.url + PAGES[name])
    assert urlsplit(favicon(page)).hostname == "127.0.0.1"
    assert asked == []


def test_the_icons_come_with_the_program(listening, server):  # noqa: F811
    """Without their font the icons would be words such as `play_arrow`."""
    page, asked = listening
    settle(page, server.url)
    assert page.evaluate(
        "document.fonts.ready.then(fonts => [...fonts].some("
        "f => f.family.includes('Material Symbols') && f.status === 'loaded'))"
    )
    assert asked == []


@pytest.mark.parametrize(
    "address",
    [
        "/?job=![x](http://elsewhere.example/a.png)",
        "/subspace?run=![x](http://elsewhere.example/b.png)",
        '/?own={"encoders":[{"name":"![x](http://elsewhere.example/c.png)"}],"domains":[]}',
        '/?own={"encoders":[],"domains":[{"![x](http://elsewhere.example/d.png)":1}]}',
    ],
    ids=["job", "run", "name", "key"],
)
def test_an_address_cannot_make_the_page_ask_another_machine(listening, server, address):  # noqa: F811
    page, asked = listening
    settle(page, server.url + address)
    page.wait_for_timeout(1000)
    assert page.locator("img[src*='elsewhere']").count() == 0
    assert asked == []
