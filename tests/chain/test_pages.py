"""The log's pages, looked at by a checker of accessibility, and by somebody who waits for a prediction."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookline.service.keys import new_key
from tests.chain.running import program_of
from tests.framework.service.browser import Browser, Page, browser
from tests.framework.service.log_pages import eventually, fill_in, logged, needs_chromium, press
from tests.framework.service.projects import IRIS_ROW, trained_once
from tests.framework.service.running import Running, serve

pytestmark = needs_chromium
ROWS = "document.querySelectorAll('.row').length"
DRAWN = "document.querySelector('.tiles') !== null && !document.querySelector('[data-later]')"
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a service that has predicted some rows, one of them flagged, and knows the truth of most."""
    log = str(tmp_path_factory.mktemp("log"))
    project = trained_once("iris", tmp_path_factory)
    with serve(project, ID_NAME="customer", prediction_log__directory=log) as running:
        rows = [IRIS_ROW | {"customer": f"c{n}", "petal_length": 1.0 + n / 3} for n in range(15)]
        answers = running.ask("POST", "/api/predictions", rows).json()
        truths = [{"prediction_id": one["prediction_id"], "actual": "setosa"} for one in answers[3:]]
        running.ask("POST", "/api/feedback", truths)
        logged(running, len(rows))
        eventually(lambda: running.ask("GET", "/api/quality").json().get("truths") == len(truths))
        yield running


@pytest.fixture(scope="module")
def one_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program_of("chromium")
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def page(one_browser: Browser) -> Page:
    """Open a page into which the checker may be brought in spite of the policy."""
    found = one_browser.page()
    found.send("Page.setBypassCSP", enabled=True)
    return found


def complaints(page: Page, axe: Path) -> list[str]:
    """Return what hinders people gravely: the rule, and where."""
    page.run(axe.read_text("utf-8") + "; true")
    found = page.run("axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)")
    return [
        f"{one['id']} ({one['impact']}): {[node['target'] for node in one['nodes']]}"
        for one in found
        if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["logs", "logs opened", "logs?id=nobody", "logs?since=x", "quality"])
def test_nothing_hinders_people_gravely(service: Running, page: Page, path: str, scheme: str) -> None:
    axe = program_of("axe")
    page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    path, _, opened = path.partition(" ")
    page.open(f"{service.url}/{path}")
    page.wait_for("document.readyState === 'complete' && document.querySelector('h1') !== null")
    if "?" not in path:
        page.wait_for(DRAWN)
    if opened:
        page.run("document.querySelectorAll('.row')[1].click()")
        page.wait_for("document.querySelectorAll('.opened .detail').length === 1")
    assert complaints(page, axe) == []


@pytest.mark.parametrize("path", ["logs", "quality"])
def test_the_form_that_asks_for_a_key_hinders_nobody_either(
    page: Page, path: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    axe = program_of("axe")
    key, kept = new_key("reader", ["logs"])
    project, log = trained_once("iris", tmp_path_factory), str(tmp_path)
    with serve(project, access__keys=[str(kept)], prediction_log__directory=log) as running:
        page.open(f"{running.url}/{path}", width=360, height=740)
        page.wait_for("document.querySelector('#key-form button:enabled') !== null")
        assert complaints(page, axe) == []
        fill_in(page, "#key", f"{key}x")
        page.wait_for("document.querySelector('#key-note').textContent !== ''")
        assert complaints(page, axe) == []


def test_the_checker_finds_what_hinders(service: Running, page: Page) -> None:
    """Null control: a picture without words, and grey on grey."""
    axe = program_of("axe")
    page.open(f"{service.url}/logs")
    page.wait_for(DRAWN)
    bad = '<img src="/logs/assets/icon.svg"><p style="color:#999;background:#aaa">grey</p>'
    page.run(f"document.querySelector('main').insertAdjacentHTML('beforeend', {json.dumps(bad)})")
    found = [one.partition(" ")[0] for one in complaints(page, axe)]
    assert {"image-alt", "color-contrast"} <= set(found)


def test_a_prediction_is_seen_within_seconds(service: Running, page: Page) -> None:
    page.open(f"{service.url}/logs")
    page.wait_for(DRAWN)
    press(page, "l")
    page.wait_for("document.querySelector('#live').getAttribute('aria-pressed') === 'true'")
    taken = []
    for number in range(3):
        began = time.monotonic()
        service.ask("POST", "/api/predictions", [IRIS_ROW | {"customer": f"late{number}"}])
        page.wait_for(f"document.querySelector('.row').textContent.includes('late{number}')")
        taken.append(time.monotonic() - began)
    assert min(taken) <= 3, taken
    print(f"seen after {', '.join(f'{one:.2f}' for one in taken)} s")  # noqa: T201 - `pytest -s` shows it
