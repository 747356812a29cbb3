from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hookline.service.keys import new_key
from hookline.service.logpages.page import HEADERS
from tests.framework.service.browser import Browser, Page, browser, chromium
from tests.framework.service.conftest import Trained
from tests.framework.service.hostile import INJECTIONS, ODD
from tests.framework.service.projects import IRIS_ROW, MIXED_ROW
from tests.framework.service.running import Running, serve

needs_chromium = pytest.mark.skipif(
    chromium() is None and os.environ.get("CI") != "true", reason="no Chromium on this machine"
)
TEXTS = INJECTIONS + ODD
FIELDS = ("text", "class_name", "model_version", "id", "prediction_id", "flag", "since")
GUARDED = ("/logs?part=view", "/logs?part=charts", "/api/logs", "/api/quality", "/quality?part=view")
DRAWN = "!document.querySelector('[data-later]')"
ROWS = "document.querySelectorAll('.row').length"
OPENED = "document.querySelectorAll('.opened .detail').length"
SECRETS = {name: new_key(name, [scope]) for name, scope in (("reader", "logs"), ("caller", "predict"))}


def eventually(found: Callable[[], Any], seconds: float = 20) -> Any:
    """Return what is found as soon as it is true."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
    return value


def logged(running: Running, count: int, **headers: str) -> list[dict[str, Any]]:
    """Return the log's records as soon as there are so many."""

    def look() -> list[dict[str, Any]] | None:
        answer = running.ask("GET", "/api/logs?limit=1000", **headers)
        records: list[dict[str, Any]] = answer.json()["records"] if answer.status == 200 else []
        return records if len(records) >= count else None

    return list(eventually(look))


