from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from hookline.predlog.shipper.crew import ASIDE, LATE, Crew
from tests.framework.service.runner.processes import eventually


class Loop:
    """Stand for a courier: note which thread runs it, how nice that is, and never be run by two at once."""

    name = "loop"

    def __init__(self) -> None:
        self.running = threading.Lock()
        self.threads: list[int] = []
        self.behind = 0.0

    @property
    def niceness(self) -> int:
        return os.getpriority(os.PRIO_PROCESS, self.threads[-1]) - os.getpriority(os.PRIO_PROCESS, 0)

    @property
    def idle(self) -> bool:
        return os.sched_getscheduler(self.threads[-1]) == os.SCHED_IDLE

    def run(self, stop: threading.Event, *, rest: Callable[[], float]) -> None:
        self.rest = rest
        assert self.running.acquire(blocking=False)
        self.threads.append(threading.get_native_id())
        stop.wait(20)
        time.sleep(0.05)  # a delivery that is under way
        self.running.release()


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def crew(loop: Any) -> Iterator[Crew]:
    crew = Crew([loop])
    crew.start()
    yield crew
    crew.stop(5)
    assert not loop.running.locked()


def test_it_steps_aside_for_predictions(crew: Crew, loop: Loop) -> None:
    assert eventually(lambda: len(loop.threads) == 1)
    assert loop.niceness == ASIDE
    assert eventually(lambda: loop.idle), "it takes only what nobody else wants"


def test_it_takes_a_share_when_its_sink_is_late_until_it_is_not(crew: Crew, loop: Loop) -> None:
    assert eventually(lambda: len(loop.threads) == 1)
    loop.behind = LATE + 1
    crew.hurry(False)
    assert eventually(lambda: len(loop.threads) == 2)
    assert eventually(lambda: loop.niceness == ASIDE)
    assert not loop.idle
    loop.behind = LATE - 1  # not late any more, but not content either
    crew.hurry(False)
    assert not loop.idle
    loop.behind = 0.1
    crew.hurry(False)
    assert loop.idle
    assert len(loop.threads) == 2


def test_it_hurries_with_a_new_thread_when_the_old_one_is_done(crew: Crew, loop: Loop) -> None:
    assert eventually(lambda: len(loop.threads) == 1)
    crew.hurry(True)
    crew.hurry(True)
    assert eventually(lambda: len(loop.threads) == 2)
    assert loop.niceness == 0
    assert not loop.idle
    assert loop.rest() == 0


def test_it_steps_aside_again_by_itself(crew: Crew, loop: Loop) -> None:
    crew.hurry(True)
    assert eventually(lambda: len(loop.threads) == 2)
    crew.hurry(False)
    assert loop.niceness == ASIDE
    assert loop.idle
    assert len(loop.threads) == 2


def test_all_go_at_the_pace_of_the_latest(loop: Loop) -> None:
    late: Any = Loop()
    late.behind = LATE + 1
    crew = Crew([cast("Any", loop), late])
    crew.start()
    assert eventually(lambda: len(loop.threads) == len(late.threads) == 1)
    crew.hurry(False)
    assert eventually(lambda: len(loop.threads) == len(late.threads) == 2)
    assert not loop.idle
    crew.stop(5)


def test_where_the_system_refuses_another_priority_it_ships_as_it_is(
    loop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "setpriority", refused)
    monkeypatch.setattr(os, "sched_setscheduler", refused)
    crew = Crew([loop])
    crew.start()
    assert eventually(lambda: len(loop.threads) == 1)
    crew.hurry(True)
    assert eventually(lambda: len(loop.threads) == 2)
    crew.hurry(False)
    assert (loop.niceness, loop.idle) == (0, False)
    crew.stop(5)
    assert not loop.running.locked()
