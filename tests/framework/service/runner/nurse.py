"""A nursery of workers that behave as told: `python -m tests.framework.service.runner.nurse FD NAME N`."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable

from hookline.errors import HooklineError
from hookline.service.runner.line import Line
from hookline.service.runner.nursery import Nursery
from hookline.service.runner.stops import STOPS

__all__ = ["BEHAVIOURS"]


def serve(number: int, ready: Callable[[], None]) -> None:
    """Work until told to stop."""
    ready()
    signal.sigwait(STOPS)


def die(number: int, ready: Callable[[], None]) -> None:
    """Die of a mistake of ours."""
    raise ValueError("a mistake")


def refuse(number: int, ready: Callable[[], None]) -> None:
    """End with a sentence."""
    raise HooklineError("the sun does not shine")


def leave(number: int, ready: Callable[[], None]) -> None:
    """End as uvicorn does when an app does not start."""
    sys.exit(3)


def leave_with_words(number: int, ready: Callable[[], None]) -> None:
    """End with words, which are no code."""
    sys.exit("enough")


def hang(number: int, ready: Callable[[], None]) -> None:
    """Never become ready."""
    time.sleep(600)


def be_deaf(number: int, ready: Callable[[], None]) -> None:
    """Work, and do not hear."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    ready()
    time.sleep(600)


def serve_one(number: int, ready: Callable[[], None]) -> None:
    """Work at the first place, die at the others."""
    serve(number, ready) if number == 0 else die(number, ready)


BEHAVIOURS = {
    work.__name__: work for work in (serve, die, refuse, leave, leave_with_words, hang, be_deaf, serve_one)
}

if __name__ == "__main__":
    fd, name, count = sys.argv[1:]
    nursery = Nursery(
        int(count), BEHAVIOURS[name], line=Line.inherited(int(fd)), patience=0.2, start_seconds=0.5
    )
    code = nursery.run(model_id="m")
    sys.stdout.write(f"orphaned {nursery.orphaned}\n")
    sys.exit(code)
