"""The app without a server: one ASGI conversation at a time, in the test's own event loop."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from hookline.config import Settings
from hookline.contract import Contract, parse_contract_text
from hookline.service.app import App, create_app
from hookline.service.grouping import Free, Grouping
from hookline.service.jobs import Append
from hookline.service.model import ServedModel
from hookline.types import Columns, Prediction, PredictorKind
from tests.framework.service.wire import Answer

__all__ = ["NUMBERS", "Fake", "Memory", "contract_of", "doubled", "in_memory", "model_of", "settings_of"]

NUMBERS = """\
task: regression
target_label: y
input_features:
  - name: x
  - name: name
    type: string
    default: nobody
    log: hash
"""
"""A small contract: a number, and a text nobody may see."""

Compute: TypeAlias = Callable[[Columns], Prediction]


def doubled(columns: Columns) -> Prediction:
    """Answer each row with twice its number; so an answer given to another row is seen."""
    return Prediction(values=2 * np.asarray(columns["x"], dtype=np.float64))


class Fake:
    """A predictor made of a function. It counts the rows of each call."""

    def __init__(self, compute: Compute = doubled, kind: PredictorKind = "compiled") -> None:
        self.kind: Literal["compiled", "native"] = kind
        self.calls: list[int] = []
        self.closed = False
        self._compute = compute

    def predict(self, columns: Columns) -> Prediction:
        """Answer every row."""
        self.calls.append(len(columns["x"]))
        return self._compute(columns)

    def close(self) -> None:
        """Note it."""
        self.closed = True


def contract_of(text: str = NUMBERS) -> Contract:
    """Read a contract."""
    return parse_contract_text(text, name="features.yaml")


def model_of(
    predictor: Fake,
    *,
    contract: str = NUMBERS,
    classes: Sequence[str] = (),
    probabilities: bool = False,
    grouping: Grouping | None = None,
) -> ServedModel:
    """Make a model in service out of a fake predictor."""
    read = contract_of(contract)
    return ServedModel(
        model_id="an-id",
        version="a-version",
        created="2026-01-31T12:00:00Z",
        task=read.task,
        classes=tuple(classes),
        contract=read,
        predictor=predictor,
        probabilities=probabilities,
        grouping=grouping or Free(),
    )


UNLOGGED = {"enabled": False}


def settings_of(**service: Any) -> Settings:
    """Make settings; `max_rows=3` sets `service.max_rows`.

    No documentation, for it asks the model too, and no prediction log, for there is no folder to write to.
    """
    return Settings.model_validate({"service": {"docs": False, **service}, "prediction_log": UNLOGGED})


class Memory:
    """Ask an app."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        pieces: Sequence[Any] | None = None,
    ) -> Answer:
        """Ask once. `pieces` are the ASGI messages of the body, where it does not come at once.

        A caller who hangs up has no answer, which is an answer of status 0.
        """
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = ({"content-type": "application/json"} if body is not None else {}) | dict(headers or {})
        waiting = list(pieces or [{"type": "http.request", "body": data, "more_body": False}])
        said: list[Any] = []

        async def receive() -> Any:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            said.append(message)

        await self.app(_scope(method, path, given), receive, send)
        begin, *rest = said or [{"status": 0, "headers": []}]
        return Answer(
            begin["status"],
            {name.decode(): value.decode() for name, value in begin["headers"]},
            b"".join(message.get("body", b"") for message in rest),
        )


def _scope(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }


@asynccontextmanager
async def in_memory(
    model: ServedModel | None = None,
    *,
    settings: Settings | None = None,
    root: Path = Path(),
    log: Append | None = None,
) -> AsyncIterator[Memory]:
    """Start the app, and stop it at the end."""
    app = create_app(settings or settings_of(), root=root, predictor=model, log=log)
    app.start()
    try:
        yield Memory(app)
    finally:
        await app.stop()
