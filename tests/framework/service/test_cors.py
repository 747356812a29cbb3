from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from hookline.service.headers import SECURITY, Cors
from tests.framework.service.conftest import Trained
from tests.framework.service.running import Running, serve
from tests.framework.service.wire import Answer

PATH = "/api/predictions"
ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
HOME = "https://app.example.com"
OTHER = "https://evil.example"


@pytest.fixture(scope="module")
def open_to_home(trained: Trained) -> Iterator[Running]:
    with serve(trained("iris"), cors_origins=[HOME, "http://localhost:3000"]) as running:
        yield running


def preflight(running: Running, origin: str, path: str = PATH) -> Answer:
    return running.ask(
        "OPTIONS",
        path,
        origin=origin,
        access_control_request_method="POST",
        access_control_request_headers="content-type,x-api-key",
    )


def cors_headers(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


# ---- headers of every answer ----


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", PATH, [ROW]),
        ("POST", PATH, [{}]),
        ("GET", PATH, None),
        ("OPTIONS", PATH, None),
        ("GET", "/ping", None),
        ("HEAD", "/ping", None),
        ("GET", "/info", None),
        ("GET", "/health/ready", None),
        ("GET", "/metrics", None),
        ("GET", "/openapi.json", None),
        ("GET", "/nowhere", None),
        ("PUT", "/docs", None),
    ],
)
def test_every_answer_is_guarded_by_headers(iris: Running, method: str, path: str, body: object) -> None:
    with iris.wire() as wire:
        data = None if body is None else json.dumps(body).encode()
        answer = wire.ask(method, path, data)
    assert "server" not in answer.headers
    assert cors_headers(answer) == {}
    for name, value in SECURITY:
        assert answer.headers[name.decode()] == value.decode()
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "request_bytes",
    [b"no http\r\n\r\n", b"GET /ping HTTP/1.1\r\nhost: a\r\nx: " + b"a" * 20_000 + b"\r\n\r\n"],
    ids=["no http", "endless headers"],
)
def test_refusals_below_the_app_are_guarded_too(iris: Running, request_bytes: bytes) -> None:
    with iris.wire() as wire:
        wire.send(request_bytes)
        answer = wire.answer()
    assert answer.status in (400, 431)
    assert "server" not in answer.headers
    for name, value in SECURITY:
        assert answer.headers[name.decode()] == value.decode()
    assert answer.headers["x-request-id"] in answer.json()["instance"]


# ---- other origins ----


@pytest.mark.parametrize("path", ["/ping", "/openapi.json", "/nowhere"])
def test_without_origins_in_the_settings_no_page_may_read_answers(iris: Running, path: str) -> None:
    assert cors_headers(iris.ask("GET", path, origin=HOME)) == {}
    assert cors_headers(preflight(iris, HOME, path)) == {}


@pytest.mark.parametrize("origin", [HOME, "http://localhost:3000"])
def test_a_page_of_a_known_origin_may_ask_and_read(open_to_home: Running, origin: str) -> None:
    asked = preflight(open_to_home, origin)
    assert (asked.status, asked.body) == (204, b"")
    assert asked.headers["access-control-allow-origin"] == origin
    assert "POST" in asked.headers["access-control-allow-methods"]
    allowed = asked.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("content-type", "x-api-key", "authorization"))
    answer = open_to_home.ask("POST", PATH, [ROW], origin=origin)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert "X-Model-Id" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers


def test_a_page_of_a_known_origin_can_read_problems_too(open_to_home: Running) -> None:
    for answer in (
        open_to_home.ask("POST", PATH, [{}], origin=HOME),
        open_to_home.ask("GET", "/nowhere", origin=HOME),
    ):
        assert answer.status in (404, 422)
        assert answer.headers["access-control-allow-origin"] == HOME


@pytest.mark.parametrize("origin", [OTHER, "null", f"{HOME}.evil.example", HOME.upper(), ""])
def test_a_page_of_another_origin_may_not(open_to_home: Running, origin: str) -> None:
    assert cors_headers(preflight(open_to_home, origin)) == {}
    assert cors_headers(open_to_home.ask("GET", "/ping", origin=origin)) == {}


def test_caches_are_told_that_answers_differ_by_origin(open_to_home: Running) -> None:
    for origin in (HOME, OTHER):
        assert open_to_home.ask("GET", "/ping", origin=origin).headers["vary"] == "Origin"
    assert open_to_home.ask("GET", "/ping").headers["vary"] == "Origin"


@pytest.mark.parametrize("path", ["/ping", "/docs", "/nowhere"])
def test_a_browser_may_ask_about_every_path(open_to_home: Running, path: str) -> None:
    assert preflight(open_to_home, HOME, path).status == 204


def test_options_that_are_no_preflight_are_answered_as_ever(open_to_home: Running) -> None:
    assert open_to_home.ask("OPTIONS", PATH, origin=HOME).headers["allow"] == "POST, OPTIONS"


def test_all_origins_are_one_answer_for_all() -> None:
    cors = Cors(["*"], SECURITY)
    common = dict(cors.common({b"origin": OTHER.encode()}))
    assert common[b"access-control-allow-origin"] == b"*"
    assert b"vary" not in common
    assert cors.common({}) == SECURITY
    asked = {b"origin": OTHER.encode(), b"access-control-request-method": b"POST"}
    assert cors.preflight("OPTIONS", asked)
    assert cors.preflight("POST", asked) is None
