from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hookline.config import Settings
from hookline.errors import ConfigError, UnanswerableError
from hookline.service import create_app_of
from hookline.service.app import create_app
from hookline.types import Columns, Prediction
from tests.framework.service.conftest import Trained
from tests.framework.service.memory import Fake, Memory, in_memory, model_of, settings_of

PATH = "/api/predictions"
CLASSES = "target_label: y\ninput_features:\n  - x\n"


def test_a_row_without_a_finite_answer_is_named_and_no_error_of_ours() -> None:
    def compute(columns: Columns) -> Prediction:
        raise UnanswerableError("row 1 is nan", (1,))

    async def run() -> None:
        async with in_memory(model_of(Fake(compute))) as memory:
            answer = await memory.ask("POST", PATH, [{"x": 1}, {"x": 2}])
            assert (answer.status, answer.problem) == (422, "unanswerable")
            assert answer.json()["errors"][0]["pointer"] == "/1"

    asyncio.run(run())


def test_what_a_hook_raises_is_logged_without_what_nobody_may_see(capfd: pytest.CaptureFixture[str]) -> None:
    from hookline.service.logs import configure_logs

    def compute(columns: Columns) -> Prediction:
        raise ValueError(f"cannot use {columns['name'][0]}")

    async def run() -> None:
        configure_logs("json")
        async with in_memory(model_of(Fake(compute))) as memory:
            answer = await memory.ask("POST", PATH, [{"x": 1, "name": "Ada"}])
            assert (answer.status, answer.problem) == (500, "internal")
            assert answer.json()["instance"] == f"urn:request:{answer.headers['x-request-id']}"
            assert "Ada" not in answer.body.decode()
            logged = capfd.readouterr().err
            assert answer.headers["x-request-id"] in logged
            assert "ValueError" in logged
            assert "Ada" not in logged

    asyncio.run(run())


def labels(columns: Columns) -> Prediction:
    return Prediction(labels=np.zeros(len(columns["x"]), dtype=np.int64))


def test_a_classifier_without_probabilities_has_no_such_endpoint() -> None:
    async def run() -> None:
        model = model_of(Fake(labels), contract=CLASSES, classes=["a", "b"])
        async with in_memory(model, settings=settings_of(docs=True)) as memory:
            assert (await memory.ask("POST", PATH, [{"x": 1}])).json()[0]["class_name"] == "a"
            answer = await memory.ask("POST", "/api/proba_predictions", [{"x": 1}])
            assert (answer.status, answer.problem) == (404, "not-found")
            described = (await memory.ask("GET", "/openapi.json")).json()
            assert "/api/proba_predictions" not in described["paths"]

    asyncio.run(run())


def test_a_model_that_cannot_answer_the_examples_is_described_without() -> None:
    def compute(columns: Columns) -> Prediction:
        raise ZeroDivisionError

    async def run() -> None:
        async with in_memory(model_of(Fake(compute)), settings=settings_of(docs=True)) as memory:
            described = (await memory.ask("GET", "/openapi.json")).json()
            good = described["paths"][PATH]["post"]["responses"]["200"]
            assert "example" not in good["content"]["application/json"]

    asyncio.run(run())


def test_without_documentation_there_is_none() -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake())) as memory:
            for path in ("/docs", "/redoc", "/openapi.json"):
                assert (await memory.ask("GET", path)).problem == "not-found"
            assert (await memory.ask("GET", "/metrics")).status == 200

    asyncio.run(run())


def test_a_stop_is_announced_before_it_happens() -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake())) as memory:
            memory.app.state.draining = True
            for path in ("/health", "/health/ready"):
                answer = await memory.ask("GET", path)
                assert (answer.status, answer.problem) == (503, "not-ready")
                assert "stopping" in answer.json()["detail"]
            assert (await memory.ask("GET", "/health/startup")).status == 200
            assert (await memory.ask("POST", PATH, [{"x": 1}])).status == 200

    asyncio.run(run())


def test_an_id_that_is_a_feature_stops_the_start(tmp_path: Path) -> None:
    async def run() -> None:
        app = create_app(settings_of(ID_NAME="x"), root=tmp_path, predictor=model_of(Fake()))
        with pytest.raises(ConfigError, match="ID_NAME is x"):
            app.start()

    asyncio.run(run())


async def lifespan(app: Any) -> list[Any]:
    """Start an app and stop it as a server does; return what it says."""
    said: list[Any] = []
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Any:
        return events.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    await app({"type": "lifespan"}, receive, send)
    return said


