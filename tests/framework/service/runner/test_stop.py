from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.framework.service.runner.processes import alive, children, eventually
from tests.framework.service.runner.variants import ROW
from tests.framework.service.running import Running, serve
from tests.framework.service.wire import request_bytes

REQUEST = request_bytes("POST", "/api/predictions", ROW)


def family(running: Running) -> list[int]:
    """Return every process of the service."""
    supervisor = running.process.pid
    return [
        supervisor,
        *children(supervisor),
        *(pid for stem in children(supervisor) for pid in children(stem)),
    ]


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, id="Ctrl-C", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, id="SIGTERM"),
    ],
)
def test_a_stop_is_clean(
    variants: Path, number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serve(variants, workers=2) as running, running.wire() as idle:
        assert idle.ask("GET", "/ping").status == 200
        assert len(list(tmp_path.glob("hookline-metrics-*"))) == 1
        # Supervisor, stem, two workers, and the log's shipper, which comes when they serve.
        assert eventually(lambda: len(family(running)) == 5)
        processes = family(running)
        assert running.stop(number) == 0
        assert alive(processes) == []
        assert list(tmp_path.glob("hookline-metrics-*")) == []
        assert idle.ended()


def test_sigterm_says_not_ready_at_once_and_goes_on_serving_for_the_delay(variants: Path) -> None:
    with serve(variants, drain_delay=1.5) as running, running.wire() as probe:
        assert probe.ask("GET", "/health/ready").status == 200
        started = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: running.ask("GET", "/health/ready").status == 503, 1)
        refused = running.ask("GET", "/health/ready")
        assert (refused.problem, refused.headers["retry-after"]) == ("not-ready", "1")
        assert refused.headers["connection"] == "close"
        assert running.ask("GET", "/health/live").status == 200
        answer = probe.ask("POST", "/api/predictions", ROW)
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert running.process.wait(15) == 0
        assert time.monotonic() - started >= 1.5


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGTERM, id="stop"), pytest.param(signal.SIGHUP, id="swap", marks=pytest.mark.slow)],
)
def test_a_request_on_its_way_is_answered(variants: Path, number: signal.Signals) -> None:
    with serve(variants, drain_delay=2) as running, running.wire() as wire, running.wire() as connected:
        wire.send(REQUEST[:-3])
        with running.wire() as probe:
            assert probe.ask("GET", "/ping").status == 200
            running.process.send_signal(number)
            if number == signal.SIGHUP:
                running.wait_for("serving", times=2)
                assert eventually(lambda: probe.ask("GET", "/ping").headers.get("connection") == "close")
        if number == signal.SIGTERM:
            assert eventually(lambda: running.ask("GET", "/health/ready").status == 503, 1)
        wire.send(REQUEST[-3:])
        connected.send(REQUEST)
        for one in (wire, connected):
            answer = one.answer()
            assert (answer.status, answer.headers["connection"]) == (200, "close")


@pytest.mark.slow
def test_a_request_that_takes_longer_than_the_stop_is_answered_503(variants: Path) -> None:
    with serve(variants, drain_seconds=0.3) as running, running.wire() as wire:
        wire.send(REQUEST[:-3])
        assert running.ask("GET", "/ping").status == 200
        running.process.send_signal(signal.SIGTERM)
        answer = wire.answer()
        assert (answer.status, answer.problem, answer.headers["retry-after"]) == (503, "not-ready", "1")
        assert running.process.wait(15) == 0


@pytest.mark.slow
def test_ctrl_c_does_not_wait_for_what_is_not_complete(variants: Path) -> None:
    with serve(variants, drain_delay=60, drain_seconds=60) as running, running.wire() as wire:
        wire.send(REQUEST[:-3])
        assert running.ask("GET", "/ping").status == 200
        running.process.send_signal(signal.SIGINT)
        assert wire.answer().status == 503
        assert running.process.wait(15) == 0


def test_ctrl_c_cuts_short_a_stop_that_has_begun(variants: Path) -> None:
    with serve(variants, drain_delay=60, drain_seconds=60) as running:
        running.process.send_signal(signal.SIGTERM)
        running.wait_for("stopping")
        running.process.send_signal(signal.SIGTERM)  # said twice is not said louder
        assert running.ask("GET", "/health/live").status == 200
        assert running.stop(signal.SIGINT) == 0


def test_a_second_ctrl_c_forces(variants: Path) -> None:
    with serve(variants, drain_seconds=60) as running:
        processes = family(running)
        # A worker that does not listen is what one would want to force.
        for worker in running.workers:
            os.kill(worker, signal.SIGSTOP)
        running.process.send_signal(signal.SIGINT)
        running.wait_for("stopping")
        assert alive(processes) == processes
        time.sleep(0.2)  # what comes at once with the first is no second one
        assert running.stop(signal.SIGINT) == 130
        assert eventually(lambda: not alive(processes))


def test_a_worker_that_does_not_stop_is_killed_in_bounded_time(variants: Path) -> None:
    with serve(variants, drain_seconds=0) as running:
        processes = family(running)
        for worker in running.workers:
            os.kill(worker, signal.SIGSTOP)
        started = time.monotonic()
        assert running.stop(signal.SIGTERM) == 0
        assert time.monotonic() - started < 15
        assert alive(processes) == []


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, id="Ctrl-C", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, id="SIGTERM"),
    ],
)
def test_a_stop_while_starting_is_clean(variants: Path, number: signal.Signals) -> None:
    with serve(variants, ready=False) as running:
        assert eventually(lambda: children(running.process.pid))
        processes = family(running)
        assert running.stop(number) == 0
        assert alive(processes) == []
