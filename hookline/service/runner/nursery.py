"""Forks that are kept alive: each place has a worker, and a worker that dies has a successor."""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from hookline.errors import HooklineError
from hookline.service.runner.caught import Caught
from hookline.service.runner.line import Line
from hookline.service.runner.stops import FINISH, STOPS
from hookline.service.runner.words import cause

__all__ = ["Nursery", "Work"]

Work = Callable[[int, Callable[[], None]], None]
"""Serve at the place of this number; call when ready; return when told to stop."""

_AT_BIRTH = 10.0
"""A worker that lived so many seconds did not die of how it was born."""
_MOST_TRIES = 3
_MOST_PAUSE = 4.0
_SLACK = 2.0


@dataclass
class Place:
    """Hold who works here, or when somebody will."""

    number: int
    pid: int | None = None
    born: float = 0.0
    ready: bool = False
    failures: int = 0
    due: float = 0.0


class Nursery:
    """Fork workers, replace those that die, stop them when told."""

    def __init__(
        self,
        count: int,
        work: Work,
        *,
        line: Line,
        patience: float,
        buried: Callable[[int], None] = lambda _: None,
        start_seconds: float = 60.0,
    ) -> None:
        self.orphaned = False
        self._places = [Place(number) for number in range(count)]
        self._work = work
        self._line = line
        self._patience = patience
        self._buried = buried
        self._start_seconds = start_seconds
        self._served = False
        self._stop: signal.Signals | None = None
        self._killing: float | None = None
        self._code = 0

    def run(self, **facts: Any) -> int:
        """Work until told to stop; return the exit code. `facts` go with the news that all are ready."""
        gc.collect()
        gc.freeze()  # collections in the workers leave the shared pages alone
        self._ready = os.pipe()
        os.set_blocking(self._ready[0], False)
        with Caught((signal.SIGCHLD, *STOPS)) as self._caught:
            while self._stop is None or any(self._alive()):
                self._turn(facts)
        for end in self._ready:
            os.close(end)
        return self._code

    def _turn(self, facts: dict[str, Any]) -> None:
        now = time.monotonic()
        if self._stop is None:
            for place in self._places:
                if place.pid is None and place.due <= now:
                    self._fork(place)
        self._kill_overdue(now)
        watched: list[Caught | int | Line] = [self._caught, self._ready[0]]
        if not self.orphaned:
            watched.append(self._line)
        readable, _, _ = select.select(watched, [], [], self._until_due(now))
        if self._ready[0] in readable:
            self._note_ready(facts)
        for number in self._caught.read():
            if number in STOPS:
                self._tell_all(number)
        if self._line in readable and self._line.hear() is None:
            self.orphaned = True
            self._tell_all(FINISH)
        self._reap()

    def _alive(self) -> Iterator[Place]:
        return (place for place in self._places if place.pid is not None)

    def _until_due(self, now: float) -> float | None:
        times = [place.due for place in self._places if place.pid is None and self._stop is None]
        times += [place.born + self._start_seconds for place in self._alive() if not place.ready]
        times += [] if self._killing is None else [self._killing]
        return max(0.0, min(times) - now) if times else None

    def _kill_overdue(self, now: float) -> None:
        """Kill who takes too long to start, and who takes too long to stop."""
        for place in self._alive():
            hangs = not place.ready and now >= place.born + self._start_seconds
            if hangs or (self._killing is not None and now >= self._killing):
                os.kill(place.pid or 0, signal.SIGKILL)
        if self._killing is not None and now >= self._killing:
            self._killing = now + _SLACK

    def _note_ready(self, facts: dict[str, Any]) -> None:
        pids = {int(word) for word in os.read(self._ready[0], 4096).split()}
        for place in self._places:
            place.ready = place.ready or place.pid in pids
        if not self._served and all(place.ready for place in self._places):
            self._served = True
            self._line.tell(event="ready", workers=[place.pid for place in self._places], **facts)

    def _tell_all(self, number: signal.Signals) -> None:
        self._stop = number
        self._killing = time.monotonic() + self._patience + _SLACK
        for place in self._alive():
            os.kill(place.pid or 0, number)

    # ---- death and birth ----

    def _reap(self) -> None:
        for place in list(self._alive()):
            pid, status = os.waitpid(place.pid or 0, os.WNOHANG)
            if pid:
                self._bury(place, pid, os.waitstatus_to_exitcode(status))

    def _bury(self, place: Place, pid: int, code: int) -> None:
        now = time.monotonic()
        place.failures = 1 if place.ready and now - place.born > _AT_BIRTH else place.failures + 1
        place.pid, place.ready = None, False
        self._buried(place.number)
        if self._stop is not None:
            return
        if not self._served and place.failures >= _MOST_TRIES:
            self._line.tell(
                event="failed",
                reason=f"workers do not start ({place.failures} in a row ended with {cause(code)}); "
                "the lines above say why",
            )
            self._code = 1
            self._tell_all(FINISH)
            return
        pause = min(0.25 * 2 ** (place.failures - 2), _MOST_PAUSE) if place.failures > 1 else 0.0
        place.due = now + pause
        self._line.tell(event="died", worker=pid, code=code, pause=pause)

    def _fork(self, place: Place) -> None:
        place.born = time.monotonic()
        sys.stdout.flush()
        # A stop that comes before the child listens must not be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        pid = os.fork()
        if pid == 0:
            self._be_a_worker(place)
        place.pid = pid
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def _be_a_worker(self, place: Place) -> NoReturn:
        code = 1
        try:
            self._caught.release()
            os.close(self._ready[0])
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            word = f"{os.getpid()} ".encode()
            self._work(place.number, lambda: _write(self._ready[1], word))
            code = 0
        except HooklineError as error:
            sys.stderr.write(f"error: {error}\n")
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
            sys.stderr.write("" if isinstance(end.code, int) else f"{end}\n")
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)


def _write(fd: int, word: bytes) -> None:
    os.write(fd, word)
