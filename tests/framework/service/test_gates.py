from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest

from hookline.service.keys import new_key
from tests.framework.service.conftest import Trained
from tests.framework.service.projects import IRIS_ROW
from tests.framework.service.running import Running, serve
from tests.framework.service.wire import Wire, request_bytes

PATH = "/api/predictions"


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


def test_over_capacity_the_answer_comes_at_once_and_probes_are_exempt(trained: Trained) -> None:
    with serve(trained("iris"), max_in_flight=1) as running, Wire(running.port) as slow:
        body = json.dumps([IRIS_ROW]).encode()
        request = request_bytes("POST", PATH, body)
        slow.send(request[:-10])
        answer = running.ask("POST", PATH, body)
        for _ in range(1000):  # the first request may still be on its way in
            if answer.status != 200:
                break
            answer = running.ask("POST", PATH, body)
        assert (answer.status, answer.problem) == (503, "overloaded")
        assert int(answer.headers["retry-after"]) >= 1
        for path in ("/ping", "/health/live", "/health/ready", "/metrics", "/info"):
            assert running.ask("GET", path).status == 200
        slow.send(request[-10:])
        assert slow.answer().status == 200
        assert running.ask("POST", PATH, body).status == 200


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
