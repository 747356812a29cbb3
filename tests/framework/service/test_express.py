"""The short way and the usual way of a prediction answer alike. A query string goes the usual way."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from hookline.service.keys import new_key
from tests.framework.service.conftest import Trained
from tests.framework.service.projects import MIXED_ROW
from tests.framework.service.running import Running, serve
from tests.framework.service.wire import Answer, Wire, request_bytes

PATHS = ("/api/predictions", "/api/proba_predictions")
ITS_OWN = {"date", "content-length"}
GOOD = json.dumps([MIXED_ROW, MIXED_ROW]).encode()
REQUESTS: dict[str, tuple[bytes, dict[str, str]]] = {
    "two rows": (GOOD, {}),
    "an id": (GOOD, {"x-request-id": "mine-1"}),
    "no JSON": (b"{", {}),
    "a broken row": (json.dumps([MIXED_ROW | {"amount": "1"}]).encode(), {}),
    "no rows": (b"[]", {}),
    "too many rows": (json.dumps([{}] * 101).encode(), {}),
    "another type": (GOOD, {"content-type": "text/plain"}),
    "another encoding": (GOOD, {"content-encoding": "gzip"}),
    "JSON by another name": (GOOD, {"content-type": "application/vnd.rows+json; charset=utf-8"}),
}


def plain(answer: Answer) -> tuple[int, dict[str, str], Any]:
    """Return an answer without what is another in each: ids, and the length of those ids."""
    headers = {name: value for name, value in answer.headers.items() if name not in ITS_OWN}
    content = answer.json()
    if isinstance(content, list):
        for row in content:
            assert row.pop("prediction_id")
    else:
        content["instance"] = content["instance"].replace(headers["x-request-id"], "")
    if headers["x-request-id"] != "mine-1":
        headers["x-request-id"] = ""
    return answer.status, headers, content


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", REQUESTS)
def test_both_ways_answer_alike(mixed: Running, name: str, path: str) -> None:
    body, headers = REQUESTS[name]
    with Wire(mixed.port) as short, Wire(mixed.port) as usual:
        ours = short.ask("POST", path, body, headers)
        theirs = usual.ask("POST", f"{path}?usual", body, headers)
        assert plain(ours) == plain(theirs)
        # Both connections go on as they should.
        assert short.ask("POST", path, GOOD).status == usual.ask("POST", path, GOOD).status == 200


def test_a_refusal_before_the_body_is_read_hangs_up(mixed: Running) -> None:
    with Wire(mixed.port) as wire:
        answer = wire.ask("POST", PATHS[0], b" " * 70_000)
        assert answer.problem == "too-large"
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("path", [PATHS[0], f"{PATHS[0]}?usual"], ids=["short", "usual"])
def test_an_offer_of_http_2_is_ignored_and_the_rows_are_answered(mixed: Running, path: str) -> None:
    offer = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": "AAMAAABkAAQCAAAA"}
    whole = request_bytes("POST", path, GOOD, offer)
    with Wire(mixed.port) as wire:
        for cut in (len(whole), len(whole) - len(GOOD), len(whole) - 1):
            wire.send(whole[:cut])
            time.sleep(0.05)
            wire.send(whole[cut:])
            answer = wire.answer()
            assert (answer.status, len(answer.json())) == (200, 2), answer.body
            assert "upgrade" not in answer.headers


@dataclass(frozen=True)
class Guarded:
    """A service with keys and small limits, and a key for it."""

    running: Running
    key: str

    def ask(self, body: bytes, headers: dict[str, str]) -> Answer:
        with Wire(self.running.port) as wire:
            return wire.ask("POST", PATHS[0], body, headers)


@pytest.fixture(scope="module")
def guarded(trained: Trained) -> Iterator[Guarded]:
    secret, key = new_key("shop", ["predict"])
    limits: dict[str, Any] = {"access__keys": [str(key)], "access__rows_per_second": 3}
    with serve(trained("mixed"), max_body_bytes=2048, **limits) as running:
        yield Guarded(running, secret)


@pytest.mark.parametrize("path", [PATHS[0], f"{PATHS[0]}?usual"], ids=["short", "usual"])
def test_a_body_that_does_not_say_how_long_it_is_is_counted(guarded: Guarded, path: str) -> None:
    lines = (
        f"POST {path} HTTP/1.1", "host: a", "content-type: application/json", f"x-api-key: {guarded.key}",
        "transfer-encoding: chunked", "", "", "801", " " * 0x801, "0", "", "",
    )  # fmt: skip
    with Wire(guarded.running.port) as wire:
        wire.send("\r\n".join(lines).replace("\r\n\r\n\r\n", "\r\n\r\n", 1).encode())
        assert wire.answer().problem == "too-large"


def test_whoever_is_refused_is_in_flight_no_more(guarded: Guarded) -> None:
    row = json.dumps([MIXED_ROW]).encode()
    key = {"x-api-key": guarded.key}
    statuses = {guarded.ask(row, headers).status for headers in ({}, {"x-api-key": "wrong"}, *[key] * 12)}
    statuses.add(guarded.ask(b"[{}]", key).status)
    assert statuses == {200, 401, 422, 429}
    with Wire(guarded.running.port) as wire:
        assert "hookline_in_flight 0.0" in wire.ask("GET", "/metrics").body.decode()
