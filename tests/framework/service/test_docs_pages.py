from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from hookline.service.docs import POLICY
from hookline.service.keys import new_key
from tests.framework.service.browser import HOST, Browser, Page, browser, chromium
from tests.framework.service.conftest import Trained
from tests.framework.service.prefix import behind
from tests.framework.service.running import Running, serve

PAGES = ["/docs", "/redoc"]
FILES = [
    "/docs/start.js",
    "/docs/page.css",
    "/docs/icon.svg",
    "/docs/assets/swagger-ui.css",
    "/docs/assets/swagger-ui-bundle.js",
    "/docs/assets/redoc.standalone.js",
]
KINDS = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
needs_chromium = pytest.mark.skipif(
    chromium() is None and os.environ.get("CI") != "true", reason="no Chromium on this machine"
)


class Addresses(HTMLParser):
    """Collect what a page loads, and the scripts that stand in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [value for name in ("src", "href", "spec-url") if (value := given.get(name))]
        self.inline += tag == "style" or (tag == "script" and "src" not in given)
        self.inline += sum(name.startswith("on") or name == "style" for name in given)


# ---- as bytes ----


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_only_what_the_service_has_and_has_no_inline_script(iris: Running, path: str) -> None:
    answer = iris.ask("GET", path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = Addresses(answer.body.decode())
    assert page.found
    assert page.inline == 0
    for address in page.found:
        assert not address.startswith("/"), "an address from the root is wrong behind a prefix"
        assert iris.ask("GET", f"/{address}").status == 200


@pytest.mark.parametrize("path", [*PAGES, *FILES])
def test_pages_and_files_carry_their_policy_and_are_asked_for_anew(iris: Running, path: str) -> None:
    answer = iris.ask("GET", path)
    assert answer.status == 200
    assert answer.headers["content-type"].partition(";")[0] == KINDS.get(path.rpartition(".")[2], "text/html")
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-cache"
    again = iris.ask("GET", path, if_none_match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_the_policy_allows_no_script_but_our_files_and_nobody_to_frame_them() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert rules["default-src"] == "'self'"
    assert "script-src" not in rules
    assert rules["frame-ancestors"] == rules["object-src"] == rules["base-uri"] == "'none'"
    assert "http" not in POLICY


def test_the_name_of_the_service_is_the_title_and_never_markup(trained: Trained) -> None:
    with serve(trained("iris"), name="a</title><script>&") as running:
        page = running.ask("GET", "/docs").body.decode()
        assert "<title>a&lt;/title&gt;&lt;script&gt;&amp;</title>" in page


def test_switched_off_there_are_no_pages_and_no_description(trained: Trained) -> None:
    with serve(trained("iris"), docs=False) as running:
        for path in [*PAGES, *FILES, "/openapi.json"]:
            answer = running.ask("GET", path)
            assert answer.status == 404, path
            assert answer.json()["detail"] == "There is nothing at this path."
        assert running.ask("GET", "/metrics").status == 200


# ---- in a browser ----


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def keyed(trained: Trained) -> Iterator[tuple[Running, str]]:
    secret, key = new_key("reader", ["predict"])
    with serve(trained("iris"), access__keys=[str(key)]) as running:
        yield running, secret


def execute(page: Page) -> None:
    """Send the example that the page shows in its first form, which is open."""
    page.wait_for(f"document.querySelector('{FIRST} textarea').value.includes('sepal_length')")
    page.click(f"{FIRST} .execute")


def hosts(addresses: list[str]) -> set[str]:
    return {
        urlsplit(address).hostname or ""
        for address in addresses
        if not address.startswith(("data:", "blob:"))
    }


FIRST = "#operations-predictions-predictions"
STATUS = "document.querySelector('.live-responses-table tbody .response-col_status')?.innerText"


@needs_chromium
@pytest.mark.parametrize(
    "prefix",
    [
        pytest.param("", id="at the root", marks=pytest.mark.slow),
        pytest.param("/models/iris", id="behind a prefix"),
    ],
)
def test_try_it_out_gets_an_answer_and_nothing_leaves_the_machine(
    iris: Running, chrome: Browser, prefix: str
) -> None:
    with behind(prefix, iris.port) as port:
        page = chrome.page()
        page.open(f"http://{HOST}:{port}{prefix}/docs")
        execute(page)
        assert page.wait_for(STATUS).startswith("200")
        body = page.run(
            "document.querySelector('.live-responses-table tbody .response-col_description').innerText"
        )
        assert re.search(r'"class_name": "(setosa|versicolor|virginica)"', body)
        assert f"http://{HOST}:{port}{prefix}/api/predictions" in page.requests
        assert hosts(page.requests) == {HOST}
        assert page.errors == []


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("prefix", ["", "/models/iris"], ids=["at the root", "behind a prefix"])
def test_the_reference_shows_every_feature_and_nothing_leaves_the_machine(
    iris: Running, chrome: Browser, prefix: str
) -> None:
    with behind(prefix, iris.port) as port:
        page = chrome.page()
        page.open(f"http://{HOST}:{port}{prefix}/redoc")
        text = page.wait_for(
            "document.body.innerText.includes('Predict probabilities') && document.body.innerText"
        )
        assert "petal_width" in text
        assert hosts(page.requests) == {HOST}
        assert page.errors == []


@pytest.mark.slow
@needs_chromium
def test_with_keys_the_page_asks_for_one_and_sends_it(keyed: tuple[Running, str], chrome: Browser) -> None:
    running, secret = keyed
    page = chrome.page()
    page.open(f"{running.url}/docs")
    execute(page)
    assert page.wait_for(STATUS).startswith("401")
    page.click(".auth-wrapper .authorize")
    page.wait_for("document.querySelector('.auth-container input') !== null")
    page.run(f"""(() => {{
        const field = document.querySelector('.auth-container input');
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, '{secret}');
        field.dispatchEvent(new Event('input', {{bubbles: true}}));
    }})()""")
    page.click(".auth-container .authorize")
    page.click(".btn-done")
    execute(page)
    page.wait_for(f"{STATUS}?.startsWith('200')")


@needs_chromium
def test_the_browser_notices_a_page_that_asks_elsewhere(chrome: Browser) -> None:
    page = chrome.page()
    page.open("data:text/html,<img src='http://elsewhere.invalid/a.png'><script>console.error('b')</script>")
    page.wait_for("document.readyState === 'complete'")
    assert "elsewhere.invalid" in hosts(page.requests)
    assert len(page.errors) >= 2
