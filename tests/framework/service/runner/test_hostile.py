"""Callers who want to do harm: each meets its limit, and the others notice nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest

from tests.framework.service.runner.load import Connection, Load, Reply, until
from tests.framework.service.runner.processes import memory
from tests.framework.service.runner.variants import ROW
from tests.framework.service.running import Running, serve
from tests.framework.service.wire import request_bytes

MIB = 1024**2
MANY_ROWS = json.dumps([{"size": 1.0}] * 2000).encode()
HEADERS = b"POST /api/predictions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"


async def drip(port: int, first: bytes, drop: bytes) -> float:
    """Send a drop twice a second until the other side hangs up; return the seconds it took."""
    started = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.closing(writer), contextlib.suppress(OSError):
        writer.write(first)
        over = asyncio.create_task(reader.read())
        while not (await asyncio.wait([over], timeout=0.5))[0]:
            writer.write(drop)
        assert not over.result() or b" 408 " in over.result()
    return time.monotonic() - started


DRIPS = (
    (b"POST /api/predictions HTTP/1.1\r\na: ", b"x"),
    (HEADERS + b"content-length: 1000\r\n\r\n", b" "),
    (HEADERS + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    (b"", b"\r\n"),
)


def p99(load: Load) -> float:
    return quantiles([reply.seconds for reply in load.replies], n=100)[-1]


async def drip_beside(
    running: Running, count: int, drips: Sequence[tuple[bytes, bytes]] = DRIPS
) -> tuple[Load, Load, list[float]]:
    """Measure healthy requests without and with connections that drip."""
    async with Load(running.port, ROW, connections=4) as alone:
        await alone.more(1000)
    dripping = [asyncio.create_task(drip(running.port, *drips[n % len(drips)])) for n in range(count)]
    async with Load(running.port, ROW, connections=4) as beside:
        await until(lambda: all(task.done() for task in dripping))
    return alone, beside, [await task for task in dripping]


def test_connections_that_drip_are_closed_and_the_others_are_answered(variants: Path) -> None:
    with serve(variants, header_timeout=1, body_timeout=1) as running:
        _, beside, seconds = asyncio.run(drip_beside(running, 100))
    assert beside.failures == []
    assert set(beside.statuses) == {200}
    assert max(seconds) < 20


@pytest.mark.soak
@pytest.mark.parametrize("drips", [DRIPS, DRIPS[1:3]], ids=["all kinds", "bodies only"])
def test_500_connections_that_drip_leave_the_latency_of_the_others_as_it_was(
    variants: Path, drips: Sequence[tuple[bytes, bytes]]
) -> None:
    with serve(variants, header_timeout=10, body_timeout=10) as running:
        alone, beside, seconds = asyncio.run(drip_beside(running, 500, drips))
    assert beside.failures == []
    assert set(beside.statuses) == {200}
    assert max(seconds) < 25
    assert p99(beside) <= 1.5 * p99(alone), (p99(alone), p99(beside))


@pytest.mark.parametrize("size", [64 * MIB, pytest.param(1024 * MIB, marks=pytest.mark.soak)])
def test_a_chunked_body_without_end_costs_8_mib_at_most_and_is_answered_413(
    variants: Path, size: int
) -> None:
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with serve(variants) as running:
        (worker,) = running.workers
        # Everything that is imported late is imported, and memory has come to rest.
        assert running.ask("GET", "/openapi.json").status == 200
        assert running.ask("POST", "/api/predictions", b"[" + b" " * 900_000).status == 400
        before = highest = memory(worker)
        with running.wire() as wire, contextlib.suppress(ConnectionError):
            wire.send(HEADERS + b"transfer-encoding: chunked\r\n\r\n")
            for _ in range(size // 65536):
                wire.send(chunk)
                highest = max(highest, memory(worker))
        answer = None
        with running.wire() as wire:
            wire.send(HEADERS + b"transfer-encoding: chunked\r\n\r\n" + 40 * chunk)
            answer = wire.answer()
        assert (answer.status, answer.problem) == (413, "too-large")
        assert highest - before <= 8 * MIB


def test_a_body_that_is_too_large_is_answered_413_before_it_is_read(variants: Path) -> None:
    with serve(variants) as running, running.wire() as wire:
        wire.send(HEADERS + b"content-length: 1000000000\r\n\r\n")
        assert wire.answer().status == 413


def test_a_bomb_of_headers_is_answered_431(variants: Path) -> None:
    with serve(variants, max_header_bytes=4096) as running:
        for bomb in (b"a: " + b"x" * 10 * MIB, b"a: b\r\n" * MIB):
            with running.wire() as wire, contextlib.suppress(ConnectionError):
                wire.send(HEADERS + bomb)
                answer = wire.answer()
                assert (answer.status, answer.problem) == (431, "headers-too-large")
        counted = running.ask("GET", "/metrics").body.decode()
        assert 'hookline_rejected_total{reason="headers-too-large"} 2' in counted


@pytest.mark.slow
def test_a_worker_that_has_no_file_left_for_a_connection_goes_on_when_there_is_one(variants: Path) -> None:
    with serve(variants) as running, running.wire() as before, contextlib.ExitStack() as stack:
        assert before.ask("GET", "/openapi.json").status == 200
        (worker,) = running.workers
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (60, 60))
        for _ in range(100):
            stack.enter_context(socket.create_connection(("127.0.0.1", running.port)))
        running.wait_for_line("cannot accept connections: Too many open files")
        assert before.ask("POST", "/api/predictions", ROW).status == 200
        stack.close()
        assert running.ask("POST", "/api/predictions", ROW).status == 200


async def overload(running: Running, connections: int) -> tuple[Load, list[tuple[int, float]]]:
    """Send more than fits, and look at the probes meanwhile."""
    probes = []
    async with Load(running.port, MANY_ROWS, connections=connections, path="/api/predictions") as load:
        async with Load(running.port, b"", connections=1, path="/health/live", method="GET") as live:
            await load.more(30 * connections)
        probes = [(reply.status, reply.seconds) for reply in live.replies]
        assert live.failures == []
    return load, probes


def test_over_capacity_the_rest_is_told_to_come_again(variants: Path) -> None:
    with serve(variants, max_in_flight=4) as running:
        load, probes = asyncio.run(overload(running, 12))
        counted = running.ask("GET", "/metrics").body.decode()
    assert load.failures == []
    assert set(load.statuses) == {200, 503}
    refused = [reply for reply in load.replies if reply.status == 503]
    assert all(int(reply.headers["retry-after"]) >= 1 for reply in refused)
    assert all(b"overloaded" in reply.body for reply in refused)
    assert f'hookline_rejected_total{{reason="overloaded"}} {len(refused)}' in counted
    assert {status for status, _ in probes} == {200}


async def offer(running: Running, rate: float, seconds: float, connections: int = 24) -> list[Reply]:
    """Send so many requests a second; a connection whose answer is late is late with its next request."""
    rows = request_bytes("POST", "/api/predictions", MANY_ROWS)
    begun, replies = time.monotonic(), []

    async def keep_sending(number: int) -> None:
        connection = Connection(running.port)
        due = begun + number / rate
        while due < begun + seconds:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            replies.append(await connection.ask(rows))
            due = max(due + connections / rate, time.monotonic())
        connection.close()

    await asyncio.gather(*map(keep_sending, range(connections)))
    return replies


@contextlib.contextmanager
def on_a_core_each(project: Path, **settings: Any) -> Iterator[Running]:
    """Run the service on one core and the test on another: who asks takes nothing from who answers."""
    cores = os.sched_getaffinity(0)
    ours, *others = sorted(cores)
    os.sched_setaffinity(0, others[:1] or cores)
    try:
        with serve(project, **settings) as running:
            os.sched_setaffinity(0, {ours})
            yield running
    finally:
        os.sched_setaffinity(0, cores)


def come_to_rest(running: Running) -> None:
    """Wait until the log's shipper, which shares the service's core, has nothing left to do."""
    end = time.monotonic() + 180
    nothing = 'hookline_predlog_pending{sink="sqlite"} 0.0'
    while nothing not in running.ask("GET", "/metrics").body.decode().splitlines():
        assert time.monotonic() < end, "the shipper has not come to rest"
        time.sleep(0.25)


@pytest.mark.soak
def test_at_three_times_the_capacity_goodput_holds_and_refusals_come_soon(variants: Path) -> None:
    # Both sides take turns, for a machine is faster at one time and slower at another. The turns are short,
    # for what is answered in them, hundreds of thousands of rows, is shipped before the next begins.
    seconds, rounds = 1.5, 5
    within: list[list[Reply]] = []
    beyond: list[list[Reply]] = []

    def goodput(turns: list[list[Reply]]) -> float:
        return median(sum(reply.status == 200 for reply in replies) / seconds for replies in turns)

    with on_a_core_each(variants, max_in_flight=8) as running:
        asyncio.run(offer(running, 1e6, 1, connections=8))
        for _ in range(rounds):
            come_to_rest(running)
            within.append(asyncio.run(offer(running, 1e6, seconds, connections=8)))
            come_to_rest(running)
            beyond.append(asyncio.run(offer(running, 3 * goodput(within), seconds)))
    assert {reply.status for replies in within for reply in replies} == {200}
    refused = sorted(reply.seconds for replies in beyond for reply in replies if reply.status == 503)
    assert sum(map(len, beyond)) > 2.5 * sum(map(len, within))
    assert refused[len(refused) // 2] <= 0.05
    assert goodput(beyond) >= 0.9 * goodput(within), (goodput(within), goodput(beyond))
