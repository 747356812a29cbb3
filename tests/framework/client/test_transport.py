from __future__ import annotations

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest

from hookline.client.transport import FieldError, ProblemError, Transport
from tests.framework.client.answering import HANG_UP, answering, reply

OK = reply("200 OK", b'{"ping": "pong"}', "X-Model-Version: v1", "X-Request-ID: r1")
BUSY = reply("503 Service Unavailable", b'{"title": "Over capacity", "detail": "Wait."}', "Retry-After: 7")


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the waits instead of waiting."""
    noted: list[float] = []
    monkeypatch.setattr("hookline.client.transport.time.sleep", noted.append)
    return noted


def test_a_connection_is_used_again() -> None:
    with answering([OK, OK]) as asked, Transport(asked.url + "/base/", key="secret") as line:
        assert line.get("/ping").body == {"ping": "pong"}
        again = line.post("/api", b"[]")
    assert (again.model_version, again.request_id, asked.connections) == ("v1", "r1", 1)
    first, second = asked.requests
    assert first.startswith("GET /base/ping HTTP/1.1\r\n")
    assert "X-API-Key: secret" in first
    assert "Content-Type" not in first
    assert "Content-Type: application/json" in second


def test_a_connection_that_was_idle_too_long_is_replaced() -> None:
    with answering([OK, HANG_UP], [OK]) as asked, Transport(asked.url) as line:
        line.get("/ping")
        assert line.get("/ping").body == {"ping": "pong"}
    assert asked.connections == 2


def test_a_connection_the_service_closes_is_not_used_again() -> None:
    last = reply("200 OK", b"{}", "Connection: close")
    with answering([last], [OK]) as asked, Transport(asked.url) as line:
        line.get("/ping")
        line.get("/ping")
    assert asked.connections == 2


def test_threads_have_connections_of_their_own() -> None:
    with answering([OK], [OK]) as asked, Transport(asked.url) as line, ThreadPoolExecutor(2) as pool:
        assert [one.body for one in pool.map(line.get, ["/a", "/b"])] == [{"ping": "pong"}] * 2


def test_a_busy_service_is_asked_again_when_it_says(waits: list[float]) -> None:
    without = reply("429 Too Many Requests")
    with answering([BUSY, without, OK]) as asked, Transport(asked.url) as line:
        assert line.get("/ping").body == {"ping": "pong"}
    assert waits == [7, 0.4]


def test_a_wait_is_never_longer_than_half_a_minute(waits: list[float]) -> None:
    with answering([reply("503 Busy", b"", "Retry-After: 86400"), OK]) as asked, Transport(asked.url) as line:
        line.get("/ping")
    assert waits == [30]


def test_a_service_that_stays_busy_is_an_error(waits: list[float]) -> None:
    with (
        answering([BUSY] * 3) as asked,
        Transport(asked.url, retries=2) as line,
        pytest.raises(ProblemError) as caught,
    ):
        line.get("/ping")
    assert (caught.value.status, caught.value.title, caught.value.detail) == (503, "Over capacity", "Wait.")
    assert waits == [7, 7]


def test_a_problem_says_which_fields_are_wrong() -> None:
    body = b"""{"title": "Rows break the contract", "detail": "Row 0", "status": 422,
        "errors": [{"pointer": "/0/a", "code": "missing", "detail": "This field is required."}]}"""
    refusal = reply("422 Unprocessable Content", body, "X-Request-ID: r9")
    with answering([refusal]) as asked, Transport(asked.url) as line, pytest.raises(ProblemError) as caught:
        line.post("/api", b"[{}]")
    assert caught.value.errors == (FieldError("/0/a", "missing", "This field is required."),)
    assert caught.value.request_id == "r9"
    assert str(caught.value) == "422 Rows break the contract: Row 0\n/0/a: This field is required."


def test_what_is_wrong_with_the_whole_is_said_once() -> None:
    fault = FieldError("", "too_short", "The list of rows is empty.")
    error = ProblemError(422, "Rows break the contract", "The list of rows is empty.", (fault,))
    assert str(error) == "422 Rows break the contract: The list of rows is empty."


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b'{"title": 3}', b"\xff"])
def test_an_answer_from_something_in_between_is_an_error_too(body: bytes) -> None:
    with (
        answering([reply("502 Bad Gateway", body)]) as asked,
        Transport(asked.url) as line,
        pytest.raises(ProblemError) as caught,
    ):
        line.get("/ping")
    assert (caught.value.status, caught.value.title) == (502, "Bad Gateway")


def test_a_service_that_is_gone_is_an_os_error() -> None:
    with Transport("http://127.0.0.1:1") as line, pytest.raises(OSError, match="refused"):
        line.get("/ping")
    with answering([HANG_UP]) as asked, Transport(asked.url) as line, pytest.raises(ConnectionError):
        line.get("/ping")


def test_a_silent_service_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with Transport(url, timeout=0.05) as line, pytest.raises(TimeoutError):
            line.get("/ping")


@pytest.mark.parametrize("url", ["localhost:5000", "ftp://host", "http://", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is no address of a service; it looks like http://host:5000"):
        Transport(url)


def test_https_is_spoken_where_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        port = server.getsockname()[1]
        with Transport(f"https://127.0.0.1:{port}", timeout=5) as line:
            asking = pool.submit(line.get, "/ping")
            connection, _ = server.accept()
            with connection:
                hello = connection.recv(3)
            assert hello[:2] == b"\x16\x03"  # a TLS handshake
            with pytest.raises((ConnectionError, ssl.SSLError)):
                asking.result(10)
