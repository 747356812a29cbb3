from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from hookline.predlog.feedback import Facts, flaws, told
from hookline.service.keys import new_key
from tests.framework.service.conftest import Trained
from tests.framework.service.projects import IRIS_ROW
from tests.framework.service.running import Running, serve

PATH = "/api/feedback"


@pytest.fixture(scope="module")
def running(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = str(tmp_path_factory.mktemp("log"))
    with serve(trained("iris"), ID_NAME="customer", prediction_log__directory=log, max_rows=50) as found:
        yield found


def quality(running: Running, truths: int) -> dict[str, Any]:
    """Return the quality as soon as so many truths are there."""
    end = time.monotonic() + 20
    while True:
        answer = running.ask("GET", "/api/quality")
        if answer.status == 200 and answer.json()["truths"] >= truths:
            return dict(answer.json())
        assert time.monotonic() < end, answer.body
        time.sleep(0.05)


def test_truths_early_late_repeated_and_corrected_are_joined(running: Running) -> None:
    early = running.ask("POST", PATH, [{"customer": "ada", "actual": "setosa"}])
    assert early.status == 200
    assert early.json()["accepted"] == 1
    (answer,) = running.ask("POST", "/api/predictions", [IRIS_ROW | {"customer": "ada"}]).json()
    assert answer["class_name"] == "setosa"
    found = quality(running, 1)
    end = time.monotonic() + 20
    while not found["versions"]:
        assert time.monotonic() < end
        found = quality(running, 1)
    assert found["versions"][0]["accuracy"] == 1
    name = answer["prediction_id"]
    late = running.ask("POST", PATH, [{"prediction_id": name, "actual": "virginica"}]).json()
    assert late["matched"] == 1
    assert late["truths"][0]["matched"] is True
    assert quality(running, 2)["versions"][0]["accuracy"] == 0
    running.ask("POST", PATH, [{"prediction_id": name, "actual": "setosa"}])
    assert quality(running, 3)["versions"][0]["accuracy"] == 1
    held = running.ask("POST", PATH, [{"customer": "nobody", "actual": "setosae"}]).json()
    assert held["held"] == 1
    assert held["unknown_classes"] == ["setosae"]
    assert quality(running, 4)["unmatched"] == 1
    (record,) = running.ask("GET", f"/api/logs?prediction_id={name}").json()["records"]
    assert record["actual"] == "setosa"


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"", 400, None),
        (b"[{]", 400, None),
        (b'[{"customer":"a","actual":"x"}]]', 400, None),
        (b'[{"customer":"a","actual":NaN}]', 400, None),
        (b'[{"customer":"a","actual":' + b"9" * 5000 + b"}]", 400, None),
        (b'[{"customer":"\\ud800","actual":"x"}]', 422, "/0/customer"),
        (b"{}", 422, ""),
        (b"[]", 422, ""),
        (b"[" + b'{"customer":"a","actual":"x"},' * 50 + b'{"customer":"a","actual":"x"}]', 422, ""),
        (b"[1]", 422, "/0"),
        (b'[{"actual":"x"}]', 422, "/0"),
        (b'[{"prediction_id":"p","customer":"a","actual":"x"}]', 422, "/0"),
        (b'[{"prediction_id":5,"actual":"x"}]', 422, "/0/prediction_id"),
        (b'[{"prediction_id":"a b","actual":"x"}]', 422, "/0/prediction_id"),
        (b'[{"customer":"","actual":"x"}]', 422, "/0/customer"),
        (b'[{"customer":true,"actual":"x"}]', 422, "/0/customer"),
        (b'[{"customer":41.5,"actual":"x"}]', 422, "/0/customer"),
        (b'[{"customer":9007199254740993,"actual":"x"}]', 422, "/0/customer"),
        (b'[{"customer":"a\\u0000","actual":"x"}]', 422, "/0/customer"),
        (b'[{"customer":"a"}]', 422, "/0/actual"),
        (b'[{"customer":"a","actual":null}]', 422, "/0/actual"),
        (b'[{"customer":"a","actual":""}]', 422, "/0/actual"),
        (b'[{"customer":"a","actual":[]}]', 422, "/0/actual"),
        (b'[{"customer":"a","actual":1e999}]', 422, "/0/actual"),
        (b'[{"customer":"a","actul":"x"}]', 422, "/0/actul"),
    ],
)
def test_what_is_wrong_is_said_and_none_of_it_is_taken(
    running: Running, body: bytes, status: int, pointer: str | None
) -> None:
    answer = running.ask("POST", PATH, body, content_type="application/json")
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    if pointer is not None:
        assert pointer in [fault["pointer"] for fault in answer.json()["errors"]]


def test_the_method_the_type_and_the_key_are_looked_at(running: Running, trained: Trained) -> None:
    assert running.ask("GET", PATH).status == 405
    assert running.ask("POST", PATH, b"[]", content_type="text/plain").status == 415
    secret, key = new_key("teller", ["feedback"])
    other, stranger = new_key("caller", ["predict"])
    with serve(trained("iris"), access__keys=[str(key), str(stranger)], ID_NAME="customer") as guarded:
        body = [{"customer": "a", "actual": "setosa"}]
        assert guarded.ask("POST", PATH, body).status == 401
        assert guarded.ask("POST", PATH, body, x_api_key=other).status == 403
        assert guarded.ask("POST", PATH, body, x_api_key=secret).status == 200


def test_without_a_log_feedback_has_nowhere_to_go(trained: Trained) -> None:
    with serve(trained("iris"), prediction_log__enabled=False, ID_NAME="customer") as running:
        answer = running.ask("POST", PATH, [{"customer": "a", "actual": "setosa"}])
        assert answer.status == 404
        assert answer.json()["type"] == "urn:hookline:problem:no-log"


@pytest.mark.parametrize("value", ["41", 41, 41.0])
def test_a_number_as_id_is_the_same_however_it_is_written(value: object) -> None:
    facts = Facts("classification", ("x",), "customer")
    rows = [{"customer": value, "actual": "x"}]
    assert list(flaws(rows, facts)) == []
    assert told(rows, facts)[0].id == "41"
