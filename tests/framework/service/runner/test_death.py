from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from tests.framework.service.runner.load import Load, until
from tests.framework.service.runner.processes import alive, children, eventually
from tests.framework.service.runner.test_stop import family
from tests.framework.service.runner.variants import ROW
from tests.framework.service.running import serve


def test_a_killed_worker_is_replaced_and_the_other_one_loses_no_request(variants: Path) -> None:
    async def kill_one() -> tuple[Load, dict[str, int]]:
        async with Load(running.port, ROW, connections=16) as load:
            await load.more(200)
            held = load.held
            os.kill(victim, signal.SIGKILL)
            killed = time.monotonic()
            await until(lambda: len(alive(children(stem))) == 2 and victim not in children(stem))
            assert time.monotonic() - killed < 5
            await load.more(500)
        return load, held

    with serve(variants, workers=2) as running:
        (victim, other), stem = running.workers, running.wait_for("serving")["stem"]
        load, held = asyncio.run(kill_one())
        died = running.wait_for("died")
        assert died["worker"] == victim
        assert "SIGKILL" in died["sentence"]
        assert alive([other]) == [other]
    assert set(load.statuses) == {200}
    # What was lost is at most one request of each connection that the dead worker had.
    (dead,) = set(load.lost)
    assert len(held) == 2
    assert len(load.lost) <= held[dead] < 16
    assert load.replies[-1].worker not in load.lost


def test_a_killed_stem_is_replaced_while_its_workers_go_on(variants: Path) -> None:
    async def kill_stem() -> Load:
        async with Load(running.port, ROW, pause=0.002) as load:
            os.kill(stem, signal.SIGKILL)
            await asyncio.to_thread(running.wait_for, "serving", times=2)
            await load.more(200)
        return load

    with serve(variants, workers=2) as running:
        stem, workers = running.wait_for("serving")["stem"], running.workers
        load = asyncio.run(kill_stem())
        assert "its workers go on" in running.wait_for("stem-died")["sentence"]
        assert eventually(lambda: not alive(workers))
        assert len(alive(running.workers)) == 2
    assert load.failures == []
    assert set(load.statuses) == {200}
    assert len({reply.worker for reply in load.replies}) > 2


def test_when_the_supervisor_is_killed_nothing_of_it_is_left(
    variants: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serve(variants, workers=2) as running, running.wire() as idle:
        assert idle.ask("GET", "/ping").status == 200
        processes, port = family(running), running.port
        running.process.kill()
        assert eventually(lambda: not alive(processes))
        assert idle.ended()
        assert eventually(lambda: not list(tmp_path.glob("hookline-metrics-*")))
        with serve(variants, "--port", str(port)) as again:
            assert again.port == port


@pytest.mark.slow
def test_when_supervisor_and_stem_are_killed_the_workers_end(variants: Path) -> None:
    with serve(variants, workers=2) as running:
        processes = family(running)
        os.kill(running.wait_for("serving")["stem"], signal.SIGSTOP)  # it cannot tell them
        running.process.kill()
        os.kill(running.wait_for("serving")["stem"], signal.SIGKILL)
        assert eventually(lambda: not alive(processes))


@pytest.mark.slow
def test_while_the_old_stem_is_dead_and_no_new_one_starts_it_is_tried_again(variants: Path) -> None:
    config = variants / "config.yaml"
    with serve(variants) as running:
        config.write_text("service:\n  nonsense: 1\n")
        os.kill(running.wait_for("serving")["stem"], signal.SIGKILL)
        assert "trying again" in running.wait_for("refused", times=2)["sentence"]
        assert running.ask("POST", "/api/predictions", ROW).status == 200
        config.write_text("")
        running.wait_for("serving", times=2)
        assert running.ask("POST", "/api/predictions", ROW).status == 200


@pytest.mark.slow
def test_a_stop_also_reaches_workers_that_have_lost_their_stem(variants: Path) -> None:
    config = variants / "config.yaml"
    with serve(variants, drain_delay=1) as running:
        workers = running.workers
        config.write_text("service:\n  nonsense: 1\n")
        os.kill(running.wait_for("serving")["stem"], signal.SIGKILL)
        running.wait_for("refused")
        running.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: running.ask("GET", "/health/ready").status == 503, 1)
        assert running.stop() == 0
        assert alive(workers) == []


def test_while_nobody_accepts_callers_wait_and_are_not_refused(variants: Path) -> None:
    with serve(variants) as running, running.wire() as waiting:
        (worker,) = running.workers
        os.kill(worker, signal.SIGKILL)
        assert waiting.ask("GET", "/ping").status == 200
