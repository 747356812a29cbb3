from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from statistics import median
from time import perf_counter

import pytest

from hookline.service.keys import new_key
from tests.framework.service.conftest import Trained
from tests.framework.service.projects import IRIS_ROW
from tests.framework.service.runner.processes import eventually
from tests.framework.service.running import Running, serve
from tests.framework.service.wire import Wire, request_bytes

PATH = "/api/predictions"
PATIENT_ROW = {"size": 1.0, "weight": None, "plan": None}


@pytest.fixture(scope="module")
def keyed(trained: Trained) -> Iterator[tuple[Running, dict[str, str]]]:
    """Run a service with two keys, one allowed to predict and one not."""
    secrets, lines = {}, []
    for name, scope in (("caller", "predict"), ("reader", "logs")):
        secrets[name], key = new_key(name, [scope])
        lines.append(str(key))
    with serve(trained("iris"), access__keys=lines) as running:
        yield running, secrets


@pytest.mark.parametrize("given", [{}, {"x_api_key": "wrong"}, {"authorization": "Bearer wrong"}], ids=str)
def test_without_a_good_key_a_caller_is_asked_for_one(
    keyed: tuple[Running, dict[str, str]], given: dict[str, str]
) -> None:
    answer = keyed[0].ask("POST", PATH, [IRIS_ROW], **given)
    assert (answer.status, answer.problem) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_without_the_scope_is_refused(keyed: tuple[Running, dict[str, str]]) -> None:
    running, secrets = keyed
    answer = running.ask("POST", PATH, [IRIS_ROW], x_api_key=secrets["reader"])
    assert (answer.status, answer.problem) == (403, "forbidden")
    assert secrets["reader"] not in answer.body.decode()


def test_a_good_key_opens_the_door_and_the_documentation_says_how(
    keyed: tuple[Running, dict[str, str]],
) -> None:
    running, secrets = keyed
    assert running.ask("POST", PATH, [IRIS_ROW], x_api_key=secrets["caller"]).status == 200
    assert running.ask("POST", PATH, [IRIS_ROW], authorization=f"Bearer {secrets['caller']}").status == 200
    described = running.ask("GET", "/openapi.json").json()
    assert set(described["components"]["securitySchemes"]) == {"ApiKey", "Bearer"}
    operation = described["paths"][PATH]["post"]
    assert operation["security"] == [{"ApiKey": []}, {"Bearer": []}]
    assert {"401", "403"} <= set(operation["responses"])
    assert running.ask("GET", "/health/ready").status == 200


def test_over_capacity_the_answer_comes_at_once_and_probes_are_exempt(copy_of: Trained) -> None:
    project = copy_of("patient")
    body, waits = json.dumps([PATIENT_ROW]).encode(), []
    with serve(project, max_in_flight=1) as running, Wire(running.port) as slow:
        (project / "hold").touch()  # as long as it is there, the model thinks
        slow.send(request_bytes("POST", PATH, body))
        assert eventually(lambda: "hookline_in_flight 1.0" in running.ask("GET", "/metrics").body.decode())
        answer = running.ask("POST", PATH, body)
        assert (answer.status, answer.problem) == (503, "overloaded")
        assert int(answer.headers["retry-after"]) >= 1
        for path in ("/ping", "/health/live", "/health/ready", "/metrics", "/info"):
            assert running.ask("GET", path).status == 200
        for _ in range(21):
            began = perf_counter()
            assert running.ask("POST", PATH, body).status == 503
            waits.append(perf_counter() - began)
        assert median(waits) <= 0.05
        (project / "hold").unlink()
        assert slow.answer().status == 200
        assert running.ask("POST", PATH, body).status == 200