def test_a_server_starts_and_stops_the_app(tmp_path: Path) -> None:
    predictor = Fake()
    app = create_app(Settings(), root=tmp_path, predictor=model_of(predictor))
    said = asyncio.run(lifespan(app))
    assert [one["type"] for one in said] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert predictor.closed


def test_an_app_that_cannot_start_says_why_to_the_server(tmp_path: Path) -> None:
    app = create_app(settings_of(ID_NAME="x"), root=tmp_path, predictor=model_of(Fake()))
    (said,) = asyncio.run(lifespan(app))
    assert said["type"] == "lifespan.startup.failed"
    assert "ID_NAME is x" in said["message"]


def test_a_server_without_lifespan_is_served_all_the_same() -> None:
    async def run() -> None:
        app = create_app(settings_of(), predictor=model_of(Fake()))
        assert (await Memory(app).ask("GET", "/ping")).json() == {"ping": "pong"}
        await app.stop()

    asyncio.run(run())


def test_an_app_that_never_started_stops_too() -> None:
    asyncio.run(create_app(Settings()).stop())


def test_a_websocket_is_closed() -> None:
    async def run() -> None:
        said: list[Any] = []

        async def send(message: Any) -> None:
            said.append(message)

        await create_app(Settings())({"type": "websocket"}, None, send)
        assert said == [{"type": "websocket.close", "code": 1000}]

    asyncio.run(run())


def test_the_app_of_a_project_serves_its_current_model(trained: Trained) -> None:
    async def run() -> None:
        app = create_app_of(trained("iris"))
        row = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
        answer = await Memory(app).ask("POST", PATH, [row])
        await app.stop()
        assert answer.json()[0]["class_name"] == "setosa"

    asyncio.run(run())


# ---- what a server would keep from the app, and another may not ----


@pytest.mark.parametrize("length", ["-1", "x", "1.5", ""])
def test_an_odd_content_length_is_refused(length: str) -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake())) as memory:
            answer = await memory.ask("POST", PATH, [{"x": 1}], {"content-length": length})
            assert (answer.status, answer.problem) == (400, "malformed")

    asyncio.run(run())


def test_an_endless_content_length_is_too_large() -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake())) as memory:
            answer = await memory.ask("POST", PATH, [{"x": 1}], {"content-length": "9" * 5000})
            assert (answer.status, answer.problem) == (413, "too-large")

    asyncio.run(run())


def test_a_body_in_parts_is_put_together_and_who_breaks_off_gets_no_answer() -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake())) as memory:
            headers = {"content-type": "application/json"}
            parts = [
                {"type": "http.request", "body": b'[{"x"', "more_body": True},
                {"type": "http.request", "body": b": 3}]", "more_body": True},
                {"type": "http.request", "body": b"", "more_body": False},
            ]
            answer = await memory.ask("POST", PATH, headers=headers, pieces=parts)
            assert answer.json()[0]["value"] == 6
            answer = await memory.ask("POST", PATH, headers=headers, pieces=parts[:1])
            assert answer.status == 0

    asyncio.run(run())


def test_an_error_behind_the_first_byte_of_an_answer_is_logged_and_adds_nothing() -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake())) as memory:
            said: list[Any] = []

            async def receive() -> Any:
                return {"type": "http.request", "body": b'[{"x": 1}]'}

            async def send(message: Any) -> None:
                said.append(message)
                raise OSError("the caller is gone")

            headers = [(b"content-type", b"application/json")]
            await memory.app(
                {"type": "http", "method": "POST", "path": PATH, "headers": headers}, receive, send
            )
            assert [one["type"] for one in said] == ["http.response.start"]

    asyncio.run(run())


@pytest.mark.parametrize("docs", [True, False])
def test_an_error_in_fastapi_is_a_problem_too(docs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake()), settings=settings_of(docs=docs)) as memory:

            async def broken(*_: Any) -> None:
                raise RuntimeError("broken")

            memory.app._rest = asyncio.ensure_future(_value(broken))
            answer = await memory.ask("GET", "/nowhere")
            assert (answer.status, answer.problem) == (500, "internal")

    asyncio.run(run())


async def _value(value: Any) -> Any:
    return value


def test_numbers_come_back_as_they_were_computed() -> None:
    numbers = [0.1, 1 / 3, 1e-300, -1e300, 5e-324, 2**53 + 0.0, 123456789.123456789]

    async def run() -> None:
        async with in_memory(model_of(Fake(lambda c: Prediction(values=c["x"])))) as memory:
            answer = await memory.ask("POST", PATH, [{"x": number} for number in numbers])
            assert [row["value"] for row in json.loads(answer.body)] == numbers

    asyncio.run(run())
