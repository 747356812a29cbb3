from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from hookline.service.runner.protocol import GuardedProtocol
from tests.framework.service.runner.guarded import BIG, Guarded, guarded
from tests.framework.service.wire import Wire, request_bytes

CHUNKED = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Guarded]:
    with guarded() as running:
        yield running


def eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not (held := bool(holds())) and time.monotonic() < end:
        time.sleep(0.005)
    return held


# ---- usual requests ----


def test_usual_requests_pass_one_after_the_other_on_one_connection(server: Guarded) -> None:
    with server.wire() as wire:
        for size in (0, 1, 100_000):
            answer = wire.ask("POST", "/", bytes(size))
            assert (answer.status, answer.body) == (200, str(size).encode())


def test_requests_sent_together_are_answered_in_order(server: Guarded) -> None:
    with server.wire() as wire:
        wire.send(b"".join(request_bytes("POST", "/", bytes(size)) for size in (3, 1, 4)))
        assert [wire.answer().body for _ in range(3)] == [b"3", b"1", b"4"]


def test_a_request_may_arrive_byte_by_byte_within_its_time() -> None:
    with guarded(header_seconds=10, body_seconds=10) as server, server.wire() as wire:
        for byte in request_bytes("POST", "/", b"abc"):
            wire.send(bytes([byte]))
        assert wire.answer().body == b"3"
        assert wire.ask("GET", "/").status == 200


def test_an_answer_takes_as_long_as_it_takes() -> None:
    with guarded(header_seconds=0.1, body_seconds=0.1) as server, server.wire() as wire:
        wire.send(request_bytes("POST", "/wait", b"abc"))
        time.sleep(0.4)
        server.release.set()
        assert wire.answer().body == b"3"


def test_connections_are_counted(server: Guarded) -> None:
    assert eventually(lambda: server.connections == 0)
    with server.wire() as first, server.wire() as second:
        assert first.ask("GET", "/").status == second.ask("GET", "/").status == 200
        assert server.connections == 2
    assert eventually(lambda: server.connections == 0)


def test_headers_that_are_too_large_are_found_behind_another_request_and_cut_in_two(server: Guarded) -> None:
    large = b"GET / HTTP/1.1\r\nhost: a\r\nname: " + b"x" * 3000
    with server.wire() as wire:
        wire.send(request_bytes("GET", "/") + large)
        assert wire.answer().status == 200
        wire.send(b"\r\n\r\n")
        assert wire.answer().status == 431


# ---- too slow ----


@pytest.mark.parametrize(
    "part",
    [
        b"G",
        b"GET / HTTP/1.1\r\nhost: a\r\n",
        request_bytes("POST", "/", b"abc")[:-1],
        CHUNKED,
        CHUNKED + b"3\r\nabc\r\n",
        request_bytes("GET", "/") + b"GET /",
    ],
    ids=["one letter", "headers", "body", "no chunk", "a chunk", "a second request"],
)
def test_a_request_that_does_not_go_on_is_answered_408(server: Guarded, part: bytes) -> None:
    with server.wire() as wire:
        wire.send(part)
        if part.endswith(b"GET /"):
            assert wire.answer().status == 200
        answer = wire.answer()
        assert (answer.status, answer.problem) == (408, "too-slow")
        assert answer.headers["connection"] == "close"
        wire.half_close()
        assert wire.ended()


@pytest.mark.parametrize(
    "drops", [b"", b"\r\n", b"x"], ids=["nothing", "line breaks", "a header without end"]
)
def test_a_connection_that_drips_is_closed_in_bounded_time(server: Guarded, drops: bytes) -> None:
    started = time.monotonic()
    with server.wire() as wire:
        if drops == b"x":
            wire.send(b"GET / HTTP/1.1\r\nname: ")
        _drip(wire, drops)
        assert time.monotonic() - started < 3


def test_line_breaks_after_an_answer_do_not_keep_a_connection(server: Guarded) -> None:
    with server.wire() as wire:
        assert wire.ask("GET", "/").status == 200
        _drip(wire, b"\r\n")