@pytest.fixture(scope="module")
def hostile(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a service that was told all the hostile strings: as ID, as category, as text."""
    log = tmp_path_factory.mktemp("hostile")
    settings: dict[str, Any] = {"prediction_log__directory": str(log), "ID_NAME": "row_id", "max_rows": 1000}
    with serve(trained("mixed"), **settings) as running:
        rows = [MIXED_ROW | {"row_id": text, "channel": text} for text in TEXTS]
        answer = running.ask("POST", "/api/predictions", rows)
        assert answer.status == 200, answer.body
        logged(running, len(TEXTS))
        yield running


@pytest.fixture(scope="module")
def one_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Run one browser for all tests; each opens a page of its own."""
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


class Inline(HTMLParser):
    """Count what a strict policy would have to forbid."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on") or name == "style"]
        addresses = [str(given[name]) for name in ("href", "src", "action", "formaction") if given.get(name)]
        self.found += [one for one in addresses if one.startswith(("javascript:", "data:", "//"))]


def test_every_string_is_read_back_as_it_was_sent(hostile: Running) -> None:
    records = sorted(logged(hostile, len(TEXTS)), key=lambda record: record["row"])
    assert [record["id"] for record in records] == TEXTS
    assert [record["features"]["channel"] for record in records] == TEXTS
    assert all("unknown:channel" in record["flags"] for record in records)


@pytest.mark.parametrize("path", ["/logs", "/logs?charts=1", "/logs?flag=unknown", "/quality"])
def test_a_page_forbids_all_inline_script_and_has_none(hostile: Running, path: str) -> None:
    answer = hostile.ask("GET", path)
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert Inline(answer.body.decode()).found == []


def test_what_stands_in_the_address_is_escaped_too(hostile: Running) -> None:
    from urllib.parse import quote

    for text in INJECTIONS:
        for name in (
            "text",
            "class_name",
            "model_version",
            "id",
            "prediction_id",
            "flag",
            "since",
            "x",
            "part",
        ):
            answer = hostile.ask("GET", f"/logs?{name}={quote(text)}")
            assert answer.status in (200, 422), answer.body
            assert Inline(answer.body.decode()).found == [], (name, text)


def test_a_filter_by_a_hostile_id_finds_its_row_and_no_other(hostile: Running) -> None:
    from urllib.parse import quote

    for text in TEXTS:
        found = hostile.ask("GET", f"/api/logs?id={quote(text)}").json()["records"]
        assert [record["id"] for record in found] == [text]


@needs_chromium
def test_nothing_that_callers_sent_runs_and_all_of_it_can_be_read(
    hostile: Running, one_browser: Browser
) -> None:
    page = one_browser.page()
    page.open(f"{hostile.url}/logs")
    page.wait_for(
        "!document.querySelector('[data-later]') && document.querySelectorAll('.row').length === 50"
    )
    read: dict[str, tuple[str, str]] = {}
    for older in (True, False):
        page.run("document.querySelectorAll('.row').forEach((row) => row.click())")
        page.wait_for(f"{OPENED} === {ROWS}")
        shown = page.run(
            "[...document.querySelectorAll('.opened')].map((one) => ["
            "JSON.parse(one.querySelector('pre').textContent),"
            "[...one.querySelectorAll('.features > div')].find((d) => d.textContent.startsWith('channel'))"
            ".querySelector('dd').textContent])"
        )
        read |= {record["prediction_id"]: (record["id"], text) for record, text in shown}
        if older:
            page.run(
                "[...document.querySelectorAll('.pager a')].find((a) => a.textContent === 'Older').click()"
            )
            page.wait_for("document.querySelectorAll('.opened').length === 0")
    assert len(read) == len(TEXTS)
    for sent, text in read.values():
        assert sent in TEXTS
        assert (json.loads(text) if text.startswith('"') else text) == sent
    assert page.run("window.hit === undefined")
    assert page.errors == []
    assert not [address for address in page.requests if not address.startswith((hostile.url, "about:"))]


@needs_chromium
def test_the_check_for_scripts_sees_one_that_runs(hostile: Running, one_browser: Browser) -> None:
    """Null control: without escaping, and without the policy, these strings do run."""
    page = one_browser.page()
    page.open("about:blank")
    page.run(f"document.body.innerHTML = {json.dumps(INJECTIONS[5])}")
    assert page.wait_for("window.hit === 1")


@pytest.fixture
def service(copy_of: Trained) -> Iterator[Running]:
    """Run a service with a log of its own."""
    with serve(copy_of("iris"), ID_NAME="customer") as running:
        yield running


@needs_chromium
def test_a_person_filters_opens_rows_by_keyboard_and_sees_new_ones_come(
    service: Running, one_browser: Browser
) -> None:
    rows = [IRIS_ROW | {"customer": f"c{number}"} for number in range(5)]
    service.ask("POST", "/api/predictions", [*rows, {**rows[0], "petal_length": 6.5, "petal_width": 2.2}])
    logged(service, 6)
    page = one_browser.page()
    page.open(f"{service.url}/logs")
    page.wait_for(
        "document.querySelectorAll('.row').length === 6 && document.querySelector('.tiles') !== null"
    )

    press(page, "j")
    press(page, "j")
    press(page, "Enter")
    page.wait_for("document.querySelectorAll('.opened .detail').length === 1")
    assert page.run("[...document.querySelectorAll('.row')].indexOf(document.activeElement)") == 1
    assert page.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    press(page, "k")
    press(page, "ArrowDown")
    press(page, "Escape")
    page.wait_for("document.querySelectorAll('.opened').length === 0")

    press(page, "l")
    page.wait_for("document.querySelector('#live').getAttribute('aria-pressed') === 'true'")
    service.ask("POST", "/api/predictions", [IRIS_ROW | {"customer": "late"}])
    page.wait_for("document.querySelector('.row').textContent.includes('late')")
    page.wait_for("document.querySelector('#said').textContent.includes('1 new prediction')")
    press(page, "l")

    press(page, "/")
    assert page.run("document.activeElement.id") == "f-text"
    page.run(
        "document.querySelector('#f-id').value = 'c3'; document.querySelector('#filter').requestSubmit()"
    )
    page.wait_for("document.querySelectorAll('.row').length === 1")
    page.wait_for("location.search === '?id=c3'")
    page.run("history.back()")
    page.wait_for("document.querySelectorAll('.row').length === 7")
    assert page.errors == []


@needs_chromium
@pytest.mark.parametrize("path", ["logs", "quality"])
def test_a_page_fits_a_phone(service: Running, one_browser: Browser, path: str) -> None:
    answers = service.ask("POST", "/api/predictions", [IRIS_ROW] * 3).json()
    truths = [{"prediction_id": one["prediction_id"], "actual": "setosa"} for one in answers]
    service.ask("POST", "/api/feedback", truths)
    eventually(lambda: service.ask("GET", "/api/quality").json().get("truths") == 3)
    page = one_browser.page()
    page.open(f"{service.url}/{path}", width=360, height=740)
    page.wait_for("document.querySelector('.tiles') !== null && !document.querySelector('[data-later]')")
    assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@needs_chromium
def test_a_key_opens_the_log_in_the_browser_and_without_one_nothing_is_shown(
    copy_of: Trained, one_browser: Browser
) -> None:
    keys = [str(key) for _, key in SECRETS.values()]
    with serve(copy_of("iris"), access__keys=keys) as running:
        reader, caller = SECRETS["reader"][0], SECRETS["caller"][0]
        running.ask("POST", "/api/predictions", [IRIS_ROW], x_api_key=caller)
        (record,) = logged(running, 1, x_api_key=reader)
        shell = running.ask("GET", "/logs")
        assert shell.status == 200
        assert record["prediction_id"] not in shell.body.decode()
        for path in (
            "/logs?part=view",
            "/logs?part=records",
            "/api/logs",
            "/api/quality",
            "/quality?part=view",
        ):
            assert running.ask("GET", path).status == 401, path
            assert running.ask("GET", path, x_api_key=caller).status == 403, path
            assert running.ask("GET", path, x_api_key=reader).status == 200, path
        page = one_browser.page()
        page.open(f"{running.url}/logs")
        page.wait_for("document.querySelector('#key-form button:enabled') !== null")
        fill_in(page, "#key", "wrong")
        page.wait_for("document.querySelector('#key-note').textContent.includes('valid key')")
        fill_in(page, "#key", reader)
        page.wait_for("document.querySelectorAll('.row').length === 1")
        page.open(f"{running.url}/logs?class_name=setosa")
        page.wait_for("document.querySelectorAll('.row').length === 1")
        page.click("#forget")
        page.wait_for("document.querySelector('#key-form') !== null")


def test_before_the_first_prediction_everybody_is_told_so(trained: Trained, tmp_path: Path) -> None:
    with serve(
        trained("iris"), prediction_log__directory=str(tmp_path), prediction_log__embedded=False
    ) as running:
        page = running.ask("GET", "/logs")
        assert page.status == 200
        assert b"prediction_log.embedded is false" in page.body
        answer = running.ask("GET", "/api/logs")
        assert answer.status == 404
        assert answer.json()["type"] == "urn:hookline:problem:no-log"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/api/logs?since=x", "since is not a time"),
        ("/api/logs?clas_name=x", "class_name"),
        ("/api/logs?limit=0", "1 to 1000"),
        ("/api/logs?limit=1001", "1 to 1000"),
        ("/api/logs?before=x", "before"),
        ("/api/logs?format=xml", "format"),
        ("/api/logs?id=%ff", "UTF-8"),
        ("/api/logs?" + "id=1&" * 40, "too long"),
        ("/api/quality?id=1", "model_version"),
    ],
)
def test_a_question_that_is_not_understood_is_a_problem(hostile: Running, path: str, says: str) -> None:
    answer = hostile.ask("GET", path)
    assert answer.status == 422
    assert answer.json()["type"] == "urn:hookline:problem:log-query"
    assert says in answer.json()["detail"]


def test_an_export_has_all_records_and_says_that_it_is_a_file(hostile: Running) -> None:
    for form, kind in (("csv", "text/csv; charset=utf-8"), ("jsonl", "application/x-ndjson")):
        answer = hostile.ask("GET", f"/api/logs?format={form}")
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-disposition"] == f'attachment; filename="predictions.{form}"'
    lines = answer.body.decode().split("\n")[:-1]
    assert sorted(json.loads(line)["id"] for line in lines) == sorted(TEXTS)


def test_a_part_that_has_not_changed_is_not_sent_again(hostile: Running) -> None:
    first = hostile.ask("GET", "/logs?part=records")
    again = hostile.ask("GET", "/logs?part=records", if_none_match=first.headers["etag"])
    assert again.status == 304
    assert again.body == b""


def fill_in(page: Page, field: str, text: str) -> None:
    """Write into a field, and submit its form."""
    found = f"document.querySelector({json.dumps(field)})"
    page.run(f"{found}.value = {json.dumps(text)}; {found}.form.requestSubmit()")


def press(page: Page, key: str) -> None:
    """Press a key."""
    text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
    page.send("Input.dispatchKeyEvent", type="keyDown", key=key, **({"text": text} if text else {}))
    page.send("Input.dispatchKeyEvent", type="keyUp", key=key)