@pytest.mark.parametrize("path", [PATH, f"{PATH}?usual"], ids=["short", "usual"])
def test_an_error_of_ours_tells_its_caller_the_id_of_the_request_only(copy_of: Trained, path: str) -> None:
    project = copy_of("patient")
    with serve(project) as running:
        (project / "fail").touch()
        answer = running.ask("POST", path, [PATIENT_ROW], x_request_id="mine")
        assert (answer.status, answer.problem) == (500, "internal")
        assert answer.json() == {
            "type": "urn:hookline:problem:internal",
            "title": "Internal error",
            "status": 500,
            "detail": "Tell the operator the request id.",
            "instance": "urn:request:mine",
        }
        line = json.loads(running.wait_for_line("request failed"))
        assert line["request_id"] == "mine"
        assert "it fails as it was told to" in json.dumps(line)
        (project / "fail").unlink()
        assert running.ask("POST", path, [PATIENT_ROW]).status == 200


@pytest.mark.parametrize("path", [PATH, f"{PATH}?usual", "/api/feedback"])
def test_a_body_on_its_way_takes_no_place_of_others(trained: Trained, path: str) -> None:
    body = json.dumps([IRIS_ROW]).encode()
    with serve(trained("iris"), max_in_flight=2) as running, ExitStack() as stack:
        slow = [stack.enter_context(running.wire()) for _ in range(20)]
        for number, wire in enumerate(slow):
            request = request_bytes("POST", path, body)
            wire.send(request[: -10 if number % 2 else -len(body)])
        for way in (PATH, f"{PATH}?usual"):
            assert {running.ask("POST", way, [IRIS_ROW]).status for _ in range(20)} == {200}
        for number, wire in enumerate(slow):
            wire.send(body[-10:] if number % 2 else body)
            assert wire.answer().status == (422 if path == "/api/feedback" else 200)


def test_bodies_on_their_way_hold_no_more_memory_than_requests_in_flight_may(trained: Trained) -> None:
    with serve(trained("iris"), max_in_flight=2, max_body_bytes=40_000) as running, ExitStack() as stack:
        request = request_bytes("POST", PATH, json.dumps([IRIS_ROW]).encode() + b" " * 39_900)

        def turned_away() -> bool:
            with Wire(running.port, seconds=0.3) as wire, suppress(TimeoutError):
                wire.send(request[:-10])
                answer = wire.answer()
                return (answer.problem, answer.headers["connection"]) == ("overloaded", "close")
            return False

        slow = [stack.enter_context(running.wire()) for _ in range(2)]
        for wire in slow:
            wire.send(request[:-10])
        assert eventually(turned_away)
        assert running.ask("POST", PATH, [IRIS_ROW]).status == 200
        for wire in slow:
            wire.send(request[-10:])
            assert wire.answer().status == 200
        assert not turned_away()


def test_a_body_that_never_comes_is_counted_as_too_slow_and_as_nothing_else(trained: Trained) -> None:
    with serve(trained("iris"), body_timeout=0.2) as running, running.wire() as wire:
        head = {"content-type": "application/json", "content-length": "9", "x-request-id": "mine"}
        wire.send(request_bytes("POST", PATH, None, head))
        answer = wire.answer()
        assert (answer.status, answer.problem) == (408, "too-slow")
        assert (answer.headers["x-request-id"], answer.headers["connection"]) == ("mine", "close")
        assert answer.headers["x-model-id"] == running.ask("GET", "/info").json()["model_id"]
        counted = running.ask("GET", "/metrics").body.decode()
        assert 'hookline_rejected_total{reason="too-slow"} 1.0' in counted
        assert 'hookline_rejected_total{reason="malformed"} 0.0' in counted
        assert f'path="{PATH}",status=' not in counted


def test_without_a_model_the_service_is_alive_and_not_ready(copy_of: Trained) -> None:
    project = copy_of("iris")
    shutil.rmtree(project / "model_bin")
    with serve(project) as running:
        assert running.ask("GET", "/health/live").status == 200
        for path in ("/health", "/health/ready", "/health/startup", "/info"):
            answer = running.ask("GET", path)
            assert (answer.status, answer.problem) == (503, "not-ready")
            assert answer.headers["retry-after"] == "1"
        answer = running.ask("POST", PATH, [IRIS_ROW])
        assert (answer.status, answer.problem) == (503, "not-ready")
        assert "hookline train" in answer.json()["detail"]
        assert running.ask("GET", "/openapi.json").status == 200
