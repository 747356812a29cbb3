"""Requests at a fixed rate, whatever the server does: an open loop, from a core of its own.

A generator that waits for answers asks less of a server that is slow just then, and does not see what others
would have waited. So a request's time begins when it is due, though no connection may be free.

`python -m benchmarks.serving.pace PORT RATE SECONDS` prints what was seen. It looks again and again without
waiting, for a sleep would be less exact than what it measures.
"""

from __future__ import annotations

import json
import re
import select
import socket
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass

from benchmarks.serving.server import BODY, LOAD_CORE, PATH, Server
from tests.house import ROOT

CONNECTIONS = 32
_WARM = 0.5
"""Seconds at the beginning that do not count."""
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Paced:
    """Hold what was seen at a fixed rate."""

    requests: int
    p50: float
    p99: float
    blind: float
    """The longest time for which the generator itself did not look: its core was somebody else's."""


def pace(server: Server, *, rate: int, seconds: int, core: str = LOAD_CORE) -> Paced:
    """Send the one row at a fixed rate."""
    done = subprocess.run(
        [
            "taskset", "-c", core, sys.executable, "-m", "benchmarks.serving.pace",
            str(server.port), str(rate), str(seconds),
        ],
        check=True, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    return Paced(**json.loads(done.stdout))


def main(port: int, rate: int, seconds: float) -> Paced:
    """Send requests; raise if an answer is none."""
    request = (
        f"POST {PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {len(BODY)}\r\n\r\n"
    ).encode() + BODY
    poll = select.epoll()
    free: deque[socket.socket] = deque()
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(connection, select.EPOLLIN)
        free.append(connection)
    places = {connection.fileno(): connection for connection in free}
    asked: dict[int, float] = {}
    come: dict[int, bytes] = {}
    times: list[float] = []
    blind = 0.0
    begun = now = time.perf_counter()
    sent, most = 0, int(rate * seconds)
    while sent < most or asked:
        before, now = now, time.perf_counter()
        blind = max(blind, now - before)
        if sent < most and free and (due := begun + sent / rate) <= now:
            connection = free.popleft()
            connection.send(request)
            asked[connection.fileno()] = due
            sent += 1
        for place, _ in poll.poll(0):
            come[place] = come.get(place, b"") + places[place].recv(65536)
            if not _is_whole(come[place]):
                continue
            answered = time.perf_counter()
            del come[place]
            due = asked.pop(place)
            free.append(places[place])
            if due - begun > _WARM:
                times.append(answered - due)
    poll.close()
    for connection in places.values():
        connection.close()
    times.sort()
    return Paced(sent, times[len(times) // 2], times[len(times) * 99 // 100], blind)


def _is_whole(answer: bytes) -> bool:
    head, blank, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"not an answer: {answer!r}")
    length = _LENGTH.search(head)
    return bool(blank) and length is not None and len(body) == int(length[1])


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:])).__dict__))
