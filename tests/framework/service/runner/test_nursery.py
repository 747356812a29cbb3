from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hookline.service.runner.line import Line
from hookline.service.runner.stops import DRAIN, FINISH, RETIRE
from tests.framework.service.runner.processes import alive, children, eventually
from tests.house import ROOT

SECONDS = 20


class Nursed:
    """A nursery in a process of its own, and what it says."""

    def __init__(self, process: subprocess.Popen[str], line: Line) -> None:
        self.process = process
        self.line = line
        self.said: list[dict[str, Any]] = []

    def wait_for(self, event: str, times: int = 1) -> dict[str, Any]:
        """Return what was said of a name, the latest of so many."""
        end = time.monotonic() + SECONDS
        while True:
            found = [words for words in self.said if words["event"] == event]
            if len(found) >= times:
                return found[-1]
            assert select.select([self.line], [], [], end - time.monotonic())[0], self.said
            words = self.line.hear()
            assert words is not None, self.said
            self.said += words

    def end(self) -> tuple[int, str, str]:
        """Return its exit code, its output and its errors."""
        out, errors = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out, errors


@contextmanager
def nursery(behaviour: str, count: int = 2) -> Iterator[Nursed]:
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.framework.service.runner.nurse",
            str(theirs.fileno()),
            behaviour,
            str(count),
        ],
        cwd=ROOT,
        pass_fds=[theirs.fileno()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    theirs.close()
    try:
        yield Nursed(process, Line(ours))
    finally:
        ours.close()
        process.communicate(timeout=SECONDS)


@pytest.mark.parametrize("stop", [DRAIN, RETIRE, FINISH], ids=lambda number: number.name)
def test_workers_are_forked_and_told_to_stop(stop: signal.Signals) -> None:
    with nursery("serve") as nursed:
        ready = nursed.wait_for("ready")
        assert sorted(ready["workers"]) == sorted(children(nursed.process.pid))
        assert ready["model_id"] == "m"
        nursed.process.send_signal(stop)
        assert nursed.end() == (0, "orphaned False\n", "")
        assert alive(ready["workers"]) == []


def test_a_worker_that_is_killed_is_replaced_at_once() -> None:
    with nursery("serve") as nursed:
        victim, other = nursed.wait_for("ready")["workers"]
        os.kill(victim, signal.SIGKILL)
        assert nursed.wait_for("died") == {"event": "died", "worker": victim, "code": -9, "pause": 0.0}
        assert eventually(lambda: len(children(nursed.process.pid)) == 2)
        assert other in children(nursed.process.pid)


def test_a_worker_that_is_killed_again_and_again_is_replaced_after_growing_pauses() -> None:
    with nursery("serve", 1) as nursed:
        (victim,) = nursed.wait_for("ready")["workers"]
        pauses = []
        for times in range(1, 4):
            os.kill(victim, signal.SIGKILL)
            pauses.append(nursed.wait_for("died", times)["pause"])
            assert eventually(lambda: children(nursed.process.pid))
            (victim,) = children(nursed.process.pid)
        assert pauses == [0.0, 0.25, 0.5]


@pytest.mark.parametrize(
    ("behaviour", "code", "says"),
    [
        ("die", "exit code 1", "ValueError: a mistake"),
        ("refuse", "exit code 1", "error: the sun does not shine"),
        ("leave", "exit code 3", ""),
        ("leave_with_words", "exit code 1", "enough"),
        ("hang", "SIGKILL", ""),
    ],
)
def test_workers_that_never_start_are_given_up(behaviour: str, code: str, says: str) -> None:
    with nursery(behaviour, 1) as nursed:
        reason = nursed.wait_for("failed")["reason"]
        assert reason.startswith(f"workers do not start (3 in a row ended with {code}")
        status, _, errors = nursed.end()
        assert status == 1
        assert says in errors
        assert len([words for words in nursed.said if words["event"] == "died"]) == 2


def test_one_place_that_never_starts_fails_the_whole_and_the_others_are_stopped() -> None:
    with nursery("serve_one") as nursed:
        nursed.wait_for("failed")
        assert nursed.end()[0] == 1


def test_a_worker_that_does_not_hear_is_killed_in_the_end() -> None:
    with nursery("be_deaf") as nursed:
        workers = nursed.wait_for("ready")["workers"]
        nursed.process.send_signal(DRAIN)
        assert nursed.end()[0] == 0
        assert alive(workers) == []


def test_without_a_supervisor_it_ends_and_knows_that_it_was_left_alone() -> None:
    with nursery("serve") as nursed:
        workers = nursed.wait_for("ready")["workers"]
        nursed.line.close()
        assert nursed.end() == (0, "orphaned True\n", "")
        assert alive(workers) == []


def test_a_stop_while_no_worker_is_there_ends_it() -> None:
    with nursery("refuse", 1) as nursed:
        nursed.wait_for("died", 2)
        nursed.process.send_signal(DRAIN)
        assert nursed.end()[0] in (0, 1)
