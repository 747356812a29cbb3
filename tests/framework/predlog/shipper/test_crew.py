from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from hookline.predlog.shipper.crew import ASIDE, Crew
from tests.framework.service.runner.processes import eventually


class Loop:
    """Stand for a courier: note which thread runs it, how nice that is, and never be run by two at once."""

    name = "loop"

    def __init__(self) -> None:
        self.running = threading.Lock()
        self.threads: list[int] = []

    @property
    def niceness(self) -> int:
        return os.getpriority(os.PRIO_PROCESS, self.threads[-1]) - os.getpriority(os.PRIO_PROCESS, 0)

    def run(self, stop: threading.Event) -> None:
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


def test_it_hurries_with_a_new_thread_when_the_old_one_is_done(crew: Crew, loop: Loop) -> None:
    assert eventually(lambda: len(loop.threads) == 1)
    crew.hurry(True)
    crew.hurry(True)
    assert eventually(lambda: len(loop.threads) == 2)
    assert loop.niceness == 0


def test_it_steps_aside_again_by_itself(crew: Crew, loop: Loop) -> None:
    crew.hurry(True)
    assert eventually(lambda: len(loop.threads) == 2)
    crew.hurry(False)
    assert loop.niceness == ASIDE
    assert len(loop.threads) == 2
