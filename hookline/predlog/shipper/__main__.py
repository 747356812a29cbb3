"""`python -m hookline.predlog.shipper ROOT [--once] [--permit FD [--attend]]`: ship a project's log."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Literal

from hookline.config import Settings, load_settings
from hookline.errors import HooklineError
from hookline.predlog.places import Places
from hookline.predlog.shipper.lock import Lock, holder
from hookline.predlog.shipper.ship import STOPS, Shipper, Wanted, wait
from hookline.predlog.sinks import make_sinks
from hookline.voice import Voice

__all__ = ["main"]

_POLL = 0.25


def main(words: list[str]) -> int:
    """Ship; return the exit code.

    A permit is a pipe that ends with whoever started this. By hand it is an error if another ships already;
    with a permit it waits until that one ends, and with `--attend` too it leaves.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    parser = argparse.ArgumentParser(prog="hookline ship")
    parser.add_argument("root", type=Path)
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--permit", type=int)
    parser.add_argument("--attend", action="store_true")
    given = parser.parse_args(words)
    voice = Voice()
    try:
        settings = load_settings(given.root, os.environ)
        voice.form = _form(settings)
        wanted = Wanted(given.permit)
        return _ship(settings, given, voice, wanted)
    except HooklineError as error:
        voice.fail(str(error))
        return 1


def _ship(settings: Settings, given: argparse.Namespace, voice: Voice, wanted: Wanted) -> int:
    root: Path = given.root
    log, places = settings.prediction_log, Places.of(settings, root)
    if not log.enabled:
        raise HooklineError("prediction_log.enabled is false: there is nothing to ship")
    os.umask(0o077)  # records may be about persons
    lock = _elected(places, wanted, attend=given.attend)
    if lock is None:
        return 0
    shipper = Shipper(
        places,
        lock,
        make_sinks(settings, root),
        voice,
        drain_seconds=log.drain_seconds,
        most=log.max_bytes,
        free=log.min_free_bytes,
    )
    try:
        if given.once:
            waiting = shipper.once()
            for reason in waiting:
                voice.fail(reason)
            return 1 if waiting else 0
        if wanted.permit is None:  # otherwise whoever started it has enough to say
            voice.say("shipping", f"shipping the prediction log in {places.directory}", pid=os.getpid())
        shipper.run(wanted)
    finally:
        lock.release()
    return 0


def _elected(places: Places, wanted: Wanted, *, attend: bool) -> Lock | None:
    """Take the lock; None if this process is not needed."""
    try:
        while (lock := Lock.take(places.lock)) is None:
            if wanted.permit is None:
                raise HooklineError(
                    f"process {holder(places.lock)} ships this log already; it needs no other beside it"
                )
            if attend or wanted.starter_gone() or wait(_POLL):
                return None
    except OSError as error:
        raise HooklineError(
            f"{places.lock} cannot be locked ({error.strerror}); prediction_log.directory must be a folder "
            "that can be written"
        ) from error
    return lock


def _form(settings: Settings) -> Literal["console", "json"]:
    form = settings.service.log_format
    return "console" if form == "console" or (form == "auto" and sys.stderr.isatty()) else "json"


if __name__ == "__main__":
    _code = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(_code)  # a sink that hangs in its network has had its time
