from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hookline.predlog.shipper import crowding
from hookline.predlog.shipper.crowding import Crowding


def in_a_thread(work: Callable[[], float]) -> float:
    """Run it in a thread whose processor may be chosen, and which ends."""
    found: list[float] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def spin(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_who_had_to_wait_for_a_processor_rests_but_not_for_long() -> None:
    core = min(os.sched_getaffinity(0))

    def crowded() -> float:
        os.sched_setaffinity(0, {core})
        seen = Crowding()
        spin(0.2)
        return seen.rest()

    busy = f"import os, time; os.sched_setaffinity(0, {{{core}}}); end = time.monotonic() + 20\n"
    with subprocess.Popen([sys.executable, "-c", f"{busy}while time.monotonic() < end: pass"]) as hog:
        try:
            time.sleep(0.2)
            assert 0.02 < in_a_thread(crowded) <= 0.1
        finally:
            hog.kill()


def test_what_was_waited_before_counts_no_more() -> None:
    def twice() -> float:
        seen = Crowding()
        spin(0.05)
        seen.rest()
        return seen.rest()

    assert in_a_thread(twice) < 0.02


def test_where_nobody_counts_it_there_is_no_rest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(crowding, "_SEEN", tmp_path / "schedstat")
    assert Crowding().rest() == 0
    (tmp_path / "schedstat").write_text("0 0")
    seen = Crowding()
    (tmp_path / "schedstat").write_text("0 words 0")
    assert seen.rest() <= 0
