from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookline.service.keys import new_key
from tests.framework.service.browser import Browser
from tests.framework.service.conftest import Trained
from tests.framework.service.log_pages import eventually, fill_in, logged, needs_chromium, press, saved
from tests.framework.service.projects import IRIS_ROW
from tests.framework.service.running import Running, serve

GUARDED = (
    "/logs?part=view",
    "/logs?part=records",
    "/logs?part=charts",
    "/api/logs",
    "/api/quality",
    "/quality?part=view",
)
SECRETS = {name: new_key(name, [scope]) for name, scope in (("reader", "logs"), ("caller", "predict"))}


@pytest.fixture(scope="module")
def service(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a service with a log of its own."""
    log = str(tmp_path_factory.mktemp("log"))
    with serve(trained("iris"), ID_NAME="customer", prediction_log__directory=log) as running:
        yield running


@needs_chromium
def test_a_person_filters_opens_rows_by_keyboard_and_sees_new_ones_come(
    service: Running, one_browser: Browser
) -> None:
    before = service.ask("GET", "/api/logs?limit=1000")
    others = len(before.json()["records"]) if before.status == 200 else 0  # of other tests
    rows = [IRIS_ROW | {"customer": f"c{number}"} for number in range(5)]
    service.ask("POST", "/api/predictions", [*rows, {**rows[0], "petal_length": 6.5, "petal_width": 2.2}])
    logged(service, others + 6)
    page = one_browser.page()
    page.open(f"{service.url}/logs")
    page.wait_for(
        f"document.querySelectorAll('.row').length === {others + 6} "
        "&& document.querySelector('.tiles') !== null"
    )

    press(page, "j")
    press(page, "j")
    press(page, "Enter")
    page.wait_for("document.querySelectorAll('.opened .detail').length === 1")
    assert page.run("[...document.querySelectorAll('.row')].indexOf(document.activeElement)") == 1
    assert page.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    press(page, "k")
    press(page, "ArrowDown")
    for key, opened in (("Escape", 0), ("ArrowRight", 1), ("ArrowRight", 1), ("ArrowLeft", 0)):
        press(page, key)
        page.wait_for(f"document.querySelectorAll('.opened').length === {opened}")

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
    page.wait_for(f"document.querySelectorAll('.row').length === {others + 7}")
    assert page.errors == []


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("path", ["logs", "quality"])
def test_a_page_fits_a_phone(service: Running, one_browser: Browser, path: str) -> None:
    answers = service.ask("POST", "/api/predictions", [IRIS_ROW] * 3).json()
    truths = [{"prediction_id": one["prediction_id"], "actual": "setosa"} for one in answers]
    service.ask("POST", "/api/feedback", truths)
    eventually(lambda: service.ask("GET", "/api/quality").json().get("truths", 0) >= 3)
    page = one_browser.page()
    page.open(f"{service.url}/{path}", width=360, height=740)
    page.wait_for("document.querySelector('.tiles') !== null && !document.querySelector('[data-later]')")
    # Waited for: a scroll bar may just be coming.
    page.wait_for("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.slow
@needs_chromium
def test_a_key_opens_the_log_in_the_browser_and_without_one_nothing_is_shown(
    trained: Trained, tmp_path: Path, one_browser: Browser
) -> None:
    keys = [str(key) for _, key in SECRETS.values()]
    with serve(trained("iris"), access__keys=keys, prediction_log__directory=str(tmp_path)) as running:
        reader, caller = SECRETS["reader"][0], SECRETS["caller"][0]
        running.ask("POST", "/api/predictions", [IRIS_ROW], x_api_key=caller)
        (record,) = logged(running, 1, x_api_key=reader)
        shell = running.ask("GET", "/logs")
        assert shell.status == 200
        assert record["prediction_id"] not in shell.body.decode()
        for path in GUARDED:
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
        data = saved(one_browser, page, "[data-export][download$=jsonl]", tmp_path / "predictions.jsonl")
        assert json.loads(data)["prediction_id"] == record["prediction_id"]
        page.click("#forget")
        page.wait_for("document.querySelector('#key-form') !== null")


def test_a_log_without_a_first_record_is_an_empty_one_for_programs(trained: Trained, tmp_path: Path) -> None:
    with serve(trained("iris"), prediction_log__directory=str(tmp_path)) as running:
        assert running.ask("GET", "/api/logs").json() == {"records": [], "next": None, "stopped": False}
        assert running.ask("GET", "/api/logs?format=jsonl").body == b""


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