def _drip(wire: Wire, drops: bytes) -> None:
    """Send drops until the other side hangs up."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        readable, _, _ = select.select([wire._socket], [], [], 0.02)
        try:
            if readable and not wire._socket.recv(4096):
                return
            wire.send(drops)
        except ConnectionError:
            return
    raise AssertionError("still open")


def test_an_idle_connection_is_closed_after_the_keep_alive_time() -> None:
    with guarded(keep_alive=0.2) as server, server.wire() as wire:
        assert wire.ask("GET", "/").status == 200
        assert wire.ended()


def test_the_app_is_told_that_a_slow_body_will_not_come(server: Guarded) -> None:
    before = server.disconnects
    with server.wire() as wire:
        wire.send(CHUNKED)
        assert wire.answer().status == 408
        assert eventually(lambda: server.disconnects == before + 1)


def test_an_answer_that_nobody_takes_does_not_hold_a_connection(server: Guarded) -> None:
    with server.wire() as wire:
        wire.send(request_bytes("GET", "/big"))
        assert eventually(lambda: server.connections == 1)
        assert eventually(lambda: server.connections == 0)


def test_an_answer_that_is_taken_slowly_arrives_whole() -> None:
    with guarded(body_seconds=0.2) as server, server.wire() as wire:
        wire.send(request_bytes("GET", "/big"))
        taken = 0
        for _ in range(8):
            taken += _take(wire, BIG // 8)
            time.sleep(0.1)
        assert taken == BIG


def _take(wire: Wire, most: int) -> int:
    """Read so many bytes."""
    taken = 0
    while taken < most:
        data = wire._socket.recv(min(1 << 16, most - taken))
        assert data, taken
        taken += len(data)
    return taken


# ---- too large, or not HTTP ----


@pytest.mark.parametrize(
    "request_",
    [
        request_bytes("GET", "/", headers={"a": "x" * 3000}),
        request_bytes("GET", "/", headers={f"a{n}": "x" for n in range(500)}),
        request_bytes("GET", "/" + "x" * 3000),
        b"GET / HTTP/1.1\r\n" + b"a: " + b"x" * 1_000_000,
        b"GET /" + b"x" * 1_000_000,
        CHUNKED + b"0\r\n" + b"a: b\r\n" * 10_000,
    ],
    ids=["one header", "many headers", "a path", "no end of a header", "no end of a path", "trailers"],
)
def test_headers_that_are_too_large_are_answered_431(server: Guarded, request_: bytes) -> None:
    before = server.refused.count("headers-too-large")
    with server.wire() as wire:
        wire.send(request_)
        answer = wire.answer()
        assert (answer.status, answer.problem) == (431, "headers-too-large")
        assert server.refused.count("headers-too-large") == before + 1


def test_trailers_do_not_become_headers(server: Guarded) -> None:
    with server.wire() as wire:
        wire.send(CHUNKED + b"3\r\nabc\r\n0\r\nx-trailer: 1\r\n\r\n")
        assert wire.answer().body == b"3"
        assert wire.ask("GET", "/").status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.0\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nhost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        CHUNKED + b"zz\r\n",
    ],
    ids=["TLS", "HTTP/2", "SSH", "version", "header", "address", "length", "two lengths", "chunk size"],
)
def test_what_is_not_http_is_answered_400(server: Guarded, data: bytes) -> None:
    with server.wire() as wire:
        wire.send(data)
        answer = wire.answer()
        assert (answer.status, answer.problem) == (400, "malformed")
        assert answer.headers["connection"] == "close"


# ---- offers of another protocol, as Java's client makes them ----

OFFER = {
    "connection": "Upgrade, HTTP2-Settings",
    "upgrade": "h2c",
    "http2-settings": "AAMAAABkAAQCAAAAAAIAAAAA",
}
IN_CHUNKS = CHUNKED.replace(
    b"host: a", b"host: a\r\nConnection: Upgrade\r\nUPGRADE: h2c, other/1\r\nupgrade: b"
)


@pytest.mark.parametrize("method", ["GET", "CONNECT"])
def test_an_upgrade_is_not_taken_up_and_does_no_harm(server: Guarded, method: str) -> None:
    with server.wire() as wire:
        wire.send(
            f"{method} / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n".encode("ascii")
        )
        assert wire.answer().status in (200, 400)


def test_requests_that_offer_an_upgrade_are_answered_with_their_bodies(server: Guarded) -> None:
    with server.wire() as wire:
        for size in (0, 1, 100_000):
            answer = wire.ask("POST", "/", bytes(size), OFFER)
            assert (answer.status, answer.body) == (200, str(size).encode())
        wire.send(IN_CHUNKS + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert wire.answer().body == b"5"


def test_requests_that_offer_an_upgrade_may_be_sent_together_or_byte_by_byte() -> None:
    with guarded(header_seconds=10, body_seconds=10) as server, server.wire() as wire:
        whole = b"".join(request_bytes("POST", "/", bytes(size), OFFER) for size in (3, 1, 4))
        whole += request_bytes("POST", "/", bytes(15))
        for data in (whole, *(bytes([byte]) for byte in whole)):
            wire.send(data)
        assert [wire.answer().body for _ in range(8)] == [b"3", b"1", b"4", b"15"] * 2


def test_the_body_behind_an_offer_is_not_read_as_a_request() -> None:
    inner = request_bytes("POST", "/", bytes(1000))
    head, _, _ = request_bytes("POST", "/", inner, OFFER).partition(b"\r\n\r\n")
    with guarded(header_seconds=10, body_seconds=10) as server, server.wire() as wire:
        wire.send(head + b"\r\n\r\n")
        time.sleep(0.1)
        wire.send(inner)
        assert wire.answer().body == str(len(inner)).encode()
        assert wire.ask("POST", "/", b"next").body == b"4"


def test_an_offer_changes_nothing_about_limits(server: Guarded) -> None:
    with server.wire() as wire:
        assert wire.ask("POST", "/", b"abc", OFFER | {"a": "x" * 3000}).status == 431
        assert wire.ended()
    with server.wire() as wire:
        wire.send(request_bytes("POST", "/", b"abc", OFFER)[:-1])
        assert wire.answer().problem == "too-slow"
    with server.wire() as wire:
        assert wire.ask("POST", "/", b"abc", OFFER | {"connection": "close, upgrade"}).body == b"3"
        assert wire.ended()
    with server.wire() as wire:
        wire.send(IN_CHUNKS + b"no size\r\n")
        assert wire.answer().problem == "malformed"


# ---- an answer before the end of its request ----


def test_an_early_answer_survives_a_caller_that_still_sends(server: Guarded) -> None:
    with server.wire() as wire:
        wire.send(CHUNKED.replace(b"POST /", b"POST /early"))
        for _ in range(100):
            wire.send(b"10000\r\n" + bytes(65536) + b"\r\n")
        assert wire.answer().status == 200


def test_a_refusal_survives_a_caller_that_still_sends(server: Guarded) -> None:
    with server.wire() as wire:
        wire.send(b"POST / HTTP/1.1\r\ncontent-length: 100000000\r\na: " + b"x" * 4000 + b"\r\n\r\n")
        for _ in range(100):
            wire.send(bytes(65536))
        assert wire.answer().status == 431


def test_a_caller_that_never_stops_sending_is_cut_off(server: Guarded) -> None:
    with server.wire() as wire:
        wire.send(b"GET / HTTP/1.1\r\na: " + b"x" * 4000 + b"\r\n\r\n")
        assert wire.answer().status == 431
        _drip(wire, bytes(65536))


def test_a_bad_request_behind_a_good_one_does_not_take_its_answer() -> None:
    with guarded() as server, server.wire() as wire:
        wire.send(request_bytes("GET", "/wait") + b"nonsense\r\n\r\n")
        server.release.set()
        assert wire.answer().status == 200
        wire.half_close()
        assert wire.ended()


def test_bad_requests_behind_a_row_of_good_ones_end_in_bounded_time() -> None:
    with guarded() as server, server.wire() as wire:
        wire.send(request_bytes("GET", "/wait") + request_bytes("POST", "/", b"abc")[:-2])
        server.release.set()
        assert wire.answer().status == 200
        assert wire.ended() or wire.answer().status == 408


def test_a_slow_body_whose_answer_has_begun_is_cut_off(server: Guarded) -> None:
    with server.wire() as wire:
        wire.send(CHUNKED.replace(b"POST /", b"POST /part") + b"3\r\nabc\r\n")
        with pytest.raises(ConnectionError, match="hung up after b'0'"):
            wire.answer()


# ---- parting ----


def test_a_retiring_worker_makes_every_answer_the_last() -> None:
    with guarded() as server, server.wire() as busy, server.wire() as idle, server.wire() as fresh:
        assert idle.ask("GET", "/").status == 200
        busy.send(request_bytes("GET", "/wait"))
        assert eventually(lambda: len(server.live()) == 3)
        server.protocol.retiring = True
        server.tell_all(GuardedProtocol.retire)
        server.release.set()
        for wire in (busy, idle, fresh):
            answer = wire.answer() if wire is busy else wire.ask("GET", "/")
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert wire.ended()


def test_an_idle_connection_lingers_for_a_request_that_is_on_its_way() -> None:
    with guarded() as server, server.wire() as patient, server.wire() as idle:
        assert patient.ask("GET", "/").status == idle.ask("GET", "/").status == 200
        server.protocol.retiring, server.protocol.linger = True, 0.5
        server.tell_all(GuardedProtocol.shutdown)
        assert patient.ask("GET", "/").headers["connection"] == "close"
        started = time.monotonic()
        assert idle.ended()
        assert time.monotonic() - started < 3


def test_a_caller_that_is_gone_leaves_nothing_behind(server: Guarded) -> None:
    for part in (b"", b"GET", CHUNKED, request_bytes("GET", "/big")):
        with socket.create_connection(("127.0.0.1", server.port)) as caller:
            caller.sendall(part)
    assert eventually(lambda: server.connections == 0)


def test_who_is_gone_is_not_answered_though_another_request_came_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with guarded() as server, server.wire() as wire:
        wire.send(request_bytes("GET", "/wait") + request_bytes("GET", "/"))
        assert eventually(lambda: any(connection.pipeline for connection in server.live()))
        server.tell_all(lambda connection: connection.transport.abort())
        assert wire.ended()
        server.release.set()
        with server.wire() as other:
            assert other.ask("GET", "/").status == 200
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
