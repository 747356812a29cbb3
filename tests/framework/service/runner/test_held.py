from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from hookline.service.express import Line
from tests.framework.service.runner.guarded import Guarded, guarded
from tests.framework.service.wire import Wire, request_bytes

SHORT = "/short"


class Shortcut:
    """Stand for `Express`: answer with the body, at once or when told to."""

    most = 1000

    def __init__(self) -> None:
        self.doors = {SHORT.encode(): None}
        self.taken: list[bytes] = []
        self.waiting: list[tuple[Line, bytes]] = []
        self.wait = False
        self.padding = 0
        self.came = threading.Event()

    def take(self, path: bytes, headers: Any, body: bytes, line: Line) -> None:
        assert path == SHORT.encode()
        assert (b"host", b"localhost") in list(headers)
        self.taken.append(body)
        if self.wait:
            self.waiting.append((line, body))
            self.came.set()
        else:
            self.answer(line, body)

    def answer(self, line: Line, body: bytes, *, close: bool = False) -> None:
        body += bytes(self.padding)
        line.answer(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n" % len(body), body, close=close)

    def answer_all(self, *, close: bool = False) -> None:
        waiting, self.waiting = self.waiting, []
        for line, body in waiting:
            self.answer(line, body, close=close)


@pytest.fixture
def server() -> Iterator[Guarded]:
    with guarded(body_seconds=5) as running:
        running.protocol.express = Shortcut()  # type: ignore[assignment]  # a fake
        yield running


def shortcut(server: Guarded) -> Shortcut:
    found: Any = server.protocol.express
    assert isinstance(found, Shortcut)
    return found


def test_what_is_here_as_a_whole_goes_the_short_way(server: Guarded) -> None:
    with server.wire() as wire:
        for body in (b"one", b"", b"three"):
            answer = wire.ask("POST", SHORT, body)
            assert (answer.status, answer.body) == (200, body)
            assert "date" in answer.headers
    assert shortcut(server).taken == [b"one", b"", b"three"]


@pytest.mark.parametrize(
    "request_",
    [
        request_bytes("PUT", SHORT, b"abc"),
        request_bytes("POST", "/other", b"abc"),
        request_bytes("POST", f"{SHORT}?a=1", b"abc"),
        request_bytes("POST", SHORT, b"abc").replace(b"HTTP/1.1", b"HTTP/1.0"),
        request_bytes("POST", SHORT, bytes(1001)),
    ],
    ids=["another method", "another path", "a query", "HTTP/1.0", "a large body"],
)
def test_all_else_goes_the_usual_way(server: Guarded, request_: bytes) -> None:
    with server.wire() as wire:
        wire.send(request_)
        assert wire.answer().body in {b"3", b"1001"}
    assert shortcut(server).taken == []


def test_an_offer_of_another_protocol_is_no_reason_for_the_usual_way(server: Guarded) -> None:
    with server.wire() as wire:
        answer = wire.ask("POST", SHORT, b"abc", {"connection": "upgrade", "upgrade": "h2c"})
        assert answer.body == b"abc"
    assert shortcut(server).taken == [b"abc"]


def test_who_waits_to_be_told_to_send_the_body_is_told(server: Guarded) -> None:
    with server.wire() as wire:
        head, _, body = request_bytes("POST", SHORT, b"abc", {"expect": "100-continue"}).partition(b"abc")
        assert body == b""
        wire.send(head)
        assert wire.answer().status == 100
        wire.send(b"abc")
        assert wire.answer().body == b"3"


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_body_in_two_parts_goes_the_usual_way(server: Guarded, cut: int) -> None:
    whole = request_bytes("POST", SHORT, b"abc")
    with server.wire() as wire:
        wire.send(whole[:-cut])
        assert not shortcut(server).came.wait(0.1)
        wire.send(whole[-cut:])
        assert wire.answer().body == b"3"
        assert wire.ask("POST", SHORT, b"next").body == b"next"
    assert shortcut(server).taken == [b"next"]


def test_a_body_in_chunks_goes_the_short_way_if_it_is_all_here(server: Guarded) -> None:
    head = f"POST {SHORT} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    with server.wire() as wire:
        wire.send(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert wire.answer().body == b"abcde"
        wire.send(head + b"3\r\nabc\r\nno size\r\n")
        assert wire.answer().problem == "malformed"
        assert wire.ended()


def test_requests_sent_together_are_answered_in_order(server: Guarded) -> None:
    parts = [(SHORT, b"a"), (SHORT, b"bb"), ("/other", b"ccc"), (SHORT, b"dddd")]
    shortcut(server).wait = True
    with server.wire() as wire:
        wire.send(b"".join(request_bytes("POST", path, body) for path, body in parts))
        assert shortcut(server).came.wait(10)
        server.tell_all(lambda _: shortcut(server).answer_all())
        # Whoever waited behind the first went the usual way, and says how long the body was.
        assert [wire.answer().body for _ in parts] == [b"a", b"2", b"3", b"4"]


def test_who_hangs_up_before_the_answer_harms_nobody(server: Guarded) -> None:
    shortcut(server).wait = True
    with server.wire() as other:
        with server.wire() as wire:
            wire.send(request_bytes("POST", SHORT, b"abc"))
            assert shortcut(server).came.wait(10)
        assert other.ask("GET", "/").status == 200
        server.tell_all(lambda _: shortcut(server).answer_all())
        shortcut(server).wait = False
        assert other.ask("POST", SHORT, b"still").body == b"still"


@pytest.mark.parametrize("way", ["retire", "shutdown", "the answer's own"])
def test_the_last_answer_of_a_connection_says_so(server: Guarded, way: str) -> None:
    shortcut(server).wait = True
    with server.wire() as wire:
        wire.send(request_bytes("POST", SHORT, b"abc"))
        assert shortcut(server).came.wait(10)
        if way != "the answer's own":
            server.tell_all(lambda connection: getattr(connection, way)())
        server.tell_all(lambda _: shortcut(server).answer_all(close=way == "the answer's own"))
        answer = wire.answer()
        assert (answer.body, answer.headers["connection"]) == (b"abc", "close")
        assert wire.ended()


def test_a_caller_may_ask_for_the_end(server: Guarded) -> None:
    with server.wire() as wire:
        answer = wire.ask("POST", SHORT, b"abc", {"connection": "close"})
        assert (answer.body, answer.headers["connection"]) == (b"abc", "close")
        assert wire.ended()


def test_a_request_that_no_time_is_left_for_is_refused(server: Guarded) -> None:
    shortcut(server).wait = True
    with server.wire() as wire, server.wire() as other:
        assert other.ask("GET", "/").status == 200
        wire.send(request_bytes("POST", SHORT, b"abc"))
        assert shortcut(server).came.wait(10)
        server.tell_all(lambda connection: connection.give_up())
        assert wire.answer().problem == "not-ready"
        for line, body in shortcut(server).waiting:
            shortcut(server).answer(line, body)  # too late: it goes nowhere


def test_an_answer_to_a_connection_that_was_broken_off_goes_nowhere(server: Guarded) -> None:
    shortcut(server).wait = True
    with server.wire() as wire:
        # The second request is uvicorn's newest: only that one is told of the end of the connection.
        wire.send(request_bytes("POST", SHORT, b"abc") + request_bytes("GET", "/"))
        assert shortcut(server).came.wait(10)
        server.tell_all(lambda connection: connection.transport.abort())
        assert wire.ended()
    with server.wire() as other:
        assert other.ask("GET", "/").status == 200
        failures: list[Exception] = []

        def answer(_: object) -> None:
            try:
                shortcut(server).answer_all()
            except Exception as error:
                failures.append(error)

        server.tell_all(answer)
        assert failures == []


def test_a_connection_stays_open_after_an_answer_that_came_at_once() -> None:
    with guarded(header_seconds=0.2, keep_alive=30) as server:
        server.protocol.express = Shortcut()  # type: ignore[assignment]  # a fake
        with server.wire() as wire:
            assert wire.ask("POST", SHORT, b"abc").body == b"abc"
            time.sleep(0.6)
            assert wire.ask("POST", SHORT, b"next").body == b"next"


def test_who_does_not_read_answers_is_not_written_to_without_end() -> None:
    with guarded(body_seconds=0.3) as server:
        server.protocol.express = Shortcut()  # type: ignore[assignment]  # a fake
        shortcut(server).padding = 1 << 20
        with server.wire() as wire, pytest.raises(ConnectionError):
            _send_for_ever(wire, request_bytes("POST", SHORT, b"abc"))
        assert len(shortcut(server).taken) < 100


def _send_for_ever(wire: Wire, request: bytes) -> None:
    for _ in range(100_000):
        wire.send(request)
        time.sleep(0.001)
