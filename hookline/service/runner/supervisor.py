"""The first process: holds the port, starts generations, and brings in the next without losing a request.

It imports little and does little, so it is small and does not die. Settings and model are the stem's
business, which tells what the supervisor must know. While nobody accepts, connections wait in a queue.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hookline.errors import HooklineError
from hookline.service.runner.caught import Caught
from hookline.service.runner.generation import Generation
from hookline.service.runner.memory import keeping_memory
from hookline.service.runner.port import address_of, is_public, listen
from hookline.service.runner.shipping import Shipping
from hookline.service.runner.stops import DRAIN, FINISH, RETIRE
from hookline.service.runner.watch import Watch
from hookline.service.runner.words import cause
from hookline.voice import Voice

__all__ = ["Supervisor"]

_TICK = 0.25
_MOST_PAUSE = 5.0
_SETTLED = 10.0
"""A generation that lived so long did not fail at birth."""
_MOST_LEAVING = 2
"""So many generations may be leaving while one comes; their memory adds up."""
_METRICS = "HOOKLINE_METRICS_DIR"
"""The word of `service.ledger`, which is not imported: it brings what only workers need."""
_ONE_PRESS = 0.1
"""Seconds in which a second Ctrl-C is no second one: nobody is as fast."""
_CAUGHT = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


class Supervisor:
    """Keep one generation serving; bring in the next when told, or when the current model changes."""

    def __init__(self, root: Path, *, voice: Voice, reload: bool = False) -> None:
        self._root = root
        self._voice = voice
        self._reload = reload
        self._watch = Watch(root, sources=reload)
        self._terminal = _has_terminal()
        self._environ: Mapping[str, str] = {}
        self._listener: socket.socket | None = None
        self._address = ("", 0)
        self._generations: list[Generation] = []
        self._served = False
        self._asked = False
        self._again: float | None = None
        self._failures = 0
        self._stop: signal.Signals | None = None
        self._code = 0
        self._hushed = 0.0

    def run(self) -> int:
        """Serve until told to stop; return the exit code."""
        with _metrics_folder() as folder, Caught(_CAUGHT) as caught:
            self._environ = keeping_memory({**os.environ, _METRICS: folder})
            self._shipping = Shipping(self._root, self._environ)
            self._start()
            while self._generations or self._stop is None:
                self._turn(caught)
            if self._listener is not None:
                self._listener.close()
            self._ship_the_rest(caught)
        return self._code

    # ---- one turn ----

    def _turn(self, caught: Caught) -> None:
        heard = {g.line.fileno(): g for g in self._generations if not g.over}
        readable, _, _ = select.select([caught.fileno(), *heard], [], [], self._patience())
        for number in caught.read():
            self._obey(number)
        for line in readable:
            if line in heard:
                self._listen_to(heard[line])
        self._reap()
        for generation in [g for g in self._generations if g.over and g.status is not None]:
            self._generations.remove(generation)
            generation.close()
        if self._served or not any(generation.starting for generation in self._generations):
            # Before the first answer it would only take time from the stem: the journal keeps everything.
            self._shipping.keep()
        if self._stop is None:
            self._renew()

    def _ship_the_rest(self, caught: Caught) -> None:
        """Let the shipper bring away what the workers logged last."""
        self._shipping.stop()
        while not self._shipping.over:
            select.select([caught.fileno()], [], [], _TICK)
            for number in caught.read():
                self._obey(number)
            self._reap()
        self._shipping.close()

    def _patience(self) -> float:
        now = time.monotonic()
        waits = [generation.hurry(now) for generation in self._generations]
        return max(0.0, min([_TICK, *(wait for wait in waits if wait is not None)]))

    def _renew(self) -> None:
        """Start a generation if one is due, and if what is there has come to rest."""
        if self._again is not None:
            if time.monotonic() >= self._again:
                self._start()
            return
        leaving = sum(generation.stop is not None for generation in self._generations)
        if leaving >= _MOST_LEAVING or any(generation.starting for generation in self._generations):
            return
        if self._asked or self._watch.changed():
            self._voice.say("renewing", "bringing in a new generation")
            self._start()

    def _start(self) -> None:
        self._asked, self._again = False, None
        self._watch.start()
        try:
            self._generations.append(Generation(self._root, self._environ))
        except OSError as error:
            reason = f"the system has no room for another process ({error.strerror})"
            if self._served:  # what serves goes on, and there may be room soon
                self._voice.say("refused", f"{reason}; trying again", level="error")
                self._start_again(self._failures + 1)
            else:
                self._give_up(f"{reason}; raise the limit of processes or of open files")

    def _reap(self) -> None:
        """Take the dead; whoever has lost its stem may be among them."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                if self._shipping.ended(pid):
                    self._voice.say(
                        "shipper-died",
                        f"the log's shipper ended with {cause(os.waitstatus_to_exitcode(status))}; "
                        "another takes its place, and nothing is lost",
                        level="warning",
                    )
                for generation in self._generations:
                    if generation.pid == pid:
                        generation.status = os.waitstatus_to_exitcode(status)
                        self._stem_ended(generation, generation.status)

    # ---- what a generation says ----

    def _listen_to(self, generation: Generation) -> None:
        words = generation.line.hear()
        if words is None:
            generation.over = True
            return
        for word in words:
            getattr(self, f"_hear_{word.pop('event')}")(generation, **word)

    def _hear_settings(
        self,
        generation: Generation,
        *,
        host: str,
        port: int,
        pointer: str,
        stamp: list[int] | None,
        form: Any,
        guarded: bool,
        patience: tuple[float, float],
        log: str | None,
        drain: float,
    ) -> None:
        self._voice.form = form
        self._shipping.want(log, drain)
        self._watch.point(pointer, stamp)
        generation.patience = patience
        if self._listener is None:
            try:
                self._listener = listen(host, port)
            except HooklineError as error:
                self._give_up(str(error))
                return
            self._address = host, port
            if is_public(host) and not guarded:
                self._voice.say(
                    "open",
                    f"everybody who reaches {host}:{self._listener.getsockname()[1]} may use the service; "
                    "set access.keys, or service.host to 127.0.0.1",
                    level="warning",
                )
        elif self._address != (host, port):
            self._voice.say(
                "port",
                f"service.host and service.port ({host}:{port}) hold from the next start",
                level="warning",
            )
        generation.give(self._listener.fileno())

    def _hear_plan(
        self, generation: Generation, *, lines: list[str], version: str | None, plan: Mapping[str, Any]
    ) -> None:
        generation.version = version
        if not self._served:
            self._voice.say("plan", "\n".join(lines), **plan)

    def _hear_ready(
        self, generation: Generation, *, workers: list[int], model_id: str | None, docs: bool
    ) -> None:
        if self._stop is not None or self._listener is None:
            return
        generation.ready_since, self._served = time.monotonic(), True
        address = address_of(self._listener)
        self._voice.say(
            "serving",
            f"serving {generation.version or 'no model yet'} on {address}"
            + (f", documentation at {address}/docs" if docs else ""),
            address=address,
            version=generation.version,
            model_id=model_id,
            workers=workers,
            stem=generation.pid,
        )
        for other in self._generations:
            if other is not generation:
                other.end(RETIRE)

    def _hear_died(self, generation: Generation, *, worker: int, code: int, pause: float) -> None:
        again = f"another takes its place in {pause:g} s" if pause else "another takes its place"
        self._voice.say(
            "died",
            f"worker {worker} ended with {cause(code)}; {again}",
            level="warning",
            worker=worker,
            stem=generation.pid,
        )

    def _hear_failed(self, generation: Generation, *, reason: str) -> None:
        generation.reason = reason

    # ---- when a stem ends ----

    def _stem_ended(self, generation: Generation, code: int) -> None:
        if generation.stop is not None or self._stop is not None:
            return
        if generation.ready_since is not None:
            self._voice.say(
                "stem-died",
                f"the stem ended with {cause(code)}; its workers go on until another serves",
                level="warning",
            )
            lived = time.monotonic() - generation.ready_since
            self._start_again(0 if lived > _SETTLED else self._failures)
        else:
            self._refused(generation.reason or f"the service ended with {cause(code)} before it was ready")

    def _refused(self, reason: str) -> None:
        """Go on without the generation that failed, as well as can be."""
        healthy = next((generation for generation in self._generations if generation.healthy), None)
        if not self._served and not self._reload:
            self._give_up(reason)
        elif healthy is not None:
            self._voice.say(
                "refused",
                f"{reason}; {healthy.version or 'the generation before'} goes on serving",
                level="error",
                version=healthy.version,
            )
        elif self._served:
            self._voice.say("refused", f"{reason}; trying again", level="error")
            self._start_again(self._failures + 1)
        else:
            self._voice.say("refused", f"{reason}; waiting for a change", level="error")

    def _start_again(self, failures: int) -> None:
        self._failures = failures + 1
        self._again = time.monotonic() + (min(0.25 * 2**failures, _MOST_PAUSE) if failures else 0)

    def _give_up(self, reason: str) -> None:
        self._voice.fail(reason)
        self._code = 1
        self._end(FINISH)

    # ---- signals ----

    def _obey(self, number: signal.Signals) -> None:
        if number == signal.SIGHUP and self._terminal and not _has_terminal():
            number = signal.SIGTERM  # the terminal was closed over us
        if number == signal.SIGHUP:
            self._asked = True
        elif number == signal.SIGTERM and self._stop is None:
            self._voice.say(
                "stopping", "stopping: not ready from now on, then finishing what is being answered"
            )
            self._end(DRAIN)
        elif number == signal.SIGINT and self._stop != FINISH:
            self._voice.say("stopping", "stopping; once more to stop without finishing")
            # `timeout` and terminals may send it to us and to our group: that is one Ctrl-C.
            self._hushed = time.monotonic() + _ONE_PRESS
            self._end(FINISH)
        elif number == signal.SIGINT and time.monotonic() > self._hushed:
            self._code = 128 + signal.SIGINT
            self._shipping.kill()
            for generation in self._generations:
                generation.kill()

    def _end(self, number: signal.Signals) -> None:
        self._stop = number
        for generation in self._generations:
            generation.end(number)


def _has_terminal() -> bool:
    try:
        os.tcgetpgrp(0)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _metrics_folder() -> Iterator[str]:
    """Make the folder in which the workers of this run count together."""
    try:
        folder = tempfile.mkdtemp(prefix="hookline-metrics-")
    except OSError as error:
        raise HooklineError(
            f"cannot make a folder for metrics ({error.strerror}); set TMPDIR to a folder that can be written"
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
